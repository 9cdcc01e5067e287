"""DiffAugment (Zhao and others 2020, https://arxiv.org/abs/2006.10738): both players see altered pictures.

With few pictures a discriminator learns them by heart. Real and made ones are altered alike before it sees
them, and since every alteration can be differentiated, the generator learns through it and does not learn to
make altered pictures.

How often is adaptive (ADA, Karras and others 2020, https://arxiv.org/abs/2006.06676): as often as keeps the
discriminator from knowing the real ones too surely, and no more. What is altered without need hides from both
players what there is to learn.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

SHIFT = 1 / 8  # of the side, at most
HOLE = 1 / 2  # of the side
SURE = 0.6  # mean sign of the verdicts on real pictures above which they are altered more often
PACE = 100_000  # real pictures judged on the way from never to always; a fifth of ADA's, for shorter runs


class Adaptive(nn.Module):
    """Alters pictures as `augmented` does, with a probability `share` that follows the discriminator.

    The probability is a buffer: it is saved with a run, and what a GPU recorded once reads it anew each time.
    """

    share: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("share", torch.zeros(()))

    def forward(self, pictures: Tensor) -> Tensor:
        return augmented(pictures, self.share)

    def adapt(self, of_real: Tensor) -> None:
        """Take the verdicts (B,) on a batch of real pictures into account."""
        way = (of_real.detach().sign().mean() - SURE).sign()
        self.share.add_(way * (len(of_real) / PACE)).clamp_(0, 1)


def augmented(pictures: Tensor, share: Tensor | float = 1.0) -> Tensor:
    """(B, 3, H, W), each altered in its own way: colour, place, and a square cut out.

    Each of the three happens to a picture with a probability of `share`.
    """
    for altered in (coloured, shifted, cut):
        pictures = torch.where(random(pictures) < share, altered(pictures), pictures)
    return pictures


def random(pictures: Tensor) -> Tensor:
    """(B, 1, 1, 1) between 0 and 1."""
    return torch.rand(len(pictures), 1, 1, 1, device=pictures.device)


def coloured(x: Tensor) -> Tensor:
    """Brightness by up to 0.5 (of a range of 2), saturation 0 to 2 times, contrast 0.5 to 1.5 times."""
    x = x + random(x) - 0.5
    grey = x.mean(dim=1, keepdim=True)
    x = grey + (x - grey) * (2 * random(x))
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    return mean + (x - mean) * (0.5 + random(x))


def shifted(x: Tensor) -> Tensor:
    """Moved by up to SHIFT along both axes; what comes in from outside is 0."""
    side = x.shape[2]
    most = round(side * SHIFT)
    rows, columns = torch.randint(-most, most + 1, (2, len(x), 1, 1, 1), device=x.device)
    along = torch.arange(side, device=x.device)
    # To shift is to multiply with a matrix that has ones on one diagonal: on a GPU, and above all on the way
    # back, sooner done than to gather.
    down = (along[:, None] + rows == along).to(x.dtype)
    right = (along[:, None] + columns == along).to(x.dtype)
    moved: Tensor = down @ x @ right.mT
    return moved


def cut(x: Tensor) -> Tensor:
    """A square of HOLE of the side becomes 0, its centre anywhere in the picture."""
    side = x.shape[2]
    centre = torch.randint(0, side, (2, len(x), 1), device=x.device)
    along = torch.arange(side, device=x.device)
    rows, columns = ((along - place).abs() < side * HOLE / 2 for place in centre)
    hole = rows[:, None, :, None] & columns[:, None, None, :]
    return x.masked_fill(hole, 0.0)
