"""Go to a pose, in a given time or at a given speed, and stay there.

Contract
    ``plan_go_to`` checks a goal at once and refuses what cannot be met with GoalError: out of
    reach, no duration, unknown time law. What it changes on the way to a feasible move (a longer
    duration, a nudge to the workspace's edge, the body turned along) is in ``GoTo.clipped``. The
    move is over when the body has arrived within the tolerance, or ``SETTLE_S`` after its end.
    Thread rules are those of ``moves``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from bbia_sim_ros.motion.body import ANTENNAS
from bbia_sim_ros.motion.body import BODY_YAW
from bbia_sim_ros.motion.body import HEAD
from bbia_sim_ros.motion.body import POSITION
from bbia_sim_ros.motion.body import BodyGoal
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.body import BoolArray
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.body import angle_between
from bbia_sim_ros.motion.body import head_pose_of
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.moves import GO_TO
from bbia_sim_ros.motion.moves import Ending
from bbia_sim_ros.motion.moves import Measure
from bbia_sim_ros.motion.moves import Motion
from bbia_sim_ros.motion.moves import Move
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.motion.profiles import STOP_TIME_S
from bbia_sim_ros.motion.profiles import TimeLaw
from bbia_sim_ros.motion.profiles import braking
from bbia_sim_ros.motion.profiles import time_law
from bbia_sim_ros.motion.reach import Reach
from bbia_sim_ros.motion.reach import reachable
from bbia_sim_ros.robot.names import FloatArray

DEFAULT_SPEED_RAD_S: Final = 1.0
MAX_DURATION_S: Final = 600.0
SETTLE_S: Final = 0.5
ARRIVED_M: Final = 0.001
ARRIVED_RAD: Final = math.radians(0.5)
# A metre of head travel counts like this many radians when a speed is given in rad/s: it is what
# the legs turn for it around neutral (z +15 mm moves each by 0.396 rad).
LEG_RAD_PER_M: Final = 26.0


@dataclass(frozen=True)
class Reached:
    """The error at the end: head position (m, -1 without head) and largest angle (rad)."""

    position_error: float
    angle_error: float

    @property
    def close(self) -> bool:
        """Whether the body counts as arrived."""
        return self.position_error <= ARRIVED_M and self.angle_error <= ARRIVED_RAD


def error_between(wanted: FloatArray, body: BodyState, owned: BoolArray) -> Reached:
    """Return how far ``body`` is from the body vector ``wanted`` in the coordinates ``owned``."""
    gap = np.abs(wanted - body.values)
    angles = [0.0]
    position = -1.0
    if owned[HEAD].all():
        position = float(np.linalg.norm(gap[POSITION]))
        angles.append(angle_between(head_pose_of(wanted), body.head_pose))
    if owned[ANTENNAS].all():
        angles.append(float(gap[ANTENNAS].max()))
    if owned[BODY_YAW]:
        angles.append(float(gap[BODY_YAW]))
    return Reached(position_error=position, angle_error=max(angles))


class GoTo(Move):
    """A move along a straight line in body coordinates, ending at rest at ``goal``."""

    def __init__(
        self,
        goal: FloatArray,
        *,
        owned: BoolArray,
        duration: float,
        law: TimeLaw,
        limits: MotionLimits,
        source: str = GO_TO,
        label: str = '',
        priority: int | None = None,
    ) -> None:
        """Take the goal (9,), who owns what, the duration (s) wished for and the time law."""
        super().__init__(source, label=label, priority=priority, owned=owned)
        self.goal = goal.copy()
        self.duration = duration
        self.reached: Reached | None = None
        self._law = law
        self._limits = limits
        self._gap = np.zeros(9)
        self._run_out = np.zeros(9)

    def begin(self, start: Motion) -> None:
        """Plan from ``start``; the duration grows where the limits ask for it."""
        self._run_out = start.velocity * STOP_TIME_S
        self._gap = np.where(self.owned, self.goal - start.position - 0.5 * self._run_out, 0.0)
        shortest = self._limits.minimum_duration(self._gap, self._law)
        if shortest > self.duration:
            if shortest > 1.02 * self.duration:
                self.clipped += (
                    f'duration {self.duration:.2f} -> {shortest:.2f} s (velocity and acceleration '
                    'limits)',
                )
            self.duration = shortest

    def sample(self, t: float) -> FloatArray:
        """Return the wanted body vector at ``t``."""
        left = 1.0 - self._law.value(t / self.duration)
        brake = braking(t / STOP_TIME_S) - 0.5
        values: FloatArray = self.goal - left * self._gap + brake * self._run_out
        return values

    def progress(self, t: float) -> float:
        """Return the share of the duration that is over."""
        return min(1.0, t / self.duration)

    def judge(self, t: float, measure: Measure) -> Ending | None:
        """Done on arrival, or ``SETTLE_S`` after the end; the error is kept in ``reached``."""
        end = max(self.duration, STOP_TIME_S)
        if t < end:
            return None
        measured = measure()
        if measured is None:
            return Ending(MoveState.DONE, 'at the goal (not measured)')
        self.reached = error_between(self.goal, measured.body, self.owned)
        if not self.reached.close and t < end + SETTLE_S:
            return None
        angle = math.degrees(self.reached.angle_error)
        where = f'{angle:.2f} deg'
        if self.reached.position_error >= 0.0:
            where = f'{1e3 * self.reached.position_error:.1f} mm, {where}'
        return Ending(MoveState.DONE, f'reached within {where}')


def plan_go_to(
    goal: BodyGoal,
    *,
    current: FloatArray,
    limits: MotionLimits,
    reach: Reach,
    duration: float | None = None,
    speed: float = DEFAULT_SPEED_RAD_S,
    interpolation: str = '',
    source: str = GO_TO,
    label: str = '',
    priority: int | None = None,
) -> GoTo:
    """Return the move to ``goal`` from about ``current`` (9,), or raise GoalError.

    ``duration`` in s, or None to take it from ``speed``: rad/s of the fastest part, head travel
    counted as ``LEG_RAD_PER_M``.
    """
    try:
        law = time_law(interpolation)
    except ValueError as error:
        raise GoalError(str(error)) from error
    values, owned, notes = goal.resolve(current)
    values, clips = reachable(values, reach)
    owned = owned | (values != current) if clips else owned
    if duration is None:
        duration = _duration_at(speed, values - current, law)
    if not math.isfinite(duration) or not 0.0 < duration <= MAX_DURATION_S:
        raise GoalError(
            f'duration is {duration} s; it must be above 0 and at most {MAX_DURATION_S:g} s'
        )
    move = GoTo(
        values,
        owned=owned,
        duration=duration,
        law=law,
        limits=limits,
        source=source,
        label=label,
        priority=priority,
    )
    move.clipped = notes + clips
    return move


def _duration_at(speed: float, distance: FloatArray, law: TimeLaw) -> float:
    if not math.isfinite(speed) or speed <= 0.0:
        raise GoalError(f'speed is {speed} rad/s; it must be finite and above 0')
    way = np.abs(distance)
    way[POSITION] *= LEG_RAD_PER_M
    return max(float(way.max()) / speed * law.peak_rate, STOP_TIME_S)
