"""A judge who had no part in the game: a small classifier, trained on real pictures alone.

It says whether a drawn picture shows what it should, and lends its features to a Fréchet distance (Heusel et
al. 2017, arXiv 1706.08500; theirs are Inception's, which mean little on 28 grey pixels).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from demos.gan_lab.digits.model import LABELS
from demos.gan_lab.digits.training import as_input

FEATURES = 64
BATCH = 128
EPOCHS = 3


class Judge(nn.Module):
    """Pictures (B, 1, 28, 28) in [-1, 1] to logits (B, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Sequential(
            nn.Conv2d(1, 16, 5, stride=2, padding=2), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Dropout(0.2), nn.Linear(32 * 7 * 7, FEATURES), nn.ReLU(),
        )  # fmt: skip
        self.name = nn.Linear(FEATURES, LABELS)

    def forward(self, picture: Tensor) -> Tensor:
        logits: Tensor = self.name(self.look(picture))
        return logits


def trained(pictures: Tensor, labels: Tensor, *, seed: int = 0, epochs: int = EPOCHS) -> Judge:
    """A judge who has seen `pictures` uint8 (N, 28, 28) with `labels` (N,) so many times; on the CPU."""
    torch.manual_seed(seed)
    judge = Judge()
    steps = epochs * (len(pictures) // BATCH)
    optimizer = torch.optim.AdamW(judge.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    random = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        order = torch.randperm(len(pictures), generator=random)
        for chosen in order[: len(order) // BATCH * BATCH].split(BATCH):
            loss = F.cross_entropy(judge(as_input(pictures[chosen])), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return judge.eval().requires_grad_(False)


@torch.inference_mode()
def looked(judge: Judge, pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Of uint8 (N, 28, 28): the features (N, 64) and the label that the judge reads (N,)."""
    features = torch.cat([judge.look(as_input(part)) for part in pictures.split(500)])
    return features, judge.name(features).argmax(1)


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """Between the normal distributions with mean and covariance of (N, F) and (M, F).

    |m_a - m_b|² + trace(C_a + C_b - 2 (C_a C_b)^½). It is 0 where they are the same, and of two samples of
    one distribution a little more, the less the larger they are.
    """
    a, b = a.double(), b.double()
    product = torch.cov(a.T) @ torch.cov(b.T)
    # The product is similar to a symmetric positive matrix, so its eigenvalues are real and not negative.
    root = torch.linalg.eigvals(product).real.clamp(min=0).sqrt().sum()
    apart = (a.mean(0) - b.mean(0)).square().sum()
    return float(apart + torch.cov(a.T).trace() + torch.cov(b.T).trace() - 2 * root)


def diversity(features: Tensor, labels: Tensor) -> float:
    """Mean distance between the features (N, F) of two different pictures of one label."""
    means = []
    for label in labels.unique():
        of_label = features[labels == label]
        means.append(torch.pdist(of_label).mean())
    return float(torch.stack(means).mean())
