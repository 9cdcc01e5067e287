"""What stands on the page before anybody does anything: computed ahead, and shipped.

python -m demos.go.poster
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from demos.go.suggest import Candidate, Opinion
from demos.go.views.table import Thoughts

FILE = Path(__file__).parent.parent / "first.json"
# The fourth game of AlphaGo against Lee Sedol after 27 moves: what one feels and what one reads differ here.
FIRST_LINK = "19 6.5 pddpcdqpopoqnqpqcnfqmppoiqechdcgedcjdcbpncqiepeodkfpck"
FIRST_VISITS = 400


@cache
def first() -> dict[str, Any]:
    """`sgf`, `felt` and `read`, and the values of the board, the opinions and the win rate."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def first_thoughts() -> Thoughts:
    return Thoughts(FIRST_LINK, as_opinion(first()["felt"]), as_opinion(first()["read"]))


def as_json(opinion: Opinion) -> dict[str, Any]:
    return {
        **vars(opinion),
        "candidates": [vars(one) for one in opinion.candidates],
        "heat": [round(float(share), 5) for share in opinion.heat],
        "ownership": [[round(float(one), 3) for one in row] for row in opinion.ownership],
    }


def as_opinion(stored: dict[str, Any]) -> Opinion:
    return Opinion(
        **{
            **stored,
            "candidates": tuple(Candidate(**one) for one in stored["candidates"]),
            "heat": np.array(stored["heat"], np.float32),
            "ownership": np.array(stored["ownership"], np.float32),
            "variation": tuple(stored["variation"]),
        }
    )
