"""The simulated robot as a driver's body: the safety gate in front, MuJoCo behind it.

Implements `bbia_sim_ros.robot.driver.RobotBody`. One caller at a time; the node's lock sees to
that. In each period the gate turns targets into the nine joints to send, physics advances by one
control period, and the state is read. Nothing here reads a clock, so the same commands at the same
periods give the same states to the last bit.

After `max_steps` physics steps, or `release`, the model is gone and its memory given back; `reset`
loads it again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Sequence
from typing import Literal

from bbia_sim_ros.robot.commands import BodyCommand
from bbia_sim_ros.robot.commands import Verdict
from bbia_sim_ros.robot.commands import refused
from bbia_sim_ros.robot.driver import BodyStatus
from bbia_sim_ros.robot.driver import DriverError
from bbia_sim_ros.robot.driver import Motors
from bbia_sim_ros.robot.driver import RobotState
from bbia_sim_ros.robot.driver import Safeguards
from bbia_sim_ros.robot.forward import MAX_TILT_RAD
from bbia_sim_ros.robot.forward import MAX_TWIST_RAD
from bbia_sim_ros.robot.gate import SafetyGate
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.kinematics import turned
from bbia_sim_ros.robot.limits import GateLimits
from bbia_sim_ros.robot.names import BODY_INDEX
from bbia_sim_ros.robot.names import LEGS_SLICE
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import yaw_of
from bbia_sim_ros.simulation.errors import SimulationDiverged
from bbia_sim_ros.simulation.errors import StepLimitReached
from bbia_sim_ros.simulation.physics import Keyframe
from bbia_sim_ros.simulation.physics import Physics
from bbia_sim_ros.simulation.servos import TORQUE_LIMIT_NM

_TORQUE: dict[Motors, Literal['on', 'off', 'compliant']] = {
    Motors.ON: 'on',
    Motors.OFF: 'off',
    Motors.COMPLIANT: 'compliant',
}
NEVER_S = -1.0
# A head flung to the other side and back again helped itself.
_ASTRAY_S = 0.5
_COS_MAX_TILT = math.cos(MAX_TILT_RAD)
_TURNED_OVER = (
    'the head turned over its legs before {time:.2f} s and did not come back by itself; the robot '
    'was put back to neutral (so far: {count})'
)
_RELEASED = 'the simulation is stopped: {reason} Call simulator/reset to start anew.'


class SimulatedRobot:
    """One simulated robot; see the module's docstring.

    `load` makes the physics, `gate` guards it, and `steps_per_period` physics steps make one
    control period. `real_time_factor` is what the owner measured, for the status. `turned_over`
    counts how often the head turned over its legs, see `is_turned_over`.
    """

    def __init__(
        self,
        *,
        load: Callable[[Keyframe], Physics],
        gate: SafetyGate,
        steps_per_period: int,
        initial_pose: Keyframe,
    ) -> None:
        self._load = load
        self._gate = gate
        self._steps_per_period = steps_per_period
        self._motors = Motors.ON
        self._physics: Physics | None = None
        self._stop_reason = ''
        self._detail = ''
        self.turned_over = 0
        self._astray_s = 0.0
        self._time = 0.0
        self._steps = 0
        self._timestep = 0.0
        self._command_age = NEVER_S
        self._clipped: tuple[str, ...] = ()
        self.initial_pose: Keyframe = initial_pose
        self.real_time_factor = 0.0
        self.reset()

    @property
    def time(self) -> float:
        """Simulated seconds since the start or the last reset."""
        return self._time

    @property
    def steps(self) -> int:
        """Physics steps since the model was loaded."""
        return self._steps

    @property
    def running(self) -> bool:
        """Whether the model is loaded."""
        return self._physics is not None

    @property
    def period(self) -> float:
        """Simulated seconds in one control period."""
        return self._steps_per_period * self._timestep

    @property
    def physics(self) -> Physics:
        """The physics; raises `DriverError` after the release."""
        if self._physics is None:
            raise DriverError(_RELEASED.format(reason=self._stop_reason))
        return self._physics

    def set_limits(self, limits: GateLimits, *, body_follows_head: bool) -> None:
        """Change the gate's limits; raises what the gate raises for bad ones."""
        self._gate.set_limits(limits)
        self._gate.body_follows_head = body_follows_head

    def set_max_steps(self, max_steps: int) -> None:
        """Change the step limit; 0 is none."""
        self.physics.max_steps = max_steps

    def command_body(self, command: BodyCommand, *, now: float) -> Verdict:
        """See `RobotBody`."""
        if self._physics is None:
            return refused(self._stop_reason)
        return self._gate.command_body(command, now=now)

    def command_joints(
        self, names: Sequence[str], positions: Sequence[float], *, stamp: float | None, now: float
    ) -> Verdict:
        """See `RobotBody`."""
        if self._physics is None:
            return refused(self._stop_reason)
        return self._gate.command_joints(names, positions, stamp=stamp, now=now)

    def tick(self, *, now: float) -> RobotState | None:
        """Advance by one control period; see `RobotBody`. None once the model is released."""
        return self.advance(self._steps_per_period, now=now)

    def advance(self, steps: int, *, now: float) -> RobotState | None:
        """Advance by `steps` physics steps, at most one control period, and return the state."""
        if self._physics is None:
            return None
        physics = self._physics
        if self._motors is Motors.ON:
            output = self._gate.step(steps * self._timestep, now=now)
            self._clipped, self._command_age = output.clipped, output.command_age
            physics.set_targets(output.joints)
        try:
            physics.step(steps)
        except StepLimitReached as error:
            state = self._measure(physics)
            self.release(str(error))
            return state
        except SimulationDiverged as error:
            self._go_on_from_neutral(physics, str(error))
        state = self._measure(physics)
        if is_turned_over(state, self._gate.kinematics):
            self._astray_s += steps * self._timestep
            if self._astray_s >= _ASTRAY_S:
                return self._upright(physics)
        else:
            self._astray_s = 0.0
        return state

    def _upright(self, physics: Physics) -> RobotState:
        """Put a robot whose head turned over its legs back to neutral, and say so."""
        physics.put_robot()
        self._astray_s = 0.0
        self.turned_over += 1
        detail = _TURNED_OVER.format(count=self.turned_over, time=physics.time)
        self._go_on_from_neutral(physics, detail)
        return self._measure(physics)

    def _go_on_from_neutral(self, physics: Physics, detail: str) -> None:
        """Have the gate follow a robot that was put there; motors that are off stay a refusal."""
        self._detail = detail
        self._start_from(physics.joint_positions)
        self._refuse_without_motors()

    def status(self, *, now: float) -> BodyStatus:
        """See `RobotBody`."""
        return BodyStatus(
            connected=self.running,
            motors=self._motors,
            emergency_stopped=self._gate.stopped,
            command_age=self._command_age,
            clipped=self._clipped,
            real_time_factor=self.real_time_factor,
            detail=self._stop_reason or self._detail,
        )

    def set_motors(self, mode: Motors) -> str:
        """Switch the motors and return what was done. Switched on, the robot holds where it is.

        Raises `DriverError` after the release.
        """
        physics = self.physics
        physics.set_torque(_TORQUE[mode])
        if mode is Motors.ON and self._motors is not Motors.ON:
            self._start_from(physics.joint_positions)
        self._motors = mode
        self._refuse_without_motors()
        return f'motors are {mode}'

    def _refuse_without_motors(self) -> None:
        if self._motors is not Motors.ON:
            self._gate.inhibit(
                f'motors are {self._motors}: switch them on with the service set_motors'
            )

    def emergency_stop(self) -> str:
        """See `RobotBody`. The motors stay as they are, so the head does not fall."""
        self._gate.stop()
        return 'stopped and latched: nothing moves until the service rearm'

    def rearm(self) -> str:
        """See `RobotBody`."""
        verdict = self._gate.rearm(self.physics.joint_positions)
        if not verdict.accepted:
            raise DriverError('; '.join(verdict.reasons))
        return 'armed again, holding the present position'

    @property
    def safeguards(self) -> Safeguards:
        """See `RobotBody`."""
        return Safeguards(emergency_stopped=self._gate.stopped, motors=self._motors)

    def restore(self, kept: Safeguards) -> None:
        """See `RobotBody`."""
        if kept.emergency_stopped:
            self._gate.stop()
        if kept.motors is not self._motors:
            self.set_motors(kept.motors)

    def reset(self) -> str:
        """Put everything back to the initial pose at time 0; loads the model if it was released.

        An emergency stop stays latched: a reset never starts motion.
        """
        if self._physics is None:
            self._physics = self._load(self.initial_pose)
            self._timestep = self._physics.timestep
        else:
            self._physics.reset(self.initial_pose)
        self._motors = Motors.ON
        self._stop_reason = ''
        self._detail = ''
        self._start_from(self._physics.joint_positions)
        self._measure(self._physics)
        return f'reset to {self.initial_pose} at time 0'

    def release(self, reason: str) -> None:
        """Give the model's memory back; `reason` is what the status says from now on."""
        if self._physics is not None:
            self._stop_reason = _RELEASED.format(reason=reason)
            self._physics.close()
            self._physics = None

    def _start_from(self, joints: FloatArray) -> None:
        """Let the gate go on from where the robot is; an emergency stop stays."""
        verdict = self._gate.release(joints)
        if not verdict.accepted:
            raise DriverError('; '.join(verdict.reasons))
        self._clipped, self._command_age = verdict.clipped, NEVER_S

    def _measure(self, physics: Physics) -> RobotState:
        self._time = physics.time
        self._steps = physics.steps
        return RobotState(
            joints=physics.joint_positions,
            velocities=physics.joint_velocities,
            efforts=physics.joint_efforts,
            passive=physics.passive_angles,
            head_pose=physics.head_pose,
        )


def is_turned_over(state: RobotState, kinematics: Kinematics) -> bool:
    """Say whether the legs hold the head in another assembly than the robot's own.

    The model's ball joints turn without end and its rods pass through one another; servos that
    fling the head through a singularity cannot bring it back. The bounds are those that forward
    kinematics tell assemblies apart with; a head within them is looked at only while a servo pushes
    with all it has.
    """
    body_yaw = float(state.joints[BODY_INDEX])
    twist = math.remainder(yaw_of(state.head_pose) - body_yaw, 2.0 * math.pi)
    if state.head_pose[2, 2] < _COS_MAX_TILT or abs(twist) > MAX_TWIST_RAD:
        return True
    if max(map(abs, state.efforts[LEGS_SLICE].tolist())) < TORQUE_LIMIT_NM:
        return False
    pose = turned(state.head_pose, -body_yaw)
    return kinematics.stiffness(pose, state.joints[LEGS_SLICE]) < 0.0
