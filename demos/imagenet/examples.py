"""The pictures to start with, and the finished result of the first, computed ahead.

python -m demos.imagenet.examples     # again after new weights: writes first_result.json
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from demos.imagenet.engine import Guess, Prediction

FOLDER = Path(__file__).parent
IMAGES = FOLDER.parent.parent / "assets" / "images" / "imagenet"
FIRST_RESULT = FOLDER / "first_result.json"
FIRST_SEEN = FOLDER / "first_seen.png"  # what the network got of the first example: 64 x 64 pixels


@dataclass(frozen=True)
class Example:
    """A picture under assets/images/imagenet; where it comes from stands in assets/CREDITS.md."""

    key: str  # in links
    name: str
    description: str  # for those who cannot see it

    @property
    def path(self) -> Path:
        return IMAGES / f"{self.key}.webp"


EXAMPLES = (
    Example("cat", "A cat", "A ginger tabby cat looking into the camera"),
    Example("espresso", "Espresso", "A cup of espresso and a spoon on a wooden table"),
    Example("rocket", "A rocket", "A rocket lifting off at night"),
    Example("bus", "School bus", "A yellow school bus on a road"),
    Example("monarch", "A butterfly", "A monarch butterfly with spread wings on a leaf"),
    Example("goldfish", "A goldfish", "A goldfish in front of a green background"),
    Example("lighthouse", "A lighthouse", "A lighthouse with red and white bands"),
    Example("galaxies", "Not one of the 200", "Hundreds of distant galaxies on a black sky"),
)


def example(key: str) -> Example:
    """Raises KeyError for a key that none has."""
    return {one.key: one for one in EXAMPLES}[key]


def first_result() -> Prediction:
    """What the gallery's own network says about the first example; no network is run."""
    from PIL import Image

    stored = json.loads(FIRST_RESULT.read_text(encoding="utf-8"))
    with Image.open(FIRST_SEEN) as image:
        seen = image.convert("RGB")
    return Prediction(
        model_key=stored["model_key"],
        guesses=tuple(Guess(**guess) for guess in stored["guesses"]),
        seconds=stored["seconds"],
        image=seen,
        heat_maps=np.array(stored["heat_maps"], np.float32),
    )


def main() -> None:
    from demos.imagenet.engine import predict, preprocessing_of
    from demos.imagenet.models import EMBEDDED
    from demos.imagenet.poster import poster
    from gallery import runtime
    from gallery.inputs import open_image

    image = open_image(EXAMPLES[0].path)
    predict(image, EMBEDDED, runtime.current())  # the first call of all takes longer
    prediction = predict(image, EMBEDDED, runtime.current(), heat_maps=True)
    assert prediction.heat_maps is not None
    prediction.image.save(FIRST_SEEN, optimize=True)
    result = {
        "model_key": prediction.model_key,
        "seconds": round(prediction.seconds, 4),
        "guesses": [
            asdict(guess) | {"probability": round(guess.probability, 6)} for guess in prediction.guesses
        ],
        "heat_maps": prediction.heat_maps.round(4).astype(float).round(4).tolist(),
    }
    FIRST_RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    square = preprocessing_of(EMBEDDED).square(image, 400)
    poster(square, prediction).save(FOLDER / "picture.webp", quality=85, method=6)
    print("\n".join(f"{guess.probability:7.1%}  {guess.name}" for guess in prediction.guesses))


if __name__ == "__main__":
    main()
