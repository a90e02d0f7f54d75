"""The thread of a pool: starts and ends processes when it is time, measures, tells of changes.

Contract
    Everything that takes time, such as starting a process or measuring one, is done without the
    lock. The messages of processes come in their own threads.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from bbia_sim_ros.models.errors import CancelledError
from bbia_sim_ros.models.errors import ModelBusyError
from bbia_sim_ros.models.errors import RequestError
from bbia_sim_ros.models.memory import tree_uss_b
from bbia_sim_ros.models.request import Job
from bbia_sim_ros.models.room import arrange
from bbia_sim_ros.models.roster import Roster
from bbia_sim_ros.models.slot import Slot
from bbia_sim_ros.models.spec import ModelSnapshot
from bbia_sim_ros.models.spec import ModelState
from bbia_sim_ros.models.transport import Kind
from bbia_sim_ros.models.transport import Message
from bbia_sim_ros.models.transport import Unreadable
from bbia_sim_ros.models.worker import Worker

_ANNOUNCE_PERIOD_S: Final = 0.1
_log = logging.getLogger(__name__)


class Keeper:
    """Runs the thread; see the module's docstring."""

    def __init__(self, roster: Roster, on_change: Callable[[ModelSnapshot], None] | None) -> None:
        """Start the thread."""
        self._roster = roster
        self._on_change = on_change
        self._next_check = time.monotonic() + roster.limits.check_period_s
        self._thread = threading.Thread(
            target=self._run, name=f'{roster.owner} models', daemon=True
        )
        self._thread.start()

    def recheck(self, now: float) -> None:
        """Take new limits of the roster into account; with the lock held."""
        self._next_check = min(self._next_check, now + self._roster.limits.check_period_s)

    def join(self) -> None:
        """Wait for the end of the thread, after the roster's `closing` was set."""
        self._thread.join()

    def _on_message(self, slot: Slot, worker: Worker, message: Message) -> None:
        if message.kind is Kind.ITEM:
            self._give_item(slot, message)
            return
        with self._roster.held() as now:
            slot.take(message, now, self._roster.limits.unload_timeout_s)

    def _give_item(self, slot: Slot, message: Message) -> None:
        with self._roster.condition:
            job = slot.running
        if job is None or job.number != message.request or job.late or job.request.done():
            return
        if isinstance(message.payload, Unreadable):
            self._give_up(slot, job, message.payload.reason)
        elif job.on_item is not None:
            try:
                job.on_item(message.payload)
            except Exception as error:  # noqa: BLE001 - the asker's code may raise anything
                _log.exception('what %s sent was not taken', slot.spec.name)
                self._give_up(slot, job, f'{type(error).__name__}: {error}')

    def _give_up(self, slot: Slot, job: Job, reason: str) -> None:
        job.request.fail(RequestError(reason))
        with self._roster.held() as now:
            slot.withdraw(job, now)

    def _run(self) -> None:
        while True:
            with self._roster.held() as now:
                everybody = self._roster.everybody()
                starting = self._arrange(everybody, now)
                measuring = self._due_measures(everybody, now)
                announcing = self._due_announcements(now)
                if self._roster.closing and not any(slot.occupies for slot in everybody):
                    return
                if not (starting or measuring or announcing or self._roster.later):
                    self._roster.condition.wait(self._pause_s(everybody, now))
            for slot in starting:
                self._start(slot)
            for slot, worker in measuring:
                self._measure(slot, worker)
            if self._on_change is not None:
                for snapshot in announcing:
                    self._on_change(snapshot)

    def _arrange(self, everybody: list[Slot], now: float) -> list[Slot]:
        """Do what is due, and return which models are to be started."""
        timeout_s = self._roster.limits.unload_timeout_s
        if self._roster.closing:
            for slot in everybody:
                slot.drop(
                    CancelledError(f'the models of {self._roster.owner} close'), now, timeout_s
                )
        for slot in everybody:
            slot.check_time(now)
        self._roster.leaving = [slot for slot in self._roster.leaving if slot.occupies]
        if now >= self._next_check:
            self._next_check = now + self._roster.limits.check_period_s
            self._sweep(now)
        plan = arrange(everybody, self._roster.limits.max_models)
        for slot in plan.leaving:
            slot.end(now, timeout_s, eviction=True)
        for slot in plan.refused:
            slot.waiting.refuse(
                ModelBusyError(
                    f'there is no room for {slot.spec.name!r}: all {self._roster.limits.max_models}'
                    ' models (max_models) are pinned; unload one, or raise max_models'
                )
            )
        for slot in plan.starting:
            slot.begin_loading(now)
        for slot in everybody:
            slot.expire(now)
        return plan.starting

    def _sweep(self, now: float) -> None:
        timeout = self._roster.limits.inactivity_timeout_s
        for slot in self._roster.slots.values():
            if slot.idle and not slot.spec.pinned and 0.0 < timeout <= now - slot.idle_since:
                slot.end(now, self._roster.limits.unload_timeout_s, eviction=True)
            elif slot.state is ModelState.READY:
                slot.measure_soon(now)

    def _due_measures(self, everybody: list[Slot], now: float) -> list[tuple[Slot, Worker]]:
        due = [slot for slot in everybody if now >= slot.measure_at]
        for slot in due:
            slot.measure_at, slot.measured_at = math.inf, now
        return [(slot, slot.worker) for slot in due if slot.worker is not None]

    def _due_announcements(self, now: float) -> list[ModelSnapshot]:
        due = [
            slot
            for slot in self._roster.slots.values()
            if slot.changed and now >= slot.announced_at + _ANNOUNCE_PERIOD_S
        ]
        for slot in due:
            slot.changed, slot.announced_at = False, now
        return list(map(self._roster.snapshot, due))

    def _pause_s(self, everybody: list[Slot], now: float) -> float:
        times = [self._next_check]
        for slot in everybody:
            times += [slot.next_time(), slot.measure_at]
            if slot.changed:
                times.append(slot.announced_at + _ANNOUNCE_PERIOD_S)
        return max(0.0, min(times) - now)

    def _start(self, slot: Slot) -> None:
        try:
            worker = Worker(
                slot.spec,
                partial(self._on_message, slot),
                max_message_b=self._roster.limits.max_message_b,
            )
        except (OSError, TypeError, ValueError) as error:
            with self._roster.held() as now:
                slot.fail_load(f'its process cannot be started: {error}', now)
            return
        with self._roster.held() as now:
            slot.attach(worker, now, self._roster.limits.unload_timeout_s)
        worker.start()

    def _measure(self, slot: Slot, worker: Worker) -> None:
        memory_b = tree_uss_b(worker.pid)
        with self._roster.held():
            # Its process id may be another's by now.
            if slot.worker is worker:
                slot.note(memory_b=memory_b)
