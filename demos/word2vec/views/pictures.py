"""Solutions and bundles as pictures for the scene."""

from __future__ import annotations

from demos.word2vec import plane
from demos.word2vec.engine import Solution
from demos.word2vec.lookup import spoken
from demos.word2vec.relations import Related
from gallery.widgets.scene import Arrow, Kind, Picture, Point

EQUATION_KINDS = (
    Kind("plus", "added", 1, "square"),
    Kind("minus", "taken away", 0, "diamond"),
    Kind("sum", "the sum", 3, "star"),
    Kind("answer", "nearest words", 2, "circle"),
)
CUTS = {2: "plane", 3: "space"}
PAIR_KINDS = (
    Kind("start", "from", 1, "square"),
    Kind("end", "to", 2, "circle"),
    Kind("pair", "difference of the two vectors", 0, "circle"),
)


def equation(solution: Solution, dimensions: int) -> Picture:
    """The terms as arrows, head to tail from 0, their sum, and the answers around its tip."""
    terms, weights = solution.equation.terms, [term.weight for term in solution.equation.terms]
    answers = solution.answers
    if solution.expected and solution.expected not in answers:
        answers = answers[:-1]  # its vector is not here; the list tells where it stands
    shadow = plane.equation(solution.units, weights, solution.found, dimensions)
    path = [tuple(place) for place in shadow.path.tolist()]
    arrows = [
        Arrow(
            start, end, label(term.word, term.weight, first=at == 0), "plus" if term.weight > 0 else "minus"
        )
        for at, (term, start, end) in enumerate(zip(terms, path, path[1:], strict=False))
    ]
    if len(terms) > 1:
        arrows.append(Arrow(path[0], path[-1], "", "sum", dashed=True))
    points = [
        Point(
            spoken(answer.word),
            tuple(place),
            "answer",
            (f"number {answer.place}", f"cosine with the sum: {answer.similarity:.3f}"),
            prominent=answer.place == 1,
        )
        for answer, place in zip(answers, shadow.others.tolist(), strict=False)
    ]
    points.append(Point("sum", path[-1], "sum", (f"{solution.equation}",)))
    best = solution.answers[0]
    return Picture(
        points=tuple(points),
        arrows=tuple(arrows),
        kinds=tuple(kind for kind in EQUATION_KINDS if kind.name != "minus" or min(weights) < 0),
        title=f"{shadow.kept:.0%} of the arrows' length lies in this {CUTS[dimensions]}",
        description=(
            f"The vectors of {solution.equation}, drawn head to tail as arrows. Nearest to where they end "
            f"is {spoken(best.word)}, with a cosine of {best.similarity:.2f}."
        ),
    )


def label(word: str, weight: float, first: bool) -> str:
    sign = "−" if weight < 0 else "" if first else "+"
    size = "" if abs(weight) == 1 else f"{abs(weight):g}·"
    return f"{sign}{size}{spoken(word)}"


def relation(related: Related, dimensions: int) -> Picture:
    """Pairs of words as arrows, the direction that they have in common pointing up."""
    bundle = plane.bundle(related.starts, related.ends, dimensions)
    starts = [tuple(place) for place in bundle.starts.tolist()]
    ends = [tuple(place) for place in bundle.ends.tolist()]
    points = []
    for (a, b), start, end in zip(related.pairs, starts, ends, strict=True):
        details = (f"{spoken(a)} → {spoken(b)}",)
        points += [Point(spoken(a), start, "start", details), Point(spoken(b), end, "end", details)]
    return Picture(
        points=tuple(points),
        arrows=tuple(Arrow(start, end, "", "pair") for start, end in zip(starts, ends, strict=True)),
        kinds=PAIR_KINDS,
        title=related.title,
        description=(
            f"{len(related.pairs)} pairs of words as arrows. The mean cosine of an arrow with the others is "
            f"{related.parallel:.2f}; with the ends shuffled it is {related.shuffled:.2f}."
        ),
    )
