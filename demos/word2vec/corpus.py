"""The text that the word vectors learn from: which folders, and how each becomes plain paragraphs.

Every source is a public repository that `--data DIR` holds as a folder of its own, named as the
repository is. Nothing of it ships with the gallery.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

Document = tuple[str, str]  # (what tells it apart from others, its plain text)

SHORTEST = 250  # characters; shorter pages are mostly lists and signposts
BREAK = "|"  # stands between tokens where a phrase cannot go on: at punctuation


@dataclass(frozen=True)
class Source:
    """One repository: its folder, which files of it, its licence, and the share that is taken."""

    repository: str
    commit: str
    files: str  # glob below the folder
    kind: str
    licence: str
    share: float = 1.0

    @property
    def folder(self) -> str:
        return self.repository.split("/")[1]

    def paths(self, data: Path) -> list[Path]:
        """Raises FileNotFoundError where the folder is missing or holds no such file."""
        paths = sorted(path for path in (data / self.folder).glob(self.files) if path.is_file())
        if not paths:
            raise FileNotFoundError(f"{data / self.folder} has no files {self.files} ({self.repository}).")
        return paths


WIKIPEDIA = "Wikipedia text, CC BY-SA"
# Of an article that several extracts hold, the first listed is taken: the newest come first.
# Old books are weighed down: a quarter of their paragraphs, so that words keep today's sense.
SOURCES = (
    Source("Vibhas-hs-edu/WikiTasks", "ae8386147", "text/AA/wiki_*", "wikipedia", WIKIPEDIA),
    Source("RalleGr/msc-code-switching", "6a85c6d6b", "datasets/*-en/*/wiki_*", "wikipedia", WIKIPEDIA),
    Source("ag-gipp/wikiextractor", "6b6a412dd", "text*/*/wiki_*", "wikipedia", WIKIPEDIA),
    Source("jason-feng/wikiVisual", "1c0fac92f", "text/*/wiki_*", "wikipedia", WIKIPEDIA),
    Source("ZhouYii/PatchedDistro", "961716d8a", "data/*/wiki_*", "wikipedia", WIKIPEDIA),
    Source("hudsonmiears/Automatic-Text-Selector", "8a9755705", "extracted/*/wiki_*", "simple", WIKIPEDIA),
    Source("jshepp27/countaBot", "eac9439ef", "text/AA/wiki_*", "news", "Wikinews text, CC BY"),
    Source("rcdm-uga/Gutenberg_Text", "a0b16d35a", "*/*.txt", "book", "public domain in the USA", share=0.25),
    Source("globalwordnet/english-wordnet", "d94538ad0", "src/yaml/*.yaml", "wordnet", "CC BY 4.0"),
    Source("ronaldl29/public-domain-recipes", "61b488ee2", "content/*.md", "page", "public domain"),
    Source("ViralTexts/nineteenth-century-recipes", "0686b1697", "*/*.txt", "page", "public domain"),
)  # fmt: skip


def documents(source: Source, path: Path) -> Iterator[Document]:
    """The documents in one file of a source."""
    text = path.read_text(encoding="utf-8", errors="replace")
    match source.kind:
        case "wikipedia" | "simple" | "news":
            for number, body in wiki_articles(text):
                yield f"{source.kind} {number}", body
        case "book":
            body = book(text)
            # The same book lies there in several files: told apart by a passage of its middle.
            middle = " ".join(body[len(body) // 2 :][:3000].split()[1:200])
            yield "book " + hashlib.sha1(middle.encode()).hexdigest(), body
        case "wordnet":
            yield str(path), "\n".join(glosses(text))
        case _:
            yield str(path), re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)


def wiki_articles(text: str) -> Iterator[tuple[str, str]]:
    """Number and text of each article of an extract, which is JSON lines or <doc> blocks."""
    if text.startswith("{"):
        pages = ((page["id"], page["text"]) for page in map(json.loads, text.strip().split("\n")))
    else:
        blocks = re.finditer(r'<doc id="(\d+)"[^>]*>\n(.*?)</doc>', text, flags=re.DOTALL)
        # The first line repeats the title.
        pages = ((block[1], block[2].partition("\n")[2]) for block in blocks)
    return ((number, body) for number, body in pages if len(body) >= SHORTEST)


def book(text: str) -> str:
    """A Project Gutenberg file without what its publisher put around the book.

    Empty where the book is not in English or its own pages claim a copyright after 1929.
    """
    start = re.search(r"\*\*\* ?START OF.*?\*\*\*|\*END\*?THE SMALL PRINT.*?\*END\*", text, flags=re.DOTALL)
    end = re.search(r"\*\*\* ?END OF|^End of (the )?Project Gutenberg", text, flags=re.MULTILINE)
    header = text[: start.end() if start else 3000]
    body = text[start.end() if start else 0 : end.start() if end else len(text)]
    language = re.search(r"^Language: *(\w+)", header, flags=re.MULTILINE)
    foreign = language is not None and language[1] != "English"
    modern = re.search(
        r"(copyright|©|\(c\)).{0,60}?(19[3-9]\d|20\d\d)", body[:6000], flags=re.IGNORECASE | re.DOTALL
    )
    claimed = re.search(r"copyrighted project gutenberg", header, flags=re.IGNORECASE)
    if foreign or modern or claimed:
        return ""
    # Lines are wrapped: a paragraph ends at an empty line.
    return "\n".join(" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", body))


def glosses(text: str) -> Iterator[str]:
    """One line for each synset: its words, its definition, its examples."""
    for synset in yaml.load(text, Loader=yaml.CSafeLoader).values():
        if not isinstance(synset, dict) or "definition" not in synset:
            continue
        examples = [one if isinstance(one, str) else one.get("text", "") for one in synset.get("example", [])]
        yield ". ".join([", ".join(map(str, synset.get("members", []))), *synset["definition"], *examples])


# Letters that have no accent to take off.
LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"}
    | {"’": "'", "‘": "'"}
)  # fmt: skip
LINK = re.compile(r"https?://\S+|www\.\S+|&[a-z]+;|<[^>]{1,80}>")
TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|[^a-z\s'-]")


def tokens(paragraph: str) -> list[str]:
    """Lower-case words without accents, with BREAK where punctuation or a number stood.

    Hyphens part words as spaces do; a possessive 's is dropped.
    """
    text = paragraph.lower()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(LETTERS))
        text = "".join(letter for letter in text if not unicodedata.combining(letter)).lower()
    words: list[str] = []
    for token in TOKEN.findall(LINK.sub(" ", text)):
        if token[0].isalpha() and token.isascii():
            words.append(token.removesuffix("'s"))
        elif words and words[-1] != BREAK:
            words.append(BREAK)
    return words
