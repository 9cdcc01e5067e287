"""The judge and the distance that it lends its features to."""

from __future__ import annotations

import pytest
import torch

from demos.gan_lab.digits.evaluate import Figures, for_card, measure
from demos.gan_lab.digits.judge import Judge, diversity, frechet_distance, looked, trained
from demos.gan_lab.digits.model import MOMENTS
from tests.demos.gan_lab.test_digits_training import two_kinds


def sample(count: int, width: int = 5) -> torch.Tensor:
    mixing = torch.randn(width, width, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    return torch.randn(count, width, generator=torch.Generator().manual_seed(1), dtype=torch.float64) @ mixing


def test_the_same_pictures_are_no_distance_apart() -> None:
    assert frechet_distance(sample(500), sample(500)) == pytest.approx(0, abs=1e-8)


def test_a_shift_counts_squared() -> None:
    x = sample(500)
    assert frechet_distance(x, x + torch.tensor([3.0, 0, 0, 4.0, 0])) == pytest.approx(25)


def test_a_wider_spread_counts_by_the_difference_of_deviations() -> None:
    """Of C and s²C it is (s - 1)² trace C."""
    x = sample(500)
    x = x - x.mean(0)
    assert frechet_distance(x, 3 * x) == pytest.approx(4 * torch.cov(x.T).trace().item())


def test_diversity_is_measured_within_a_label() -> None:
    features = torch.tensor([[0.0, 0.0], [3.0, 4.0], [100.0, 0.0], [100.0, 1.0]])
    assert diversity(features, torch.tensor([0, 0, 1, 1])) == pytest.approx(3.0)


def test_a_judge_learns_and_is_reproducible() -> None:
    pictures, labels = two_kinds(128)
    judge = trained(pictures, labels, epochs=8)
    features, read = looked(judge, pictures)
    assert features.shape == (256, 64)
    assert (read == labels).float().mean() > 0.95
    again = trained(pictures, labels, epochs=8)
    assert all(torch.equal(a, b) for a, b in zip(judge.parameters(), again.parameters(), strict=True))
    found = measure(judge, pictures, labels, features)
    assert found.named > 0.95
    assert found.distance == pytest.approx(0, abs=1e-3)
    other = measure(judge, pictures, 1 - labels, features)
    assert other.named < 0.05


def test_an_untrained_judge_has_the_shapes() -> None:
    assert Judge()(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


def test_the_card_gets_the_last_moment_and_real_pictures() -> None:
    found = {str(moment): Figures(0.1, 50.0, 1.0) for moment in MOMENTS}
    found |= {str(MOMENTS[-1]): Figures(0.95, 2.0, 9.0), "test": Figures(0.99, 0.0, 10.0)}
    found["train"] = Figures(1.0, 0.25, 10.0)
    assert for_card("clothes", found) == {
        "clothes_judge_accuracy_drawn": 0.95,
        "clothes_judge_accuracy_real": 0.99,
        "clothes_frechet_distance_drawn": 2.0,
        "clothes_frechet_distance_real": 0.25,
        "clothes_diversity_drawn": 9.0,
        "clothes_diversity_real": 10.0,
    }
