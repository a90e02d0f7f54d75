"""Following a joint trajectory with the behaviour of joint_trajectory_controller.

Contract
    Made by ``trajectory_plan``, which checks the whole curve first. Joints that the trajectory
    leaves out hold their place: a trajectory of ``yaw_body`` alone turns the head along, since the
    legs stand still. On a violated tolerance the move ends as aborted and the body holds. ``code``
    has the FollowJointTrajectory result code. Thread rules are those of ``moves``.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Final
from typing import Protocol

import numpy as np

from bbia_sim_ros.motion.body import ANTENNAS
from bbia_sim_ros.motion.body import BODY_YAW
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.body import head_pose_of
from bbia_sim_ros.motion.body import mask_of
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.moves import HEAD_CONTROLLER
from bbia_sim_ros.motion.moves import Ending
from bbia_sim_ros.motion.moves import Measure
from bbia_sim_ros.motion.moves import Measured
from bbia_sim_ros.motion.moves import Motion
from bbia_sim_ros.motion.moves import Move
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.motion.profiles import Entry
from bbia_sim_ros.motion.trajectory import GOAL_TOLERANCE_VIOLATED
from bbia_sim_ros.motion.trajectory import INVALID_GOAL
from bbia_sim_ros.motion.trajectory import PATH_TOLERANCE_VIOLATED
from bbia_sim_ros.motion.trajectory import SUCCESSFUL
from bbia_sim_ros.motion.trajectory import JointCurve
from bbia_sim_ros.motion.trajectory import Trajectory
from bbia_sim_ros.motion.trajectory import TrajectoryError
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import ANTENNA_JOINTS
from bbia_sim_ros.robot.names import ANTENNAS_SLICE
from bbia_sim_ros.robot.names import BODY_INDEX
from bbia_sim_ros.robot.names import LEGS_SLICE
from bbia_sim_ros.robot.names import FloatArray

# joint_trajectory_controller waits for ever for a goal without goal_time; nothing here does.
MAX_GOAL_WAIT_S: Final = 10.0
_RATE_STEP_S = 1e-4


class HeadKinematics(Protocol):
    """The part of ``robot.kinematics.Kinematics`` that is needed here."""

    def inverse(self, head_pose: FloatArray, body_yaw: float) -> FloatArray:
        """Return the legs (6,) rad."""

    def forward(
        self, legs: FloatArray, body_yaw: float, *, guess: FloatArray | None = None
    ) -> FloatArray:
        """Return the 4x4 head pose; ValueError when it cannot be assembled."""


@dataclass(frozen=True)
class Tolerances:
    """Largest errors: by joint on the path and at the goal (rad; absent: not checked).

    ``goal_time``: s after the end within which the goal must be met; 0: ``MAX_GOAL_WAIT_S``.
    ``stopped_velocity``: rad/s below which a joint counts as stopped; 0: not checked.
    """

    path: Mapping[str, float] = field(default_factory=dict)
    goal: Mapping[str, float] = field(default_factory=dict)
    goal_time: float = 0.0
    stopped_velocity: float = 0.01

    def overridden(
        self,
        *,
        path: Sequence[tuple[str, float]],
        goal: Sequence[tuple[str, float]],
        goal_time: float,
    ) -> Tolerances:
        """Return these with a goal's own: above 0 replaces, below 0 removes, 0 keeps the default.

        TrajectoryError for a name that is no joint.
        """
        return replace(
            self,
            path=_override(self.path, path),
            goal=_override(self.goal, goal),
            goal_time=self.goal_time if goal_time == 0.0 else max(0.0, goal_time),
        )


def _override(
    defaults: Mapping[str, float], given: Sequence[tuple[str, float]]
) -> dict[str, float]:
    merged = dict(defaults)
    for name, value in given:
        if name not in ACTUATED_JOINTS:
            raise TrajectoryError(
                f'tolerance for unknown joint {name!r}; known: {", ".join(ACTUATED_JOINTS)}'
            )
        if value > 0.0:
            merged[name] = value
        elif value < 0.0:
            merged.pop(name, None)
    return merged


class TrajectoryMove(Move):
    """A joint trajectory on its way; made by ``trajectory_plan``."""

    def __init__(
        self,
        trajectory: Trajectory,
        *,
        kinematics: HeadKinematics,
        tolerances: Tolerances,
        limits: MotionLimits,
        delay: float = 0.0,
        priority: int | None = None,
    ) -> None:
        """Take a sound trajectory and what it has to keep to; ``delay`` in s, may be negative."""
        names = set(trajectory.joints)
        antennas = bool(names & set(ANTENNA_JOINTS))
        head = bool(names - set(ANTENNA_JOINTS))
        super().__init__(
            HEAD_CONTROLLER,
            priority=priority,
            owned=mask_of(head=head, body_yaw=head, antennas=antennas),
        )
        self.code = SUCCESSFUL
        self._trajectory = trajectory
        self._kinematics = kinematics
        self._tolerances = tolerances
        self._limits = limits
        self._delay = delay
        self._moves_head = head
        self._indices = [ACTUATED_JOINTS.index(name) for name in trajectory.joints]
        self._held = np.zeros(9)
        self._pose: FloatArray = np.eye(4)
        self._entry: Entry | None = None
        self._last = np.zeros(9)
        self._end = 0.0
        self._failure = ''

    @property
    def joints(self) -> tuple[str, ...]:
        """The joints it moves, in the order of the goal."""
        return self._trajectory.joints

    def lay_out(self, values: FloatArray) -> float:
        """Start the curve at the posture ``values`` (9,), at rest; return when it ends (s)."""
        self._pose = head_pose_of(values)
        self._held = np.empty(9)
        self._held[BODY_INDEX] = values[BODY_YAW]
        self._held[LEGS_SLICE] = self._kinematics.inverse(self._pose, float(values[BODY_YAW]))
        self._held[ANTENNAS_SLICE] = values[ANTENNAS]
        self._curve = JointCurve(self._trajectory, self._held[self._indices], self._delay)
        self._end = self._curve.end
        return self._end

    def begin(self, start: Motion) -> None:
        """Lead from ``start`` into the trajectory; what moved before brakes meanwhile."""
        self._last = start.position
        try:
            self.lay_out(start.position)
            first, second = self.posture_at(0.0), self.posture_at(_RATE_STEP_S)
        except ValueError as error:
            self._failure = str(error)
            return
        gap = start.position - first
        lead = self._limits.minimum_duration(gap)
        self._entry = Entry(
            position_gap=gap,
            velocity_gap=start.velocity - (second - first) / _RATE_STEP_S,
            duration=lead,
        )
        # Only a first point at time 0 away from the present posture leaves a gap to be closed.
        self._end = max(self._curve.end, lead)

    def desired(self, t: float) -> tuple[FloatArray, FloatArray]:
        """Return wanted positions and velocities (n,) of ``joints`` at ``t``; rad, rad/s."""
        return self._curve.sample(t)

    def index(self, t: float) -> int:
        """Return the number of the point that is being approached at ``t``, from 0."""
        times = self._trajectory.times
        return min(int(np.searchsorted(times, t - self._delay)), len(times) - 1)

    def posture_at(self, t: float) -> FloatArray:
        """Return the body vector of the curve; ValueError where the head cannot be assembled."""
        positions, _ = self._curve.sample(t)
        joints = self._held.copy()
        joints[self._indices] = positions
        body_yaw = float(joints[BODY_INDEX])
        if self._moves_head:
            legs = joints[LEGS_SLICE]
            self._pose = self._kinematics.forward(legs, body_yaw, guess=self._pose)
        return BodyState.from_parts(
            head_pose=self._pose, antennas=joints[ANTENNAS_SLICE].tolist(), body_yaw=body_yaw
        ).values

    def sample(self, t: float) -> FloatArray:
        """Return the wanted body vector at ``t``; the last one where there is none."""
        if self._failure or self._entry is None:
            return self._last
        try:
            self._last = self.posture_at(t) + self._entry.offset(t)
        except ValueError as error:
            self._failure = f'at {t:.2f} s the head cannot be assembled: {error}'
        return self._last

    def progress(self, t: float) -> float:
        """Return the share of the time that is over."""
        return min(1.0, t / self._end) if self._end > 0.0 else 1.0

    def judge(self, t: float, measure: Measure) -> Ending | None:
        """Apply the tolerances; without measured joints the trajectory is taken as followed."""
        if self._failure:
            self.code = INVALID_GOAL
            return Ending(MoveState.ABORTED, self._failure)
        over = t >= self._end
        measured = measure()
        if measured is None or measured.joints is None:
            return Ending(MoveState.DONE, 'goal reached (not measured)') if over else None
        wanted, _ = self._curve.sample(t)
        errors = np.abs(wanted - measured.joints[self._indices])
        if not over:
            late = _worst(self.joints, errors, self._tolerances.path)
            if late is None:
                return None
            self.code = PATH_TOLERANCE_VIOLATED
            return Ending(MoveState.ABORTED, f'path tolerance violated at {t:.2f} s: {late}')
        late = _worst(self.joints, errors, self._tolerances.goal) or self._still_moving(measured)
        if late is None:
            return Ending(MoveState.DONE, 'goal reached')
        if t > self._end + (self._tolerances.goal_time or MAX_GOAL_WAIT_S):
            self.code = GOAL_TOLERANCE_VIOLATED
            return Ending(MoveState.ABORTED, f'goal tolerance violated: {late}')
        return None

    def _still_moving(self, measured: Measured) -> str | None:
        limit = self._tolerances.stopped_velocity
        if measured.joint_velocities is None or limit <= 0.0:
            return None
        speeds = np.abs(measured.joint_velocities[self._indices])
        worst = int(np.argmax(speeds))
        if speeds[worst] <= limit:
            return None
        return f'{self.joints[worst]} still moves at {speeds[worst]:.3f} rad/s, allowed {limit:g}'


def _worst(joints: Sequence[str], errors: FloatArray, allowed: Mapping[str, float]) -> str | None:
    for joint, error in zip(joints, errors.tolist(), strict=True):
        if joint in allowed and error > allowed[joint]:
            return f'{joint} is off by {error:.4f} rad, allowed {allowed[joint]:g}'
    return None
