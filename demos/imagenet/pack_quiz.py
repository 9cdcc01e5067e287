"""How the quiz's photographs were chosen and packed.

    python -m demos.imagenet.pack_quiz --data tiny-imagenet-200

Two validation images of every class, drawn with a fixed seed and without asking any network.
The result is an ordinary ZIP with a folder for every class, the original JPEG files in it
untouched, so that "Measure it yourself" can read it too.
"""

import argparse
import random
import zipfile
from collections import defaultdict
from pathlib import Path

from demos.imagenet.quiz import PHOTOGRAPHS

SEED = 2012
PER_CLASS = 2
NO_DATE = (1980, 1, 1, 0, 0, 0)  # so that the same choice always gives the same file


def choose(annotations: str, per_class: int, seed: int) -> list[tuple[str, str]]:
    """(wnid, file name) of the chosen images, classes in order.

    `annotations` is the text of val_annotations.txt: file name, wnid and a box, separated by tabs.
    """
    by_class = defaultdict(list)
    for line in annotations.splitlines():
        name, wnid = line.split("\t")[:2]
        by_class[wnid].append(name)
    draw = random.Random(seed)
    return [
        (wnid, name)
        for wnid, names in sorted(by_class.items())
        for name in sorted(draw.sample(sorted(names), per_class))
    ]


def pack(data: Path, out: Path) -> None:
    chosen = choose((data / "val" / "val_annotations.txt").read_text(), PER_CLASS, SEED)
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:  # JPEG does not get smaller
        for wnid, name in chosen:
            jpeg = (data / "val" / "images" / name).read_bytes()
            archive.writestr(zipfile.ZipInfo(f"{wnid}/{name}", NO_DATE), jpeg)
    print(f"{len(chosen)} photographs, {out.stat().st_size:,} bytes in {out}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder tiny-imagenet-200")
    parser.add_argument("--out", type=Path, default=PHOTOGRAPHS)
    options = parser.parse_args()
    pack(options.data, options.out)


if __name__ == "__main__":
    main()
