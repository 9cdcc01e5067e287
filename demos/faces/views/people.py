"""Nobody: a button, and a person who does not exist; or a wall of 25 of them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from html import escape
from typing import Any

import gradio as gr
from PIL import Image

from demos.faces import casting, first
from demos.faces.casting import DEFAULT, FACES, SIDE, Face, sitter
from demos.faces.engine import FIRST_YEAR, LARGEST_SEED, LAST_YEAR, TRUNCATION, Person, checked_seed
from demos.faces.hub import DIFFUSION, STEPS
from demos.faces.views.seen import SEEN, watcher
from demos.faces.views.wall import Wall, alone, hung
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.hosting import zero_gpu
from gallery.inputs import InputError
from gallery.permalink import Permalink
from gallery.weights import ModelSpec, Progress, WeightsError

ONE, WALL = "one", "wall"
NEW_SEEDS = 1_000_000  # six digits are soon typed or told to a neighbour
MOST_TRUNCATION = 1.2
ABOUT = """
**Whose faces?** The network has seen nothing but portraits of members of one parliament, the Congress of the
United States, over two centuries. Its people look, dress and pose like them: mostly men, mostly white, mostly
over forty. None of them exists, though one may happen to resemble somebody.
"""
PUBLIC = f"""
**Two of our own.** The *DCGAN* is the simpler network and its training the quicker one: in a
third of the time it saw more than twice as many pictures. Its faces are sharper and vary more. Those of the
*StyleGAN* are cleaner, and its styles can be mixed and steered; the other tabs show what for.

