"""The models of one owner on a lease: loaded when asked for, each in a process, gone when idle.

Contract
    No method blocks but `close`. One thread, ``OWNER models``, starts processes, measures memory,
    watches the time and calls ``on_change``; one more for each process exchanges messages with it
    (see `worker.Worker`), calls ``on_item`` and, mostly, the callbacks of requests. Callbacks must
    not block; they may ask the pool again, except ``on_change``, which must not close it.

Bounds
    Processes, requests per model, sizes of messages and all times are those of `PoolLimits`, of the
    specification and of the request. A model that does not stop `slot.DEADLINE_GRACE_S` after a
    deadline or `slot.CANCEL_GRACE_S` after a cancellation is killed. ``on_change`` is called at
    most ten times a second for a model, and always with its newest state.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Mapping
from functools import partial
from typing import Any

from bbia_sim_ros.models.errors import CancelledError
from bbia_sim_ros.models.errors import ModelBusyError
from bbia_sim_ros.models.errors import ModelError
from bbia_sim_ros.models.errors import QueueFullError
from bbia_sim_ros.models.errors import UnknownModelError
from bbia_sim_ros.models.keeper import Keeper
from bbia_sim_ros.models.limits import PoolLimits
from bbia_sim_ros.models.request import Job
from bbia_sim_ros.models.request import Request
from bbia_sim_ros.models.roster import Roster
from bbia_sim_ros.models.slot import Slot
from bbia_sim_ros.models.spec import ModelSnapshot
from bbia_sim_ros.models.spec import ModelSpec
from bbia_sim_ros.models.spec import ModelState


class ModelPool:
    """See the module's docstring."""

    def __init__(
        self,
        *,
        owner: str,
        limits: PoolLimits,
        on_change: Callable[[ModelSnapshot], None] | None = None,
    ) -> None:
        """Make a pool without models; ``owner`` is the name of the node it works for."""
        self._roster = Roster(owner, limits)
        self._keeper = Keeper(self._roster, on_change)

    @property
    def owner(self) -> str:
        """Name of the node it works for."""
        return self._roster.owner

    @property
    def limits(self) -> PoolLimits:
        """The limits; they may be replaced at any time."""
        return self._roster.limits

    @limits.setter
    def limits(self, limits: PoolLimits) -> None:
        with self._roster.held() as now:
            self._roster.limits = limits
            self._keeper.recheck(now)
            for slot in self._roster.slots.values():
                slot.changed = True

    def add(self, spec: ModelSpec) -> None:
        """Make a model known, or replace the one of its name.

        One that is loaded differently goes when it has done what was asked before.
        """
        with self._roster.held() as now:
            slot = self._roster.slots.get(spec.name)
            if slot is None:
                self._roster.slots[spec.name] = Slot(spec, self._roster.later)
            elif not slot.occupies:
                slot.spec = spec
                slot.forget_failure(now)
            elif spec != (slot.successor or slot.spec):
                slot.successor = spec
                if not slot.ending:
                    self._queue_unload(slot, now)

    def remove(self, name: str) -> None:
        """Forget a model; who waits for it is told, and its process ends."""
        with self._roster.held() as now:
            slot = self._slot(name)
            del self._roster.slots[name]
            self._roster.leaving.append(slot)
            slot.drop(
                CancelledError(f'{name!r} was removed'), now, self._roster.limits.unload_timeout_s
            )

    def request(
        self,
        name: str,
        method: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        deadline_s: float,
        on_item: Callable[[Any], None] | None = None,
    ) -> Request:
        """Ask a model for something; it is loaded if need be.

        ``deadline_s`` counts from the beginning of the work; before that, waiting for room to load
        may take as long again. ``on_item`` gets what a generator yields, in order, before the
        request is done; it is not called after a cancellation, but a call may be under way then.
        Arguments must not change until the request is done. Raises `UnknownModelError`,
        `QueueFullError`, and ValueError for a method or deadline that makes no sense.
        """
        if not (math.isfinite(deadline_s) and deadline_s > 0.0):
            raise ValueError(f'deadline_s is {deadline_s!r}; it is a number of seconds above 0')
        if not method:
            raise ValueError('the name of a method is missing')
        with self._roster.held() as now:
            slot = self._slot(name)
            self._check_queue(name, slot.calls)
            job = self._job(slot, f'{method} of {name!r}', now)
            job.method, job.arguments = method, dict(arguments or {})
            job.deadline_s, job.on_item = deadline_s, on_item
            slot.waiting.queue.append(job)
            slot.pump(now, self._roster.limits.unload_timeout_s)
        return job.request

    def load(self, name: str) -> Request:
        """Load a model, or join a loading under way; the result is None. Raises as `request`."""
        with self._roster.held() as now:
            slot = self._slot(name)
            self._check_queue(name, len(slot.waiting.loading))
            job = self._job(slot, f'loading {name!r}', now)
            if slot.state is ModelState.READY and not slot.ending:
                self._roster.later.append(partial(job.request.finish, None))
            else:
                job.deadline_s = slot.spec.load_timeout_s
                slot.waiting.loading.append(job)
        return job.request

    def unload(self, name: str, *, when_idle: bool = False, eviction: bool = False) -> Request:
        """End the process of a model; the result is None once it is gone, or never was.

        One that has work, or is being loaded, fails the request with `ModelBusyError` unless
        ``when_idle``: then it goes after what was asked before. ``eviction`` is counted, and is
        refused for a pinned model in the same way. Raises `UnknownModelError` and `QueueFullError`.
        """
        with self._roster.held() as now:
            slot = self._slot(name)
            self._check_queue(name, slot.waiting.unloads)
            if eviction and slot.spec.pinned:
                return self._refused(name, 'it is pinned, so it goes on demand only')
            if slot.ending or not slot.occupies:
                return self._already_unloading(slot, now)
            if not slot.idle and not when_idle:
                return self._refused(name, 'it is busy: wait, or ask for it to go when it is idle')
            return self._queue_unload(slot, now, eviction=eviction)

    def snapshots(self) -> tuple[ModelSnapshot, ...]:
        """Return how all models stand, in the order they were added. That is no use of them."""
        with self._roster.condition:
            return tuple(map(self._roster.snapshot, self._roster.slots.values()))

    def close(self) -> None:
        """End everything within the time for an unload; who waits gets `CancelledError`."""
        with self._roster.condition:
            self._roster.closing = True
            self._roster.condition.notify()
        self._keeper.join()

    def _slot(self, name: str) -> Slot:
        if self._roster.closing:
            raise ModelError(f'the models of {self.owner} are closed')
        slot = self._roster.slots.get(name)
        if slot is None:
            known = ', '.join(map(repr, self._roster.slots)) or 'none'
            raise UnknownModelError(f'{self.owner} has no model {name!r}; it has {known}')
        return slot

    def _job(self, slot: Slot, what: str, now: float) -> Job:
        def withdraw() -> None:
            with self._roster.held() as then:
                slot.withdraw(job, then)

        job = Job(request=Request(what, withdraw), asked=now)
        return job

    def _check_queue(self, name: str, waiting: int) -> None:
        if waiting >= self._roster.limits.queue_size:
            raise QueueFullError(
                f'{name!r} has {waiting} requests, and at most {self._roster.limits.queue_size}'
                ' (queue_size) are allowed: ask again when some are done'
            )

    def _refused(self, name: str, why: str) -> Request:
        request = Request(f'unloading {name!r}', lambda: None)
        request.fail(ModelBusyError(f'{name!r} is not unloaded: {why}'))
        return request

    def _already_unloading(self, slot: Slot, now: float) -> Request:
        request = self._job(slot, f'unloading {slot.spec.name!r}', now).request
        slot.waiting.unloading.append(request)
        if not slot.ending:
            slot.forget_failure(now)
        return request

    def _queue_unload(self, slot: Slot, now: float, *, eviction: bool = False) -> Request:
        job = self._job(slot, f'unloading {slot.spec.name!r}', now)
        job.eviction = eviction
        slot.waiting.queue.append(job)
        slot.pump(now, self._roster.limits.unload_timeout_s)
        return job.request
