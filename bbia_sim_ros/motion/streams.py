"""Streams: a joystick's body targets and a point to keep looking at.

Contract
    ``push`` takes one message with the time it came (s, any monotonic clock); a bad one raises
    GoalError and changes nothing. A stream is alive until ``timeout`` after its last message; the
    mixer gives it the body when it outranks what runs and takes the body back when it falls
    silent. Same thread rules as ``moves``.

Smoothing
    Between messages the reference moves at constant speed so that it arrives when the next message
    is due, and a critically damped low pass as fast as the stream rounds the corners: a lag of one
    and a half periods (15 ms at 100 Hz, 50 ms at 30 Hz) instead of a staircase.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import Final

import numpy as np

from bbia_sim_ros.motion.body import PITCH
from bbia_sim_ros.motion.body import POSITION
from bbia_sim_ros.motion.body import WHOLE_BODY
from bbia_sim_ros.motion.body import YAW
from bbia_sim_ros.motion.body import BodyGoal
from bbia_sim_ros.motion.body import BoolArray
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.body import mask_of
from bbia_sim_ros.motion.body import nearest_turn
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.look_at import gaze_angles
from bbia_sim_ros.motion.look_at import look_towards
from bbia_sim_ros.motion.moves import CMD_BODY
from bbia_sim_ros.motion.moves import CMD_GAZE
from bbia_sim_ros.motion.moves import NO_END
from bbia_sim_ros.motion.moves import Ending
from bbia_sim_ros.motion.moves import Measure
from bbia_sim_ros.motion.moves import Motion
from bbia_sim_ros.motion.moves import Move
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.motion.profiles import STOP_TIME_S
from bbia_sim_ros.motion.profiles import braking
from bbia_sim_ros.motion.reach import Reach
from bbia_sim_ros.robot.names import FloatArray

DEFAULT_TIMEOUT_S: Final = 0.5
_MIN_PERIOD_S: Final = 0.005
_MAX_PERIOD_S: Final = 0.2
_FIRST_PERIOD_S: Final = 0.1
_PERIOD_GAIN: Final = 0.2
# A critically damped spring lags by 2 / stiffness: half a period.
_STIFFNESS_PERIODS: Final = 4.0


class Stream(Move):
    """What all streams share: age, period, and the way between messages."""

    def __init__(
        self,
        source: str,
        *,
        limits: MotionLimits,
        reach: Reach,
        speed_share: float,
        timeout: float,
        priority: int | None,
        owned: BoolArray,
    ) -> None:
        """Take the share of the velocity limits it may use and its timeout (s)."""
        super().__init__(source, priority=priority, owned=owned)
        self._reach = reach
        self.timeout = timeout
        self._speed_share = speed_share
        self.set_limits(limits)
        self._last_push = -math.inf
        self._period = _FIRST_PERIOD_S
        self._wanted = np.full(9, np.nan)
        self._nearest = np.zeros(9)
        self._way = np.zeros(9)
        self._here = np.zeros(9)
        self._rate = np.zeros(9)
        self._run_out = np.zeros(9)
        self._last_t = 0.0
        self._arrival = 0.0

    def set_limits(self, limits: MotionLimits) -> None:
        """Take new limits while running."""
        self._max_velocity = self._speed_share * limits.velocity

    def alive(self, now: float) -> bool:
        """Return whether a message came within the last ``timeout`` seconds before ``now``."""
        return now - self._last_push <= self.timeout

    def end(self, state: MoveState, reason: str) -> None:
        """Note how it lost the body; a stream can always come back."""
        self.state, self.reason = MoveState.WAITING, reason

    def silence(self) -> None:
        """Count as lost from now on, until the next message."""
        self._last_push = -math.inf

    def _note(self, now: float) -> None:
        gap = now - self._last_push
        if gap > _MAX_PERIOD_S:
            self._period = _FIRST_PERIOD_S
        else:
            self._period += _PERIOD_GAIN * (max(gap, _MIN_PERIOD_S) - self._period)
        self._last_push = now
        self._arrival = self._period

    @abstractmethod
    def _target(self, here: FloatArray) -> FloatArray:
        """Return the body vector wanted, ``here`` being where the reference is."""

    def begin(self, start: Motion) -> None:
        """Take over at ``start``: the old motion brakes while the stream takes hold."""
        self.state = MoveState.RUNNING
        self._run_out = start.velocity * STOP_TIME_S
        self._here = start.position + 0.5 * self._run_out
        self._way = self._here
        self._rate = np.zeros(9)
        self._last_t = 0.0

    def sample(self, t: float) -> FloatArray:
        """Move the reference on to ``t`` and return it."""
        dt = t - self._last_t
        self._last_t = t
        # Kept in reach here, or the reference would have to come back from far out of it.
        target = self._reachable(self._target(self._way))
        share = min(1.0, dt / self._arrival) if self._arrival > 0.0 else 1.0
        most = self._max_velocity * dt
        self._way = self._way + np.clip((target - self._way) * share, -most, most)
        self._arrival = max(0.0, self._arrival - dt)
        self._round_off(dt)
        values: FloatArray = self._here + (braking(t / STOP_TIME_S) - 0.5) * self._run_out
        return values

    def _reachable(self, wanted: FloatArray) -> FloatArray:
        # Far out of reach the search costs milliseconds: once per message is enough.
        if not np.array_equal(wanted, self._wanted):
            self._wanted = wanted
            self._nearest, self.clipped = self._reach.clip(wanted)
        return self._nearest

    def _round_off(self, dt: float) -> None:
        """Move ``_here`` after ``_way`` like a critically damped spring, exactly."""
        stiffness = _STIFFNESS_PERIODS / self._period
        gap = self._here - self._way
        pull = (self._rate + stiffness * gap) * dt
        fade = math.exp(-stiffness * dt)
        self._here = self._way + (gap + pull) * fade
        self._rate = (self._rate - stiffness * pull) * fade

    def progress(self, t: float) -> float:
        """Return ``NO_END``."""
        return NO_END

    def judge(self, t: float, measure: Measure) -> Ending | None:
        """Return None: only silence ends a stream, and the mixer sees to that."""
        return None


class TeleoperationStream(Stream):
    """Body targets from a person's hand; parts that a message leaves out keep their last target."""

    def __init__(
        self,
        *,
        limits: MotionLimits,
        reach: Reach,
        timeout: float = DEFAULT_TIMEOUT_S,
        priority: int | None = None,
    ) -> None:
        """Take limits, reach, the silence (s) after which it counts as lost, and its priority."""
        super().__init__(
            CMD_BODY,
            limits=limits,
            reach=reach,
            speed_share=0.75,
            timeout=timeout,
            priority=priority,
            owned=WHOLE_BODY,
        )
        self._goal: BodyGoal | None = None

    def push(self, goal: BodyGoal, now: float) -> None:
        """Take one target that came at ``now`` (s)."""
        if not self.alive(now) or self._goal is None:
            self._goal = goal
        else:
            self._goal = BodyGoal(
                head_pose=goal.head_pose if goal.head_pose is not None else self._goal.head_pose,
                antennas=goal.antennas if goal.antennas is not None else self._goal.antennas,
                body_yaw=goal.body_yaw if goal.body_yaw is not None else self._goal.body_yaw,
            )
        self._note(now)

    def _target(self, here: FloatArray) -> FloatArray:
        if self._goal is None:
            return here
        values, _, _ = self._goal.resolve(here)
        return values


