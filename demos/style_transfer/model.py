"""The gallery's own network for style transfer: features, and a painter that needs one pass.

Reading guide: `FeatureNetwork` (features.py) looks at pictures; `Painter` turns features back into one. In
between the content's features get the style's statistics: in training by `adain` (Huang and Belongie 2017,
https://arxiv.org/abs/1703.06868), on the page by the stronger `recoloured` (Li et al. 2017,
https://arxiv.org/abs/1705.08086). How large the strokes are is a further input (Jing et al. 2018,
https://arxiv.org/abs/1802.07101).
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from demos.style_transfer.features import WIDTHS, FeatureNetwork

# What the painter looks at, coarse to fine: shapes, patterns, edges.
PAINTED_LAYERS = ("relu5_1", "relu4_1", "relu3_1")
STRIDE = 16  # height and width of a picture must be multiples of it
SMALLEST_STROKE, LARGEST_STROKE = 0.25, 4.0  # what was seen in training
GRAIN = 4.0  # pixels of a grain at stroke 1
GRAIN_STRENGTH = 0.045  # standard deviation, of pixels in [0, 1]


@dataclass(frozen=True)
class Look:
    """What a style is in one layer: the mean of each channel (C,) and their covariance (C, C)."""

    mean: Tensor
    covariance: Tensor


Statistics = dict[str, Look]  # layer -> look


def look_of(x: Tensor) -> Look:
    """Over all positions of features (1, C, H, W)."""
    flat = x.float().flatten(2)[0]  # (C, N)
    mean = flat.mean(dim=1)
    flat = flat - mean[:, None]
    return Look(mean, flat @ flat.T / flat.shape[1])


def mixed(styles: list[tuple[float, Statistics]]) -> Statistics:
    """Styles in shares that add up to 1."""

    def one(name: str) -> Look:
        looks = [(share, style[name]) for share, style in styles]
        zero = torch.zeros(())
        return Look(
            sum((share * look.mean for share, look in looks), zero),
            sum((share * look.covariance for share, look in looks), zero),
        )

    return {name: one(name) for name in PAINTED_LAYERS}


def recoloured(x: Tensor, look: Look) -> Tensor:
    """Whitening and colouring: features (1, C, H, W) with the mean and the covariance of a style.

    AdaIN gives each channel its spread; this also makes channels active together that are so in the style.
    Directions with a thousandth of the mean variance or less are left small: nothing but noise is in them.
    """
    own = look_of(x)
    flat = x.float().flatten(2)[0] - own.mean[:, None]  # (C, N)
    faint = 1e-3 * own.covariance.diagonal().mean()
    whitening = matrix_power(own.covariance + faint * torch.eye(len(own.mean), device=x.device), -0.5)
    flat = matrix_power(look.covariance, 0.5) @ (whitening @ flat) + look.mean[:, None]
    return flat.reshape(x.shape)


def matrix_power(covariance: Tensor, exponent: float) -> Tensor:
    """A symmetric power of a symmetric matrix (C, C) without negative eigenvalues."""
    values, vectors = torch.linalg.eigh(covariance.double())
    powered: Tensor = vectors * values.clamp(min=1e-8) ** exponent @ vectors.T
    return powered.float()


def with_grain(content: Tensor, stroke: float) -> Tensor:
    """RGB in [0, 1], (1, 3, H, W), with soft spots as large as a stroke, always the same ones.

    A clear sky has no features that could be given a style. The spots are what strokes are made from there.
    """
    random = torch.Generator().manual_seed(0)
    height, width = (max(4, round(side / max(1.0, GRAIN * stroke))) for side in content.shape[-2:])
    spots = torch.randn(1, 3, height, width, generator=random).to(content.device)
    spots = F.interpolate(spots, content.shape[-2:], mode="bicubic")
    return (content + GRAIN_STRENGTH * spots).clamp(0, 1)


def adain(x: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """Adaptive instance normalisation: (B, C, H, W) with another mean and spread in each channel."""
    return F.instance_norm(x, eps=1e-5) * deviation + mean


class Stroke(nn.Module):
    """What the size of the strokes changes in a layer: each channel gets a factor and an offset."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(1, 32), nn.Linear(32, 2 * channels)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: Tensor, stroke: Tensor) -> Tensor:
        """x (B, C, H, W); stroke (B, 1), the size's logarithm to the base 2."""
        factor, offset = self.second(F.relu(self.first(stroke))).chunk(2, dim=1)  # (B, C) each
        changed: Tensor = x * (1 + factor[..., None, None]) + offset[..., None, None]
        return changed


