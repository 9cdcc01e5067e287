"""From files to paragraphs of words: the cleaning, the split, the phrases."""

from __future__ import annotations

import json
import random
from itertools import chain, pairwise
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from demos.word2vec import prepare
from demos.word2vec.corpus import SHORTEST, Source, book, documents, glosses, tokens, wiki_articles

TOKENS = {
    "The quick, brown fox.": "the quick | brown fox |",
    "  (Hello) World": "hello | world",
    "café Zürich Ærø straße Łódź Đorđe İstanbul": "cafe zurich aero strasse lodz dorde istanbul",
    "ﬁne ﬂow": "fine flow",
    "cafe\u0301": "cafe",
    "the king's dog’s kings' bone": "the king dog kings bone",
    "don't o'clock ‘quoted’": "don't o'clock quoted",
    "well-known twenty-one": "well known twenty one",
    "in 1984 he had 1,000.5 pigs": "in | he had | pigs",
    "b2b": "b | b",
    "wait... what?!": "wait | what |",
    "one – two — three": "one | two | three",
    "see https://example.org/a_b?c=d now": "see now",
    "see www.example.org. Now": "see now",
    "a &amp; b <b>bold</b> <br/>": "a b bold",
    "Москва is Moscow, 東京 is Tokyo": "is moscow | is tokyo",
    "\tnew\u00a0york\u2003city\n": "new york city",
    "🙂 smile 🙂": "smile |",
    "the K of K2 in ℝ": "the k of k | in r",
    "12 345 !?": "",
    "": "",
}


@pytest.mark.parametrize(("text", "expected"), TOKENS.items())
def test_a_paragraph_becomes_words(text: str, expected: str) -> None:
    assert " ".join(tokens(text)) == expected


@settings(deadline=None)
@given(st.text(max_size=300))
@example("𝓐 and ℝ")
def test_of_any_text_only_latin_letters_are_left(text: str) -> None:
    words = tokens(text)
    assert all(word == "|" or set(word) <= set("abcdefghijklmnopqrstuvwxyz'") for word in words)
    assert all(word.strip("'") == word != "" for word in words)
    assert words[:1] != ["|"]
    assert all(pair != ("|", "|") for pair in pairwise(words))
    assert tokens(" ".join(words)) == words, "What is clean stays."


LONG = "Anarchism is a political philosophy.\n" * 10


@pytest.mark.parametrize(
    "text",
    [
        f'<doc id="12" url="https://en.wikipedia.org/x" title="Anarchism">\nAnarchism\n\n{LONG}</doc>\n'
        f'<doc id="13" url="" title="Short">\nShort\n\ntoo short\n</doc>\n'
        f'<doc id="14" url="" title="Other">\nOther\n\n{LONG}More.\n</doc>\n',
        "\n".join(
            json.dumps({"id": number, "title": "A", "text": body})
            for number, body in (("12", "\n" + LONG), ("13", "too short"), ("14", f"\n{LONG}More.\n"))
        ),
    ],
    ids=["doc", "json"],
)
def test_both_forms_of_an_extract_hold_the_same_articles(text: str) -> None:
    assert len(LONG) > SHORTEST
    assert list(wiki_articles(text)) == [("12", "\n" + LONG), ("14", f"\n{LONG}More.\n")]


BODY = "CHAPTER I\n\nIt was a dark\nand stormy night.\n\n\nThe rain fell."


def gutenberg(body: str = BODY, language: str = "English", note: str = "") -> str:
    return (
        f"The Project Gutenberg EBook\n{note}\nLanguage: {language}\n"
        f"*** START OF THIS PROJECT GUTENBERG EBOOK NIGHT ***\n{body}\n\n"
        "*** END OF THIS PROJECT GUTENBERG EBOOK NIGHT ***\nDonations are welcome."
    )


def test_a_book_is_without_what_its_publisher_put_around_it() -> None:
    assert book(gutenberg()).strip().split("\n") == [
        "CHAPTER I",
        "It was a dark and stormy night.",
        "The rain fell.",
    ]
    old = f"small\n*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04*END*\n{BODY}\n\n"
    old += "End of the Project Gutenberg Etext of Night\nmore"
    assert book(old).strip() == book(gutenberg()).strip()
    assert book(BODY).strip() == book(gutenberg()).strip(), "A bare book is a book."


@pytest.mark.parametrize(
    "text",
    [
        gutenberg(language="French"),
        gutenberg("Copyright, 1931, by Somebody\n\n" + BODY),
        gutenberg("COPYRIGHT\nby Somebody, 2004\n\n" + BODY),
        gutenberg("(c) 1999 Somebody\n\n" + BODY),
        gutenberg("© 1955\n\n" + BODY),
        gutenberg(note="This is a COPYRIGHTED Project Gutenberg eBook."),
    ],
)
def test_foreign_and_modern_books_are_left_out(text: str) -> None:
    assert book(text) == ""


@pytest.mark.parametrize("year", [1850, 1911, 1929])
def test_an_old_copyright_has_ended(year: int) -> None:
    assert "stormy" in book(gutenberg(f"Copyright, {year}, by Somebody\n\n{BODY}"))


def test_the_same_book_in_two_files_has_one_name(tmp_path: Path) -> None:
    source = Source("a/b", "0", "*", "book", "")
    body = "\n\n".join(f"Paragraph {number} of the night." for number in range(300))
    names = []
    for place, text in enumerate(
        [gutenberg(body), gutenberg(body, note="Another header"), gutenberg(body[9:] * 2)]
    ):
        path = tmp_path / f"{place}.txt"
        path.write_text(text)
        names += [name for name, _ in documents(source, path)]
    assert names[0] == names[1] != names[2]


