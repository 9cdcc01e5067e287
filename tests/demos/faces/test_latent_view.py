"""The view "Between faces" without a browser: films, mixtures, moved faces, what is skipped; the API."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import av
import gradio as gr
import numpy as np
import pytest
import torch
from PIL import Image

from demos.faces import steering
from demos.faces.engine import LARGEST_SEED, Person, at_all_levels, painted, people, style_of
from demos.faces.model import LEVELS, STYLE, Generator
from demos.faces.steering import Direction, Found, moved, shipped
from demos.faces.views import directing, mixing, walking
from demos.faces.views.contact_sheet import Cell, contact_sheet
from demos.faces.views.film import PLAYING, film, reel, reel_that_ships
from demos.faces.walk import FRAMES, SHIPPED, between, mixtures, of_year, table
from gallery.runtime import Runtime

pytestmark = pytest.mark.usefixtures("house")
BAD_SEEDS = ("-1", str(2**64), str(LARGEST_SEED + 1), "abc", "1.5", "nan")
WALK = ("3", "8", 1900, 2010, "", "w")
ALONG = Direction(
    key="beard", name="Dark chin <b>", less="bright", more="dark", levels=(2, 3), correlation=0.91, gain=0.8,
    leaks={"Era": 0.1, "Turning": -0.42}, step=torch.randn(STYLE, generator=torch.Generator().manual_seed(0)),
)  # fmt: skip


@pytest.fixture
def one_direction(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Found((ALONG,), (), "", 0.9)
    monkeypatch.setattr(directing, "shipped", lambda: found)
    monkeypatch.setattr(steering, "shipped", lambda: found)


def decoded(url: str) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB"))


def alike(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> bool:
    """But for what compression takes, which is much of such noise."""
    return bool(np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.95)


def skipped(update: Any) -> bool:
    return isinstance(update, dict) and set(update) == {"__type__"}


def sides(pictures: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Pictures in one row, (B, 128, 128, 3), side by side."""
    return np.concatenate([*pictures], axis=1)


# --- the film ---


def test_a_film_comes_in_parts_and_ends_with_a_file(generator: Generator) -> None:
    updates = []
    for update in walking.paint(*WALK, (), PLAYING, True):
        updates.append(update)
        if not skipped(update[2]) and update[2].get("value"):
            with av.open(update[2]["value"]) as saved:
                assert sum(1 for _ in saved.decode(video=0)) == 2 * FRAMES - 2
    first, *parts, last = updates
    assert first[3]["interactive"]
    assert not last[3]["interactive"]
    assert last[1] == WALK
    assert [len(part[0]["reels"]) for part in parts] == list(range(1, len(parts) + 1))
    value = last[0]
    assert value["frames"] == FRAMES == sum(one["count"] for one in value["reels"])
    assert "None of these people exists. 48 faces" in value["line"]
    assert value["at"] == PLAYING
    rows = [decoded(one["picture"]) for one in value["reels"]]
    ends = people(generator, [of_year(3, 1900), of_year(8, 2010)])
    assert alike(rows[0][:, :128], ends[0])
    assert alike(rows[-1][:, -128:], ends[1])


def test_a_film_for_a_link_rests_where_the_link_says() -> None:
    for update in walking.paint(*WALK, (), 40.0, True):
        if not skipped(update[0]):
            assert update[0]["at"] == 40


@pytest.mark.parametrize(
    ("inputs", "answered", "is_seen"),
    [(WALK, WALK, True), (WALK, (), False), (("", *WALK[1:]), (), True), (("3", " ", *WALK[2:]), (), True)],
)
def test_nothing_is_painted_without_need(inputs: Any, answered: Any, is_seen: bool) -> None:
    paint: Any = walking.paint
    (update,) = paint(*inputs, answered, PLAYING, is_seen)
    assert all(skipped(one) for one in update)
    assert len({id(one) for one in update}) == 4


@pytest.mark.parametrize("seed", BAD_SEEDS)
def test_a_bad_seed_is_one_sentence(seed: str) -> None:
    for inputs in ((seed, *WALK[1:]), (WALK[0], seed, *WALK[2:])):
        with pytest.raises(gr.Error, match="whole number"):
            next(walking.paint(*inputs, (), PLAYING, True))
    with pytest.raises(gr.Error):
        next(walking.paint(*WALK[:4], seed, "w", (), PLAYING, True))
    for handler in (mixing.face_mix, walking.face_between):
        with pytest.raises(gr.Error, match="whole number"):
            handler(seed, "3", 1)


def test_too_many_people_and_no_path_are_refused() -> None:
    with pytest.raises(gr.Error, match="at most 2 seeds"):
        next(walking.paint(*WALK[:4], "1, 2, 3", "w", (), PLAYING, True))
    with pytest.raises(gr.Error, match="path"):
        list(walking.paint(*WALK[:5], "q", (), PLAYING, True))


def test_a_reel_is_as_long_as_its_frames(tmp_path: Path) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (3, 128, 128, 3), dtype=np.uint8)
    one = reel(frames)
    assert one.count == 3
    assert decoded(str(one.picture)).shape == (128, 384, 3)
    Image.new("RGB", (640, 128)).save(tmp_path / "row.webp")
    assert reel_that_ships(tmp_path / "row.webp").count == 5
    value = film("a", [one, one], 6, "line", 50)
    assert [part["count"] for part in value["reels"]] == [3, 3]
    assert (value["frames"], value["at"]) == (6, 50)


