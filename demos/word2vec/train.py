"""How the embedded word vectors were trained: skip-gram with negative sampling, by gensim.

    python -m demos.word2vec.prepare --data DIR
    python -m demos.word2vec.train

Reading guide: `Settings` holds every choice, `train` goes through the corpus part by part and
leaves a checkpoint after each, `held_out_loss` watches it. `python -m demos.word2vec.export` then
writes the file that ships. A run that was stopped goes on when the same command is given again.
Threads update the vectors without waiting for each other (Hogwild), so two runs differ a little.
"""

import argparse
import csv
import dataclasses
import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from gensim.models import Word2Vec


@dataclass(frozen=True)
class Settings:
    """The recipe. Everything that changes the vectors is here."""

    seed: int = 0
    dimensions: int = 300
    window: int = 6  # words on each side, at most: the width is drawn anew for each word
    negatives: int = 5  # random words for each true neighbour
    sample: float = 1e-5  # frequent words are skipped more often above this share of the text
    min_count: int = 20
    epochs: int = 6
    learning_rate: float = 0.025  # falls in a straight line to `last_learning_rate`
    last_learning_rate: float = 0.0001

    def rate(self, progress: float) -> float:
        return self.learning_rate - (self.learning_rate - self.last_learning_rate) * progress


@dataclass(frozen=True)
class Part:
    """One file of the corpus, a paragraph on each line."""

    path: Path
    paragraphs: int
    words: int


def count(path: Path) -> tuple[Part, Counter[str]]:
    counts: Counter[str] = Counter()
    paragraphs = 0
    with path.open() as file:
        for line in file:
            counts.update(line.split())
            paragraphs += 1
    return Part(path, paragraphs, counts.total()), counts


def count_all(corpus: Path) -> tuple[list[Part], Counter[str]]:
    """Raises FileNotFoundError where `corpus` holds no parts."""
    paths = sorted(corpus.glob("part-*.txt"))
    if not paths:
        raise FileNotFoundError(f"{corpus} holds no part-*.txt: run demos.word2vec.prepare first.")
    parts, total = [], Counter[str]()
    with Pool() as pool:
        for part, counts in pool.imap(count, paths):
            parts.append(part)
            total.update(counts)
    return parts, total


def new_model(counts: Counter[str], settings: Settings) -> Word2Vec:
    """Random vectors for every word that is frequent enough."""
    model = Word2Vec(
        vector_size=settings.dimensions,
        window=settings.window,
        negative=settings.negatives,
        sample=settings.sample,
        min_count=settings.min_count,
        sg=1,
        hs=0,
        seed=settings.seed,
        workers=os.cpu_count() or 1,
    )
    # In a fixed order, so that words of equal frequency get the same places in every run.
    model.build_vocab_from_freq(dict(sorted(counts.items())))
    return model


class HeldOut:
    """True and random pairs of words from paragraphs that are not trained on.

    `loss` is the mean over the pairs of -log s(w.c) - sum log s(-w.n), s being the logistic
    function: what training makes small, on other text.
    """

    def __init__(self, path: Path, model: Word2Vec, settings: Settings, pairs: int = 50_000) -> None:
        random = np.random.default_rng(settings.seed)
        found = list(self.neighbours(path, model, settings.window, random))
        chosen = random.choice(len(found), size=min(pairs, len(found)), replace=False)
        self.words, self.contexts = np.array(found)[chosen].T  # (P,), (P,)
        counts = np.array([model.wv.get_vecattr(word, "count") for word in model.wv.index_to_key])
        noise = counts**model.ns_exponent
        self.negatives = random.choice(
            len(counts), size=(len(self.words), settings.negatives), p=noise / noise.sum()
        )  # (P, N)

    @staticmethod
    def neighbours(
        path: Path, model: Word2Vec, window: int, random: np.random.Generator
    ) -> Iterator[tuple[int, int]]:
        known = model.wv.key_to_index
        for line in path.read_text().splitlines():
            indices = [known[word] for word in line.split() if word in known]
            for at, word in enumerate(indices):
                offset = int(random.integers(1, window + 1))
                if at + offset < len(indices):
                    yield word, indices[at + offset]

    def loss(self, model: Word2Vec) -> float:
        words = model.wv.vectors[self.words]  # (P, D)
        positive = (words * model.syn1neg[self.contexts]).sum(axis=1)  # (P,)
        negative = np.einsum("pd,pnd->pn", words, model.syn1neg[self.negatives])  # (P, N)
        return float((np.logaddexp(0, -positive) + np.logaddexp(0, negative).sum(axis=1)).mean())


