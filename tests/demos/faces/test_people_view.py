"""The view "Nobody": who is asked for, what comes when, what is refused; the widget's values; the API."""

from __future__ import annotations

import base64
import io
import secrets
import types
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr
import numpy as np
import pytest
import torch
from PIL import Image

from demos.faces import hub
from demos.faces.casting import FACES, Face, count, decades, sitter, wall
from demos.faces.engine import (
    FIRST_YEAR,
    LARGEST_SEED,
    LAST_YEAR,
    TRUNCATION,
    Person,
    generator_of,
    people,
    without_styles,
)
from demos.faces.hub import DIFFUSION, STEPS
from demos.faces.models import DCGAN, EMBEDDED
from demos.faces.views import people as page
from demos.faces.views.people import ONE, WALL, asked_for, show
from demos.faces.views.wall import alone
from gallery.inputs import InputError
from gallery.runtime import Runtime
from gallery.weights import ModelSpec

pytestmark = pytest.mark.usefixtures("house")
VALUE, LINE, ANSWERED, MENU, STOP = range(5)
no_longer: Any = page.no_longer
BAD_SEEDS = ("-1", str(2**64), "abc", "1.5", "nan", "", None)


def request(session: str = "one") -> Any:
    return types.SimpleNamespace(session_hash=session)


def asked(
    seed: Any = "7", year: Any = 1950, colour: bool = False, truncation: Any = TRUNCATION, number: str = ONE,
    varied: bool = True, key: str = EMBEDDED.key,
) -> tuple[Any, ...]:  # fmt: skip
    return seed, year, colour, truncation, number, varied, key


def updates(*inputs: Any, answered: Any = None, seen: bool = True) -> list[list[Any]]:
    handler: Any = show
    return list(handler(*inputs, answered, seen, request(), lambda *_, **__: None))


def skipped(update: Any) -> bool:
    return isinstance(update, dict) and set(update) == {"__type__"}


