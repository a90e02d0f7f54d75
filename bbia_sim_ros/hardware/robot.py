"""The real robot as a driver's body: the safety gate in front, the daemon's connection behind it.

Implements `bbia_sim_ros.robot.driver.RobotBody`; one caller at a time, the node's lock sees to
that. Nothing here waits for the network.

`hardware/readiness.py` says when the robot can be driven; commands are refused for its reason until
then. The way into the phase *ready* always starts the gate at the measured joints, so there is no
jump. The gate's joints are sent whenever they change.

The head pose comes from our own forward kinematics of the measured legs, because the daemon's can
stay in a wrong assembly (issue 1417); `diagnose` compares the two. Velocities are differences over
three periods; efforts are not measured and reported as NaN. Times: `now` on the driver's
clock, `clock` monotonic; s.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from collections.abc import Sequence

import numpy as np

from bbia_sim_ros.hardware.diagnosis import Finding
from bbia_sim_ros.hardware.diagnosis import diagnose
from bbia_sim_ros.hardware.link import DaemonLink
from bbia_sim_ros.hardware.link_state import LinkState
from bbia_sim_ros.hardware.obedience import ObedienceWatch
from bbia_sim_ros.hardware.protocol import antennas_frame
from bbia_sim_ros.hardware.protocol import head_frame
from bbia_sim_ros.hardware.protocol import stop_move_frame
from bbia_sim_ros.hardware.readiness import Phase
from bbia_sim_ros.hardware.readiness import Readiness
from bbia_sim_ros.robot.commands import BodyCommand
from bbia_sim_ros.robot.commands import Verdict
from bbia_sim_ros.robot.driver import BodyStatus
from bbia_sim_ros.robot.driver import DriverError
from bbia_sim_ros.robot.driver import RobotState
from bbia_sim_ros.robot.driver import Safeguards
from bbia_sim_ros.robot.forward import AssemblyError
from bbia_sim_ros.robot.gate import MAX_STEP_S
from bbia_sim_ros.robot.gate import SafetyGate
from bbia_sim_ros.robot.limits import GateLimits
from bbia_sim_ros.robot.names import ANTENNAS_SLICE
from bbia_sim_ros.robot.names import BODY_INDEX
from bbia_sim_ros.robot.names import LEGS_SLICE
from bbia_sim_ros.robot.names import FloatArray

NEVER_S = -1.0
# Three periods of the daemon's 50 Hz.
_DIFFERENCE_STATES = 4
_SHORTEST_DIFFERENCE_S = 0.01


class HardwareRobot:
    """One real robot; see the module's docstring."""

    def __init__(
        self,
        link: DaemonLink,
        gate: SafetyGate,
        *,
        clock: Callable[[], float],
        stale_after: float,
        neutral_duration: float,
    ) -> None:
        self.readiness = Readiness(
            address=link.address,
            request=link.request,
            stale_after=stale_after,
            neutral_duration=neutral_duration,
        )
        self._link = link
        self._gate = gate
        self._clock = clock
        self._watch = ObedienceWatch()
        self._stepped: float | None = None
        self._sent: FloatArray | None = None
        self._published = 0.0
        self._recent: deque[tuple[float, FloatArray]] = deque(maxlen=_DIFFERENCE_STATES)
        self._unassembled = ''
        self._command_age = NEVER_S
        self._clipped: tuple[str, ...] = ()
        self._complaint = ''
        gate.inhibit(self.readiness.why)

    def set_limits(self, limits: GateLimits, *, body_follows_head: bool) -> None:
        """Change the gate's limits; raises what the gate raises for bad ones."""
        self._gate.set_limits(limits)
        self._gate.body_follows_head = body_follows_head

    # -- RobotBody ----------------------------------------------------------------------------

    def command_body(self, command: BodyCommand, *, now: float) -> Verdict:
        """See `RobotBody`."""
        return self._gate.command_body(command, now=now)

    def command_joints(
        self, names: Sequence[str], positions: Sequence[float], *, stamp: float | None, now: float
    ) -> Verdict:
        """See `RobotBody`."""
        return self._gate.command_joints(names, positions, stamp=stamp, now=now)

    def tick(self, *, now: float) -> RobotState | None:
        """Send one control period's joints and return the state if a new one came."""
        mono = self._clock()
        state = self._link.snapshot()
        self._become_ready(state, mono)
        if self._is_ready:
            self._drive(now, mono)
        return self.measure()

    def measure(self) -> RobotState | None:
        """Return the newest state, None when it was returned before or is stale."""
        state = self._link.snapshot()
        arrived = state.joints
        if (
            arrived is None
            or arrived.monotonic == self._published
            or not state.connected
            or self._clock() - arrived.monotonic > self.readiness.stale_after
        ):
            return None
        self._published = arrived.monotonic
        joints = arrived.message.joints
        if self._is_ready:
            self._complaint = self._watch.measured(joints, arrived.monotonic)
        legs, yaw = joints[LEGS_SLICE], float(joints[BODY_INDEX])
        kinematics = self._gate.kinematics
        try:
            pose = kinematics.forward(legs, yaw, guess=self._gate.head_pose)
        except AssemblyError as error:
            self._unassembled = f'the measured joints fit no pose of the head: {error}'
            return None
        self._unassembled = ''
        return RobotState(
            joints=joints,
            velocities=self._velocities(arrived.monotonic, joints),
            efforts=np.full(9, np.nan),
            passive=kinematics.passive_angles(pose, yaw, legs),
            head_pose=pose,
            stamp=arrived.wall,
        )

    def status(self, *, now: float) -> BodyStatus:
        """See `RobotBody`."""
        ready = self._is_ready
        return BodyStatus(
            connected=not self._is_absent,
            motors=self.readiness.motors,
            emergency_stopped=self._gate.stopped,
            command_age=self._command_age if ready else NEVER_S,
            clipped=self._clipped if ready else (),
            real_time_factor=1.0,
            detail=self.readiness.why or self._complaint,
        )

    def emergency_stop(self) -> str:
        """See `RobotBody`. The motors stay on, because the head of a limp robot falls.

        Raises `DriverError` when the robot cannot be reached: the stop is latched here all the
        same, but a move that the daemon plays by itself may go on.
        """
        self._gate.stop()
        if self._is_absent or not self._link.request(stop_move_frame()):
            raise DriverError(
                f'the stop is latched here, but the robot did not hear it: {self.readiness.why};'
                ' use its power switch'
            )
        return 'stopped and latched, motors holding: nothing moves until the service rearm'

    def rearm(self) -> str:
        """See `RobotBody`."""
        if self._is_absent:
            raise DriverError(f'rearm needs the measured pose: {self.readiness.why}')
        self._require(self._gate.rearm(self._measured))
        self._begin_anew()
        return 'armed again, holding the present position'

    @property
    def safeguards(self) -> Safeguards:
        """See `RobotBody`. The motors are not among them: the daemon keeps those itself."""
        return Safeguards(emergency_stopped=self._gate.stopped)

    def restore(self, kept: Safeguards) -> None:
        """See `RobotBody`."""
        if kept.emergency_stopped:
            self._gate.stop()

    # -- diagnosis ----------------------------------------------------------------------------

    def diagnose(self) -> tuple[Finding, ...]:
        """Return what a person should know about the connection, motors and pose."""
        return diagnose(
            self._link.snapshot(),
            self._gate.kinematics,
            address=self._link.address,
            absent=self._is_absent,
            why=self.readiness.why,
            obedience=self._complaint,
            motors=self.readiness.motors,
            now=self._clock(),
        )

    # -- readiness ----------------------------------------------------------------------------

    @property
    def _is_ready(self) -> bool:
        return self.readiness.phase is Phase.READY

    @property
    def _is_absent(self) -> bool:
        return self.readiness.phase is Phase.ABSENT

    def _become_ready(self, state: LinkState, mono: float) -> None:
        self.readiness.update(
            state, now=mono, stopped=self._gate.stopped, unusable=self._unassembled
        )
        if not self._is_ready:
            if self.readiness.why != self._gate.inhibited:
                self._gate.inhibit(self.readiness.why)
                self._complaint = ''
        elif self._gate.inhibited:
            # An emergency stop stays.
            self._require(self._gate.release(self._measured))
            self._begin_anew()

    def _begin_anew(self) -> None:
        self._stepped = self._sent = None
        self._command_age, self._clipped, self._complaint = NEVER_S, (), ''
        self._watch.forget()

    @property
    def _measured(self) -> FloatArray:
        joints = self._link.snapshot().joints
        if joints is None:
            raise DriverError(f'no state of the robot at {self._link.address} is known')
        return joints.message.joints

    @staticmethod
    def _require(verdict: Verdict) -> None:
        if not verdict.accepted:
            raise DriverError('; '.join(verdict.reasons))

    # -- control ------------------------------------------------------------------------------

    def _drive(self, now: float, mono: float) -> None:
        if not self._gate.commanded:
            # Nobody has commanded anything yet: a robot that stands is left alone.
            return
        dt = 0.0 if self._stepped is None else min(mono - self._stepped, MAX_STEP_S)
        self._stepped = mono
        output = self._gate.step(dt, now=now)
        self._clipped, self._command_age = output.clipped, output.command_age
        self._watch.sent(output.joints, mono)
        sent = self._sent
        if sent is not None and np.array_equal(output.joints, sent):
            return
        frames: tuple[str, ...] = (head_frame(output.joints),)
        if sent is None or not np.array_equal(output.joints[ANTENNAS_SLICE], sent[ANTENNAS_SLICE]):
            frames += (antennas_frame(output.joints),)
        self._link.send_motion(frames)
        self._sent = output.joints

    def _velocities(self, time: float, joints: FloatArray) -> FloatArray:
        """Return the velocities (9,) over the last few states: those may arrive in pairs."""
        recent = self._recent
        if recent and time - recent[-1][0] > self.readiness.stale_after:
            recent.clear()
        recent.append((time, joints))
        elapsed = time - recent[0][0]
        if elapsed < _SHORTEST_DIFFERENCE_S:
            return np.zeros(9)
        velocities: FloatArray = (joints - recent[0][1]) / elapsed
        return velocities
