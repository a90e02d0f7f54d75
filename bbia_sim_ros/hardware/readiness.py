"""Whether the real robot can be driven now, and if not, why.

Phases
    *absent*: no fresh state (older than `stale_after`), or the daemon does not drive its robot:
    commands are refused, nothing is sent, so nothing piles up in front of a stalled daemon.
    *limp*: the motors are not on: commands are refused, because the daemon reports success for
    targets that move nothing. *settling*: the motors were just switched on: the daemon goes to
    neutral by itself, since streaming at once can take it down (pollen-robotics/reachy_mini, issue
    1430); if another program switched them on, it is given `SETTLE_S` to finish. *ready*: drive.

Pure: times are monotonic seconds, handed in; what has to be asked of the daemon goes through
`request`. A task that never ends is waited for no longer than its duration and `SETTLE_S`.
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Callable
from datetime import UTC
from datetime import datetime

from bbia_sim_ros.hardware.link_state import LinkState
from bbia_sim_ros.hardware.protocol import neutral_task
from bbia_sim_ros.robot.driver import DriverError
from bbia_sim_ros.robot.driver import Motors

SETTLE_S = 2.0
# A status sent before a switch does not tell of it.
_STATUS_LAG_S = 0.1


class Phase(enum.Enum):
    """See the module's docstring."""

    ABSENT = enum.auto()
    LIMP = enum.auto()
    SETTLING = enum.auto()
    READY = enum.auto()


class Readiness:
    """See the module's docstring. `why` is empty in the phase *ready* alone."""

    def __init__(
        self,
        *,
        address: str,
        request: Callable[[str], bool],
        stale_after: float,
        neutral_duration: float,
    ) -> None:
        self.stale_after = stale_after
        self.neutral_duration = neutral_duration
        self.phase = Phase.ABSENT
        self.why = 'the robot has not been reached yet'
        self.motors = Motors.OFF
        self._address = address
        self._request = request
        self._connection = 0
        self._switching = False
        self._switched_at = -_STATUS_LAG_S
        self._neutral_due = False
        self._task = ''
        self._settled_at = 0.0

    def update(self, state: LinkState, *, now: float, stopped: bool, unusable: str = '') -> None:
        """Take what the link knows; `stopped`: the emergency stop is latched.

        `unusable` says why the measured joints cannot be used, empty when they can.
        """
        absence = self._absence(state, now) or unusable
        if absence:
            self._set(Phase.ABSENT, absence)
            return
        if self._switching:
            return
        self._read_motors(state)
        if state.connection != self._connection:
            # Another connection, perhaps to another process: nothing of before holds.
            self._connection = state.connection
            self._task, self._neutral_due = '', False
            self.phase = Phase.ABSENT
        if self.motors is not Motors.ON:
            self._set(Phase.LIMP, f'the motors are {self.motors}: switch them on with set_motors')
        elif self.phase is Phase.ABSENT:
            self._set(Phase.READY, '')
        elif self.phase is Phase.LIMP:
            self._settle(now, stopped=stopped)
        elif self.phase is Phase.SETTLING and self._has_settled(state, now):
            self._set(Phase.READY, '')

    # -- a switch of the motors, in two steps because what is between them waits ---------------

    def begin_switch(self, mode: Motors) -> None:
        """Prepare a switch of the motors; raises `DriverError` when the robot is absent."""
        if self.phase is Phase.ABSENT:
            raise DriverError(f'the motors cannot be switched: {self.why}')
        if mode is not Motors.ON or self.motors is not Motors.ON:
            self._set(Phase.LIMP, f'the motors are being switched {mode}')
            self._switching = True

    def end_switch(self, wanted: Motors, reported: Motors | None, *, now: float) -> str:
        """Take the outcome of a switch; `reported` None: the daemon did not answer.

        Returns what was done. Raises `DriverError` when the daemon reports another mode.
        """
        before = self.motors
        self._switching = False
        self._switched_at = now
        if reported is not None:
            self.motors = reported
        self._neutral_due = self.motors is Motors.ON and before is not Motors.ON
        if self.phase is Phase.LIMP and self.motors is Motors.ON and not self._neutral_due:
            self._set(Phase.READY, '')
        if reported is not None and reported is not wanted:
            raise DriverError(
                f'asked for motors {wanted}, but the daemon reports {reported}: its robot does not'
                ' switch (simulated ones do not)'
            )
        if self._neutral_due:
            return 'motors are on; going to the neutral pose first, commands are refused until then'
        return f'motors are {wanted}'

    # -- what it is made of ---------------------------------------------------------------------

    def _absence(self, state: LinkState, now: float) -> str:
        if not state.connected:
            return state.reason
        if state.joints is None or state.status is None:
            return f'the daemon at {self._address} has not told its state yet'
        if now - state.joints.monotonic > self.stale_after:
            return f'the newest state of the robot is older than {self.stale_after:g} s'
        status = state.status.message
        if not status.is_running:
            return f'the daemon is {status.state}: {status.error or "it does not drive its robot"}'
        return ''

    def _read_motors(self, state: LinkState) -> None:
        status = state.status
        if status is None or status.monotonic < self._switched_at + _STATUS_LAG_S:
            return
        if status.message.motors is not None:
            self.motors = status.message.motors

    def _settle(self, now: float, *, stopped: bool) -> None:
        if self._neutral_due and stopped:
            self._set(Phase.LIMP, 'the motors are on, but the emergency stop is active; rearm')
            return
        self._task = ''
        self._settled_at = now + SETTLE_S
        why = 'the motors were switched on by another program; waiting for it'
        if self._neutral_due:
            self._neutral_due = False
            self._task = uuid.uuid4().hex
            self._settled_at += self.neutral_duration
            timestamp = datetime.now(UTC).isoformat(timespec='seconds')
            self._request(
                neutral_task(self._task, duration=self.neutral_duration, timestamp=timestamp)
            )
            why = 'going to the neutral pose, because the motors were just switched on'
        self._set(Phase.SETTLING, why)

    def _has_settled(self, state: LinkState, now: float) -> bool:
        return self._task in state.ended_tasks or now >= self._settled_at

    def _set(self, phase: Phase, why: str) -> None:
        self.phase, self.why = phase, why
