"""The kinds of faults: each is done to a running stack, and waited for until it is well again.

Contract
    A kind is a function that returns to what it was done and after how long (s) that was well
    again. What is not well in time is an AssertionError, or an error of the connection.
"""

from __future__ import annotations

import math
import os
import random
import signal
import time
from collections import deque
from collections.abc import Callable
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from _fault_clients import Page
from _fault_clients import cut_in_frame
from _fault_clock import JUMP_S
from _fault_clock import FakedClock
from _fault_disk import Saving
from _fault_disk import fill
from _fault_disk import from_outside
from _fault_disk import savings
from _fault_garbage import GarbageCan
from _fault_trial import BACK_DEADLINE_S
from _fault_trial import Trial
from std_srvs.srv import Trigger

from bbia_sim_ros import stack
from support.bridge import RawClient
from support.waiting import wait_until

KILL: Final = 'kill'
STOP: Final = 'stop'
CUT: Final = 'cut'
GARBAGE: Final = 'garbage'
DISK: Final = 'disk'
CLOCK: Final = 'clock'
KINDS: Final = (KILL, STOP, CUT, GARBAGE, DISK, CLOCK)
RESTARTING: Final = (KILL, STOP, DISK)
"""Those that one process does not survive; in all others every one has to."""
STILL: Final = (KILL, STOP, CUT)
"""Those in which nobody commands the robot."""

_CUT_CLIENTS = 3
_ASK_AGAIN_S = 0.5
_LOOK_S = 0.02
_UNDER_WAY_S = 1.0
# The supervisor sees an end a little after it was brought about.
_MARGIN_S = 2.0
# A joint state from before the jump is still under way.
_CLOCK_TOLERANCE_S = 60.0

Kind = Callable[[], tuple[str, float]]