class GazeStream(Stream):
    """A point (m, head_neutral) to keep looking at; the head turns first, then the body."""

    def __init__(
        self,
        *,
        limits: MotionLimits,
        reach: Reach,
        timeout: float = DEFAULT_TIMEOUT_S,
        priority: int | None = None,
    ) -> None:
        """Take limits, reach, the silence (s) after which it counts as lost, and its priority."""
        super().__init__(
            CMD_GAZE,
            limits=limits,
            reach=reach,
            speed_share=0.5,
            timeout=timeout,
            priority=priority,
            owned=mask_of(head=True, body_yaw=True),
        )
        self._point: tuple[float, float, float] | None = None

    def push(self, point: Sequence[float], now: float) -> None:
        """Take one point that came at ``now`` (s); GoalError when it cannot be looked at."""
        gaze_angles(point)
        x, y, z = (float(value) for value in point)
        self._point = (x, y, z)
        self._note(now)

    def correction(self, here: FloatArray) -> tuple[float, float] | None:
        """Return pitch and yaw (rad) that posture ``here`` (9,) lacks to look at the point.

        Half of the pitch is left out, or a sad robot could not look down.
        """
        if self._point is None:
            return None
        try:
            pitch, yaw = gaze_angles(self._point, head_position=here[POSITION].tolist())
        except GoalError:
            return None
        return 0.5 * (pitch - float(here[PITCH])), nearest_turn(yaw - float(here[YAW]), 0.0)

    def _target(self, here: FloatArray) -> FloatArray:
        if self._point is None:
            return here
        try:
            return look_towards(here, self._point)
        except GoalError:
            # The head itself moved too near to the point since it was taken: keep looking as is.
            return here
