"""Little word vectors, trained while somebody watches: skip-gram with negative sampling, by gensim.

    python -m demos.word2vec.live

trains on the first book and writes the result that the page shows before anybody presses Train.

Reading guide: `prepare` turns a text into sentences; `train` goes over them slice by slice and
shows a `Frame` now and then; `OwnPairs` is the loss. The map and the neighbours are in
little.py. The same text and settings give the same result: there is one thread, the
caller's, and where the frames are taken depends on the text and not on the clock.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from gensim.models import Word2Vec
from gensim.models.word2vec import train_batch_sg
from gensim.parsing.preprocessing import STOPWORDS

from demos.word2vec.corpus import BREAK, tokens
from demos.word2vec.little import LittleModel, aligned, plane, units
from gallery.inputs import InputError, check_text

FIRST_RESULT = Path(__file__).with_name("first_own.json")
LONGEST = 1_000_000  # characters: a thick novel
FEWEST = 200  # words of a text
FEWEST_KINDS = 12  # different words that occur often enough; a map of fewer shows nothing
SENTENCE = 1000  # words; a window never reaches from one sentence into the next
SLICE = 3000  # words between two looks at Stop: some hundredths of a second
STATIONS = 200  # at most so many times the loss is measured and the map drawn anew
BETWEEN_FRAMES = 0.1  # seconds
SHOWN = 60  # words on the map
PAIRS = 2000  # on which the loss is measured
# What is written in no Latin letters; taken out first, for some signs decompose into a dozen others.
FOREIGN = re.compile(r"[^\x00-\u024f\u0300-\u036f\u1e00-\u1eff\u2018\u2019\ufb00-\ufb06]+")
MORE_STOPWORDS = {
    "said",
    "shall",
    "went",
    "came",
    "let",
    "got",
    "till",
    "soon",
    "away",
}  # which the list of gensim lacks


@dataclass(frozen=True)
class Settings:
    """Everything that changes the vectors."""

    seed: int = 0
    dimensions: int = 50
    window: int = 5  # words on each side, at most: the width is drawn anew for each word
    passes: int = 20
    negatives: int = 5  # random words for each true neighbour
    min_count: int | None = None  # rarer words are left out; None: by the length of the text
    sample: float = 3e-4  # words above this share of the text, and 30 times in it, are skipped more often
    learning_rate: float = 0.05  # twice the usual, for a small text; falls in a straight line
    last_learning_rate: float = 0.0001

    def rate(self, progress: float) -> float:
        return self.learning_rate - (self.learning_rate - self.last_learning_rate) * progress


@dataclass(frozen=True)
class Frame:
    """How far it is. `passes` counts from 0, `loss` is per pair, `places` is (shown words, 2).

    `curve` has (passes, loss) of every time the loss was measured; `model` is there at the end.
    """

    step: int
    steps: int
    passes: float
    seconds: float
    loss: float
    curve: tuple[tuple[float, float], ...]
    words: tuple[str, ...]
    counts: tuple[int, ...]
    places: np.ndarray
    settings: Settings
    text_words: int
    model: LittleModel | None = None

    @property
    def finished(self) -> bool:
        return self.model is not None

    @property
    def stopped(self) -> bool:
        """Whether it ended before the last step."""
        return self.finished and self.step < self.steps


def prepare(text: str | None) -> list[list[str]]:
    """The text's paragraphs as lower-case words. Raises InputError for a text that teaches nothing."""
    text = check_text(text, limit=LONGEST)
    sentences: list[list[str]] = []
    for paragraph in re.split(r"\n\s*\n", FOREIGN.sub(" . ", text)):
        words = [word for word in tokens(paragraph) if word != BREAK]
        sentences += [words[at : at + SENTENCE] for at in range(0, len(words), SENTENCE)]
    total = sum(map(len, sentences))
    if not total:
        raise InputError(
            "The text has no words in Latin letters, which are all that can be read here: paste another one."
        )
    if total < FEWEST:
        raise InputError(
            f"The text has only {total} word{'s'[: total > 1]} in Latin letters: "
            f"paste at least {FEWEST}, better some thousands."
        )
    vocabulary(sentences, least_count(total))
    return sentences


