"""What the players of a moment draw, and what they make of each other's pictures.

Reading guide: `film` draws the same noise at every moment that ships, `of_label` many pictures of one label.
A training that goes on from a moment is in live.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from demos.gan_lab.digits.model import LABELS, LATENT, MOMENTS, SETS, SIDE, Film, Snapshot
from demos.gan_lab.digits.models import DIGITS
from demos.gan_lab.digits.pictures import PACKED, packed
from demos.gan_lab.digits.training import as_bytes, as_input
from gallery.inputs import InputError
from gallery.runtime import Runtime

ROWS = 6  # of a page: each is one noise, drawn as all ten labels
LAST_SEED = 2**32 - 1
ASKED = 20  # real pictures of each label that the discriminator is asked about


@dataclass(frozen=True)
class Page:
    """What the players of one moment do.

    `pictures` uint8 (N, 28, 28). `taken` and `real` are shares in [0, 1]: of the drawn and of real training
    pictures that the discriminator of that moment takes for real.
    """

    moment: int
    pictures: Tensor
    taken: float
    real: float


def film(which: str, seed: float | str | None, house: Runtime) -> list[Page]:
    """A page of 6 rows and 10 columns at every moment, first to last. Raises InputError."""
    noise, labels = page_noise(checked_seed(seed))
    checked_set(which)

    def work(model: nn.Module) -> list[Page]:
        assert isinstance(model, Film)
        return [page(model.at(which, moment), which, moment, noise, labels) for moment in MOMENTS]

    return house.run(DIGITS, work)


def of_label(
    which: str, moment: float | None, label: float | None, seed: float | str | None, house: Runtime
) -> Page:
    """60 pictures: of one label, or of all ten in the order of a page where `label` is -1.

    Raises InputError.
    """
    checked_set(which)
    step, told = checked_moment(moment), checked_label(label)
    noise, labels = page_noise(checked_seed(seed))
    if told >= 0:
        noise = normal(checked_seed(seed), ROWS * LABELS)
        labels = torch.full((ROWS * LABELS,), told)

    def work(model: nn.Module) -> Page:
        assert isinstance(model, Film)
        return page(model.at(which, step), which, step, noise, labels)

    return house.run(DIGITS, work)


@torch.inference_mode()
def page(players: Snapshot, which: str, moment: int, noise: Tensor, labels: Tensor) -> Page:
    """Draws with the running mean of the generator. `noise` (N, LATENT), `labels` (N,)."""
    place = next(players.parameters()).device
    labels = labels.to(place)
    drawn = players.average(noise.to(place), labels)
    real, truth = (part.to(place) for part in real_pictures(which))
    taken = (players.discriminator(drawn, labels) > 0).float().mean()
    believed = (players.discriminator(as_input(real), truth) > 0).float().mean()
    return Page(moment, as_bytes(drawn), float(taken), float(believed))


def page_noise(seed: int) -> tuple[Tensor, Tensor]:
    """Noise (60, LATENT) and labels (60,) of a page: the noise is the same along a row, the label down it."""
    rows = normal(seed, ROWS)
    return rows.repeat_interleave(LABELS, dim=0), torch.arange(LABELS).repeat(ROWS)


def normal(seed: int, count: int) -> Tensor:
    """Standard normal (count, LATENT), drawn on the CPU, so that a seed means the same on every device."""
    return torch.randn(count, LATENT, generator=torch.Generator().manual_seed(seed))


def real_pictures(which: str) -> tuple[Tensor, Tensor]:
    """ASKED of each label: uint8 (200, 28, 28) and labels (200,)."""
    pictures, labels = packed(which)
    chosen = slice(0, ASKED)
    return (
        pictures.view(LABELS, PACKED, SIDE, SIDE)[:, chosen].flatten(0, 1),
        labels.view(LABELS, PACKED)[:, chosen].flatten(),
    )


# ---- what people hand in ---------------------------------------------------------------------------------


def checked_seed(seed: float | str | None) -> int:
    """Raises InputError for what is no whole number from 0 to LAST_SEED."""
    try:
        value = float(seed)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    if not 0 <= value <= LAST_SEED or value != int(value):
        raise InputError(f"A seed is a whole number from 0 to {LAST_SEED}.")
    return int(value)


def checked_set(which: str | None) -> str:
    """Raises InputError for another set."""
    if which not in SETS:
        raise InputError(f"There are two sets of pictures: {' and '.join(SETS)}.")
    return which


def checked_moment(moment: float | str | None) -> int:
    """Raises InputError for a step of which nothing was kept."""
    if str(moment) not in map(str, MOMENTS) and moment not in MOMENTS:
        raise InputError(f"Name a moment that was kept: {', '.join(map(str, MOMENTS))} steps.")
    return int(float(str(moment)))


def checked_label(label: float | None) -> int:
    """Raises InputError for what is no label, nor -1 for all."""
    if label is None or not -1 <= label < LABELS or label != int(label):
        raise InputError(f"A label is a whole number from 0 to {LABELS - 1}, or -1 for all of them.")
    return int(label)
