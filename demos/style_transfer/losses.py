"""What an optimisation makes small: how far a picture is from its content and from its style.

Reading guide: `gram_matrix` is what "style" means for Gatys et al. 2016 (CVPR, "Image Style Transfer Using
Convolutional Neural Networks"); `GramLoss` is their loss, `LiteralLoss` the lecture's. Both are made once for
a content and its styles and then called for every picture. All terms are relative: 0 is a perfect match, 1 is
what a picture without any features would score, so that weights mean the same in every network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

Features = Callable[..., dict[str, Tensor]]  # (picture (B, 3, H, W), last=name) -> every layer as far as that

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT_LAYER = "relu4_1"
SMOOTHNESS = 3.0  # weight of the noise that no layer sees: squared differences of neighbouring pixels


@dataclass(frozen=True)
class Target:
    """A style at the size of the canvas: RGB in [0, 1], (1, 3, H, W).

    Styles without a mask share the canvas, each by its `share`. `mask`, (1, 1, H, W) in [0, 1] and of the
    canvas's size, says where a style is wanted; what lies outside every mask stays as it is.
    """

    picture: Tensor
    share: float = 1.0
    mask: Tensor | None = None


@dataclass(frozen=True)
class Terms:
    """One evaluation. `total` is what the gradient is taken of; the others are for people to see."""

    total: Tensor
    style: Tensor
    content: Tensor


class Loss(Protocol):
    def __call__(self, picture: Tensor) -> Terms:
        """Of a picture in [0, 1], (1, 3, H, W)."""


def gram_matrix(features: Tensor, mask: Tensor | None = None) -> Tensor:
    """How often channels are active together: (B, C, H, W) to (B, C, C), the mean over all positions.

    With a `mask`, (B, 1, H, W) in [0, 1], only positions inside count (Gatys et al. 2017, arXiv 1611.07865).
    Where something is forgotten, and that is the point of it: the positions themselves.
    """
    b, c, h, w = features.shape
    x = features.float().reshape(b, c, h * w)  # (B, C, N); sums over so many positions need 32 bits
    if mask is None:
        return x @ x.transpose(1, 2) / (h * w)
    m = mask.float().reshape(b, 1, h * w)
    # The root, since a Gram matrix is of the second degree in the features.
    x = x * m.sqrt()
    return x @ x.transpose(1, 2) / m.sum(dim=2, keepdim=True).clamp(min=1e-6)


def relative_error(x: Tensor, target: Tensor) -> Tensor:
    """Squared distance over the squared length of the target, a scalar."""
    return (x - target).square().sum() / target.square().sum().clamp(min=1e-12)


def roughness(picture: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels, a scalar; 0.001 is a photograph, 0.1 is noise."""
    across = (picture[..., :, 1:] - picture[..., :, :-1]).square().mean()
    down = (picture[..., 1:, :] - picture[..., :-1, :]).square().mean()
    return across + down


def deepest(layers: Sequence[str]) -> str:
    """The last layer that must be computed. Names sort as the layers follow each other."""
    return max(layers)


def at_layer(mask: Tensor, features: Tensor) -> Tensor:
    """A mask at the resolution of a layer."""
    return F.interpolate(mask, features.shape[-2:], mode="area")


class GramLoss:
    """content + style_weight * mean over the layers of the Gram matrices' relative errors.

    Shared styles are mixed by mixing their Gram matrices; masked ones are compared each inside its mask.
    """

    def __init__(
        self,
        features: Features,
        content: Tensor,
        styles: Sequence[Target],
        *,
        style_weight: float,
        layers: Sequence[str] = STYLE_LAYERS,
        smoothness: float = SMOOTHNESS,
    ) -> None:
        self.features, self.layers = features, tuple(layers)
        self.style_weight, self.smoothness = style_weight, smoothness
        self.last = deepest((*layers, CONTENT_LAYER))
        with torch.no_grad():
            self.content = features(content, last=CONTENT_LAYER)[CONTENT_LAYER].float()
            self.wanted = [(target.mask, grams) for target, grams in self.mixed(styles)]

    def mixed(self, styles: Sequence[Target]) -> list[tuple[Target, dict[str, Tensor]]]:
        """Each masked style with its Gram matrices, and one for all that share the rest."""
        found = [(style, self.grams(style.picture)) for style in styles]
        shared = [(style, grams) for style, grams in found if style.mask is None]
        masked = [(style, grams) for style, grams in found if style.mask is not None]
        if not shared:
            return masked
        whole = sum(style.share for style, _ in shared) or 1.0
        mixture = {
            layer: sum((style.share / whole * grams[layer] for style, grams in shared), torch.zeros(()))
            for layer in self.layers
        }
        return [*masked, (shared[0][0], mixture)]

    def grams(self, picture: Tensor) -> dict[str, Tensor]:
        found = self.features(picture, last=deepest(self.layers))
        return {layer: gram_matrix(found[layer]) for layer in self.layers}

    def __call__(self, picture: Tensor) -> Terms:
        found = self.features(picture, last=self.last)
        content = relative_error(found[CONTENT_LAYER].float(), self.content)
        errors = []
        for mask, grams in self.wanted:
            for layer in self.layers:
                x = found[layer]
                share = 1.0 if mask is None else float(mask.mean())
                gram = gram_matrix(x, None if mask is None else at_layer(mask, x))
                errors.append(share * relative_error(gram, grams[layer]))
        style = torch.stack(errors).sum() / len(self.layers) if errors else picture.new_zeros(())
        total = content + self.style_weight * style + self.smoothness * roughness(picture)
        return Terms(total, style, content)


class LiteralLoss:
    """The lecture's E(I) = sum_i ||F_i(I) - F_i(I_style)||^2 + lambda ||I - I_content||^2, in relative terms.

    lambda is 1 / style_weight, and the sum is multiplied by it, so that the slider means the same in both
    losses. Features are compared place by place: the style picture is laid over the whole canvas.
    """

    def __init__(
        self,
        features: Features,
        content: Tensor,
        styles: Sequence[Target],
        *,
        style_weight: float,
        layers: Sequence[str] = STYLE_LAYERS,
        smoothness: float = SMOOTHNESS,
    ) -> None:
        self.features, self.layers = features, tuple(layers)
        self.style_weight, self.smoothness = style_weight, smoothness
        self.content = content
        self.last = deepest(layers)
        with torch.no_grad():
            self.wanted = []
            whole = sum(style.share for style in styles if style.mask is None) or 1.0
            for style in styles:
                laid = F.interpolate(style.picture, content.shape[-2:], mode="bilinear", antialias=True)
                share = style.share / whole if style.mask is None else 1.0
                self.wanted.append((style.mask, share, features(laid, last=self.last)))

    def __call__(self, picture: Tensor) -> Terms:
        found = self.features(picture, last=self.last)
        content = relative_error(picture, self.content)
        errors = []
        for mask, share, wanted in self.wanted:
            for layer in self.layers:
                x, y = found[layer].float(), wanted[layer].float()
                if mask is not None:
                    m = at_layer(mask, x)
                    x, y = x * m, y * m
                errors.append(share * relative_error(x, y))
        style = torch.stack(errors).sum() / len(self.layers) if errors else picture.new_zeros(())
        total = content + self.style_weight * style + self.smoothness * roughness(picture)
        return Terms(total, style, content)
