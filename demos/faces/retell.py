"""Frees the mapping of a run that began before only fine levels were told of the colour.

    python -m demos.faces.retell --run runs/faces/run.pt

rewrites the checkpoint in place. Styles of grey photographs stay exactly what they were. Those of coloured
ones keep the shapes of the grey; what colour moved styles by on average goes to the fine levels alone.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from demos.faces.model import COLOUR, LATENT, SHAPE, STYLE, YEARS, Generator, condition, normalised, rectified

YEAR = 1998.0  # when grey and coloured photographs were about as common
CROWD = 2000


def styles(state: dict[str, Tensor], z: Tensor, wanted: Tensor) -> Tensor:
    """As the mapping was: (B, LATENT) and (B, CONDITION) to (B, SHAPE)."""
    seen = F.linear(wanted, state["mapping.condition.weight"] / math.sqrt(wanted.shape[1]))
    x = torch.cat([normalised(z), normalised(seen + state["mapping.condition.bias"])], dim=1)
    for i in range(3):
        weight, bias = state[f"mapping.layers.{i}.weight"], state[f"mapping.layers.{i}.bias"]
        x = rectified(F.linear(x, weight * 0.01 / math.sqrt(x.shape[1]), bias * 0.01))
    return x


def retold(state: dict[str, Tensor]) -> dict[str, Tensor]:
    z = torch.randn(CROWD, LATENT, generator=torch.Generator().manual_seed(0))
    grey, coloured = (
        styles(state, z, condition(torch.full((CROWD,), YEAR), torch.full((CROWD,), colour)))
        for colour in (0.0, 1.0)
    )
    moved = (coloured - grey).mean(dim=0)
    found = {}
    for name, value in Generator().state_dict().items():
        old = state[name]
        if name == "mapping.condition.weight":
            old = old[:, :-1] * math.sqrt(len(YEARS) / old.shape[1])
        elif old.shape != value.shape:  # a style that is now told of the colour
            old = old / math.sqrt(SHAPE)
            old = torch.cat([old, (old @ moved / COLOUR)[:, None]], dim=1) * math.sqrt(STYLE)
        found[name] = old
    return found


def widened(moment: Tensor, like: Tensor) -> Tensor:
    """A moment of Adam: the column that is gone is cut off, the new one is as the others are."""
    if moment.shape == like.shape:
        return moment
    if moment.shape[1] > like.shape[1]:
        return moment[:, :-1].clone()
    return torch.cat([moment, moment.mean(dim=1, keepdim=True)], dim=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--run", type=Path, default=Path("runs/faces/run.pt"))
    path = parser.parse_args().run
    run = torch.load(path, map_location="cpu", weights_only=True)
    for part in ("generator", "mean"):
        run[part] = retold(run[part])
    moments = run["generator_steps"]["state"]
    for i, parameter in enumerate(Generator().parameters()):
        for name in ("exp_avg", "exp_avg_sq"):
            moments[i][name] = widened(moments[i][name], parameter)
    torch.save(run, path)


if __name__ == "__main__":
    main()