def test_the_first_film_ships() -> None:
    value = walking.first_film()
    assert value["frames"] == FRAMES
    assert value["reels"][0]["picture"]["path"].endswith("walk.webp")
    assert (SHIPPED / "walk.mp4").is_file()


# --- mixtures ---


def test_all_mixtures_come_at_once(generator: Generator) -> None:
    value, asked = mixing.mix("3", 2000, "8", 1930, 5, (), True)
    assert asked == ("3", 2000, "8", 1930)
    assert (value["chosen"], value["columns"], len(value["cells"])) == (5, 7, 7)
    assert value["shown"] == [6, None, 0]
    expected = mixtures(generator, of_year(3, 2000), of_year(8, 1930))
    assert alike(decoded(value["picture"]), sides(expected))
    again = mixing.mix("3", 2000, "8", 1930, 5, asked, True)
    assert all(skipped(one) for one in again)


def test_every_level_says_who_paints_it() -> None:
    cells = mixing.first_row()["cells"]
    assert [cell["title"] for cell in cells] == ["B", "1", "2", "3", "4", "5", "A"]
    assert [cell["about"] for cell in cells[1:3]] == ["A to 4 × 4", "A to 8 × 8"]
    assert all(cell["alt"] for cell in cells)


def test_a_table_has_its_people_at_its_edges(generator: Generator) -> None:
    value, _ = mixing.tabulate("3, 5, 8", 2000, "13 21 34", 1930, "middle", (), True)
    titles = [cell["title"] for cell in value["cells"]]
    assert titles[:4] == ["", "A 3", "A 5", "A 8"]
    assert titles[4::4] == ["B 13", "B 21", "B 34"]
    a, b = [of_year(s, 2000) for s in (3, 5, 8)], [of_year(s, 1930) for s in (13, 21, 34)]
    expected = table(generator, a, b, "middle").reshape(4, 4, 128, 128, 3)
    assert alike(decoded(value["picture"]), np.concatenate([sides(row) for row in expected]))
    with pytest.raises(gr.Error, match="Write 3 seeds"):
        mixing.tabulate("3, 5", 2000, "13 21 34", 1930, "middle", (), True)
    with pytest.raises(gr.Error, match="band"):
        mixing.tabulate("3, 5, 8", 2000, "13 21 34", 1930, "loud", (), True)


def test_an_empty_cell_has_nothing_to_say() -> None:
    value = contact_sheet("data:,", [Cell(), Cell("A", "b", "c")], 2)
    assert value["cells"] == [{"title": "", "about": "", "alt": ""}, {"title": "A", "about": "b", "alt": "c"}]
    assert value["chosen"] is None


# --- directions ---


@pytest.mark.usefixtures("one_direction")
def test_the_face_follows_the_sliders(generator: Generator) -> None:
    value, asked = directing.direct("3", 1990, 2.0, (), True)
    assert asked == ("3", 1990, 2.0)
    styles = at_all_levels(style_of(generator, of_year(3, 1990)))
    expected = painted(generator, moved(styles, {"beard": 2.0}, [ALONG]))[0]
    assert alike(decoded(value["picture"]), expected)
    assert all(skipped(one) for one in directing.direct("3", 1990, 2.0, asked, True))
    assert all(skipped(one) for one in directing.direct("3", 1990, 2.0, (), False))
    for amount in (3.5, float("nan"), None):
        with pytest.raises(gr.Error, match="amount"):
            directing.direct("3", 1990, amount, (), True)


def test_the_small_print_tells_of_the_worst() -> None:
    text = directing.small_print(ALONG)
    assert text == "r = 0.91, gain 0.80; most besides: Turning, -42%; levels 16 to 32"


def test_what_was_tried_in_vain_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directing, "shipped", lambda: Found((), (ALONG,), "", 0.9))
    assert "Tried and not shown: Dark chin <b> (r = 0.91, Turning -42%)" in directing.tried()


# --- the endpoints ---


def test_the_endpoints_answer_as_the_page_does(house: Runtime, generator: Generator) -> None:
    a, b = of_year(3, 1950), of_year(8, 1950)
    half = np.asarray(walking.face_between("3", "8", 0.5))
    expected = at_all_levels(between(generator, a, b, torch.tensor([0.5])))
    assert np.abs(half.astype(int) - painted(generator, expected)[0]).max() <= 1
    own = people(generator, [a, b]).astype(int)
    for level, person in ((len(LEVELS), own[0]), (0, own[1])):
        assert np.abs(np.asarray(mixing.face_mix("3", "8", level)) - person).max() <= 1
    one = shipped().directions[0]
    still = np.asarray(directing.face_direct("3", one.key, 0))
    assert np.abs(still - own[0]).max() <= 1
    assert (np.asarray(directing.face_direct("3", one.key, 2)) != still).any()


def test_the_endpoints_refuse_in_words() -> None:
    for share in (-0.1, 1.1, None):
        with pytest.raises(gr.Error, match="share"):
            walking.face_between("3", "8", share)
    for level in (-1, 7, 2.5, None):
        with pytest.raises(gr.Error, match="level"):
            mixing.face_mix("3", "8", level)
    with pytest.raises(gr.Error, match="no such direction"):
        directing.face_direct("3", "hat", 1)
    with pytest.raises(gr.Error, match="amount"):
        directing.face_direct("3", shipped().directions[0].key, 4)


def test_a_person_is_the_same_on_every_tab() -> None:
    """What the endpoints call a person of 1950 is what the first tab shows of that seed."""
    assert of_year("7", 1950.0) == Person(7)
