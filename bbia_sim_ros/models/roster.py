"""What the public face of a pool and its thread share: the models and their lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager

from bbia_sim_ros.models.limits import PoolLimits
from bbia_sim_ros.models.slot import Slot
from bbia_sim_ros.models.spec import ModelSnapshot


class Roster:
    """The models of a pool. Everything is read and changed with the lock held.

    Attributes
    ----------
    condition:
        The lock; notified after every change.
    slots:
        The models by name, in the order they were added.
    leaving:
        Models that were removed by name while their processes are not gone.
    later:
        What is to be done without the lock, see `held`.
    closing:
        Set once the pool is to end.

    """

    def __init__(self, owner: str, limits: PoolLimits) -> None:
        self.owner = owner
        self.limits = limits
        self.condition = threading.Condition()
        self.slots: dict[str, Slot] = {}
        self.leaving: list[Slot] = []
        self.later: list[Callable[[], object]] = []
        self.closing = False

    @contextmanager
    def held(self) -> Iterator[float]:
        """Hold the lock, then do what must not be done with it; gives the `time.monotonic`."""
        with self.condition:
            yield time.monotonic()
            later, self.later[:] = list(self.later), []
            self.condition.notify()
        for act in later:
            act()

    def everybody(self) -> list[Slot]:
        """Return all models, with those that are leaving."""
        return [*self.slots.values(), *self.leaving]

    def snapshot(self, slot: Slot) -> ModelSnapshot:
        """Return how a model stands."""
        return slot.snapshot(time.monotonic(), self.limits.inactivity_timeout_s)
