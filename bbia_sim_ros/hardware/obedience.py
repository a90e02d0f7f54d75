"""Whether the robot does what it is told: the measured joints against those sent.

A robot lags behind and rests a little beside its target, so a joint counts as disobedient only
when it has been out of the range of everything sent in the last `WINDOW_S`, by more than
`TOLERANCE_RAD`, for `PATIENCE_S`; time within the range counts back at the rate `FORGIVENESS`,
since a robot with two masters is now where one wants it, now where the other does. The reasons are
a second program that drives the same daemon, an obstacle, or motors without torque. Pure; times in
s on one monotonic clock, joints (9,) in rad. Bounded: at most `WINDOW_S * LOOK_RATE_HZ` targets are
kept.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import FloatArray

# The official simulation needs 1.3 s for 95 % of a step of the head; see docs/performance.md.
WINDOW_S = 1.5
TOLERANCE_RAD = 0.15
PATIENCE_S = 0.5
FORGIVENESS = 0.5
LOOK_RATE_HZ = 20.0


class ObedienceWatch:
    """See the module's docstring."""

    def __init__(self) -> None:
        self._sent: deque[tuple[float, FloatArray]] = deque()
        self._strayed_s = 0.0
        self._looked = 0.0
        self._complaint = ''

    def forget(self) -> None:
        """Start anew, such as after a new connection."""
        self._sent.clear()
        self._strayed_s = 0.0
        self._complaint = ''

    def sent(self, joints: FloatArray, now: float) -> None:
        """Note what is wanted at `now`."""
        if self._sent and now - self._sent[-1][0] < 1.0 / LOOK_RATE_HZ:
            return
        self._sent.append((now, joints.copy()))
        while self._sent[0][0] < now - WINDOW_S:
            self._sent.popleft()

    def measured(self, joints: FloatArray, now: float) -> str:
        """Return what is wrong, empty when the robot obeys."""
        elapsed, self._looked = now - self._looked, now
        if not self._sent or now - self._sent[0][0] < PATIENCE_S:
            return self._complaint
        wanted = np.array([target for _, target in self._sent])
        beyond = np.maximum(joints - wanted.max(axis=0), wanted.min(axis=0) - joints)
        worst = int(beyond.argmax())
        if beyond[worst] <= TOLERANCE_RAD:
            self._strayed_s = max(self._strayed_s - FORGIVENESS * elapsed, 0.0)
            if self._strayed_s == 0.0:
                self._complaint = ''
            return self._complaint
        self._strayed_s = min(self._strayed_s + elapsed, PATIENCE_S)
        if self._strayed_s == PATIENCE_S:
            self._complaint = (
                f'{ACTUATED_JOINTS[worst]} is {beyond[worst]:.2f} rad from what is sent: another'
                ' program drives the same robot, something blocks it, or its motors have no torque'
            )
        return self._complaint
