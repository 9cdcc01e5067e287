"""From the repositories' files to paragraphs of words and phrases, ready to train on.

    python -m demos.word2vec.prepare --data DIR

Reading guide: `collect` writes each paragraph once, in random order; `learn_phrases` finds which
words belong together; `join` writes them with an underscore, "new_york". The choices were made
before anything was measured: nothing here looks at a test.
"""

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path

from gensim.models.phrases import FrozenPhrases, Phrases
from gensim.parsing.preprocessing import STOPWORDS

from demos.word2vec.corpus import BREAK, SOURCES, Source, documents, tokens

PARTS = 24  # files; training can be stopped and resumed between two of them
HELD_OUT = 0.001  # share of the paragraphs that is kept apart, to watch the loss
SHORTEST = 4  # words; shorter paragraphs are headings and captions
# Normalised pointwise mutual information (Bouma 2009), from -1 to 1, above which two words are
# joined, and how often in the sample they must stand together.
PHRASE_SCORE = 0.4
PHRASE_COUNT = 30
PHRASE_SAMPLE = 4  # every fourth paragraph teaches the phrases


def read(job: tuple[Source, Path, int]) -> list[tuple[str, list[str]]]:
    """The documents of one file, each with its paragraphs as tokens with spaces between."""
    source, path, seed = job
    chance = random.Random(f"{seed} {path.name}")
    found = []
    for name, text in documents(source, path):
        paragraphs = [
            " ".join(words)
            for line in text.split("\n")
            if (source.share == 1 or chance.random() < source.share)
            and len(words := tokens(line)) >= SHORTEST
        ]
        found.append((name, paragraphs))
    return found


def collect(data: Path, out: Path, seed: int) -> dict[str, Counter[str]]:
    """Spread all paragraphs over the parts at random; returns what was taken from each source.

    No document is taken twice; a paragraph that two documents share may be.
    """
    chance = random.Random(seed)
    files = [(out / f"raw-{part:02d}.txt").open("w") for part in range(PARTS)]
    held_out = (out / "raw-held-out.txt").open("w")
    seen: set[str] = set()
    taken: dict[str, Counter[str]] = {}
    with Pool() as pool:
        for source in SOURCES:
            count = taken[source.repository] = Counter()
            jobs = [(source, path, seed) for path in source.paths(data)]
            for found in pool.imap(read, jobs, chunksize=4):
                for name, paragraphs in found:
                    if name in seen:
                        count["duplicates"] += 1
                        continue
                    seen.add(name)
                    count["documents"] += bool(paragraphs)
                    for paragraph in paragraphs:
                        count["words"] += paragraph.count(" ") + 1 - paragraph.count(BREAK)
                        file = held_out if chance.random() < HELD_OUT else chance.choice(files)
                        file.write(paragraph + "\n")
            print(source.repository, dict(count), flush=True)
    for file in (*files, held_out):
        file.close()
    return taken


def segments(paragraph: str) -> list[list[str]]:
    """The stretches between punctuation: a phrase does not reach across a comma."""
    return [part.split() for part in paragraph.split(BREAK)]


def learn_phrases(raw: list[Path]) -> FrozenPhrases:
    """Pairs of words that stand together much more often than chance would have it."""

    def sample() -> Iterator[list[str]]:
        for path in raw:
            with path.open() as file:
                for number, paragraph in enumerate(file):
                    if number % PHRASE_SAMPLE == 0:
                        yield from segments(paragraph)

    return Phrases(
        sample(),
        min_count=PHRASE_COUNT,
        threshold=PHRASE_SCORE,
        scoring="npmi",
        max_vocab_size=60_000_000,
        connector_words=STOPWORDS,  # within a phrase, but at neither of its ends
    ).freeze()


def join(job: tuple[Path, Path, FrozenPhrases, int]) -> int:
    """Write one part with its phrases joined and its paragraphs shuffled; returns its words."""
    raw, part, phrases, seed = job
    paragraphs = []
    words = 0
    with raw.open() as file:
        for paragraph in file:
            joined = [word for stretch in segments(paragraph) for word in phrases[stretch]]
            words += len(joined)
            paragraphs.append(" ".join(joined))
    random.Random(f"{seed} {raw.name}").shuffle(paragraphs)
    part.write_text("\n".join(paragraphs) + "\n")
    raw.unlink()
    return words


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with one folder a repository")
    parser.add_argument("--out", type=Path, default=Path("runs/word2vec/corpus"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    started = time.monotonic()
    options.out.mkdir(parents=True, exist_ok=True)
    taken = collect(options.data, options.out, options.seed)
    raw = sorted(options.out.glob("raw-*.txt"))
    print(f"{time.monotonic() - started:.0f} s. Learning phrases.", flush=True)
    phrases = learn_phrases(raw)
    print(f"{time.monotonic() - started:.0f} s. {len(phrases.phrasegrams)} phrases.", flush=True)
    jobs = [(path, path.with_name(path.name.replace("raw-", "part-")), phrases, options.seed) for path in raw]
    with Pool() as pool:
        words = pool.map(join, jobs, chunksize=1)
    (options.out / "held-out.txt").unlink(missing_ok=True)
    (options.out / "part-held-out.txt").rename(options.out / "held-out.txt")
    summary = {"seed": options.seed, "words": sum(words), "taken": taken}
    (options.out / "corpus.json").write_text(json.dumps(summary, indent=1) + "\n")
    print(f"{time.monotonic() - started:.0f} s. {sum(words):,} words and phrases.")


if __name__ == "__main__":
    main()
