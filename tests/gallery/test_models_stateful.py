"""The model cache against a reference model of a few lines, in sequences that Hypothesis thinks up.

Reading guide: `Reference` says what must happen, with lists and dicts and no threads; `Machine`
does the same to both and compares after each step which model is where, who was evicted why,
and what the ledger says.
"""

from __future__ import annotations

import tempfile
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from torch import nn

from gallery.device import Tier
from gallery.models import ModelCache, OutOfMemory
from gallery.weights import WeightsCorrupt, WeightsError, WeightsUnreachable
from tests.pretend_hardware import PretendClock, PretendGPU, Workshop

SIZES = {"a": 400, "b": 400, "c": 800, "d": 1200, "huge": 2000}
BUDGET = {Tier.DEVICE: 1600, Tier.HOST: 1800}
FAILURES: dict[str, type[WeightsError]] = {
    "unreachable": WeightsUnreachable,
    "corrupt": WeightsCorrupt,
    "plain": WeightsError,
}
Name = tuple[str, Tier]


class Refused(Exception):
    """The reference says that this lease or this work fails."""


@dataclass
class Model:
    tier: Tier | None = None
    leases: int = 0
    pinned: bool = False
    released: int = 0
    failure: str = ""
    failed_at: float = 0.0
    evictions: dict[str, int] = field(default_factory=dict)


class Reference:
    def __init__(self, two_tiers: bool) -> None:
        self.two_tiers = two_tiers
        self.models: dict[Name, Model] = {}
        self.broken: dict[str, str] = {}  # key to the kind of its source's failure
        self.device_full = False
        self.releases = 0
        self.now = 0.0

    def used(self, tier: Tier) -> int:
        return sum(SIZES[key] for (key, _), model in self.models.items() if model.tier is tier)

    def idle(self, tier: Tier) -> list[Name]:
        names = [n for n, m in self.models.items() if m.tier is tier and not m.leases and not m.pinned]
        return sorted(names, key=lambda name: self.models[name].released)

    def make_room(self, tier: Tier, size: int) -> None:
        if self.used(tier) - sum(SIZES[key] for key, _ in self.idle(tier)) + size > BUDGET[tier]:
            raise Refused
        while self.used(tier) + size > BUDGET[tier]:
            self.evict(tier, "room")

    def evict(self, tier: Tier, reason: str) -> None:
        name = self.idle(tier)[0]
        model = self.models[name]
        model.evictions[reason] = model.evictions.get(reason, 0) + 1
        model.leases += 1  # not its own victim
        try:
            if tier is Tier.HOST or not self.two_tiers:
                raise Refused
            self.make_room(Tier.HOST, SIZES[name[0]])
            model.tier = Tier.HOST
        except Refused:
            model.tier = None
        model.leases -= 1

    def lease(self, name: Name) -> None:
        home = name[1]
        model = self.models.setdefault(name, Model())
        model.leases += 1
        try:
            if model.tier is home:
                return
            recent = self.now - model.failed_at < 30
            if model.failure == "corrupt" or (model.failure == "unreachable" and recent):
                raise Refused
            model.failure = ""
            if model.tier is None:
                self.load(name, model)
            else:
                self.to_device(name, model)
        except Refused:
            self.release(name)
            raise

    def load(self, name: Name, model: Model) -> None:
        if name[0] in self.broken:
            model.failure, model.failed_at = self.broken[name[0]], self.now
            raise Refused
        arrival = Tier.HOST if self.two_tiers else Tier.DEVICE
        self.make_room(arrival, SIZES[name[0]])
        model.tier = arrival
        if name[1] is not arrival:
            try:
                self.to_device(name, model)
            except Refused:
                model.tier = None
                raise

    def to_device(self, name: Name, model: Model) -> None:
        self.make_room(Tier.DEVICE, SIZES[name[0]])
        if self.device_full:
            while self.idle(Tier.DEVICE):
                self.evict(Tier.DEVICE, "out of memory")
            raise Refused
        model.tier = Tier.DEVICE

    def release(self, name: Name) -> None:
        self.releases += 1
        self.models[name].released = self.releases
        self.models[name].leases -= 1

    def run(self, key: str, failures: int) -> Tier:
        for tier in Tier if self.two_tiers else [Tier.DEVICE]:
            try:
                self.lease((key, tier))
            except Refused:
                if self.models[key, tier].failure:  # not for want of memory
                    raise
                continue
            while failures and self.idle(tier):
                self.evict(tier, "out of memory")
                failures -= 1
            self.release((key, tier))
            if not failures:
                return tier
            failures -= 1
        raise Refused


