"""The optimiser on functions whose minimum is known, and the plan of its levels."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from torch import Tensor

from demos.style_transfer.losses import Terms
from demos.style_transfer.optimiser import COARSEST, Level, descend, minimise, plan, resized

SHAPE = (1, 3, 6, 6)
RANDOM = torch.Generator().manual_seed(0)
GOAL = torch.rand(SHAPE, generator=RANDOM) * 0.6 + 0.2
CURVATURE = torch.rand(SHAPE, generator=RANDOM) * 20 + 1
START = torch.full(SHAPE, 0.5)


def terms(total: Tensor) -> Terms:
    return Terms(total, total.detach() * 0, total.detach() * 0)


def bowl(picture: Tensor) -> Terms:
    return terms((CURVATURE * (picture - GOAL).square()).sum())


def wall(picture: Tensor) -> Terms:
    """Falls gently, so that L-BFGS takes a long step, and then rises steeply."""
    return terms((0.5 * (picture - 0.9).square() + 500 * (picture - 0.5).relu().square()).sum())


def nan_at(number: int) -> Callable[[Tensor], Terms]:
    """The bowl, which once, at this call, is no number."""
    calls = 0

    def loss(picture: Tensor) -> Terms:
        nonlocal calls
        calls += 1
        factor = float("nan") if calls == number else 1.0
        return terms(bowl(picture).total * factor)

    return loss


def test_a_bowl_is_descended_to_its_minimum() -> None:
    *_, (_, picture) = descend(bowl, START, 60)
    torch.testing.assert_close(picture, GOAL, atol=1e-4, rtol=0)


def test_it_ends_where_scipy_does() -> None:
    """A convex function whose minimum nobody writes down: a bowl, and what binds neighbours together."""

    def bound(x: Tensor) -> Tensor:
        tied = (x[..., 1:] - x[..., :-1]).square().sum() + (x[..., 1:, :] - x[..., :-1, :]).square().sum()
        return (x - GOAL.to(x.dtype)).square().sum() + 2 * tied + (x - 0.5).pow(4).sum()

    def with_slope(values: np.ndarray) -> tuple[float, np.ndarray]:
        x = torch.from_numpy(values).view(SHAPE).requires_grad_()
        total = bound(x)
        (slope,) = torch.autograd.grad(total, x)
        return float(total.detach()), slope.flatten().numpy()

    start = START.double().flatten().numpy()
    expected = minimize(with_slope, start, jac=True, method="L-BFGS-B", options={"gtol": 1e-9, "ftol": 0})
    *_, (_, picture) = descend(lambda x: terms(bound(x)), START, 60)
    np.testing.assert_allclose(picture.flatten(), expected.x, atol=1e-4)


@pytest.mark.parametrize("number", [1, 2, 3, 7])
def test_what_is_no_number_is_survived(number: int) -> None:
    pictures = [picture for _, picture in descend(nan_at(number), START, 60)]
    assert all(torch.isfinite(picture).all() for picture in pictures)
    torch.testing.assert_close(pictures[-1], GOAL, atol=1e-3, rtol=0)


def test_a_blow_up_is_taken_back() -> None:
    found = [float(now.total.detach()) for now, _ in descend(wall, torch.full(SHAPE, 0.1), 60)]
    blown = [i for i in range(1, 59) if found[i] > 4 * min(found[:i])]
    assert blown, "Or this function is no test."
    for i in blown:
        assert found[i + 1] <= min(found[:i]), "It went back to the best picture."
    assert min(found[30:]) < min(found[:30]), "It still gets on."


def test_pictures_stay_within_what_a_screen_shows() -> None:
    far = lambda x: terms((x - 3).square().sum())  # noqa: E731
    for _, picture in descend(far, START, 20):
        assert picture.min() >= 0
        assert picture.max() <= 1


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_the_order_of_the_numbers_in_memory_does_not_matter(layout: torch.memory_format) -> None:
    """`to_tensor` hands out what Pillow had: channels last."""
    *_, (_, picture) = descend(bowl, START.contiguous(memory_format=layout), 60)
    torch.testing.assert_close(picture, GOAL, atol=1e-4, rtol=0)


def test_start_is_left_alone() -> None:
    start = START.clone()
    list(descend(bowl, start, 5))
    assert torch.equal(start, START)
    assert not start.requires_grad


# ---- levels ---------------------------------------------------------------------------------------


@given(st.integers(64, 1536), st.integers(64, 1536), st.integers(10, 1000))
def test_plan(height: int, width: int, steps: int) -> None:
    levels = plan(height, width, steps)
    assert sum(level.steps for level in levels) == steps
    assert all(level.steps > 0 for level in levels)
    if steps >= 20:  # of fewer, none may be left for the full size
        assert (levels[-1].height, levels[-1].width) == (height, width)
    for small, large in pairwise(levels):
        assert (small.height, small.width) == (large.height // 2, large.width // 2)
        assert min(small.height, small.width) >= COARSEST
        assert small.steps >= large.steps, "Steps are cheap where the canvas is small."


@given(st.integers(64, 1536), st.integers(64, 1536))
def test_all_sizes_are_used_where_there_are_steps_enough(height: int, width: int) -> None:
    coarsest = plan(height, width, 200)[0]
    small = min(coarsest.height, coarsest.width) < 2 * COARSEST
    assert small or len(plan(height, width, 200)) == 4


def test_minimise_goes_from_level_to_level() -> None:
    levels = (Level(8, 12, 3), Level(16, 24, 2))
    asked: list[Level] = []

    def loss_at(level: Level) -> Callable[[Tensor], Terms]:
        asked.append(level)

        def loss(picture: Tensor) -> Terms:
            assert picture.shape == (1, 3, level.height, level.width)
            return terms((picture - 0.25).square().sum())

        return loss

    steps = list(minimise(torch.full((1, 3, 4, 6), 0.75), levels, loss_at))
    assert asked == list(levels)
    assert [step.number for step in steps] == [1, 2, 3, 4, 5]
    assert [step.level for step in steps] == [levels[0]] * 3 + [levels[1]] * 2
    assert steps[0].total == pytest.approx(0.25 * 3 * 8 * 12)
    assert steps[-1].picture.shape == (1, 3, 16, 24)
    assert not steps[-1].picture.requires_grad


@pytest.mark.parametrize("after", [1, 3, 4])
def test_minimise_stops_when_it_is_told_to(after: int) -> None:
    taken = 0

    def stopped() -> bool:
        return taken >= after

    for step in minimise(START, (Level(6, 6, 3), Level(12, 12, 3)), lambda level: far_from_white, stopped):
        taken = step.number
    assert taken == after


def far_from_white(picture: Tensor) -> Terms:
    return terms((picture - 1).square().sum())


def test_resized() -> None:
    picture = torch.rand(1, 3, 32, 48, generator=torch.Generator().manual_seed(0))
    assert resized(picture, 32, 48) is picture
    small = resized(picture, 16, 24)
    assert small.shape == (1, 3, 16, 24)
    assert float(small.mean()) == pytest.approx(float(picture.mean()), abs=0.01)
    edge = torch.zeros(1, 3, 16, 16)
    edge[..., 8:] = 1
    large = resized(edge, 64, 64)  # a bicubic curve overshoots at edges
    assert large.min() >= 0
    assert large.max() <= 1
