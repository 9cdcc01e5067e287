"""The gallery as it will be once it has twenty demos: the present ones, again and again.

python -m benchmarks.twenty --port 7862
"""

import argparse
import dataclasses
import itertools
import shutil
import tempfile
from pathlib import Path

from gallery.catalog import all_demos
from gallery.demo import Chapter, Demo
from gallery.launcher import Gallery
from gallery.settings import Settings

COUNT = 20


def twenty(folder: Path) -> list[Demo]:
    """Copies with ids and titles of their own, spread over the chapters; only the first brings its models."""
    demos = []
    for number, (demo, chapter) in enumerate(
        zip(itertools.cycle(all_demos()), itertools.cycle(Chapter), strict=False), start=1
    ):
        own = folder / f"demo{number:02}"
        own.mkdir()
        for name in ("lesson.md", "card.md", "picture.webp"):
            if (demo.folder / name).is_file():
                shutil.copy(demo.folder / name, own / name)
        copy = dataclasses.replace(demo, folder=own, title=f"{demo.title} {number}", chapter=chapter)
        demos.append(copy if number == 1 else dataclasses.replace(copy, models=()))
        if number == COUNT:
            break
    return demos


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=7862)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(port=parser.parse_args().port, offline=True)
        # Without Gradio's own look at the page, which gives up after three seconds on a busy machine.
        Gallery(settings, twenty(Path(folder))).launch(quiet=True, _frontend=False)