def decoded(face: dict[str, Any]) -> np.ndarray[Any, Any]:
    data = base64.b64decode(face["picture"].partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_a_wall_is_one_of_many_that_lie_side_by_side() -> None:
    assert wall(7) == wall("24") == wall(0) == range(25)
    assert wall(25) == range(25, 50)
    last = wall(LARGEST_SEED)
    assert (len(last), last[-1]) == (25, LARGEST_SEED)
    for seed in BAD_SEEDS:
        with pytest.raises(InputError):
            wall(seed)


def test_sitters_are_as_old_as_the_portraits() -> None:
    crowd = [sitter(seed) for seed in range(3000)]
    assert crowd[:20] == [sitter(seed) for seed in range(20)]
    assert all(FIRST_YEAR <= one.year <= LAST_YEAR for one in crowd)
    of_decades: dict[int, list[Person]] = {}
    for one in crowd:
        of_decades.setdefault(int(one.year) // 10 * 10, []).append(one)
    for decade in decades():
        found = of_decades.get(decade.first, [])
        # Four standard errors of a share among 3000.
        assert len(found) / 3000 == pytest.approx(decade.share, abs=4 * (decade.share / 3000) ** 0.5)
        if len(found) > 50:
            in_colour = sum(one.colour for one in found) / len(found)
            assert in_colour == pytest.approx(decade.colour, abs=2 / len(found) ** 0.5)
    assert sum(one.share for one in decades()) == pytest.approx(1)


def test_decades_are_counted() -> None:
    years, colour = np.array([1859, 1850, 1860, 2024]), np.array([False, True, False, True])
    assert count(years, colour) == [(1850, 2, 1), (1860, 1, 0), (2020, 1, 1)]


def test_who_is_asked_for() -> None:
    assert asked_for(*asked()) == ((Person(7),), EMBEDDED.key)
    persons, _ = asked_for(*asked(number=WALL, truncation=0.5))
    assert persons == tuple(sitter(seed, 0.5) for seed in range(25))
    persons, _ = asked_for(*asked(number=WALL, varied=False, year=1900, colour=True))
    assert persons == tuple(Person(seed, 1900, True) for seed in range(25))
    # The public model knows the seed only, and makes one face at a time.
    assert asked_for(*asked(number=WALL, year=1900, key=DIFFUSION.key)) == ((Person(7),), DIFFUSION.key)


def by_embedded(model: torch.nn.Module, person: Person) -> Any:
    return people(generator_of(model), [person])[0]


def by_dcgan(model: torch.nn.Module, person: Person) -> Any:
    return without_styles(model, [person])[0]


@pytest.mark.parametrize(("spec", "paint"), [(EMBEDDED, by_embedded), (DCGAN, by_dcgan)])
def test_one_face_comes_at_once(house: Runtime, spec: ModelSpec, paint: Any) -> None:
    inputs = asked(year=1900, key=spec.key)
    *_, painted, last = updates(*inputs)
    (face,) = painted[VALUE]["faces"]
    with house.cache.lease(spec) as model:
        expected = paint(model, Person(7, 1900))
    assert np.array_equal(decoded(face), expected)
    assert painted[VALUE]["title"] == "Nobody."
    assert painted[VALUE]["about"] == (
        "Seed 7, as if photographed in 1900, in black and white. This person does not exist."
    )
    assert painted[VALUE]["file"] == "nobody-seed-7-1900-grey-0.8.png"
    assert "on CPU" in last[LINE]
    assert last[ANSWERED] == asked_for(*inputs)
    assert not page.at_work


def test_a_wall_comes_row_by_row() -> None:
    *rows, last = updates(*asked(seed="31", number=WALL))
    values = [row[VALUE] for row in rows]
    assert [len(value["faces"]) for value in values] == [0, 5, 10, 15, 20, 25]
    assert [face["seed"] for face in values[-1]["faces"]] == [str(seed) for seed in range(25, 50)]
    assert all((value["places"], value["columns"], value["chosen"]) == (25, 5, "31") for value in values)
    assert [value["file"] for value in values] == [""] * 5 + ["nobody-seeds-25-to-49.png"]
    assert values[-1]["faces"][:5] == values[1]["faces"]
    titles = [value["title"].removesuffix(" people who do not exist.") for value in values]
    assert titles == ["0 of 25", "5 of 25", "10 of 25", "15 of 25", "20 of 25", "25"]
    assert last[ANSWERED] == asked_for(*asked(seed="31", number=WALL))


@pytest.mark.parametrize("seed", BAD_SEEDS)
def test_a_bad_seed_is_one_sentence_and_the_face_stays(seed: Any) -> None:
    (update,) = updates(*asked(seed=seed), answered=asked_for(*asked()))
    assert 'role="alert">The seed is a whole number from 0 to 4294967295: try 7.<' in update[LINE]
    assert skipped(update[VALUE])
    # So that the old seed, typed again, takes the sentence away.
    assert update[ANSWERED] is None


@pytest.mark.parametrize("wrong", [{"year": 1700}, {"truncation": 2}, {"year": float("nan")}])
def test_other_bad_values_are_one_sentence(wrong: dict[str, Any]) -> None:
    (update,) = updates(*asked(**wrong))
    assert 'role="alert"' in update[LINE]


def test_what_hangs_there_already_is_not_painted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "painted", lambda *_: pytest.fail("It painted."))
    for answered, seen in ((asked_for(*asked()), True), (None, False)):
        (update,) = updates(*asked(), answered=answered, seen=seen)
        assert all(skipped(one) for one in update)


class Slow:
    """A model of two steps, which calls `between` after the first."""

    steered = False

    def __init__(self, between: Any = None) -> None:
        self.between = between

    def __call__(self, persons: Sequence[Person], house: Runtime, progress: Any = None) -> Iterator[Face]:
        picture = np.zeros((8, 8, 3), np.uint8)
        yield Face(persons[0], picture, 1, 2)
        if self.between:
            self.between()
        yield Face(persons[0], picture, 2, 2)


def test_a_diffusion_shows_its_sketches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FACES, DIFFUSION.key, (DIFFUSION, Slow()))
    sketch, face, last = updates(*asked(key=DIFFUSION.key))
    assert sketch[VALUE]["title"] == "Step 1 of 2."
    assert sketch[VALUE]["file"] == ""
    assert sketch[STOP]["interactive"] is True
    assert face[VALUE]["about"] == "Seed 7. This person does not exist."
    assert face[VALUE]["file"] == "nobody-seed-7.png"
    assert last[STOP]["interactive"] is False


def test_stop_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(lambda: page.press_stop(request()))
    monkeypatch.setitem(FACES, DIFFUSION.key, (DIFFUSION, slow))
    sketch, last = updates(*asked(key=DIFFUSION.key))
    assert sketch[VALUE]["title"] == "Step 1 of 2."
    assert "Stopped." in last[LINE]
    assert last[ANSWERED] is None
    assert not page.at_work
    assert not page.stopping


@pytest.mark.parametrize(("seed", "ends"), [("8", True), ("7", False), ("abc", False)])
def test_work_ends_when_somebody_else_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, seed: str, ends: bool
) -> None:
    slow = Slow(lambda: no_longer(*asked(seed=seed, key=DIFFUSION.key), request()))
    monkeypatch.setitem(FACES, DIFFUSION.key, (DIFFUSION, slow))
    assert len(updates(*asked(key=DIFFUSION.key))) == (2 if ends else 3)
    assert not page.stopping


def test_another_visitor_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(lambda: no_longer(*asked(seed="8"), request("two")))
    monkeypatch.setitem(FACES, DIFFUSION.key, (DIFFUSION, slow))
    assert len(updates(*asked(key=DIFFUSION.key))) == 3


