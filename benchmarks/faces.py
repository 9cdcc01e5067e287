"""How fast faces are made up, one at a time and a wall of them, beside the plain network.

Both sides make the same people in one process, in turns. `plain` is the network as model.py writes it down,
in PyTorch's usual layout of memory. What the demo does besides, drawing everybody towards the average face
and turning numbers into bytes, is in its time and not in the peer's.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from benchmarks.figures import Figure, interleaved, median
from demos.faces.casting import sitter
from demos.faces.engine import Person, at_all_levels, generator_of, latent, people
from demos.faces.model import Generator, fixed_noise
from demos.faces.models import EMBEDDED
from gallery.runtime import Runtime

if TYPE_CHECKING:
    from benchmarks.server import Server

PEER = "the generator alone, eager, in 32 bits: from noise and conditions to numbers"
MANY = 16  # faces in a batch
SHARE = 4  # so many single faces are measured for each batch
ENDPOINT = "faces_person"


def plain(generator: Generator, z: Tensor, wanted: Tensor, noise: list[Tensor]) -> Tensor:
    """Pictures (B, 3, 128, 128) of noise (B, LATENT) and conditions (B, CONDITION)."""
    styles = at_all_levels(generator.mapping(z, wanted))
    x = generator.start.expand(len(z), -1, -1, -1).contiguous()
    picture: Tensor | None = None
    for i, level in enumerate(generator.levels):
        x, picture = level(x, picture, styles[:, i], noise[i])
    assert picture is not None
    return picture


def seconds(generator: Generator, persons: list[Person], repeats: int) -> tuple[float, float]:
    """Median seconds of all these faces: by the demo, by the plain network."""
    place = generator.start.device
    z = torch.cat([latent(person.seed) for person in persons]).to(place)
    wanted = torch.cat([person.condition for person in persons]).to(place)
    noise = [part.to(place) for part in fixed_noise(0)]

    def ours() -> None:
        people(generator, persons)

    def theirs() -> None:
        with torch.no_grad():
            plain(generator, z, wanted, noise)[0, 0, 0, 0].item()  # which waits for the device

    interleaved(2, ours, theirs)  # the first runs choose kernels and allocate
    found, peer = interleaved(repeats, ours, theirs)
    return median(found), median(peer)


def measure(repeats: int = 20) -> list[Figure]:
    """`repeats` batches, and SHARE times as many single faces."""
    runtime = Runtime(offline=True)
    persons = [sitter(seed) for seed in range(MANY)]
    try:
        with runtime.cache.lease(EMBEDDED) as model:
            generator = generator_of(model)
            one, peer_one = seconds(generator, persons[:1], SHARE * repeats)
            many, peer_many = seconds(generator, persons, repeats)
    finally:
        runtime.close()
    return [
        Figure("faces_per_second_1", 1 / one, "/s", "faces a second, one at a time", 1 / peer_one),
        Figure("faces_per_second_1_over_plain", peer_one / one, "", "over the plain network's", least=1),
        Figure(f"faces_per_second_{MANY}", MANY / many, "/s", f"in batches of {MANY}", MANY / peer_many),
        Figure(
            f"faces_per_second_{MANY}_over_plain", peer_many / many, "", "over the plain network's", least=1
        ),
    ]


def use_once(server: Server, picture: dict[str, object]) -> float:
    """One use of the demo over HTTP, as the first visitor makes it. Returns the seconds it took."""
    started = time.perf_counter()
    server.call(ENDPOINT, "7", 1990, True, 0.7)
    return time.perf_counter() - started