class Faults:
    """All kinds, for one trial; `page` is the client that is cut, `bystander` one that is not."""

    def __init__(
        self,
        trial: Trial,
        chance: random.Random,
        *,
        page: Page,
        bystander: Page,
        clock: FakedClock,
        garbage: GarbageCan,
    ) -> None:
        self._trial = trial
        self._chance = chance
        self._page = page
        self._bystander = bystander
        self._clock = clock
        self._garbage = garbage
        self._waiting: list[stack.Process] = []
        self._ends: dict[str, deque[float]] = {}
        self.kinds: Mapping[str, Kind] = {
            KILL: lambda: self._signal(signal.SIGKILL),
            STOP: lambda: self._signal(signal.SIGSTOP),
            CUT: self._cut,
            GARBAGE: self._pour_garbage,
            DISK: self._fill_disk,
            CLOCK: self._jump,
        }

    def _signal(self, number: signal.Signals) -> tuple[str, float]:
        """Kill or stop a process, and wait until all answer."""
        process = self._next_process()
        self._wait_allowed(process)
        before = self._trial.stack.pid_of(process)
        begun = time.monotonic()
        os.kill(before, number)
        self._trial.wait_answers()
        took = time.monotonic() - begun
        assert self._trial.stack.pid_of(process) != before, f'{process.name} was not started again'
        return process.name, took

    def _wait_allowed(self, process: stack.Process) -> None:
        """Wait until one more end of the process is within what the supervisor allows."""
        ends = self._ends.setdefault(process.name, deque(maxlen=process.max_restarts))
        if len(ends) == ends.maxlen:
            time.sleep(max(0.0, ends[0] + process.restart_window_s + _MARGIN_S - time.monotonic()))
        ends.append(time.monotonic())

    def _next_process(self) -> stack.Process:
        """Return the next process; all have their turn, in a random order."""
        if not self._waiting:
            self._waiting = list(self._trial.stack.processes)
            self._chance.shuffle(self._waiting)
        return self._waiting.pop()

    def _cut(self) -> tuple[str, float]:
        """Cut off the dashboard, and clients in the middle of a frame; another must not notice."""
        wait_until(lambda: self._page.heard > time.monotonic() - 1.0, 'the page shows the robot')
        connections, others = self._page.connections, self._bystander.connections
        begun = time.monotonic()
        self._page.cut()
        for _ in range(_CUT_CLIENTS):
            cut_in_frame(self._trial.stack.bridge_port)
        wait_until(
            lambda: self._page.connections > connections and self._page.heard > begun,
            'the page shows the robot again',
            BACK_DEADLINE_S,
        )
        took = time.monotonic() - begun
        self._trial.wait_answers()
        wait_until(lambda: self._bystander.heard > begun, 'another client hears the robot')
        assert self._bystander.connections == others, 'another client was cut off too'
        return 'clients', took

    def _pour_garbage(self) -> tuple[str, float]:
        """Have everybody get garbage; well is who answers all of it, and then a command."""
        self._garbage.pour()
        begun = time.monotonic()
        self._garbage.clear()
        self._trial.wait_answers()
        self._trial.wait_obeys()
        return 'all', time.monotonic() - begun

    def _fill_disk(self) -> tuple[str, float]:
        """Fill the disk, ask for what is saved, stop the robot, kill a process; then make room."""
        trial = self._trial
        inside = trial.stack.folder
        outside = from_outside(trial.stack.pid, inside)
        wanted = savings(inside, outside)
        before = {saving.path: saving.mark() for saving in wanted}
        ballast = outside / 'ballast'
        fill(ballast)
        try:
            with trial.client() as client:
                _wait_answered(client, wanted)
            assert trial.eyes.call(Trigger, 'emergency_stop').success
            killed, _ = self._signal(signal.SIGKILL)
            trial.watch.status = None
            status = wait_until(lambda: trial.watch.status, 'the state of the robot')
            assert status.emergency_stopped, 'the emergency stop was forgotten'
            # Not all: a file that is emptied makes room for another.
            unsaved = [one for one in wanted if one.mark() in (before[one.path], None)]
            assert unsaved, 'the disk was not full'
        finally:
            ballast.unlink()
            assert trial.eyes.call(Trigger, 'rearm').success
        begun = time.monotonic()
        with trial.client() as client:
            _wait_saved(client, savings(inside, outside))
        trial.wait_answers()
        took = time.monotonic() - begun
        trial.wait_obeys()
        return killed, took

    def _jump(self) -> tuple[str, float]:
        """Set the clock an hour ahead and back, each while the robot moves; return the longer."""
        try:
            return 'all', max(self._jump_to(offset_s) for offset_s in (JUMP_S, 0.0))
        finally:
            self._clock.set(0.0)

    def _jump_to(self, offset_s: float) -> float:
        trial = self._trial
        with trial.client() as client:
            client.send(**trial.order(_UNDER_WAY_S))
            client.done()
            begun = time.monotonic()
            self._clock.set(offset_s)
            wait_until(
                lambda: (
                    abs(trial.watch.samples[-1].stamp - time.time() - offset_s) < _CLOCK_TOLERANCE_S
                ),
                'joint states with the new time',
                BACK_DEADLINE_S,
            )
        trial.wait_answers()
        trial.wait_obeys()
        return time.monotonic() - begun


def _wait_answered(client: RawClient, wanted: list[Saving]) -> None:
    """Ask for all savings; wait until each is answered that can be, whatever the answer."""
    for saving in wanted:
        client.send(**saving.operation)
    waiting = {saving.operation['id'] for saving in wanted if 'id' in saving.operation}
    while waiting:
        waiting.discard(client.wait_for(op='action_result').get('id'))


def _wait_saved(client: RawClient, wanted: list[Saving]) -> None:
    """Ask for all savings, again and again, until each file has changed."""
    before = {saving.path: saving.mark() for saving in wanted}
    begun = time.monotonic()
    asked = -math.inf
    said = ''
    while waiting := [saving for saving in wanted if saving.mark() in (before[saving.path], None)]:
        names = ', '.join(saving.path.name for saving in waiting)
        now = time.monotonic()
        assert now - begun < BACK_DEADLINE_S, f'{names} not saved; the last answer: {said}'
        if now - asked > _ASK_AGAIN_S:
            asked = now
            for saving in waiting:
                client.send(**saving.operation)
        with suppress(TimeoutError):
            said = str(client.receive(_LOOK_S))
