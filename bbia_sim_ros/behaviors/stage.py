"""Runs one course on a thread and an event loop of its own, and ends it whatever it does.

Contract
    The course is a foreigner: it may raise, never wait, never return or refuse to be cancelled, and
    nobody else notices. `end` takes its robot away at once: the handle is revoked, the port
    released, the course cancelled. It has `UNWIND_S` to unwind; then its loop is stopped, or, if
    that does not turn, an exception is raised in its thread. A thread that goes on for `KILL_S`
    more, such as one in a call of C, is lost: it computes in vain, and the next course may begin.

    A course hangs when its loop has not waited for ``hang_timeout``: because it does not turn, or
    because it only turns. Time in which the whole process did not run does not count.

    `begin`, `supervise` and what is read after it belong to the director's thread, which calls
    `supervise` every `TICK_S` and whenever ``on_change`` was called; `end` is for any thread.
"""

from __future__ import annotations

import asyncio
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from typing import Final

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.catalogue import problem_of
from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.handle import Handle
from bbia_sim_ros.behaviors.performance import Ending
from bbia_sim_ros.behaviors.performance import EndKind
from bbia_sim_ros.behaviors.performance import Performance
from bbia_sim_ros.behaviors.port import RobotPort
from bbia_sim_ros.behaviors.watchdog import TICK_S
from bbia_sim_ros.behaviors.watchdog import Interrupt
from bbia_sim_ros.behaviors.watchdog import WaitCounter
from bbia_sim_ros.behaviors.watchdog import Watch
from bbia_sim_ros.behaviors.watchdog import interrupt
from bbia_sim_ros.behaviors.watchdog import place_of

UNWIND_S: Final = 0.3
KILL_S: Final = 1.0
RELEASE_S: Final = 2.0


