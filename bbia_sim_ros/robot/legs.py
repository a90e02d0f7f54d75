"""Moves the six legs so that they can always be stopped inside the workspace.

Contract
    ``LegGuard`` owns the commanded position and velocity of the legs (rad, rad/s) and the head
    pose they hold (body frame). Not thread-safe: one caller. Every position it gives out was put
    through the forward kinematics and is inside ``workspace.HARD``, unless the robot was found
    outside, in which case the legs go to the nearest pose inside before anything else.

Guarantee
    Invariant: braking in a straight line of joint space, all legs together, from the present
    velocity ends inside and keeps clear of the body on the way. A wanted velocity is taken only
    if the invariant holds after the step; else one along a ``Detour``, else half of that, and at
    last the legs brake, which the invariant allows at any time and for steps of any length. The
    tested points are inside by ``KEPT``; the margin to ``HARD`` covers what lies between them.
"""

from __future__ import annotations

import math

import numpy as np

from bbia_sim_ros.robot.detour import Detour
from bbia_sim_ros.robot.forward import AssemblyError
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.limits import approach_speed
from bbia_sim_ros.robot.limits import next_velocity
from bbia_sim_ros.robot.names import JOINT_LOWER_RAD
from bbia_sim_ros.robot.names import JOINT_UPPER_RAD
from bbia_sim_ros.robot.names import LEGS_SLICE
from bbia_sim_ros.robot.names import NEUTRAL_HEAD_POSE
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.workspace import HARD
from bbia_sim_ros.robot.workspace import KEPT
from bbia_sim_ros.robot.workspace import Margins
from bbia_sim_ros.robot.workspace import Workspace

_LOW = JOINT_LOWER_RAD[LEGS_SLICE]
_HIGH = JOINT_UPPER_RAD[LEGS_SLICE]
_HEAD_RADIUS_M = 0.1
_TEST_EVERY_M = 1.5e-3
_MOST_TESTS = 24