def test_a_gloss_is_words_definition_and_examples() -> None:
    text = """
01-n:
  members: [dog, domestic dog]
  definition: [a member of the genus Canis]
  example: [the dog barked, {source: X, text: every dog has its day}]
02-n:
  members: [cat]
  definition: [a feline]
03-n:
  members: [nothing]
dog: 7
"""
    assert list(glosses(text)) == [
        "dog, domestic dog. a member of the genus Canis. the dog barked. every dog has its day",
        "cat. a feline",
    ]


def test_a_recipe_is_without_its_head(tmp_path: Path) -> None:
    path = tmp_path / "soup.md"
    path.write_text("---\ntitle: Soup\n---\n# Soup\nBoil it.\n---\nEat it.\n")
    source = Source("a/b", "0", "*.md", "page", "")
    assert list(documents(source, path)) == [(str(path), "# Soup\nBoil it.\n---\nEat it.\n")]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"here has no files \*\.md \(someone/here\)"):
        Source("someone/here", "0", "*.md", "page", "").paths(tmp_path)


WORDS = [
    "ant",
    "bee",
    "cow",
    "dog",
    "eel",
    "fox",
    "gnu",
    "hen",
    "ibis",
    "jay",
    "kite",
    "lark",
    "mole",
    "newt",
    "owl",
    "pig",
    "quail",
    "rat",
]


def made_up_line(chance: random.Random, number: int) -> str:
    """Its first word is in no other line."""
    unique = "".join(chr(97 + int(digit)) for digit in f"{number:05d}")
    return f"z{unique} " + " ".join(chance.choices(WORDS, k=9)) + ", new york " + chance.choice(WORDS)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two extracts that share half of their articles, and pages; threads do for processes here."""
    monkeypatch.setattr(prepare, "Pool", ThreadPool)
    monkeypatch.setattr(prepare, "HELD_OUT", 0.1)
    monkeypatch.setattr(prepare, "PARTS", 3)
    chance, number = random.Random(0), 0
    articles = []
    for article in range(60):
        lines = []
        for _ in range(6):
            number += 1
            lines.append(made_up_line(chance, number))
        articles.append(
            f'<doc id="{article}" url="" title="T">\nT\n\n' + "\n".join(lines) + "\nA heading\n</doc>\n"
        )
    for folder, chosen in (("newer", articles[:40]), ("older", articles[20:])):
        path = tmp_path / "data" / folder / "wiki_00"
        path.parent.mkdir(parents=True)
        path.write_text("".join(chosen))
    sources = tuple(
        Source(f"someone/{name}", "0", "wiki_*", "wikipedia", "CC BY-SA") for name in ("newer", "older")
    )
    monkeypatch.setattr(prepare, "SOURCES", sources)
    (tmp_path / "out").mkdir()
    return tmp_path


def collected(tree: Path, seed: int = 0) -> tuple[list[str], list[str]]:
    """Paragraphs to train on, and those held out."""
    prepare.collect(tree / "data", tree / "out", seed)
    parts = sorted((tree / "out").glob("raw-[0-9]*.txt"))
    assert len(parts) == 3
    texts = [path.read_text().splitlines() for path in parts]
    assert all(80 < len(text) < 160 for text in texts)
    return list(chain(*texts)), (tree / "out" / "raw-held-out.txt").read_text().splitlines()


def test_no_paragraph_is_trained_on_and_held_out(tree: Path) -> None:
    trained, held_out = collected(tree)
    assert len(set(trained + held_out)) == len(trained + held_out) == 360, "Each once, headings left out."
    assert 15 < len(held_out) < 60
    assert collected(tree) == (trained, held_out)
    assert collected(tree, seed=1) != (trained, held_out)


def test_what_was_taken_is_counted(tree: Path) -> None:
    taken = prepare.collect(tree / "data", tree / "out", 0)
    assert dict(taken["someone/newer"]) == {"documents": 40, "words": 40 * 6 * 13}
    assert dict(taken["someone/older"]) == {"duplicates": 20, "documents": 20, "words": 20 * 6 * 13}


def test_phrases_never_cross_a_comma(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "PHRASE_SAMPLE", 1)
    collected(tree)
    out = tree / "out"
    raw = sorted(out.glob("raw-*.txt"))
    phrases = prepare.learn_phrases(raw)
    assert set(phrases.phrasegrams) == {"new_york"}
    odd = out / "raw-odd.txt"
    odd.write_text("we saw new | york and new york | new york |\nnew york new\n")
    part = out / "part-odd.txt"
    assert prepare.join((odd, part, phrases, 0)) == 9
    assert sorted(part.read_text().splitlines()) == ["new_york new", "we saw new york and new_york new_york"]
    assert not odd.exists()


def test_joining_shuffles_paragraphs_and_loses_none(tree: Path) -> None:
    collected(tree)
    raw = tree / "out" / "raw-00.txt"
    before = raw.read_text().replace(" |", "").splitlines()
    phrases = prepare.learn_phrases([])
    part = tree / "out" / "part-00.txt"
    assert prepare.join((raw, part, phrases, 0)) == sum(len(line.split()) for line in before)
    after = part.read_text().splitlines()
    assert after != before
    assert sorted(after) == sorted(before)