**Larger faces.** The third model is Google's [DDPM for CelebA-HQ]({DIFFUSION.card}), 256x256. Its weights
have an open licence (Apache-2.0) and lie in a file that cannot run code; neither is true of StyleGAN's. It is
a diffusion model, no GAN: it takes noise away in {STEPS} steps, seconds on a GPU and minutes on a processor.
"""
STEERED = {
    "year": "When the portrait was taken. Watch collars, hair and the photograph itself.",
    "colour": "Hardly any portrait before 1990 is in colour, so there the network has to guess.",
    "truncation": "How far from the average face of the year: 0 is that face itself, over 1 it gets strange.",
    "number": "Press a face of the wall to see it large.",
    "varied": "Drawn for each face, as often as they occur among the portraits.",
}
UNSTEERED = "This model knows the seed only."
# A diffusion may take minutes, so it waits in a queue of its own; where a GPU is lent, the models' gets it.
PEOPLE: dict[str, Any] = (
    {**MODEL_EVENTS} if zero_gpu() else {"concurrency_id": "faces_people", "concurrency_limit": 4}
)

Asked = tuple[tuple[Person, ...], str]  # who is to be shown, and by which model
at_work: dict[str, Asked] = {}  # sessions that wait for faces, and for which
stopping: set[str] = set()  # sessions that want these no longer


def view(demo: Demo, link: Permalink) -> None:
    person = first.PERSON
    with gr.Row(elem_id=f"{demo.id}-people"):
        with gr.Column(scale=5, min_width=280):
            with gr.Row():
                new = gr.Button("Somebody else", variant="primary", size="lg", scale=3, min_width=160)
                stop = gr.Button("Stop", visible=False, interactive=False, scale=1, min_width=80)
            shown = Wall(
                value=alone(person, first.PICTURE) if first.PICTURE.is_file() else None,
                elem_id=f"{demo.id}-nobody",
            )
            line = gr.HTML(
                told("This face ships with the gallery. Change anything, and another one is painted."),
                elem_id=f"{demo.id}-people-line", apply_default_css=False,
            )  # fmt: skip
        with gr.Column(scale=4, min_width=280):
            number = gr.Radio(
                [("One", ONE), ("A wall of 25", WALL)], value=ONE, label="Show", info=STEERED["number"]
            )
            seed = gr.Textbox(
                str(person.seed), max_length=20, label="Seed",
                info=f"A whole number from 0 to {LARGEST_SEED}: the same one makes the same face again.",
                elem_id=f"{demo.id}-people-seed",
            )  # fmt: skip
            year = gr.Slider(
                FIRST_YEAR, LAST_YEAR, person.year, step=1, label="Year", info=STEERED["year"],
                elem_id=f"{demo.id}-people-year",
            )  # fmt: skip
            colour = gr.Checkbox(person.colour, label="In colour", info=STEERED["colour"])
            varied = gr.Checkbox(True, label="Years and colour at random", info=STEERED["varied"])
            truncation = gr.Slider(
                0, MOST_TRUNCATION, TRUNCATION, step=0.05, label="Truncation", info=STEERED["truncation"],
                elem_id=f"{demo.id}-people-truncation",
            )  # fmt: skip
            model = gr.Dropdown(
                [(spec.title, key) for key, (spec, _) in FACES.items()], value=DEFAULT.key, label="Model",
                info="The first two ship with the gallery; the last is downloaded when you choose it.",
            )  # fmt: skip
    gr.Markdown(ABOUT)
    gr.Markdown(PUBLIC)

    inputs = [seed, year, colour, truncation, number, varied, model]
    answered = gr.State(((person,), DEFAULT.key) if first.PICTURE.is_file() else None)
    seen = gr.Checkbox(False, visible="hidden", label="Seen")
    looking = watcher()
    shared: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    new.click(somebody_else, [number, varied], [seed, year, colour], **shared)
    shown.pick(pick, varied, [seed, year, colour, number], **shared)
    gr.on(
        [looking.focus, *(one.change for one in inputs)],  # type: ignore[attr-defined]
        show, [*inputs, answered, seen], [shown, line, answered, model, stop],
        js=SEEN % f"{demo.id}-people", trigger_mode="always_last", show_progress="minimal",
        show_progress_on=[line],
        api_visibility="private", **PEOPLE,
    )  # fmt: skip
    gr.on([one.change for one in inputs], no_longer, inputs, None, queue=False, **shared)  # type: ignore[attr-defined]
    model.change(fit_controls, model, [year, colour, truncation, number, varied, stop], **shared)
    stop.click(press_stop, None, stop, queue=False, **shared)
    endpoints(demo)
    for name, component in {
        "seed": seed, "year": year, "colour": colour, "truncation": truncation, "show": number,
        "varied": varied, "model": model,
    }.items():  # fmt: skip
        link.bind(name, component)


def endpoints(demo: Demo) -> None:
    """The public API."""
    seed = gr.Textbox("7", visible=False, label="Seed")
    truncation = gr.Number(TRUNCATION, visible=False, label="Truncation")
    about = gr.JSON(visible=False, label="About it")
    gr.on(
        [], person_of_seed,
        [
            seed,
            gr.Number(1950, visible=False, label="Year"),
            gr.Checkbox(True, visible=False, label="In colour"),
            truncation,
        ],
        [gr.Image(visible=False, format="png", label="Face"), about],
        api_name=f"{demo.id}_person", **MODEL_EVENTS,
    )  # fmt: skip
    gr.on(
        [], wall_of_seed, [seed, truncation],
        [gr.Image(visible=False, format="png", label="Wall"), about],
        api_name=f"{demo.id}_wall", **MODEL_EVENTS,
    )  # fmt: skip


def somebody_else(number: str, varied: bool) -> list[Any]:
    """A new seed, and where one face is shown, the year and colour that belong to it."""
    seed = secrets.randbelow(NEW_SEEDS)
    return [str(seed), *(years_of(seed) if varied and number == ONE else (gr.skip(), gr.skip()))]


@says_why
def pick(varied: bool, event: gr.EventData) -> list[Any]:
    """The face of the wall that was pressed, alone and large."""
    seed = checked_seed(getattr(event, "seed", None))
    return [str(seed), *(years_of(seed) if varied else (gr.skip(), gr.skip())), ONE]


def years_of(seed: int) -> tuple[float, bool]:
    person = sitter(seed)
    return person.year, person.colour


def asked_for(
    seed: object, year: float, colour: bool, truncation: float, number: str, varied: bool, key: str
) -> Asked:
    """Raises InputError."""
    _, faces = FACES[key]
    if not faces.steered:
        return (Person(checked_seed(seed)),), key
    if number == ONE:
        return (Person(checked_seed(seed), year, colour, truncation),), key
    if varied:
        return tuple(sitter(one, truncation) for one in casting.wall(seed)), key
    return tuple(Person(one, year, colour, truncation) for one in casting.wall(seed)), key


@says_why
def show(
    seed: str,
    year: float,
    colour: bool,
    truncation: float,
    number: str,
    varied: bool,
    key: str,
    answered: Asked | None,
    seen: bool,
    request: gr.Request,
    progress: gr.Progress = gr.Progress(),
) -> Iterator[list[Any]]:
    """Updates of the picture, the line, what is answered, the menu and the Stop button."""
    try:
        asked = asked_for(seed, year, colour, truncation, number, varied, key)
    except InputError as error:
        yield [gr.skip(), alert(error), None, gr.skip(), gr.skip()]
        return
    if not seen or asked == answered:
        yield [gr.skip() for _ in range(5)]
        return
    session, started, note = str(request.session_hash), time.monotonic(), ""
    try:
        try:
            yield from painted(asked, checked_seed(seed), session, progress)
        except WeightsError as error:
            if key == DEFAULT.key:
                raise
            # Never a silent switch: the sentence says it, and the menu shows it.
            spec, _ = FACES[key]
            note = f"{spec.title}: {error} The gallery's own faces are shown."
            asked = asked_for(seed, year, colour, truncation, number, varied, DEFAULT.key)
            yield from painted(asked, checked_seed(seed), session, progress)
        if session in stopping:
            yield [gr.skip(), told("Stopped."), None, gr.skip(), gr.update(interactive=False)]
            return
        line = f"Made in {time.monotonic() - started:.2f} s on {runtime.current().device.name}."
        menu = DEFAULT.key if note else gr.skip()
        yield [gr.skip(), told(f"{note} {line}".strip()), asked, menu, gr.update(interactive=False)]
    finally:
        at_work.pop(session, None)
        stopping.discard(session)


def painted(asked: Asked, seed: int, session: str, progress: gr.Progress) -> Iterator[list[Any]]:
    """The same updates while the faces come. Ends early where nobody wants them any longer."""
    persons, key = asked
    spec, faces = FACES[key]
    at_work[session] = asked
    stopping.discard(session)
    done: list[Face] = []
    if len(persons) > 1:
        yield [hung(done, casting.wall(seed), seed), *[gr.skip() for _ in range(4)]]
    report = None if spec.embedded else watched(progress, spec)  # what ships is there in a moment
    for face in faces(persons, runtime.current(), report):
        if session in stopping:
            return
        done += [face] if face.finished else []
        if len(persons) == 1:
            value = alone(face.person, face, steered=faces.steered)
        elif len(done) % SIDE == 0:
            value = hung(done, casting.wall(seed), seed)
        else:
            continue
        stop = gr.skip() if face.finished else gr.update(interactive=True)
        yield [value, gr.skip(), gr.skip(), gr.skip(), stop]


def no_longer(
    seed: str,
    year: float,
    colour: bool,
    truncation: float,
    number: str,
    varied: bool,
    key: str,
    request: gr.Request,
) -> None:
    """Ends work on faces that are no longer asked for."""
    session = str(request.session_hash)
    try:
        wanted = asked_for(seed, year, colour, truncation, number, varied, key)
    except InputError:
        return
    if at_work.get(session, wanted) != wanted:
        stopping.add(session)


def press_stop(request: gr.Request) -> Any:
    stopping.add(str(request.session_hash))
    return gr.update(interactive=False)


def fit_controls(key: str) -> list[Any]:
    """The controls that a model does not listen to cannot be moved, and say why."""
    _, faces = FACES[key]
    names = ("year", "colour", "truncation", "number", "varied")
    on = faces.steered
    updates = [gr.update(interactive=on, info=STEERED[name] if on else UNSTEERED) for name in names]
    return [*updates, gr.update(visible=not on)]


def watched(progress: gr.Progress, spec: ModelSpec) -> Progress:
    """The cache's bytes as the page's progress bar."""

    def report(done: int, total: int | None) -> None:
        if total:
            progress(done / total, desc=f"Getting {spec.title}: {done / 1e6:.0f} of {total / 1e6:.0f} MB")

    return report


@says_why
def person_of_seed(
    seed: str, year: float | None, colour: bool, truncation: float | None
) -> tuple[Image.Image, dict[str, Any]]:
    """A person who does not exist, 128x128.

    `seed` is a whole number from 0 to 4294967295, `year` is from 1850 to 2024, `truncation` from 0 to 1.5.
    """
    asked = (checked_seed(seed), given(year, "year"), colour, given(truncation, "truncation"))
    person = Person(*asked)
    _, faces = FACES[DEFAULT.key]
    (face,) = faces([person], runtime.current())
    return Image.fromarray(face.picture), as_json(person)


@says_why
def wall_of_seed(seed: str, truncation: float | None) -> tuple[Image.Image, dict[str, Any]]:
    """25 people who do not exist, 5 by 5, with years and colours as the training portraits have them.

    The wall of a `seed` holds seeds 0 to 24, 25 to 49 and so on. `truncation` is from 0 to 1.5.
    """
    persons = [sitter(one, given(truncation, "truncation")) for one in casting.wall(seed)]
    _, faces = FACES[DEFAULT.key]
    found = [Image.fromarray(face.picture) for face in faces(persons, runtime.current())]
    side = found[0].width
    picture = Image.new("RGB", (SIDE * side, SIDE * side))
    for i, one in enumerate(found):
        picture.paste(one, (i % SIDE * side, i // SIDE * side))
    return picture, {"people": [as_json(person) for person in persons]}


def given(value: float | None, name: str) -> float:
    if value is None:
        raise InputError(f"The {name} is missing: a number is expected.")
    return value


def as_json(person: Person) -> dict[str, Any]:
    return {
        "seed": person.seed, "year": person.year, "colour": person.colour,
        "truncation": person.truncation, "model": DEFAULT.key,
    }  # fmt: skip


def told(line: str) -> str:
    return f'<p style="margin: 0; color: var(--body-text-color)">{line}</p>'


def alert(error: InputError) -> str:
    return told(f'<span role="alert">{escape(str(error))}</span>')