class Checkpoint:
    """The newest state of a run: gensim's files in a folder that `state.json` names last of all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state.json"

    def load(self) -> tuple[Word2Vec, int, float] | None:
        """Model, parts done and seconds spent so far; None where there is no checkpoint."""
        if not self.state.exists():
            return None
        state = json.loads(self.state.read_text())
        model = Word2Vec.load(str(self.folder / state["folder"] / "word2vec"))
        return model, state["done"], state["seconds"]

    def save(self, model: Word2Vec, done: int, seconds: float, settings: Settings) -> None:
        old = json.loads(self.state.read_text())["folder"] if self.state.exists() else None
        name = f"after-{done:03d}"
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        model.save(str(self.folder / name / "word2vec"))
        partial = self.state.with_suffix(".partial")
        state = {"folder": name, "done": done, "seconds": seconds, "settings": dataclasses.asdict(settings)}
        partial.write_text(json.dumps(state, indent=1))
        partial.replace(self.state)
        if old not in (None, name):
            shutil.rmtree(self.folder / old)


def train(corpus: Path, out: Path, settings: Settings) -> Word2Vec:
    """Goes on where the run in `out` was stopped, if there is one."""
    parts, counts = count_all(corpus)
    print(f"{counts.total():,} words in {len(parts)} parts", flush=True)
    checkpoint = Checkpoint(out)
    model, done, seconds = checkpoint.load() or (new_model(counts, settings), 0, 0.0)
    model.workers = os.cpu_count() or 1
    trim(out / "curve.csv", done)
    print(f"{len(model.wv):,} different words, {settings}", flush=True)
    held_out = HeldOut(corpus / "held-out.txt", model, settings)
    started = time.monotonic() - seconds  # as if the run had never been stopped
    steps = settings.epochs * len(parts)
    while done < steps:
        part = parts[done % len(parts)]
        rate = settings.rate(done / steps), settings.rate((done + 1) / steps)
        model.train(
            corpus_file=str(part.path),
            total_examples=part.paragraphs,
            total_words=part.words,
            epochs=1,
            start_alpha=rate[0],
            end_alpha=rate[1],
        )
        done += 1
        seconds = time.monotonic() - started
        log(
            out / "curve.csv",
            part=done,
            epoch=round(done / len(parts), 3),
            seconds=round(seconds),
            learning_rate=round(rate[1], 5),
            held_out_loss=round(held_out.loss(model), 4),
        )
        checkpoint.save(model, done, seconds, settings)
    return model


def trim(path: Path, rows: int) -> None:
    """Forget the rows of a curve that were written after the checkpoint."""
    if path.exists():
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(lines[: rows + 1]))


def log(path: Path, **row: float) -> None:
    """Append one row to a CSV file, with a header if it is new, and print it."""
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, row)
        if new:
            writer.writeheader()
        writer.writerow(row)
    print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("runs/word2vec/corpus"))
    parser.add_argument("--out", type=Path, default=Path("runs/word2vec"), help="checkpoint and curve")
    for field in dataclasses.fields(Settings):
        parser.add_argument(
            f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default
        )
    options = vars(parser.parse_args())
    corpus, out = options.pop("corpus"), options.pop("out")
    out.mkdir(parents=True, exist_ok=True)
    train(corpus, out, Settings(**options))


if __name__ == "__main__":
    main()
