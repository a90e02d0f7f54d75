"""Who has the body: one behavior at a time, and idle life when there is none.

Contract
    `start` takes a behavior or raises: `UnknownBehavior`, `WrongParameters`, `MissingPart` with all
    that is missing, `TooMany`. One of a higher priority than the running one preempts it, which
    ends, or waits and runs again, as it declares. Any other waits, the highest priority first, then
    in the order of asking; at most ``queue_size`` that have not begun. Idle life gives way to all,
    and to whoever else moves the robot.

    However a behavior ends, it is calm: its robot has no effect any more, what it had begun is
    being stopped (`RobotPort.release`) at once, and the next one begins when that is done, or
    `stage.RELEASE_S` later. A raise, a hang, a flood or too long a course ends that behavior alone.

    All methods may be called from any thread and return at once, but `close`. ``on_status`` is
    called in the director's own thread whenever a behavior begins or ends, and for a new stage
    within `TICK_S`; it may not block. That thread is watched (`pulses.py`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.catalogue import Catalogue
from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.idle import IdleLife
from bbia_sim_ros.behaviors.parameters import BehaviorNodeParameters
from bbia_sim_ros.behaviors.performance import Ending
from bbia_sim_ros.behaviors.performance import EndKind
from bbia_sim_ros.behaviors.performance import Performance
from bbia_sim_ros.behaviors.performance import Phase
from bbia_sim_ros.behaviors.performance import Status
from bbia_sim_ros.behaviors.port import Robots
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.stage import Stage
from bbia_sim_ros.behaviors.staging import Listed
from bbia_sim_ros.behaviors.staging import cast
from bbia_sim_ros.behaviors.staging import listing
from bbia_sim_ros.behaviors.staging import obstacle_of
from bbia_sim_ros.behaviors.staging import set_stage
from bbia_sim_ros.behaviors.staging import status_of
from bbia_sim_ros.behaviors.waiting import WaitingLine
from bbia_sim_ros.behaviors.watchdog import TICK_S
from bbia_sim_ros.pulses import PULSES

_REST_S = 1.0
CLOSE_S: Final = 3.0
_CANCELLED = 'it was cancelled'
# Nobody asked for idle life, so these are nobody's news.
_ENDS_OF_IDLE_LIFE: Final = (EndKind.PREEMPTED, EndKind.CANCELLED, EndKind.REFUSED)


class Director:
    """See the module's docstring; `close` ends what runs and the thread."""

    def __init__(
        self,
        catalogue: Catalogue,
        robots: Robots,
        parameters: BehaviorNodeParameters,
        *,
        on_status: Callable[[Status], None] = lambda _: None,
    ) -> None:
        self._catalogue = catalogue
        self._robots = robots
        self._parameters = parameters
        self._on_status = on_status
        self._turn = threading.Condition()
        self._is_turn = False
        self._is_closing = False
        self._waiting = WaitingLine()
        self._stage: Stage | None = None
        self._unwanted = ''
        self._lost: list[Stage] = []
        self._last_end = ''
        self._free_since = time.monotonic()
        self._told = Status()
        self._thread = threading.Thread(target=self._work, name='director', daemon=True)
        self._thread.start()

    @property
    def parameters(self) -> BehaviorNodeParameters:
        """The node's parameters; what runs keeps those with which it began, but idle life."""
        return self._parameters

    @parameters.setter
    def parameters(self, parameters: BehaviorNodeParameters) -> None:
        with self._turn:
            self._parameters = parameters
            if self._idles():
                self._end(EndKind.CANCELLED, 'parameters have changed')
            self._notify()

    def start(self, name: str, parameters: str = '', priority: int = 0) -> Performance:
        """Take a behavior; ``parameters`` is a JSON object or '', ``priority`` 0 (its own)..255."""
        performance = cast(self._catalogue, self._robots, name, parameters, priority)
        with self._turn:
            self._admit(performance)
            self._waiting.put(performance)
            self._notify()
        return performance

    def cancel(self, performance: Performance, why: str = _CANCELLED) -> None:
        """End a performance, or take it from those that wait; nothing if it has ended."""
        with self._turn:
            if self._waiting.remove(performance):
                performance.end(EndKind.CANCELLED, why)
            elif self._stage is not None and self._stage.performance is performance:
                self._unwanted = why
                self._end(EndKind.CANCELLED, why)
            self._notify()

    def cancel_all(self, why: str = _CANCELLED) -> None:
        """End what runs and all that wait; idle life too."""
        with self._turn:
            running = [] if self._stage is None else [self._stage.performance]
            for performance in [*self._waiting.all, *running]:
                self.cancel(performance, why)

    def listing(self, containing: str = '') -> tuple[Listed, ...]:
        """Return the behaviors whose names contain a text, sorted by name."""
        return listing(self._catalogue, self._robots, containing)

    @property
    def status(self) -> Status:
        """What it does now."""
        with self._turn:
            return status_of(self._stage, self._waiting.all, self._last_end)

    @property
    def lost(self) -> int:
        """How many behaviors could not be ended and compute in vain."""
        with self._turn:
            self._lost = [stage for stage in self._lost if stage.alive]
            return len(self._lost)

    @property
    def alive(self) -> bool:
        """Whether its thread runs, without which nothing begins or ends."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End everything, within `CLOSE_S`; `start` raises afterwards."""
        with self._turn:
            self._is_closing = True
            self.cancel_all('the node ends')
            self._notify()
        self._thread.join(CLOSE_S)

    # -- with the lock ------------------------------------------------------------------------

    def _admit(self, performance: Performance) -> None:
        """Raise if no further performance may wait."""
        if self._is_closing:
            raise BehaviorError(f'{performance.name} cannot be started: the node ends')
        if self.lost >= self._parameters.lost_threads_max:
            raise BehaviorError(
                f'{performance.name} cannot be started: {self.lost} behaviors that could not be'
                ' ended compute in vain; start the node again'
            )
        if not self.alive:
            raise BehaviorError(
                f'{performance.name} cannot be started: the thread that runs behaviors has ended;'
                ' start the node again'
            )
        running = self._stage.performance if self._stage is not None else None
        if self._idles() or (running is not None and performance.priority > running.priority):
            running = None
        self._waiting.admit(performance, behind=running, most=self._parameters.queue_size)
        if running is not None:
            performance.stage = f'waits for {running.name}'

    def _notify(self) -> None:
        self._is_turn = True
        self._turn.notify_all()

    def _idles(self) -> bool:
        return self._stage is not None and self._stage.performance.behavior is IdleLife

    def _end(self, kind: EndKind, why: str) -> None:
        if self._stage is not None:
            self._stage.end(kind, why)

    # -- the director's thread ----------------------------------------------------------------

    def _work(self) -> None:
        with PULSES.watched('director of behaviors') as pulse:
            while not self._take_turn():
                pulse.beat()

    def _take_turn(self) -> bool:
        """Wait for something to do, at most `_REST_S`, and do it; return whether all is over."""
        with self._turn:
            patience_s = _REST_S if self._stage is None else TICK_S
            self._turn.wait_for(lambda: self._is_turn, patience_s)
            self._is_turn = False
            self._supervise()
            if self._stage is None and self._waiting.next is not None:
                self._begin(self._waiting.take())
            elif self._stage is None and self._may_idle():
                self._idle()
            is_over = self._is_closing and self._stage is None
        self._tell()
        return is_over

    def _supervise(self) -> None:
        stage = self._stage
        if stage is None:
            return
        top = self._waiting.next
        outranked = top is not None and top.priority > stage.performance.priority
        if top is not None and (outranked or self._idles()):
            stage.end(EndKind.PREEMPTED, f'preempted by {top.name}')
        elif self._idles() and not self._may_go_on_idling():
            stage.end(EndKind.CANCELLED, 'the robot is used or cannot move')
        ending = stage.supervise()
        if ending is not None:
            self._conclude(stage, ending)

    def _conclude(self, stage: Stage, ending: Ending) -> None:
        performance = stage.performance
        performance.used_s += stage.ran_s
        is_idle = self._idles()
        self._stage = None
        self._free_since = time.monotonic()
        if stage.lost:
            self._lost.append(stage)
        unwanted, self._unwanted = self._unwanted, ''
        is_preempted = ending.kind is EndKind.PREEMPTED
        if is_preempted and performance.resumes and not unwanted and not stage.lost:
            performance.phase, performance.stage = Phase.WAITING, ending.message
            self._waiting.put(performance, first=True)
            return
        if is_preempted and unwanted:
            ending = Ending(kind=EndKind.CANCELLED, message=unwanted)
        performance.end(ending.kind, ending.message)
        if not is_idle or ending.kind not in _ENDS_OF_IDLE_LIFE:
            self._last_end = f'{performance.name}: {ending.message}'

    def _begin(self, performance: Performance) -> None:
        obstacle = obstacle_of(self._catalogue.entry(performance.name), self._robots)
        if obstacle:
            self._refuse(performance, obstacle)
        else:
            self._perform(performance)

    def _idle(self) -> None:
        performance = Performance(IdleLife, BehaviorParameters(), IdleLife.priority)
        performance.instance = IdleLife(self._parameters, self._robots.asleep)
        self._perform(performance)

    def _perform(self, performance: Performance) -> None:
        performance.phase, performance.stage = Phase.RUNNING, ''
        try:
            stage = set_stage(
                performance, self._catalogue, self._robots, self._parameters, self._wake
            )
            stage.begin()
        except (OSError, RuntimeError) as error:
            # The system has no thread or file handle left.
            self._free_since = time.monotonic()
            self._refuse(performance, str(error))
        else:
            self._stage = stage

    def _refuse(self, performance: Performance, why: str) -> None:
        message = f'it cannot begin: {why}'
        performance.end(EndKind.REFUSED, message)
        if performance.behavior is not IdleLife:
            self._last_end = f'{performance.name}: {message}'
        self._notify()

    def _wake(self) -> None:
        with self._turn:
            self._notify()

    def _may_idle(self) -> bool:
        after_s = self._parameters.idle_after
        return (
            not self._is_closing
            and time.monotonic() - self._free_since >= after_s
            and self._may_go_on_idling()
        )

    def _may_go_on_idling(self) -> bool:
        return (
            self._parameters.idle_life
            and self._robots.quiet() >= self._parameters.idle_after
            and not self._robots.obstacle(Part.MOTION)
        )

    def _tell(self) -> None:
        status = self.status
        if status != self._told:
            self._told = status
            self._on_status(status)
