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

from collections.abc import Callable

import numpy as np

from bbia_sim_ros.robot.detour import Detour
from bbia_sim_ros.robot.forward import AssemblyError
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.limits import approach_speed
from bbia_sim_ros.robot.limits import next_velocity
from bbia_sim_ros.robot.names import NEUTRAL_HEAD_POSE
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.stop_test import StopTest
from bbia_sim_ros.robot.stop_test import within_ranges
from bbia_sim_ros.robot.workspace import HARD
from bbia_sim_ros.robot.workspace import KEPT
from bbia_sim_ros.robot.workspace import Margins
from bbia_sim_ros.robot.workspace import Workspace


class LegGuard:
    """Position, velocity and pose of the legs, and the only way to change them."""

    def __init__(self, workspace: Workspace, legs: FloatArray) -> None:
        """Start at rest at ``legs`` (6,)."""
        self._workspace = workspace
        self._kinematics: Kinematics = workspace.kinematics
        self._test = StopTest(workspace)
        self.place(legs)

    def place(self, legs: FloatArray) -> None:
        """Take ``legs`` (6,) as the present position, at rest, wherever that is."""
        self.legs = np.array(legs, dtype=np.float64)
        self.velocity = np.zeros(6)
        self._assured = 0.0
        self._detour: Detour | None = None
        found = self._test.held(self.legs, NEUTRAL_HEAD_POSE, HARD)
        self.recovering = found is None
        self._pose: FloatArray = NEUTRAL_HEAD_POSE if found is None else found.pose
        # Whether `_pose` is one of a few steps before.
        self._is_pose_old = False
        self.refuge = self._find_refuge() if found is None else self.legs

    def _find_refuge(self) -> FloatArray:
        """Return the legs of the pose inside that is nearest to a start outside."""
        try:
            pose = self._kinematics.forward(self.legs)
        except AssemblyError:
            pose = NEUTRAL_HEAD_POSE
        self._pose, _, _ = self._workspace.nearest(pose, 0.0)
        return self._kinematics.inverse(self._pose)

    @property
    def pose(self) -> FloatArray:
        """The head pose (4, 4) that the legs hold, in the body frame; not to be changed."""
        if self._is_pose_old:
            self._pose, self._is_pose_old = self.pose_later()(), False
        return self._pose

    def pose_later(self) -> Callable[[], FloatArray]:
        """Return what gives the present :attr:`pose` when it is called, any thread, any time."""
        legs, pose = self.legs, self._pose
        if not self._is_pose_old:
            return lambda: pose
        return lambda: self._kinematics.body_frame_pose(legs, pose)[0]

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
            self._pose, _ = self._kinematics.body_frame_pose(self.legs, self._pose)
            self._is_pose_old = False

    def _take(
        self, velocity: FloatArray, acceleration: float, dt: float, margins: Margins = KEPT
    ) -> bool:
        """Make the step with this velocity if the legs can be stopped inside after it."""
        speeds = velocity.tolist()
        if not any(speeds) and not any(self.velocity.tolist()):
            return True
        # Plain floats: for six of them they cost a fraction of arrays.
        legs = [leg + speed * dt for leg, speed in zip(self.legs.tolist(), speeds, strict=True)]
        braking_s = 0.5 * max(map(abs, speeds)) / acceleration
        way = [speed * braking_s for speed in speeds]
        rest = [leg + more for leg, more in zip(legs, way, strict=True)]
        if not (within_ranges(legs) and within_ranges(rest)):
            return False
        position = np.array(legs)
        if self._test.is_known(legs, rest, self._pose):
            self._is_pose_old = True
        else:
            here = self._test.held(position, self._pose, margins)
            if here is None:
                return False
            if any(way) and not self._test.stops_inside(here, legs, rest, margins):
                return False
            self._pose, self._is_pose_old = here.pose, False
        self.legs, self.velocity = position, velocity
        self._assured = acceleration
        return True
