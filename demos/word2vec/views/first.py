"""What stands on the page before anybody does anything: computed ahead, and shipped.

python -m demos.word2vec.views.first
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent.parent / "first.json"
FIRST_EQUATION = "king - man + woman = queen"
FIRST_RELATION = "Countries and their capitals"
FIRST_LIST = "apple, pear, cherry, bread, cheese, hammer, saw, nail, violin, trumpet"
FIRST_SEED = 1  # of the game
FIRST_AXIS = ("cold", "hot")
FIRST_ALONG = "ice, snow, winter, rain, spring, summer, desert, soup, oven, fire, penguin, camel"


@cache
def first() -> dict[str, Any]:
    """The finished first view of each tab."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def main() -> None:
    from demos.word2vec import engine
    from demos.word2vec.equation import parse
    from demos.word2vec.game import Game, puzzle
    from demos.word2vec.models import EMBEDDED
    from demos.word2vec.relations import pairs_of, related
    from demos.word2vec.views import arithmetic, explore, pictures, play, relate
    from demos.word2vec.views.answers import answers
    from gallery.runtime import Runtime

    house = Runtime(device="cpu", offline=True)
    engine.solve(parse(FIRST_EQUATION), EMBEDDED, house)  # the next one is not slowed by loading
    solution = engine.solve(parse(FIRST_EQUATION), EMBEDDED, house, count=arithmetic.SHOWN)
    pairs = related(FIRST_RELATION, pairs_of(FIRST_RELATION), EMBEDDED, house)
    words = engine.listed(FIRST_LIST)
    odd = explore.odd_sentence(engine.odd_one_out(words, EMBEDDED, house))
    game = Game(seed=FIRST_SEED)
    content = {
        "answers": answers(solution, arithmetic.who(solution)),
        "picture": pictures.equation(solution, 2).as_json(),
        "relation": pictures.relation(pairs, 2).as_json(),
        "relation_report": relate.report_of(pairs.parallel, pairs.shuffled),
        "likeness": explore.table(engine.likeness(words, EMBEDDED, house)),
        "odd_one": f"{odd} Vectors: {EMBEDDED.title}.",
        "board": play.board(game, puzzle(game, EMBEDDED, house)),
        "axis": explore.line(engine.along(*FIRST_AXIS, engine.listed(FIRST_ALONG), EMBEDDED, house)),
    }
    FILE.write_text(json.dumps(content, ensure_ascii=False, indent=None) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