class Stage:
    """See the module's docstring.

    ``make_handle`` is called in the course's loop with the function that gets the text of a flood;
    ``limit_s`` bounds what the behavior allows itself.
    """

    def __init__(
        self,
        performance: Performance,
        port: RobotPort,
        make_handle: Callable[[Callable[[str], None]], Handle],
        *,
        limit_s: float,
        hang_s: float,
        on_change: Callable[[], None],
    ) -> None:
        self.performance = performance
        self.lost = False
        """Whether its thread could not be ended."""
        self._port = port
        self._make_handle = make_handle
        self._limit_s = limit_s
        self._hang_s = hang_s
        self._on_change = on_change
        self._thread = threading.Thread(
            target=self._main, name=f'behavior {performance.name}', daemon=True
        )
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[str] | None = None
        self._handle: Handle | None = None
        self._cause: Ending | None = None
        self._outcome: Ending | None = None
        self._ended_at = 0.0
        self._over_at: float | None = None
        self._is_stopped = False
        self._watch = Watch()
        self._selector = WaitCounter()

    def begin(self) -> None:
        """Start the thread; raises RuntimeError, with the port released, when there can be none."""
        self._watch.begin()
        try:
            self._thread.start()
        except RuntimeError:
            self._port.release()
            raise

    def end(self, kind: EndKind, message: str) -> None:
        """End the course for a reason, unless it has one to end already."""
        with self._lock:
            if self._cause is not None or self._outcome is not None:
                return
            self._ended_at = time.monotonic()
            self._cause = Ending(kind=kind, message=message)
            if self._handle is not None:
                self._handle.revoke()
            if self._loop is not None and self._task is not None:
                self._loop.call_soon_threadsafe(self._task.cancel)
        self._port.release()
        self._on_change()

    @property
    def ending(self) -> bool:
        """Whether it is to end or has ended."""
        return self._cause is not None or self._outcome is not None

    @property
    def alive(self) -> bool:
        """Whether its thread still runs."""
        return self._thread.is_alive()

    @property
    def ran_s(self) -> float:
        """Seconds since it began."""
        return self._watch.ran_s

    # -- the director's thread ----------------------------------------------------------------

    def supervise(self) -> Ending | None:
        """End what hangs or takes too long; return how it ended once the robot is free again."""
        self._watch.look(self._selector.waits)
        if self.alive and not self.lost:
            if self.ending:
                self._insist()
            else:
                self._judge()
            return None
        now = time.monotonic()
        if self._over_at is None:
            self._over_at = now
        if not self._port.released() and now < self._over_at + RELEASE_S:
            return None
        return self._summary()

    def _judge(self) -> None:
        left_s = self._limit_s - self.performance.used_s
        if self._watch.still_s > self._hang_s:
            place = place_of(self._thread)
            self.end(EndKind.HUNG, f'it did not wait for {self._hang_s:g} s, in {place}')
        elif self._watch.ran_s > left_s:
            self.end(EndKind.TIMED_OUT, f'it took longer than its limit of {self._limit_s:g} s')

    def _insist(self) -> None:
        """End a course that does not unwind."""
        over_s = time.monotonic() - self._ended_at - UNWIND_S
        # A loop that turns is given the time to stop, and to end what it has left.
        patience_s = 0.0 if self._watch.still_s > 2.0 * TICK_S else UNWIND_S + 2.0 * TICK_S
        if over_s > KILL_S:
            self.lost = True
        elif over_s > patience_s:
            interrupt(self._thread)

    def _summary(self) -> Ending:
        ending = self._cause or self._outcome
        assert ending is not None
        message = ending.message
        if self.lost:
            message += '; it could not be ended and computes in vain'
        if not self._port.released():
            message += '; the robot did not confirm that it has stopped'
        return Ending(kind=ending.kind, message=message)

    # -- the course's thread ------------------------------------------------------------------

    def _main(self) -> None:
        # An interrupt may come so late that the course has ended meanwhile.
        with suppress(Interrupt):
            self._work()

    def _work(self) -> None:
        loop: asyncio.AbstractEventLoop | None = None
        outcome = Ending(kind=EndKind.FAILED, message='it was interrupted')
        try:
            loop = asyncio.SelectorEventLoop(self._selector)
            outcome = self._conduct(loop)
        except BaseException as error:  # noqa: BLE001 - a course may raise SystemExit too
            outcome = self._failure(error)
        finally:
            self._conclude(outcome)
            with self._lock:
                self._loop = None
            if loop is None:
                self._selector.close()
            else:
                loop.close()
            self._port.release(done=outcome.success)
            self._on_change()

    def _conclude(self, outcome: Ending) -> None:
        """Note how the course ended by itself; from now on it has no robot."""
        with self._lock:
            # First the time, which the director reads once there is an outcome.
            self._ended_at = self._ended_at or time.monotonic()
            self._outcome = outcome
            if self._handle is not None:
                self._handle.revoke()

    def _conduct(self, loop: asyncio.AbstractEventLoop) -> Ending:
        """Run the course to its end, or as long as it may unwind."""
        strays: list[str] = []
        loop.set_exception_handler(lambda _, context: strays.append(_stray(context)))
        task = loop.create_task(self._course())
        task.add_done_callback(lambda _: loop.stop())
        with self._lock:
            self._loop, self._task = loop, task
            if self._cause is not None:
                task.cancel()
        self._pulse(loop)
        loop.run_forever()
        ending = self._verdict(task)
        self._conclude(ending)
        _clear(loop)
        if strays:
            ending = Ending(kind=ending.kind, message=f'{ending.message}; {strays[0]}')
        return ending

    async def _course(self) -> str:
        performance = self.performance
        handle = self._make_handle(lambda text: self.end(EndKind.FLOODED, text))
        with self._lock:
            self._handle = handle
            if self._cause is not None:
                handle.revoke()
        if performance.instance is None:
            performance.instance = performance.behavior()
        behavior = performance.instance
        limit_s = float(behavior.limit(performance.parameters))
        if not limit_s > 0.0:
            raise ValueError(f'its limit is {limit_s} s; it must be above 0')
        self._limit_s = min(limit_s, self._limit_s)
        sentence: object = await behavior.run(handle, performance.parameters)
        if not isinstance(sentence, str):
            raise TypeError(f'run returned {sentence!r}, but a sentence is needed')
        return sentence

    def _pulse(self, loop: asyncio.AbstractEventLoop) -> None:
        is_late = self._cause is not None and time.monotonic() > self._ended_at + UNWIND_S
        if is_late and not self._is_stopped:
            self._is_stopped = True
            loop.stop()
        loop.call_later(TICK_S, self._pulse, loop)

    def _verdict(self, task: asyncio.Task[str]) -> Ending:
        if not task.done():
            return Ending(kind=EndKind.FAILED, message='it did not end when it was cancelled')
        if task.cancelled():
            return Ending(kind=EndKind.FAILED, message='it cancelled itself')
        error = task.exception()
        if error is not None:
            return self._failure(error)
        return Ending(kind=EndKind.DONE, message=' '.join(task.result().split()) or 'done')

    def _failure(self, error: BaseException) -> Ending:
        if isinstance(error, BehaviorError):
            return Ending(kind=EndKind.REFUSED, message=str(error))
        place = _line_of(error, self.performance.behavior)
        return Ending(kind=EndKind.FAILED, message=f'{problem_of(error)} ({place})')


def _clear(loop: asyncio.AbstractEventLoop) -> None:
    """End what a course left behind, as far as it lets itself be ended."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    closing = loop.create_task(loop.shutdown_asyncgens())
    loop.run_until_complete(asyncio.wait({*left, closing}, timeout=UNWIND_S))


def _stray(context: dict[str, Any]) -> str:
    error = context.get('exception')
    return f'it left behind: {problem_of(error) if error else context["message"]}'


def _line_of(error: BaseException, behavior: type[Behavior]) -> str:
    """Return file and line of an error: where it left the behavior's own file, if it did."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == behavior.run.__code__.co_filename]
    frame = (own or frames)[-1]
    return f'{Path(frame.filename).name}:{frame.lineno}'