class Machine(RuleBasedStateMachine):
    two_tiers = False

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.workshop = Workshop(Path(self.folder.name))
        self.specs = {key: self.workshop.spec(key, size) for key, size in SIZES.items()}
        self.clock = PretendClock()
        self.gpu = PretendGPU(two_tiers=self.two_tiers)
        self.gpu.on_move = self.on_move
        self.cache = ModelCache(
            self.gpu,
            device_budget=BUDGET[Tier.DEVICE],
            host_budget=BUDGET[Tier.HOST] if self.two_tiers else 0,
            patience=0.0,
            clock=self.clock,
        )
        self.reference = Reference(self.two_tiers)
        self.held: list[tuple[Name, AbstractContextManager[nn.Module], nn.Module]] = []

    def on_move(self, model: nn.Module, tier: Tier) -> None:
        if tier is Tier.DEVICE and self.reference.device_full:
            raise torch.OutOfMemoryError

    @rule(key=st.sampled_from(list(SIZES)), tier=st.sampled_from(Tier))
    def lease(self, key: str, tier: Tier) -> None:
        name = (key, tier if self.two_tiers else Tier.DEVICE)
        lease = self.cache.lease(self.specs[key], tier=tier)
        try:
            self.reference.lease(name)
        except Refused:
            kind = self.reference.models[name].failure
            with pytest.raises(FAILURES[kind] if kind else OutOfMemory):
                lease.__enter__()
        else:
            self.held.append((name, lease, lease.__enter__()))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        name, lease, _ = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        lease.__exit__(None, None, None)
        self.reference.release(name)

    @rule(key=st.sampled_from(list(SIZES)), failures=st.integers(0, 4))
    def run(self, key: str, failures: int) -> None:
        left = failures

        def work(model: nn.Module) -> str:
            nonlocal left
            left -= 1
            if left >= 0:
                raise torch.OutOfMemoryError
            return "done"

        notices: list[str] = []
        try:
            tier = self.reference.run(key, failures)
        except Refused:
            with pytest.raises((WeightsError, OutOfMemory)):
                self.cache.run(self.specs[key], work)
            return
        assert self.cache.run(self.specs[key], work, notice=notices.append) == "done"
        assert len(notices) == (tier is Tier.HOST)

    @rule(key=st.sampled_from(["a", "c"]))
    def pin(self, key: str) -> None:
        failed = self.cache.warm([self.specs[key]], pin=True)
        try:
            self.reference.lease((key, Tier.DEVICE))
        except Refused:
            assert key in failed
        else:
            self.reference.release((key, Tier.DEVICE))
            self.reference.models[key, Tier.DEVICE].pinned = True
            assert failed == {}

    @rule(key=st.sampled_from(list(SIZES)), kind=st.sampled_from([*FAILURES, ""]))
    def break_or_repair_a_source(self, key: str, kind: str) -> None:
        self.workshop.scripts[key].errors = {"fetch": FAILURES[kind](kind)} if kind else {}
        self.reference.broken.pop(key, None)
        self.reference.broken |= {key: kind} if kind else {}

    @rule(key=st.sampled_from(list(SIZES)))
    def retry(self, key: str) -> None:
        self.cache.retry(key)
        for (name, _), model in self.reference.models.items():
            model.failure = "" if name == key else model.failure

    @rule(seconds=st.sampled_from([1.0, 29.0, 30.0]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds
        self.reference.now += seconds

    @rule(full=st.booleans())
    def fill_or_clear_the_device(self, full: bool) -> None:
        self.reference.device_full = full and self.two_tiers

    @rule()
    def release_idle(self) -> None:
        self.cache.release_idle()
        for tier in Tier:
            for name in self.reference.idle(tier):
                model = self.reference.models[name]
                model.tier = None
                model.evictions["released"] = model.evictions.get("released", 0) + 1

    @invariant()
    def cache_and_reference_agree(self) -> None:
        status = self.cache.status()
        names = [(model.key, Tier.HOST if "CPU" in model.title else Tier.DEVICE) for model in status.models]
        found = dict(zip(names, status.models, strict=True))
        assert found.keys() == self.reference.models.keys()
        for name, model in self.reference.models.items():
            state = model.tier.value if model.tier else "failed" if found[name].detail else "absent"
            assert found[name].state == state, name
            assert found[name].leases == model.leases, name
            assert found[name].evictions == model.evictions, name
        assert status.device_bytes == self.reference.used(Tier.DEVICE) <= status.device_peak_bytes
        assert status.host_bytes == self.reference.used(Tier.HOST) <= status.host_peak_bytes
        assert status.device_peak_bytes <= status.device_budget
        assert status.host_peak_bytes <= status.host_budget

    @invariant()
    def leased_models_stay_what_and_where_they_are(self) -> None:
        for (key, home), _, model in self.held:
            assert self.cache._entries[key, home].model is model
            assert self.cache._entries[key, home].tier is home

    def teardown(self) -> None:
        if hasattr(self, "cache"):
            self.cache.close()
            while self.held:
                self.held.pop()[1].__exit__(None, None, None)
            assert (self.cache.status().device_bytes, self.cache.status().host_bytes) == (0, 0)
            self.folder.cleanup()


class TwoTiers(Machine):
    two_tiers = True


QUICK = settings(max_examples=15, stateful_step_count=40, derandomize=True, deadline=None, database=None)
TestOneTier = Machine.TestCase
TestTwoTiers = TwoTiers.TestCase
TestOneTier.settings = TestTwoTiers.settings = QUICK
