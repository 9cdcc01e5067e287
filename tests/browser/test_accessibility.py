"""axe-core on every tab, in light, dark and on the projector: nothing serious, nothing critical."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from gallery import catalog
from tests.conftest import running

pytestmark = pytest.mark.browser
MODES = ("__theme=light", "__theme=dark", "projector=1&__theme=light")
GRAVE = ("serious", "critical")


def grave(page: Page) -> list[str]:
    """Each violation with the elements that it is about."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['html'][:200]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


def check(page: Page, name: str) -> None:
    page.locator(f"#panel-{name}").wait_for()
    page.wait_for_timeout(500)  # colours fade in
    assert not grave(page)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["home", "imagenet", "status"])
def test_the_house(full_house: str, open_page: Callable[..., Page], name: str, mode: str) -> None:
    check(open_page(f"{full_house}/?tab={name}&{mode}"), name)


def test_the_list_on_a_phone_and_the_lesson(full_house: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{full_house}/?tab=go", width=390, height=844)
    page.get_by_role("button", name="Demos").click()
    check(page, "go")
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="How it works").click()
    page.locator(".lesson .katex").first.wait_for()
    check(page, "go")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", [demo.id for demo in catalog.all_demos()])
def test_every_demo(real_house: str, open_page: Callable[..., Page], name: str, mode: str) -> None:
    check(open_page(f"{real_house}/?tab={name}&{mode}"), name)


@pytest.fixture(scope="module")
def real_house():  # type: ignore[no-untyped-def]
    with running(catalog.all_demos()) as address:
        yield address