class LegGuard:
    """Position, velocity and pose of the legs, and the only way to change them."""

    def __init__(self, workspace: Workspace, legs: FloatArray) -> None:
        """Start at rest at ``legs`` (6,)."""
        self._workspace = workspace
        self._kinematics: Kinematics = workspace.kinematics
        self.place(legs)

    def place(self, legs: FloatArray) -> None:
        """Take ``legs`` (6,) as the present position, at rest, wherever that is."""
        self.legs = np.array(legs, dtype=np.float64)
        self.velocity = np.zeros(6)
        self._assured = 0.0
        self._detour: Detour | None = None
        found = self._pose_inside(self.legs, NEUTRAL_HEAD_POSE, HARD)
        self.recovering = found is None
        self.pose: FloatArray = NEUTRAL_HEAD_POSE if found is None else found[0]
        self.refuge = self._find_refuge() if found is None else self.legs

    def _find_refuge(self) -> FloatArray:
        """Return the legs of the pose inside that is nearest to a start outside."""
        try:
            pose = self._kinematics.forward(self.legs)
        except AssemblyError:
            pose = NEUTRAL_HEAD_POSE
        self.pose, _, _ = self._workspace.nearest(pose, 0.0)
        return self._kinematics.inverse(self.pose)

    # -- one step -----------------------------------------------------------------------------

    def step(
        self,
        goal: FloatArray,
        lead: FloatArray,
        drift: FloatArray,
        *,
        limit: float,
        acceleration: float,
        dt: float,
    ) -> bool:
        """Move one step of ``dt`` > 0 s towards ``goal`` (6,); say whether it was held back.

        ``goal`` must be inside the workspace. ``lead`` (6,) is how far a moving target is ahead of
        it, ``drift`` (6,) its velocity, ``limit`` rad/s, ``acceleration`` rad/s^2.
        """
        bounds = {'limit': limit, 'acceleration': acceleration, 'dt': dt}
        if self.recovering:
            self._recover(**bounds)
            return True
        if self._detour is not None and self._detour.is_over(self.legs, goal):
            self._detour = None
        if self._detour is None:
            if self._take(self._wanted(goal + lead, drift, **bounds), acceleration, dt):
                return False
            self._detour = Detour(self._workspace, goal)
        self._step_aside(self._detour, **bounds)
        return True

    def _wanted(
        self, target: FloatArray, drift: FloatArray, *, limit: float, acceleration: float, dt: float
    ) -> FloatArray:
        values = zip(
            (target - self.legs).tolist(), self.velocity.tolist(), drift.tolist(), strict=True
        )
        return np.array(
            [
                next_velocity(gap, speed, own, limit=limit, acceleration=acceleration, dt=dt)
                for gap, speed, own in values
            ]
        )

    def _step_aside(self, detour: Detour, *, limit: float, acceleration: float, dt: float) -> None:
        """Follow the detour, or brake."""
        aim = detour.aim(self.legs, self.pose)
        wanted = self._straight(aim, limit=limit, acceleration=acceleration, dt=dt)
        for velocity in (wanted, 0.5 * (wanted + self.braked(acceleration, dt))):
            if self._take(velocity, acceleration, dt):
                detour.succeeded()
                return
        if detour.failed():
            if self._take(wanted, acceleration, dt, HARD):
                return
            detour.barred()
        self.brake(acceleration, dt)

    def _straight(
        self, aim: FloatArray, *, limit: float, acceleration: float, dt: float
    ) -> FloatArray:
        """Return velocities that take all legs to ``aim`` together, in a straight line."""
        gap = aim - self.legs
        longest = float(np.abs(gap).max())
        wanted = np.zeros(6)
        if longest > 0.0:
            wanted = gap * (min(approach_speed(longest, acceleration, dt), limit) / longest)
        change = wanted - self.velocity
        most = float(np.abs(change).max())
        scale = min(1.0, acceleration * dt / most) if most > 0.0 else 0.0
        velocity: FloatArray = self.velocity + scale * change
        return velocity

    def _recover(self, *, limit: float, acceleration: float, dt: float) -> None:
        """Go straight to the refuge, untested: every pose on the way is nearer to the inside."""
        bounds = {'limit': limit, 'acceleration': acceleration, 'dt': dt}
        self.velocity = self._wanted(self.refuge, np.zeros(6), **bounds)
        self.legs = self.legs + self.velocity * dt
        if np.abs(self.legs - self.refuge).max() < 1e-9 and not self.velocity.any():
            self.recovering = False

    def braked(self, deceleration: float, dt: float) -> FloatArray:
        """Return the velocities after braking for ``dt`` s, all legs in proportion.

        Never less than the deceleration that the invariant was tested with: limits may have been
        lowered since.
        """
        deceleration = max(deceleration, self._assured)
        fastest = float(np.abs(self.velocity).max())
        if fastest <= deceleration * dt:
            return np.zeros(6)
        braked: FloatArray = self.velocity * (1.0 - deceleration * dt / fastest)
        return braked

    def brake(self, deceleration: float, dt: float) -> None:
        """Brake for one step of ``dt`` > 0 s; always allowed."""
        self.velocity = self.braked(deceleration, dt)
        if not self.velocity.any():
            return
        self.legs = self.legs + self.velocity * dt
        if not self.recovering:
            self.pose, _ = self._kinematics.body_frame_pose(self.legs, self.pose)

    # -- tests --------------------------------------------------------------------------------

    def _take(
        self, velocity: FloatArray, acceleration: float, dt: float, margins: Margins = KEPT
    ) -> bool:
        """Make the step with this velocity if the legs can be stopped inside after it."""
        if not velocity.any() and not self.velocity.any():
            return True
        legs = self.legs + velocity * dt
        way = velocity * (0.5 * float(np.abs(velocity).max()) / acceleration)
        rest = legs + way
        if (legs < _LOW).any() or (legs > _HIGH).any() or (rest < _LOW).any():
            return False
        if (rest > _HIGH).any():
            return False
        here = self._pose_inside(legs, self.pose, margins)
        if here is None:
            return False
        if way.any():
            end = self._pose_inside(rest, here[0], margins)
            if end is None or not self._is_way_clear(legs, here, rest, end, margins):
                return False
        self.legs, self.velocity, self.pose = legs, velocity, here[0]
        self._assured = acceleration
        return True

    def _pose_inside(
        self, legs: FloatArray, guess: FloatArray, margins: Margins
    ) -> tuple[FloatArray, float] | None:
        """Return the pose that the legs hold and its clearance if it is inside."""
        try:
            pose, stiffness = self._kinematics.body_frame_pose(legs, guess)
        except AssemblyError:
            return None
        clearance = self._workspace.contact.clearance(pose)
        inside = self._workspace.contains(
            pose, legs.tolist(), margins, clearance=clearance, stiffness=stiffness
        )
        return (pose, clearance) if inside else None

    def _is_way_clear(
        self,
        start: FloatArray,
        first: tuple[FloatArray, float],
        end: FloatArray,
        last: tuple[FloatArray, float],
        margins: Margins,
    ) -> bool:
        """Say whether the head keeps clear of the body between two legs that are inside.

        ``first`` and ``last`` are their poses and clearances. No point of the head moves farther
        than ``path``, so large clearances at both ends settle it; else it is tested in steps, on
        the parabola through the poses at both ends and in the middle.
        """
        turn = math.hypot(*(last[0][:3, :3] - first[0][:3, :3]).ravel().tolist())
        path = math.dist(first[0][:3, 3], last[0][:3, 3]) + _HEAD_RADIUS_M * turn
        if first[1] + last[1] > 1.2 * path + 2.0 * margins.clearance_m:
            return True
        middle = self._pose_inside(0.5 * (start + end), first[0], margins)
        if middle is None:
            return False
        count = min(max(math.ceil(path / _TEST_EVERY_M), 2), _MOST_TESTS)
        shares = (np.arange(1, count) / count)[:, None, None]
        poses = (
            (2.0 * shares - 1.0) * (shares - 1.0) * first[0]
            + 4.0 * shares * (1.0 - shares) * middle[0]
            + shares * (2.0 * shares - 1.0) * last[0]
        )
        clearances = self._workspace.contact.clearance_batch(poses)
        return bool(clearances.min() >= margins.clearance_m)
