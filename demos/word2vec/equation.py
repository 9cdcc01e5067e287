"""What somebody types into the equation bar, read as words with weights.

    king - man + woman          2*cheese - "ice cream"          france - paris + tokyo = japan

Plus and minus stand between terms, a number with * weighs one, quotes (or nothing at all) hold a
phrase together, and behind = may stand the answer that is expected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from gallery.inputs import InputError, check_text

LONGEST = 1000  # characters
MOST_TERMS = 20
LARGEST_WEIGHT = 100.0

TOKEN = re.compile(
    r"""\s*(?:
        (?P<quoted>"[^"“”]*"|“[^"“”]*”)
      | (?P<number>\d+(?:\.\d+)?|\.\d+)(?=\s*[*×·])
      | (?P<sign>[-+−–—])
      | (?P<times>[*×·])
      | (?P<equals>=)
      | (?P<word>[^\s"“”+\-−–—*×·=]+)
    )""",
    re.VERBOSE,
)
TIMES = re.compile(r"\s*[*×·]")


@dataclass(frozen=True)
class Term:
    """A word or phrase as it was typed, and how much of it is added (or, below zero, taken away)."""

    word: str
    weight: float


@dataclass(frozen=True)
class Equation:
    """Terms in the order in which they were typed; `expected` is what stood behind the =, or empty."""

    terms: tuple[Term, ...]
    expected: str = ""

    def __str__(self) -> str:
        """As it can be typed again."""
        text = ""
        for term in self.terms:
            sign = "-" if term.weight < 0 else "+"
            size = abs(term.weight)
            word = f'"{term.word}"' if re.search(r"[^\w']", term.word) else term.word
            text += f" {sign} " if text else ("- " if term.weight < 0 else "")
            text += word if size == 1 else f"{np.format_float_positional(size, trim='-')}*{word}"
        return f"{text} = {self.expected}" if self.expected else text


def parse(text: str | None) -> Equation:
    """Raises InputError, with one sentence, for what is no equation."""
    text = check_text(text, limit=LONGEST, name="The equation")
    left, equals, right = text.partition("=")
    if "=" in right:
        raise InputError("An equation has one =, with the answer that you expect behind it.")
    expected = " ".join(re.sub('["“”]', " ", right).split())
    if equals and not expected:
        raise InputError("Behind the = belongs the word that you expect; leave both out if you expect none.")
    terms = read_terms(left)
    if not terms:
        raise InputError("There is no word in the equation: type one, like king - man + woman.")
    if len(terms) > MOST_TERMS:
        raise InputError(f"The equation has {len(terms)} terms, and at most {MOST_TERMS} can be used here.")
    if all(term.weight <= 0 for term in terms):
        raise InputError("Only words that are taken away: add at least one, like king - man.")
    return Equation(tuple(terms), expected)


def read_terms(text: str) -> list[Term]:
    """Raises InputError where signs and words do not take turns."""
    terms: list[Term] = []
    sign, words = 1.0, list[str]()
    weight: float | None = None
    signed = False  # whether a sign stands open that wants a word

    def close() -> None:
        nonlocal weight, words, sign
        if words:
            terms.append(Term(" ".join(words), sign * (1.0 if weight is None else weight)))
        elif weight is not None:
            raise InputError(f"The number {weight:g} has no word behind it: write it like 2*cheese.")
        sign, weight, words = 1.0, None, []

    at = 0
    while text[at:].strip():
        token = TOKEN.match(text, at)
        if token is None:  # only a quotation mark that is never closed is left over
            raise InputError("A quotation mark is open: close it, or leave it out.")
        at = token.end()
        kind, value = str(token.lastgroup), token[str(token.lastgroup)]
        match kind:
            case "sign":
                if signed:
                    raise InputError(
                        "Two signs stand side by side: put a word between them, or leave one out."
                    )
                close()
                sign, signed = (1.0 if value == "+" else -1.0), True
            case "number":
                if words or weight is not None:
                    raise InputError(f"Put a + or - in front of {value[:20]}.")
                weight = float(value)
                if weight > LARGEST_WEIGHT:
                    raise InputError(
                        f"The weight {value[:20]} is too large: up to {LARGEST_WEIGHT:g} can be used."
                    )
            case "times":
                if weight is None or words or TIMES.match(text, at):
                    raise InputError("A * stands between a number and a word, like 2*cheese.")
            case _:
                phrase = value.strip('"“”').strip() if kind == "quoted" else value
                if not phrase:
                    raise InputError("There is nothing between the quotation marks.")
                if kind == "quoted" and words:
                    raise InputError(f'Put a + or - in front of "{phrase[:40]}".')
                words.append(phrase)
                signed = False
    if signed:
        raise InputError("The equation ends with a sign: put a word behind it, or leave it out.")
    close()
    return terms