def test_without_a_network_the_own_model_says_that_it_steps_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    face, last = updates(*asked(key=DIFFUSION.key))
    assert face[VALUE]["about"].startswith("Seed 7, as if photographed in 1950")
    assert "never downloaded to this computer" in last[LINE]
    assert "The gallery's own faces are shown." in last[LINE]
    assert last[MENU] == DCGAN.key
    assert last[ANSWERED] == asked_for(*asked(key=DCGAN.key))
    assert not page.at_work


class AllNoise(torch.nn.Module):
    """Takes whatever it sees for noise."""

    def __init__(self) -> None:
        super().__init__()
        self.place = torch.nn.Parameter(torch.zeros(()), requires_grad=False)

    def forward(self, noisy: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        return noisy


def test_the_public_model_makes_its_faces_in_steps(monkeypatch: pytest.MonkeyPatch, house: Runtime) -> None:
    def run(spec: Any, work: Any, **_: Any) -> Any:
        assert spec is DIFFUSION
        return work(AllNoise())

    monkeypatch.setattr(hub, "RESOLUTION", 16)
    monkeypatch.setattr(house, "run", run)
    _, faces = FACES[DIFFUSION.key]
    found = list(faces([Person(1), Person(2)], house))
    assert [one.step for one in found] == 2 * list(range(1, STEPS + 1))
    assert [one.person.seed for one in found if one.finished] == [1, 2]
    assert found[0].picture.shape == (16, 16, 3)
    assert not np.array_equal(found[STEPS - 1].picture, found[-1].picture)


def test_somebody_else_is_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {page.somebody_else(ONE, True)[0] for _ in range(20)}
    assert len(found) > 15
    monkeypatch.setattr(secrets, "randbelow", lambda _: 12)
    assert page.somebody_else(ONE, True) == ["12", sitter(12).year, sitter(12).colour]
    for number, varied in ((ONE, False), (WALL, True)):
        seed, *rest = page.somebody_else(number, varied)
        assert seed == "12"
        assert all(skipped(one) for one in rest)


def test_a_face_of_the_wall_becomes_the_large_one() -> None:
    event: Any = types.SimpleNamespace(seed="12")
    assert page.pick(True, event) == ["12", sitter(12).year, sitter(12).colour, ONE]
    assert page.pick(False, event)[::3] == ["12", ONE]
    for seed in ("abc", None, str(2**64)):  # what a browser sends is anybody's invention
        with pytest.raises(gr.Error, match="whole number"):
            page.pick(True, types.SimpleNamespace(seed=seed))  # type: ignore[arg-type]


def test_controls_say_why_they_do_not_move() -> None:
    *controls, stop = page.fit_controls(DIFFUSION.key)
    assert all((one["interactive"], one["info"]) == (False, page.UNSTEERED) for one in controls)
    assert stop["visible"] is True
    *controls, stop = page.fit_controls(EMBEDDED.key)
    assert [one["info"] for one in controls] == list(page.STEERED.values())
    assert stop["visible"] is False


def test_the_first_face_is_served_as_a_file(tmp_path: Any) -> None:
    path = tmp_path / "first.webp"
    Image.new("RGB", (8, 8)).save(path)
    value = alone(Person(7), path)
    assert value["faces"][0]["picture"]["path"] == str(path)
    assert value["file"] == "nobody-seed-7-1950-grey-0.8.png"


def test_the_api_answers_with_a_face() -> None:
    picture, about = page.person_of_seed("7", 1990, True, 0.7)
    assert picture.size == (128, 128)
    assert about == {"seed": 7, "year": 1990, "colour": True, "truncation": 0.7, "model": DCGAN.key}
    again, _ = page.person_of_seed("7", 1990, True, 0.7)
    assert picture.tobytes() == again.tobytes()


def test_the_api_answers_with_a_wall() -> None:
    picture, about = page.wall_of_seed("30", 0.7)
    assert picture.size == (640, 640)
    assert [one["seed"] for one in about["people"]] == list(range(25, 50))
    eighth = about["people"][8]
    alone, _ = page.person_of_seed(str(eighth["seed"]), eighth["year"], eighth["colour"], 0.7)
    tile = picture.crop((3 * 128, 128, 4 * 128, 2 * 128))
    apart = np.abs(np.asarray(tile).astype(int) - np.asarray(alone).astype(int))
    assert apart.max() <= 1


@pytest.mark.parametrize(
    "inputs",
    [("abc", 1990, True, 0.7), ("7", 1700, True, 0.7), ("7", None, True, 0.7), ("7", 1990, True, None)],
)
def test_the_api_refuses_in_one_sentence(inputs: tuple[Any, ...]) -> None:
    with pytest.raises(gr.Error, match=r"^'?The (seed|year|truncation) is "):
        page.person_of_seed(*inputs)
