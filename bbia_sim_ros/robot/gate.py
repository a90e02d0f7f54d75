"""The one safety gate between every command and the robot's joints.

Contract
    Commands come in at any time and of any quality; ``step`` is called once per control tick and
    gives the nine joints to send now. Whatever came in, what leaves ``step`` is finite, within the
    joint ranges, inside the hard workspace, continuous, and its velocity (change of position over
    dt) and acceleration (change of velocity over dt) are within ``limits``; from any state the
    robot can be braked to rest inside the workspace. Only a robot that was found outside (see
    ``rearm``) moves back inside first, at limited velocity and acceleration.
    Refused commands change nothing: the last good target stays. A command that ages is held, the
    robot never goes limp. Times in s on one clock that the caller chooses, passed in as ``now``;
    nothing is read from a clock here. Not thread-safe: call from one thread or under one lock.
    Bounded: ``step`` costs a few forward kinematics, ``clipped`` at most ``MAX_CLIPPED`` lines.

States
    *running*; *inhibited* (motors off, with a reason) and *stopped* (emergency): both brake and
    refuse commands. ``stop`` is latched until ``rearm``; ``inhibit`` until ``release``. Both of
    the latter start again from where the robot really is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bbia_sim_ros.robot.commands import BodyCommand
from bbia_sim_ros.robot.commands import Verdict
from bbia_sim_ros.robot.commands import body_reasons
from bbia_sim_ros.robot.commands import finite
from bbia_sim_ros.robot.commands import joint_reasons
from bbia_sim_ros.robot.commands import refused
from bbia_sim_ros.robot.commands import stamp_reasons
from bbia_sim_ros.robot.forward import AssemblyError
from bbia_sim_ros.robot.gate_output import GateOutput
from bbia_sim_ros.robot.joint_motion import OUTSIDE
from bbia_sim_ros.robot.joint_motion import JointMotion
from bbia_sim_ros.robot.joint_motion import joint_vector
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.limits import GateLimits
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.workspace import Workspace

__all__ = [
    'BodyCommand',
    'GateLimits',
    'GateOutput',
    'SafetyGate',
    'Verdict',
]

MAX_STEP_S = 0.1
MAX_CLIPPED = 16
_SHORTEST_STEP_S = 1e-5


class SafetyGate:
    """See the module docstring."""

    def __init__(
        self,
        kinematics: Kinematics,
        workspace: Workspace,
        limits: GateLimits,
        start_joints: FloatArray,
        *,
        body_follows_head: bool = True,
    ) -> None:
        """Start at rest at ``start_joints`` (9,) rad, with the goal of staying there.

        Raises
        ------
        ValueError
            ``start_joints`` are not nine finite angles.

        """
        self.kinematics = kinematics
        self.limits = limits
        self.body_follows_head = body_follows_head
        self._motion = JointMotion(workspace, joint_vector(start_joints))
        self._goal = self._motion.goal
        self._stopped = False
        self._inhibited = ''
        self._braking = False
        self._command_time: float | None = None

    # -- state --------------------------------------------------------------------------------

    @property
    def stopped(self) -> bool:
        """Whether the emergency stop is latched."""
        return self._stopped

    @property
    def commanded(self) -> bool:
        """Whether a command was accepted since the start from a measured position."""
        return self._command_time is not None

    @property
    def inhibited(self) -> str:
        """Why commands are refused although nothing is stopped; empty when they are not."""
        return self._inhibited

    @property
    def joints(self) -> FloatArray:
        """Return the joints (9,) that were given out last."""
        return self._motion.joints

    @property
    def head_pose(self) -> FloatArray:
        """Return the head pose (4, 4) in ``head_neutral`` of :attr:`joints`."""
        return self._motion.head_pose

    def set_limits(self, limits: GateLimits) -> None:
        """Use other limits from the next step on; a faster movement is braked down to them.

        Where braking with a lowered acceleration would lead outside, the one that the movement
        was allowed with still applies.
        """
        self.limits = limits

    def stop(self) -> None:
        """Emergency stop: brake with ``stop_factor`` times the accelerations, stay until rearm."""
        self._stopped = True

    def inhibit(self, reason: str) -> None:
        """Refuse commands for ``reason`` (such as 'the motors are off') and brake to rest."""
        self._inhibited = reason or 'inhibited'

    def hold(self) -> None:
        """Forget the target: brake and stay where that ends. Not latched."""
        self._braking = True

    def rearm(self, measured_joints: FloatArray) -> Verdict:
        """End an emergency stop and start at rest from ``measured_joints`` (9,), where it is.

        Where it still moves it brakes on first: servos that were told to be at rest where they pass
        run on for longer, past the joint ranges too.

        Angles beyond the joint ranges or a pose outside the workspace (a robot that sleeps with
        its head on its body) are accepted: the first thing it does is move inside.
        """
        moves = self._motion.is_moving and not self._inhibited
        return self._start_again(
            measured_joints, stopped=False, inhibited=self._inhibited, from_rest=not moves
        )

    def release(self, measured_joints: FloatArray) -> Verdict:
        """End :meth:`inhibit` and start from ``measured_joints`` (9,); an emergency stop stays."""
        return self._start_again(
            measured_joints, stopped=self._stopped, inhibited='', from_rest=True
        )

    def _start_again(
        self, measured: FloatArray, *, stopped: bool, inhibited: str, from_rest: bool
    ) -> Verdict:
        try:
            joints = joint_vector(measured)
        except ValueError as error:
            return refused(str(error))
        self._stopped, self._inhibited = stopped, inhibited
        if from_rest:
            self._motion.place(joints)
            self._command_time = None
        self._braking = not from_rest
        return Verdict(accepted=True, clipped=(OUTSIDE,) if self._motion.recovering else ())

    # -- commands -----------------------------------------------------------------------------

    def command_body(self, command: BodyCommand, *, now: float) -> Verdict:
        """Take a body command, or refuse it with reasons; ``now`` s is the present time."""
        reasons, pose = body_reasons(command)
        reasons = (*self._refusals(command.stamp, now), *reasons)
        if reasons:
            return refused(*reasons)
        antennas = None
        if command.antennas is not None:
            right, left = command.antennas
            antennas = (float(right), float(left))
        joints = self._goal.wish_body(
            pose,
            None if command.body_yaw is None else float(command.body_yaw),
            antennas,
            body_follows_head=self.body_follows_head,
        )
        return self._accept(joints, command.stamp, now)

    def command_joints(
        self,
        names: Sequence[str],
        positions: Sequence[float],
        *,
        stamp: float | None = None,
        now: float,
    ) -> Verdict:
        """Take positions (rad) for any of the nine joints, or refuse them with reasons.

        Legs that are not named keep their goal. Legs that leave the workspace are moved to the
        nearest pose inside; legs that cannot be assembled are refused.
        """
        reasons = (*self._refusals(stamp, now), *joint_reasons(names, positions))
        if reasons:
            return refused(*reasons)
        wanted = self._goal.joints.copy()
        for name, position in zip(names, positions, strict=True):
            wanted[ACTUATED_JOINTS.index(name)] = float(position)
        try:
            joints = self._goal.wish_joints(wanted)
        except AssemblyError as error:
            return refused(str(error))
        return self._accept(joints, stamp, now)

    def _refusals(self, stamp: float | None, now: float) -> tuple[str, ...]:
        reasons = []
        if finite(now) is None:
            reasons.append(f'the present time {now!r} is not a finite number of seconds')
        if self._stopped:
            reasons.append('the emergency stop is active; rearm first')
        if self._inhibited:
            reasons.append(f'no movement now: {self._inhibited}')
        return (*reasons, *(() if reasons else stamp_reasons(stamp, now, self.limits)))

    def _accept(self, joints: FloatArray, stamp: float | None, now: float) -> Verdict:
        self._goal.accept(joints, now if stamp is None else float(stamp), self.limits)
        self._command_time = now
        self._braking = False
        return Verdict(accepted=True, clipped=self._goal.clipped[:MAX_CLIPPED])

    # -- one tick -----------------------------------------------------------------------------

    def step(self, dt: float, *, now: float) -> GateOutput:
        """Advance by ``dt`` s (0 .. 0.1) to time ``now`` s and return what to send.

        A step of less than 10 us moves nothing.

        Raises
        ------
        ValueError
            ``dt`` or ``now`` is not a finite number, or dt is out of range. Nothing moves then;
            after a longer pause call with 0.1.

        """
        if not (math.isfinite(dt) and 0.0 <= dt <= MAX_STEP_S and math.isfinite(now)):
            raise ValueError(
                f'step of {dt} s at {now} s; dt must be 0 .. {MAX_STEP_S} s, both finite'
            )
        before = self._motion.joints
        if dt <= _SHORTEST_STEP_S:
            joints, velocities = before, np.zeros(9)
            clipped: tuple[str, ...] = ()
        else:
            clipped = self._brake(dt) if self._must_brake() else self._follow(dt, now)
            joints = self._motion.joints
            velocities = (joints - before) / dt
        age = -1.0 if self._command_time is None else max(now - self._command_time, 0.0)
        return GateOutput(
            joints=joints,
            velocities=velocities,
            body_frame_pose=self._motion.pose_later(),
            clipped=clipped[:MAX_CLIPPED],
            command_age=age,
            holding=age > self.limits.command_timeout,
        )

    def _must_brake(self) -> bool:
        return self._stopped or bool(self._inhibited) or self._braking

    def _brake(self, dt: float) -> tuple[str, ...]:
        factor = self.limits.stop_factor if self._stopped else 1.0
        if self._motion.brake(self.limits, factor, dt):
            self._motion.stay()
            self._braking = False
        return ()

    def _follow(self, dt: float, now: float) -> tuple[str, ...]:
        return self._motion.follow(self.limits, dt, now=now)
