"""Muon's steps, and which weights take them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from demos.go.muon import Muon, orthogonalised
from demos.go.train import Settings, optimizers_of
from tests.demos.go.conftest import random_network


@pytest.mark.parametrize("shape", [(16, 144), (64, 576), (90, 12), (1, 9), (9, 1)])
def test_orthogonalised_keeps_directions_and_makes_them_equally_large(shape: tuple[int, int]) -> None:
    matrix = np.random.default_rng(1).normal(size=shape)
    left, before, right = np.linalg.svd(matrix, full_matrices=False)
    found = orthogonalised(torch.from_numpy(matrix)).numpy()
    scales = left.T @ found @ right.T
    assert (np.diag(scales) > 0.6).all()
    assert (np.diag(scales) < 1.3).all()
    np.testing.assert_allclose(scales, np.diag(np.diag(scales)), atol=1e-6)
    assert before.max() > 2 or min(shape) == 1


def test_orthogonalised_lifts_small_directions_and_does_not_mind_nothing() -> None:
    random = np.random.default_rng(2)
    left, right = (np.linalg.qr(random.normal(size=(20, 20)))[0] for _ in range(2))
    matrix = left @ np.diag(np.logspace(0, -2, 20)) @ right
    values = np.linalg.svd(orthogonalised(torch.from_numpy(matrix)).numpy(), compute_uv=False)
    assert values.min() > 0.3
    assert values.max() < 1.3
    for scale in (1e-3, 1e3):
        scaled = orthogonalised(torch.from_numpy(matrix * scale))
        np.testing.assert_allclose(scaled, orthogonalised(torch.from_numpy(matrix)), atol=1e-3)
    assert not orthogonalised(torch.zeros(3, 5)).any()


def test_muon_steps_by_momentum_made_orthogonal() -> None:
    random = np.random.default_rng(3)
    start, gradients = random.normal(size=(8, 2, 3, 3)), random.normal(size=(3, 8, 2, 3, 3))
    parameter = nn.Parameter(torch.from_numpy(start.copy()))
    untouched = nn.Parameter(torch.ones(2, 2, 1, 1))
    optimizer = Muon([parameter, untouched], lr=0.1, momentum=0.9, weight_decay=0.5)
    momentum, expected = np.zeros_like(start), start.copy()
    for gradient in gradients:
        parameter.grad = torch.from_numpy(gradient.copy())
        optimizer.step()
        momentum = 0.9 * momentum + 0.1 * gradient
        ahead = 0.1 * gradient + 0.9 * momentum
        step = orthogonalised(torch.from_numpy(ahead.reshape(8, 18)).float()).double().numpy()
        expected = expected * (1 - 0.1 * 0.5) - 0.1 * step.reshape(start.shape)
    np.testing.assert_allclose(parameter.detach().numpy(), expected, atol=1e-6)
    assert (untouched == 1).all(), "No gradient, no step."


def test_every_weight_has_one_optimizer_and_muon_has_the_kernels() -> None:
    network = random_network(4, 3).requires_grad_(True)
    muon, adam = optimizers_of(network, Settings())
    of_muon, of_adam = ({id(p) for g in o.param_groups for p in g["params"]} for o in (muon, adam))
    kernels = [m.weight for m in network.blocks.modules() if isinstance(m, nn.Conv2d)]
    assert of_muon == {id(kernel) for kernel in kernels}
    assert of_muon | of_adam == {id(p) for p in network.parameters()}
    assert not of_muon & of_adam
