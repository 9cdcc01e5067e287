"""64 threads hammer 12 models through a budget that holds 3."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest
import torch
from torch import nn

from gallery.device import Tier
from gallery.models import ModelCache, OutOfMemory
from gallery.weights import WeightsError
from tests.pretend_hardware import PretendGPU, Workshop, check_ledger

THREADS, MODELS, VISITS, SIZE = 64, 12, 12, 400


@pytest.mark.parametrize("two_tiers", [False, True], ids=["one tier", "two tiers"])
@pytest.mark.parametrize("faulty", [False, True], ids=["sound", "faulty"])
def test_hammering(workshop: Workshop, two_tiers: bool, faulty: bool) -> None:
    gpu = PretendGPU(two_tiers=two_tiers, capacity=3 * SIZE if two_tiers else None)
    cache = ModelCache(gpu, device_budget=3 * SIZE, host_budget=5 * SIZE if two_tiers else 0, patience=60.0)
    specs = workshop.specs(MODELS, SIZE)
    dice = random.Random(0)
    in_use: dict[str, int] = dict.fromkeys(workshop.scripts, 0)
    lock = threading.Lock()
    wrong: list[str] = []
    outcomes = {"answers": 0, "failures": 0}

    def on_move(model: nn.Module, tier: Tier) -> None:
        if faulty and dice.random() < 0.15:
            raise torch.OutOfMemoryError if dice.random() < 0.5 else WeightsError("The copy failed.")
        with lock:
            if in_use.get(f"m{int(model.weight[0])}"):
                wrong.append("a leased model was moved")

    gpu.on_move = on_move

    def visit(dice: random.Random) -> None:
        number = dice.randrange(MODELS)
        spec = specs[number]
        with cache.lease(spec) as model:
            with lock:
                in_use[spec.key] += 1
            if dice.random() < 0.3:
                time.sleep(dice.random() * 0.002)
            entry = cache._entries[spec.key, Tier.DEVICE]
            if entry.model is not model or entry.tier is not Tier.DEVICE:
                wrong.append(f"{spec.key} was evicted while it was leased")
            if model.weight[0].item() != number:
                wrong.append(f"{spec.key} answered with another's weights")
            with lock:
                in_use[spec.key] -= 1

    def client(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(VISITS):
            try:
                visit(dice)
            except (WeightsError, OutOfMemory):
                outcomes["failures"] += 1
            except BaseException as error:
                wrong.append(repr(error))
            else:
                outcomes["answers"] += 1

    def watch() -> None:
        while not done.wait(0.002):
            now = cache.status()
            if now.device_bytes > now.device_budget or now.host_bytes > now.host_budget:
                wrong.append("over budget")
            for script in workshop.scripts.values():
                if faulty:
                    script.errors = {"fetch": WeightsError("No.")} if dice.random() < 0.2 else {}

    done = threading.Event()
    threads = [threading.Thread(target=client, args=(seed,), daemon=True) for seed in range(THREADS)]
    watcher = threading.Thread(target=watch, daemon=True)
    for thread in [watcher, *threads]:
        thread.start()
    for thread in threads:
        thread.join(60.0)
        assert not thread.is_alive(), "a visitor waits for ever"
    done.set()
    watcher.join()

    assert wrong == []
    assert max(script.most_at_once for script in workshop.scripts.values()) == 1
    assert sum(outcomes.values()) == THREADS * VISITS
    assert faulty or outcomes["failures"] == 0
    status = cache.status()
    assert sum(model.leases for model in status.models) == 0
    assert sum(model.hits + model.misses + model.waits for model in status.models) == THREADS * VISITS
    check_ledger(cache)
    cache.close()
    check_ledger(cache)
    assert (cache.status().device_bytes, cache.status().host_bytes) == (0, 0)


def test_popular_models_do_not_let_another_wait_beyond_its_patience(tmp_path: Path) -> None:
    """Whoever comes for a model in memory gets it at once, so the load may lose; it says so in time."""
    workshop = Workshop(tmp_path)
    cache = ModelCache(PretendGPU(), device_budget=400, patience=0.05)
    popular, other = workshop.specs(2)
    leases = [cache.lease(popular)]
    leases[0].__enter__()
    stop = threading.Event()

    def keep_leased() -> None:
        while not stop.is_set():
            leases.append(cache.lease(popular))
            leases[-1].__enter__()
            leases.pop(0).__exit__(None, None, None)

    thread = threading.Thread(target=keep_leased, daemon=True)
    thread.start()
    started = time.monotonic()
    with pytest.raises(OutOfMemory, match="Try again in a moment"), cache.lease(other):
        pass
    assert time.monotonic() - started < 5.0
    stop.set()
    thread.join()
    leases.pop().__exit__(None, None, None)
    assert cache.warm([other]) == {}
