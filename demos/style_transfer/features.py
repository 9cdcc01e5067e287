"""Networks whose features say what is on a picture and how it is painted.

`FeatureNetwork` is ours: VGG (Simonyan and Zisserman 2014, https://arxiv.org/abs/1409.1556) at half
its width. `VGG19` is the published network behind the same interface. Layers go by the names of the
paper by Gatys et al. 2016: `relu3_1` is the first convolution after the second pooling, rectified.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gallery.preprocessing import MEAN, STD

WIDTHS = (32, 64, 128, 256, 256)  # channels of the five blocks, half of VGG's
DEPTHS = (2, 2, 2, 2, 1)  # convolutions of each; what follows relu5_1 is for naming things, not for style
VGG19_DEPTHS = (2, 2, 4, 4, 4)


def layer_names(depths: Sequence[int] = DEPTHS) -> tuple[str, ...]:
    """All layers, shallow to deep: relu1_1, relu1_2, relu2_1, ..."""
    return tuple(f"relu{block}_{i}" for block, depth in enumerate(depths, 1) for i in range(1, depth + 1))


def stride(layer: str) -> int:
    """How many pixels of the picture lie between two neighbours of a layer: 1, 2, 4, 8 or 16."""
    return 1 << (int(layer[4]) - 1)


def normalised(picture: Tensor) -> Tensor:
    """RGB in [0, 1], (B, 3, H, W), to the mean and spread of ImageNet's photographs."""
    mean, std = (picture.new_tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
    return (picture - mean) / std


class FeatureNetwork(nn.Module):
    """Convolutions of 3x3 and ReLU in five blocks, with a mean of 2x2 between the blocks.

    Averaging instead of VGG's maximum, as Gatys et al. recommend: gradients reach every pixel. It was
    trained with batch normalisation, which is folded into the kernels (see train_features.py).
    """

    def __init__(self, widths: Sequence[int] = WIDTHS, depths: Sequence[int] = DEPTHS) -> None:
        super().__init__()
        self.names = layer_names(depths)
        self.convolutions = nn.ModuleDict()
        channels = 3
        for name in self.names:
            width = widths[int(name[4]) - 1]
            self.convolutions[name] = nn.Conv2d(channels, width, 3, padding=1)
            channels = width

    def forward(self, picture: Tensor, last: str = "relu5_1") -> dict[str, Tensor]:
        """RGB in [0, 1], (B, 3, H, W), to every layer as far as `last`.

        relu1_x are (B, 32, H, W), relu2_x (B, 64, H/2, W/2), relu3_x (B, 128, H/4, W/4), relu4_x
        (B, 256, H/8, W/8) and relu5_1 (B, 256, H/16, W/16), sizes rounded down. H and W are at least 16.
        """
        x, features = normalised(picture), {}
        for name, convolution in self.convolutions.items():
            if name.endswith("_1") and name != "relu1_1":
                x = F.avg_pool2d(x, 2)
            x = features[name] = F.relu(convolution(x))
            if name == last:
                break
        return features


class VGG19(nn.Module):
    """torchvision's VGG-19 with all its weights, of which only the convolutions are used."""

    def __init__(self) -> None:
        super().__init__()
        from torchvision.models import vgg19  # a second to import, and only this network needs it

        published = vgg19(weights=None, init_weights=False)
        self.features, self.classifier = published.features, published.classifier
        self.names = layer_names(VGG19_DEPTHS)

    def forward(self, picture: Tensor, last: str = "relu5_1") -> dict[str, Tensor]:
        """As FeatureNetwork, with twice the channels (512 in relu4_x and relu5_x) and its own max-pooling."""
        x, features = normalised(picture), {}
        names = iter(self.names)
        for layer in self.features:
            # VGG rectifies in place; a convolution's output that is kept elsewhere must not change.
            x = F.relu(x) if isinstance(layer, nn.ReLU) else layer(x)
            if isinstance(layer, nn.ReLU):
                name = next(names)
                features[name] = x
                if name == last:
                    break
        return features


def channels_last(model: nn.Module) -> nn.Module:
    """The model with kernels in the order that 16-bit convolutions on a CPU want."""
    return model.to(memory_format=torch.channels_last)
