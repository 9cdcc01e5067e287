"""The network's shapes, and what its answer may depend on."""

from __future__ import annotations

import pytest
import torch

from demos.go.features import PLANES
from demos.go.model import Block, GoNetwork, Output, pooled
from tests.demos.go.conftest import random_network


def seen(count: int, size: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, len(PLANES), size, size, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("size", range(5, 20))
def test_it_answers_for_every_size_of_board(network: GoNetwork, size: int) -> None:
    output = network(seen(2, size))
    assert output.policy.shape == (2, size * size + 1)
    assert output.value.shape == (2,)
    assert output.ownership.shape == (2, size, size)
    assert all(part.isfinite().all() for part in output)


def test_an_answer_does_not_depend_on_what_else_is_asked(network: GoNetwork) -> None:
    positions = seen(6, 9)
    together: Output = network(positions)
    for i in range(len(positions)):
        alone: Output = network(positions[i : i + 1])
        for one, all_of_them in zip(alone, together, strict=True):
            torch.testing.assert_close(one[0], all_of_them[i], rtol=1e-4, atol=1e-5)


def test_a_block_begins_as_the_identity() -> None:
    x = torch.rand(2, 8, 5, 5)
    for pooling in (False, True):
        torch.testing.assert_close(Block(8, pooling=pooling)(x), x)


def test_a_block_that_pools_sees_the_whole_board() -> None:
    """A change in one corner is felt in the other, which two 3x3 convolutions cannot do."""
    x = torch.rand(1, 8, 19, 19, generator=torch.Generator().manual_seed(1))
    changed = x.clone()
    changed[:, :, 0, 0] += 5
    for pooling in (False, True):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            block = Block(8, pooling=pooling).eval()
        torch.nn.init.ones_(block.second.normalisation.weight)
        with torch.no_grad():
            differs = not torch.equal(block(x)[0, :, -1, -1], block(changed)[0, :, -1, -1])
        assert differs == pooling


def test_pooled_is_mean_and_maximum() -> None:
    x = torch.arange(24.0).reshape(1, 2, 3, 4)
    assert pooled(x).tolist() == [[5.5, 17.5, 11.0, 23.0]]


def test_every_weight_takes_part() -> None:
    network = random_network(8, 4).train().requires_grad_(True)
    for block in network.blocks:
        assert isinstance(block, Block)
        torch.nn.init.ones_(block.second.normalisation.weight)
    output = network(seen(4, 9))
    (output.policy.square().sum() + output.value.square().sum() + output.ownership.square().sum()).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_the_heads_are_exact_also_in_16_bits() -> None:
    """A logit far from 0 must not be rounded away: what counts is its difference to the others."""
    network = random_network()
    network.policy_points.bias.data.fill_(-250.0)
    planes = torch.rand(2, len(PLANES), 9, 9, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        output = network(planes)
    assert {part.dtype for part in output} == {torch.float32}
    assert len(output.policy[0].unique()) > 60