def least_count(words: int) -> int:
    """How often a word must occur in a text of so many words, so that there is something to learn from."""
    return 2 if words < 3000 else 3 if words < 20_000 else 5


def vocabulary(sentences: Sequence[Sequence[str]], min_count: int) -> dict[str, int]:
    """Words that occur often enough, in the order of the text. Raises InputError where they are too few."""
    counts = Counter(word for sentence in sentences for word in sentence)
    frequent = {word: count for word, count in counts.items() if count >= min_count}
    if len(frequent) < FEWEST_KINDS:
        raise InputError(
            f"Of this text's different words {len(frequent)} occur {min_count} times or more, "
            f"and {FEWEST_KINDS} are needed: paste a longer or more varied one."
        )
    return frequent


def train(
    sentences: Sequence[Sequence[str]],
    settings: Settings = Settings(),
    stopped: Callable[[], bool] = lambda: False,
    *,
    turn: Callable[[], AbstractContextManager[Any]] = nullcontext,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Frame]:
    """Yields a frame before the first step, at most ten a second, and one with the model last.

    `turn()` is held while something is computed and never across a yield. Once `stopped()` says so,
    no further slice is begun. All work is done by whoever asks for the next frame, so closing the
    generator is the end of it. Raises InputError where too few words are frequent enough.
    """
    started = clock()
    with turn():
        model = new_model(sentences, settings)
        pairs = OwnPairs(sentences, model, settings)
        shown = shown_words(model)
        places, axes = plane(units(model.wv.vectors[shown]))
        curve = [(0.0, pairs.loss(model))]
        work, _ = model._get_thread_working_mem()
    slices = sliced(sentences)
    steps = settings.passes * len(slices)
    between = -(-steps // STATIONS)
    words = tuple(model.wv.index_to_key[index] for index in shown)
    counts = tuple(int(model.wv.get_vecattr(word, "count")) for word in words)

    def frame(step: int, little: LittleModel | None = None) -> Frame:
        return Frame(
            step, steps, step / len(slices), clock() - started, curve[-1][1], tuple(curve), words, counts,
            places, settings, sum(map(len, sentences)), little,
        )  # fmt: skip

    yield frame(0)
    told, step = clock(), 0
    while step < steps and not stopped():
        with turn():
            # gensim's own compiled step, without the threads that its `train` would start for each slice
            train_batch_sg(model, slices[step % len(slices)], settings.rate(step / steps), work, False)
            step += 1
            station = step % between == 0 or step == steps
            if station:
                turned, axes = plane(units(model.wv.vectors[shown]), axes)
                places = aligned(turned, places)
                curve.append((step / len(slices), pairs.loss(model)))
        if station and step < steps and clock() - told >= BETWEEN_FRAMES:
            told = clock()
            yield frame(step)
    yield frame(step, LittleModel(*words_of(model), units(model.wv.vectors)))


def new_model(sentences: Sequence[Sequence[str]], settings: Settings) -> Word2Vec:
    """Random vectors for every frequent word; those of equal frequency in the order of the text."""
    total = sum(map(len, sentences))
    counts = vocabulary(sentences, settings.min_count or least_count(total))
    model = Word2Vec(
        vector_size=settings.dimensions,
        window=settings.window,
        negative=settings.negatives,
        # Of a small text every word has a large share, and all would be skipped.
        sample=max(settings.sample, 30 / total),
        min_count=1,  # the rare ones are gone
        sg=1,
        seed=settings.seed,
        workers=1,
    )
    model.build_vocab_from_freq(counts)
    return model


def sliced(sentences: Sequence[Sequence[str]]) -> list[list[Sequence[str]]]:
    """Sentences in lists of at most SLICE words."""
    slices: list[list[Sequence[str]]] = [[]]
    room = SLICE
    for sentence in sentences:
        if len(sentence) > room and slices[-1]:
            slices.append([])
            room = SLICE
        slices[-1].append(sentence)
        room -= len(sentence)
    return slices


class OwnPairs:
    """A fixed sample of the text's pairs of neighbours, each with fixed random words.

    `loss` is the mean over the pairs of -log s(w.c) - sum log s(-w.n), s being the logistic
    function: what training makes small (gensim's own sum is kept in 32 bits and stops growing).
    """

    def __init__(self, sentences: Sequence[Sequence[str]], model: Word2Vec, settings: Settings) -> None:
        random = np.random.default_rng(settings.seed)
        known = model.wv.key_to_index
        found = [(known[word], at) for at, words in enumerate(sentences) for word in words if word in known]
        indices, home = np.array(found).T  # (N,), (N,): the words, and the sentence of each
        # Frequent words are skipped here as often as training skips them.
        chances = np.array([model.wv.get_vecattr(w, "sample_int") for w in model.wv.index_to_key]) / 2**32
        kept = random.random(len(indices)) < chances[indices]
        indices, home = indices[kept], home[kept]
        first = np.arange(len(indices))
        second = first + random.integers(1, settings.window + 1, len(first))
        inside = second < len(indices)
        first, second = first[inside], second[inside]
        together = home[first] == home[second]
        first, second = first[together], second[together]
        chosen = random.permutation(len(first))[:PAIRS]
        self.words, self.contexts = indices[first[chosen]], indices[second[chosen]]  # (P,), (P,)
        noise = np.array(words_of(model)[1]) ** model.ns_exponent
        self.negatives = random.choice(
            len(noise), size=(len(chosen), settings.negatives), p=noise / noise.sum()
        )  # (P, N)

    def loss(self, model: Word2Vec) -> float:
        words = model.wv.vectors[self.words]  # (P, D)
        positive = (words * model.syn1neg[self.contexts]).sum(axis=1)  # (P,)
        negative = np.einsum("pd,pnd->pn", words, model.syn1neg[self.negatives])  # (P, N)
        return float((np.logaddexp(0, -positive) + np.logaddexp(0, negative).sum(axis=1)).mean())


def words_of(model: Word2Vec) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Words by frequency, and how often each occurs."""
    words = tuple(model.wv.index_to_key)
    return words, tuple(int(model.wv.get_vecattr(word, "count")) for word in words)


def shown_words(model: Word2Vec) -> list[int]:
    """Indices of the most frequent words that say what a text is about; of any, where those are too few."""
    words = model.wv.index_to_key
    content = [at for at, word in enumerate(words) if is_content(word)]
    return (content if len(content) >= 3 else list(range(len(words))))[:SHOWN]


def is_content(word: str) -> bool:
    return len(word) > 2 and "'" not in word and word not in STOPWORDS and word not in MORE_STOPWORDS


def as_json(frame: Frame) -> dict[str, Any]:
    """A finished frame as what JSON can hold; vectors are rounded to 8 bits."""
    assert frame.model is not None
    codes = np.round(frame.model.vectors / np.abs(frame.model.vectors).max(axis=1, keepdims=True) * 127)
    return {
        **{name: value for name, value in vars(frame).items() if name != "model"},
        "places": np.round(frame.places, 4).tolist(),
        "curve": np.round(frame.curve, 4).tolist(),
        "settings": asdict(frame.settings),
        "model": {
            "words": " ".join(frame.model.words),
            "counts": frame.model.counts,
            "codes": base64.b64encode(codes.astype(np.int8).tobytes()).decode(),
        },
    }


def from_json(stored: dict[str, Any]) -> Frame:
    words = tuple(stored["model"]["words"].split())
    codes = np.frombuffer(base64.b64decode(stored["model"]["codes"]), np.int8).reshape(len(words), -1)
    changed = {
        "words": tuple(stored["words"]),
        "counts": tuple(stored["counts"]),
        "curve": tuple((passes, loss) for passes, loss in stored["curve"]),
        "places": np.array(stored["places"]),
        "settings": Settings(**stored["settings"]),
        "model": LittleModel(words, tuple(stored["model"]["counts"]), units(codes.astype(np.float32))),
    }
    return Frame(**stored | changed)


def main() -> None:
    from demos.word2vec.texts import FIRST

    frames = 0
    for frame in train(prepare(FIRST.text())):
        frames += 1
        print(f"pass {frame.passes:5.2f}  {frame.seconds:5.1f} s  loss {frame.loss:.4f}", flush=True)
    FIRST_RESULT.write_text(json.dumps(as_json(frame), separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{frames} frames; {FIRST_RESULT.name} has {FIRST_RESULT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