class Convolution(nn.Module):
    """3x3 with mirrored borders, then the stroke's say, then ReLU."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(in_channels, out_channels, 3)
        self.stroke = Stroke(out_channels)

    def forward(self, x: Tensor, stroke: Tensor) -> Tensor:
        x = self.convolution(F.pad(x, (1, 1, 1, 1), mode="reflect"))
        return F.relu(self.stroke(x, stroke))


class Painter(nn.Module):
    """From features with the style's statistics back to a picture, coarse to fine.

    At each of three resolutions the features join what is already painted. How much of the finer ones is
    let in, the network learns to decide by the size of the strokes.
    """

    def __init__(self) -> None:
        super().__init__()
        coarse, middle, fine = (WIDTHS[int(name[4]) - 1] for name in PAINTED_LAYERS)
        self.coarse = nn.ModuleList([Convolution(coarse, 256), Convolution(256, 192)])
        self.middle = nn.ModuleList([Convolution(192 + middle, 192), Convolution(192, 96)])
        self.fine = nn.ModuleList([Convolution(96 + fine, 96), Convolution(96, 64)])
        self.halved = nn.ModuleList([Convolution(64, 48), Convolution(48, 32)])
        self.full = Convolution(32, 24)
        self.colours = nn.Conv2d(24, 3, 3)

    def forward(self, features: dict[str, Tensor], stroke: Tensor) -> Tensor:
        """Features of PAINTED_LAYERS in the style's statistics, stroke (B, 1): RGB (B, 3, H, W).

        Values may leave [0, 1] a little; H and W are those of relu5_1 times 16.
        """
        x = features["relu5_1"]
        for stage, joined in ((self.coarse, "relu4_1"), (self.middle, "relu3_1"), (self.fine, "")):
            for convolution in stage:
                x = convolution(x, stroke)
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            if joined:
                x = torch.cat([x, features[joined]], dim=1)
        for convolution in self.halved:
            x = convolution(x, stroke)
        x = self.full(F.interpolate(x, scale_factor=2, mode="nearest"), stroke)
        picture: Tensor = self.colours(F.pad(x, (1, 1, 1, 1), mode="reflect"))
        return picture + 0.5  # the middle of what a pixel can be


class StyleModel(nn.Module):
    """What ships: the features, and the painter that was trained on them. Each has a file of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.features = FeatureNetwork()
        self.painter = Painter()

    def looked_at(self, style: Tensor) -> Statistics:
        """The statistics of a painting, RGB in [0, 1], (1, 3, H, W)."""
        found = self.features(style)
        return {name: look_of(found[name]) for name in PAINTED_LAYERS}

    def seen(self, content: Tensor, stroke: float) -> dict[str, Tensor]:
        """The features of a photograph, RGB in [0, 1], (1, 3, H, W), to be painted with this stroke."""
        found: dict[str, Tensor] = self.features(with_grain(content, stroke))
        return found

    def forward(self, content: Tensor, style: Statistics, stroke: float) -> Tensor:
        """Paint the content, RGB in [0, 1], (1, 3, H, W) with sides that are multiples of 16, in one pass.

        `stroke` is 1 for that of a painting of 256 pixels' shorter side. Returns RGB, not clamped.
        """
        found = self.seen(content, stroke)
        painted = {name: recoloured(found[name], style[name]) for name in PAINTED_LAYERS}
        picture: Tensor = self.painter(painted, content.new_tensor([[stroke]]).log2())
        return picture
