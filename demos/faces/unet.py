"""The network of "Denoising Diffusion Probabilistic Models" for faces, to take its published weights.

Reading guide: a `UNet` looks at a noisy picture and says what the noise is. Six `Down`s make it smaller and
remember what they saw, `Middle` thinks, six `Up`s make it larger and are reminded. Each is made of
`Residual`s, which are told how much noise there is, and of `Attention` where there are 16 pixels a side.

After Ho, Jain and Abbeel 2020 (https://arxiv.org/abs/2006.11239). Names are those of the published file,
which the library diffusers wrote; nothing else of it is used here.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

RESOLUTION = 256  # pixels a side
CHANNELS = (128, 128, 256, 256, 512, 512)  # at 256, 128, ... 8 pixels a side
ATTENTIVE = 4  # the level that has attention: 16 pixels a side
TIME = 4 * CHANNELS[0]
# How the layers of attention were called before 2023, as in the published file.
FORMER_NAMES = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


def norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(32, channels, eps=1e-6)


class Residual(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = norm(inputs), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.time_emb_proj = nn.Linear(TIME, outputs)
        self.norm2, self.conv2 = norm(outputs), nn.Conv2d(outputs, outputs, 3, padding=1)
        if inputs != outputs:
            self.conv_shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        y = self.conv1(F.silu(self.norm1(x)))
        y = y + self.time_emb_proj(F.silu(time))[:, :, None, None]
        y = self.conv2(F.silu(self.norm2(y)))
        found: Tensor = y + (self.conv_shortcut(x) if hasattr(self, "conv_shortcut") else x)
        return found


class Attention(nn.Module):
    """Every place asks every other one; one head."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.group_norm = norm(channels)
        self.to_q, self.to_k, self.to_v = (nn.Linear(channels, channels) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def _load_from_state_dict(self, state: dict[str, Any], prefix: str, *rest: Any) -> None:
        # Of a module that has modules in it this runs before theirs.
        for now, before in FORMER_NAMES.items():
            for kind in ("weight", "bias"):
                if (name := f"{prefix}{before}.{kind}") in state:
                    state[f"{prefix}{now}.{kind}"] = state.pop(name)
        super()._load_from_state_dict(state, prefix, *rest)

    def forward(self, x: Tensor) -> Tensor:
        places = self.group_norm(x).flatten(2).mT  # (B, C, H, W) -> (B, H*W, C)
        found = F.scaled_dot_product_attention(self.to_q(places), self.to_k(places), self.to_v(places))
        added: Tensor = self.to_out[0](found).mT.unflatten(2, x.shape[2:])
        return x + added


class Resize(nn.Module):
    """Half as large by a stride of two, or twice as large by repeating, and a convolution."""

    def __init__(self, channels: int, *, up: bool) -> None:
        super().__init__()
        self.up = up
        self.conv = nn.Conv2d(channels, channels, 3, stride=1 if up else 2, padding=1 if up else 0)

    def forward(self, x: Tensor) -> Tensor:
        x = F.interpolate(x, scale_factor=2, mode="nearest") if self.up else F.pad(x, (0, 1, 0, 1))
        found: Tensor = self.conv(x)
        return found


class Down(nn.Module):
    def __init__(self, level: int) -> None:
        super().__init__()
        inputs, outputs = CHANNELS[max(0, level - 1)], CHANNELS[level]
        self.resnets = nn.ModuleList([Residual(inputs, outputs), Residual(outputs, outputs)])
        if level == ATTENTIVE:
            self.attentions = nn.ModuleList([Attention(outputs), Attention(outputs)])
        if level < len(CHANNELS) - 1:
            self.downsamplers = nn.ModuleList([Resize(outputs, up=False)])

    def forward(self, x: Tensor, time: Tensor, seen: list[Tensor]) -> Tensor:
        for i, residual in enumerate(self.resnets):
            x = residual(x, time)
            if hasattr(self, "attentions"):
                x = self.attentions[i](x)
            seen.append(x)
        if hasattr(self, "downsamplers"):
            x = self.downsamplers[0](x)
            seen.append(x)
        return x


class Middle(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.resnets = nn.ModuleList([Residual(CHANNELS[-1], CHANNELS[-1]) for _ in range(2)])
        self.attentions = nn.ModuleList([Attention(CHANNELS[-1])])

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        x = self.attentions[0](self.resnets[0](x, time))
        found: Tensor = self.resnets[1](x, time)
        return found


class Up(nn.Module):
    def __init__(self, level: int) -> None:
        super().__init__()
        outputs = CHANNELS[level]
        inputs = [CHANNELS[min(level + 1, len(CHANNELS) - 1)], outputs, outputs]
        remembered = [outputs, outputs, CHANNELS[max(0, level - 1)]]
        sizes = zip(inputs, remembered, strict=True)
        self.resnets = nn.ModuleList([Residual(ours + theirs, outputs) for ours, theirs in sizes])
        if level == ATTENTIVE:
            self.attentions = nn.ModuleList([Attention(outputs) for _ in range(3)])
        if level > 0:
            self.upsamplers = nn.ModuleList([Resize(outputs, up=True)])

    def forward(self, x: Tensor, time: Tensor, seen: list[Tensor]) -> Tensor:
        for i, residual in enumerate(self.resnets):
            x = residual(torch.cat([x, seen.pop()], dim=1), time)
            if hasattr(self, "attentions"):
                x = self.attentions[i](x)
        return self.upsamplers[0](x) if hasattr(self, "upsamplers") else x


class UNet(nn.Module):
    """Noisy pictures (B, 3, 256, 256) and times (B,) from 0 to 999 to the noise in them."""

    def __init__(self) -> None:
        super().__init__()
        levels = range(len(CHANNELS))
        self.conv_in = nn.Conv2d(3, CHANNELS[0], 3, padding=1)
        self.time_embedding = nn.ModuleDict(
            {"linear_1": nn.Linear(CHANNELS[0], TIME), "linear_2": nn.Linear(TIME, TIME)}
        )
        self.down_blocks = nn.ModuleList([Down(level) for level in levels])
        self.mid_block = Middle()
        self.up_blocks = nn.ModuleList([Up(level) for level in reversed(levels)])
        self.conv_norm_out, self.conv_out = norm(CHANNELS[0]), nn.Conv2d(CHANNELS[0], 3, 3, padding=1)

    def forward(self, x: Tensor, times: Tensor) -> Tensor:
        first, second = self.time_embedding.values()
        time = second(F.silu(first(waves(times, CHANNELS[0]))))
        x = self.conv_in(x)
        seen = [x]
        for down in self.down_blocks:
            x = down(x, time, seen)
        x = self.mid_block(x, time)
        for up in self.up_blocks:
            x = up(x, time, seen)
        found: Tensor = self.conv_out(F.silu(self.conv_norm_out(x)))
        return found


def waves(times: Tensor, size: int) -> Tensor:
    """(B,) as (B, size): sines and cosines of wavelengths from 2 pi to 10000 times that."""
    steps = torch.arange(size // 2, device=times.device) / (size // 2 - 1)
    angles = times[:, None].float() * torch.exp(-math.log(10_000) * steps)
    return torch.cat([angles.sin(), angles.cos()], dim=1)
