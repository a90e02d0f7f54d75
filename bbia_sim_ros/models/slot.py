"""One model of a pool: its process, what that works on, and when it is ended.

Contract
    All methods are called with the pool's lock held and do not block. Times are `time.monotonic`,
    ``timeout_s`` is the time within which an ending process has to be gone.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import Final

from bbia_sim_ros.models.errors import CancelledError
from bbia_sim_ros.models.errors import DeadlineError
from bbia_sim_ros.models.errors import ModelCrashError
from bbia_sim_ros.models.errors import ModelError
from bbia_sim_ros.models.errors import ModelLoadError
from bbia_sim_ros.models.request import Job
from bbia_sim_ros.models.spec import ModelSnapshot
from bbia_sim_ros.models.spec import ModelSpec
from bbia_sim_ros.models.spec import ModelState
from bbia_sim_ros.models.transport import Failure
from bbia_sim_ros.models.transport import Kind
from bbia_sim_ros.models.transport import Message
from bbia_sim_ros.models.verdicts import answer
from bbia_sim_ros.models.verdicts import did_not_stop
from bbia_sim_ros.models.verdicts import load_reason
from bbia_sim_ros.models.verdicts import load_too_slow
from bbia_sim_ros.models.verdicts import no_room
from bbia_sim_ros.models.waiting import Waiting
from bbia_sim_ros.models.worker import Worker

DEADLINE_GRACE_S: Final = 2.0
CANCEL_GRACE_S: Final = 5.0
MEASURE_PERIOD_S: Final = 1.0
# Of the time for an unload: the process may go by itself, the rest is for the kernel.
_POLITE_SHARE: Final = 0.5
_log = logging.getLogger(__name__)


class Slot:
    """A model and its place in the pool; see the module's docstring.

    Attributes
    ----------
    state:
        Never BUSY: that is READY with something ``running``.
    ending:
        Its process is about to go; it still takes its place.
    successor:
        The specification that it gets then.
    idle_since, measure_at, measured_at, announced_at:
        When it was last used or loaded; when its memory is to be measured, and was; when its state
        was last told.
    changed:
        There is something to tell.

    """

    def __init__(self, spec: ModelSpec, later: list[Callable[[], object]]) -> None:
        self.spec = spec
        self.successor: ModelSpec | None = None
        self.state = ModelState.UNLOADED
        self.ending = False
        self.worker: Worker | None = None
        self.running: Job | None = None
        self.waiting = Waiting(later)
        self.idle_since = 0.0
        self.measure_at, self.measured_at, self.announced_at = math.inf, -math.inf, -math.inf
        self.changed = True
        self._record = ModelSnapshot(name=spec.name, engine=spec.engine)
        self._began = 0.0
        self._kill_at = math.inf
        self._verdict = ''

    @property
    def occupies(self) -> bool:
        """Whether it takes one of the places for models."""
        return self.worker is not None or self.state is ModelState.LOADING

    @property
    def wants_load(self) -> bool:
        """Whether somebody waits for it, and it is not even loading."""
        return not self.occupies and bool(self.waiting.for_load)

    @property
    def wanted_since(self) -> float:
        """When the first of those who wait asked."""
        return min(job.asked for job in self.waiting.for_load)

    @property
    def idle(self) -> bool:
        """Whether it is loaded with nothing to do."""
        ready = self.state is ModelState.READY and not self.ending
        return ready and self.running is None and not self.waiting.queue

    @property
    def calls(self) -> int:
        """Requests it has, with the one it works on."""
        return self.waiting.calls + (self.running is not None)

    def note(self, **changes: object) -> None:
        """Change what is told about it."""
        self._record, self.changed = self._record.replaced(**changes), True

    def snapshot(self, now: float, inactivity_timeout_s: float) -> ModelSnapshot:
        """Return how it stands."""
        busy = self.state is ModelState.READY and self.running is not None
        idle_s = max(0.0, now - self.idle_since) if self.idle else 0.0
        expires = self.idle and not self.spec.pinned and inactivity_timeout_s > 0.0
        return self._record.replaced(
            engine=self.spec.engine,
            state=ModelState.BUSY if busy else self.state,
            idle_s=idle_s,
            idle_left_s=max(0.0, inactivity_timeout_s - idle_s) if expires else -1.0,
            pinned=self.spec.pinned,
            pid=self.worker.pid if self.worker is not None else 0,
        )

    def begin_loading(self, now: float) -> None:
        """Take a place; the process follows with `attach` or `fail_load`."""
        self.state = ModelState.LOADING
        self._began, self._kill_at = now, now + self.spec.load_timeout_s
        self.note(stage='starting', error='')

    def attach(self, worker: Worker, now: float, timeout_s: float) -> None:
        """Take the process that was started for it."""
        self.worker = worker
        if self.ending:
            self._dismiss(now, timeout_s)

    def fail_load(self, reason: str, now: float) -> None:
        """Tell everybody who waits that it cannot be loaded."""
        error = f'{self.spec.name!r} cannot be loaded: {reason}'
        _log.warning('model %s', error)
        self._clear(ModelState.FAILED, error)
        self.waiting.refuse(ModelLoadError(error))
        self.waiting.gone(now)

    def forget_failure(self, now: float) -> None:
        """Be as if it had never been loaded; without a process."""
        self._clear(ModelState.UNLOADED, '')
        self.waiting.gone(now)

    def pump(self, now: float, timeout_s: float) -> None:
        """Give the process its next job if it is free."""
        queue = self.waiting.queue
        while self.state is ModelState.READY and not (self.ending or self.running) and queue:
            job = queue.popleft()
            if job.unloads:
                self.waiting.unloading.append(job.request)
                self.end(now, timeout_s, eviction=job.eviction)
            elif not job.request.done():
                assert self.worker is not None
                self.running, job.late_at = job, now + job.deadline_s
                self.note(last_use_s=time.time())
                self.worker.call(job.number, job.method, job.arguments, job.deadline_s)

    def withdraw(self, job: Job, now: float) -> None:
        """Stop a job that nobody waits for any more."""
        if self.running is job:
            self._stop(job, now, CANCEL_GRACE_S, 'being cancelled')
        else:
            self.waiting.forget(job)

    def end(self, now: float, timeout_s: float, *, eviction: bool = False) -> None:
        """Let the process end, whatever it is doing."""
        self.ending = True
        self.note(evictions=self._record.evictions + eviction)
        self._dismiss(now, timeout_s)

    def drop(self, error: ModelError, now: float, timeout_s: float) -> None:
        """Refuse everybody, and let the process end."""
        if self.running is not None:
            self.waiting.tell(self.running.request, error)
        self.waiting.refuse(error)
        if self.occupies and not self.ending:
            self.end(now, timeout_s)

    def check_time(self, now: float) -> None:
        """Do what is due to the process."""
        job = self.running
        if job is not None and not job.late and now >= job.late_at:
            job.late = True
            self._stop(job, now, DEADLINE_GRACE_S, f'the deadline of {job.deadline_s:g} s')
        if now < self._kill_at:
            return
        self._kill_at = math.inf
        if self.state is ModelState.LOADING and not self._verdict:
            self._verdict = load_too_slow(self.spec)
        if self.worker is not None:
            self.worker.kill()

    def expire(self, now: float) -> None:
        """Refuse those who have waited for a place for too long."""
        if self.wants_load:
            self.waiting.expire(now, lambda job: no_room(self.spec.name, job))

    def next_time(self) -> float:
        """Return when `check_time` or `expire` is needed next."""
        times = [self._kill_at]
        if self.running is not None and not self.running.late:
            times.append(self.running.late_at)
        if self.wants_load:
            times += [job.asked + job.deadline_s for job in self.waiting.for_load]
        return min(times)

    def measure_soon(self, now: float) -> None:
        """Want its memory measured, though not too often."""
        self.measure_at = min(self.measure_at, max(now, self.measured_at + MEASURE_PERIOD_S))

    def take(self, message: Message, now: float, timeout_s: float) -> None:
        """React to what the process says, except to items."""
        if message.kind is Kind.PROGRESS:
            share, stage = message.payload
            self.note(progress=share, stage=stage)
        elif message.kind is Kind.READY:
            self._ready(message.payload, now)
        elif message.kind is Kind.LOAD_FAILED:
            self._refused_to_load(message.payload, now, timeout_s)
        elif message.kind is Kind.GONE:
            self._gone(message.payload, now)
        elif self.running is not None and self.running.number == message.request:
            self._answered(self.running, message, now)
        self.pump(now, timeout_s)

    def _ready(self, device: str, now: float) -> None:
        self.state, self.idle_since = ModelState.READY, now
        if not self.ending:
            self._kill_at = math.inf
        self.note(loads=self._record.loads + 1, device=device, progress=-1.0, stage='')
        self.measure_soon(now)
        self.waiting.loaded()
        _log.info('model %s is loaded, after %.1f s', self.spec.name, now - self._began)

    def _refused_to_load(self, failure: Failure, now: float, timeout_s: float) -> None:
        self._verdict = load_reason(failure)
        _log.info('model %s, while loading:\n%s', self.spec.name, failure.trace)
        self._dismiss(now, timeout_s)

    def _answered(self, job: Job, message: Message, now: float) -> None:
        self.running, self.idle_since = None, now
        if not self.ending:
            self._kill_at, self._verdict = math.inf, ''
        self.note(last_use_s=time.time())
        self.measure_soon(now)
        self.waiting.tell(job.request, answer(self.spec.name, job, message))

    def _stop(self, job: Job, now: float, grace_s: float, event: str) -> None:
        self._verdict = did_not_stop(self.spec.name, grace_s, event)
        self._kill_at = min(self._kill_at, now + grace_s)
        if self.worker is not None:
            self.worker.cancel(job.number)

    def _dismiss(self, now: float, timeout_s: float) -> None:
        self._kill_at = now + _POLITE_SHARE * timeout_s
        if self.worker is not None:
            self.worker.close()

    def _gone(self, how: str, now: float) -> None:
        assert self.worker is not None
        running, verdict, tail = self.running, self._verdict, self.worker.tail()
        loading = self.state is ModelState.LOADING
        self.worker = self.running = None
        if self.ending:
            if loading:
                self.waiting.refuse(CancelledError(f'{self.spec.name!r} was unloaded meanwhile'))
            self._clear(ModelState.UNLOADED, '')
            _log.info('model %s is unloaded', self.spec.name)
        elif loading:
            self.fail_load(verdict or f'{how}; it may need more memory than there is', now)
        elif verdict:
            self._clear(ModelState.UNLOADED, verdict)
        else:
            self._clear(
                ModelState.FAILED, f'{self.spec.name!r} crashed: {how}; the next use starts it anew'
            )
            _log.warning('model %s\n%s', self._record.error, tail)
        if running is not None:
            kind = DeadlineError if running.late else ModelCrashError
            self.waiting.tell(running.request, kind(self._record.error))
        self.waiting.gone(now)

    def _clear(self, state: ModelState, error: str) -> None:
        """Be without a process, for a reason or none."""
        self.spec, self.successor = self.successor or self.spec, None
        self.state, self.ending, self._verdict = state, False, ''
        self._kill_at = self.measure_at = math.inf
        self.note(memory_b=0, device='', error=error, progress=-1.0, stage='')
