"""The three robots that the contract is tested on, each behind its driver, seen as one.

Contract: `running_backend(kind)` starts what the kind needs in processes of their own, in the ROS
domain of the environment, and gives a `Backend`; `Backend.make_ready` brings it, from whatever a
test left, to the state every test begins with: connected, armed, motors on, obeying `body_target`,
at rest in the neutral posture. What a kind truly cannot do stands in its `lacks`, in the words of
docs/conformance.md; tests assert the honest answer there.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import ExitStack
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from enum import StrEnum
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger

from bbia_msgs.msg import RobotStatus
from bbia_msgs.srv import SetMotors
from bbia_sim_ros.robot.driver_parameters import DriverParameters
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import NEUTRAL_ANTENNAS_RAD
from bbia_sim_ros.robot.names import NEUTRAL_JOINTS_RAD
from bbia_sim_ros.robot.names import FloatArray
from support.lasting_daemon import LastingDaemon
from support.official_daemon import Mode
from support.ports import HOST
from support.ros import Probe
from support.ros import StackProcess
from support.ros import probe
from support.simulator import Simulator
from support.waiting import is_running
from support.waiting import wait_until

# Many states in a row, so that a joint that only swings through does not count.
REST_STATES = 8
_NEUTRAL_TOLERANCE_RAD = 0.03
_ARGUMENTS = {'status_rate': 20.0}
# A busy machine lets a daemon wait for longer than the default allows.
STALE_S = 0.6
_HARDWARE_ARGUMENTS = {'host': HOST, 'neutral_duration': 0.5, 'stale_after': STALE_S}


class Ability(StrEnum):
    """What not every robot has."""

    MOTORS = 'motors that switch'
    GRAVITY = 'weight'
    EFFORT = 'measured efforts'
    CAMERA = 'a camera'
    INTERFACE = 'an interface of its own'


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of robot: how it is called, what it is made of, and how near it comes to a target.

    `rate_hz` is the rate of its states; `joint_rad`, `distance_mm` and `angle_deg` are how far
    from its target it may come to rest.
    """

    name: str
    title: str
    mode: Mode | None
    rate_hz: float
    joint_rad: float
    distance_mm: float
    angle_deg: float
    lacks: Mapping[Ability, str] = field(default_factory=dict)


_NO_EFFORT = 'its interface has no efforts: they are NaN'
_NO_CAMERA = 'a headless daemon has no camera: no picture is offered, and the status says off'
SIMULATOR = Kind(
    name='simulator',
    title='`simulator_node`',
    mode=None,
    rate_hz=100.0,
    joint_rad=0.02,
    distance_mm=0.6,
    angle_deg=0.5,
    lacks={Ability.INTERFACE: 'it has no interface besides these topics'},
)
MOCKUP = Kind(
    name='mockup',
    title='`hardware_node`, daemon `--mockup-sim`',
    mode=Mode.MOCKUP,
    rate_hz=50.0,
    joint_rad=1e-3,
    distance_mm=0.05,
    angle_deg=0.05,
    lacks={
        Ability.GRAVITY: 'it has no physics: its targets are its state',
        Ability.EFFORT: _NO_EFFORT,
        Ability.CAMERA: _NO_CAMERA,
    },
)
SIMULATION = Kind(
    name='sim',
    title='`hardware_node`, daemon `--sim`',
    mode=Mode.SIMULATION,
    rate_hz=47.5,
    joint_rad=0.03,
    distance_mm=1.0,
    angle_deg=1.2,
    lacks={
        Ability.MOTORS: 'its motors never switch: the answer is "not done", and it goes on',
        Ability.GRAVITY: 'its motors never switch, so its head is never limp',
        Ability.EFFORT: _NO_EFFORT,
        Ability.CAMERA: _NO_CAMERA,
    },
)
KINDS = (SIMULATOR, MOCKUP, SIMULATION)


class Backend:
    """A robot with its driver; see the module's docstring."""

    def __init__(self, kind: Kind, probe: Probe, cleanup: ExitStack) -> None:
        self.kind = kind
        self.probe = probe
        self._cleanup = cleanup
        self._daemon = None if kind.mode is None else LastingDaemon(kind.mode)
        if self._daemon is not None:
            cleanup.enter_context(self._daemon)
            # A robot that is to be thrown away need not go to sleep first.
            cleanup.callback(self.kill)
        self.driver = Simulator(self._start_driver(), probe)
        self.diagnostics = probe.collect(DiagnosticArray, '/diagnostics')
        self._joint_commands = probe.publisher(JointState, 'joint_commands')

    # -- the processes ------------------------------------------------------------------------

    @property
    def daemon(self) -> LastingDaemon | None:
        """The official daemon; the simulator has none."""
        return self._daemon

    @property
    def pid(self) -> int:
        """Process id of the robot: the daemon, or the simulator itself."""
        return self.driver.process.process.pid if self._daemon is None else self._daemon.pid

    def kill(self) -> None:
        """End the robot: the daemon at once, the simulator as Ctrl-C does."""
        if self._daemon is None:
            self.driver.process.stop()
        else:
            self._daemon.stop(signal.SIGKILL)

    def revive(self) -> None:
        """Start the robot again, a daemon on its port of before."""
        if self._daemon is None:
            self.driver.statuses.clear()
            self.driver.process = self._start_driver()
        else:
            self._daemon.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop the robot's process, but leave its connections, within the block."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def _start_driver(self) -> StackProcess:
        name, values = 'simulator_node', dict(_ARGUMENTS)
        if self._daemon is not None:
            name = 'hardware_node'
            values |= {**_HARDWARE_ARGUMENTS, 'port': self._daemon.port}
        arguments = [part for name, value in values.items() for part in ('-p', f'{name}:={value}')]
        return self._cleanup.enter_context(StackProcess(name, ros_arguments=tuple(arguments)))

    # -- the state to begin with --------------------------------------------------------------

    def make_ready(self) -> None:
        """See the module's docstring."""
        if not is_running(self.pid):
            self.revive()
        self.wait_status(lambda now: now.connected, 'the robot is connected')
        if self.status.emergency_stopped:
            self.trigger('rearm')
        if self.status.motors != RobotStatus.MOTORS_ON:
            assert self.set_motors('on').success
        self.wait_status(
            lambda now: not now.detail and now.motors == 'on' and not now.emergency_stopped,
            'the robot takes commands',
        )
        before = len(self.driver.joint_states)
        self.driver.stream_until(
            lambda: (
                len(self.driver.joint_states) >= before + REST_STATES
                and self.is_at(NEUTRAL_JOINTS_RAD, _NEUTRAL_TOLERANCE_RAD)
            ),
            'the robot rests in the neutral posture',
            head=np.eye(4),
            antennas=NEUTRAL_ANTENNAS_RAD,
            body_yaw=0.0,
        )

    @property
    def status(self) -> RobotStatus:
        """The newest status."""
        return wait_until(lambda: self.driver.statuses, 'a status')[-1]

    def wait_status(
        self, condition: Callable[[RobotStatus], Any], what: str, deadline_s: float = 15.0
    ) -> RobotStatus:
        """Return the first status, from now on or the newest one, that meets a condition."""
        wait_until(
            lambda: condition(self.status),
            f'{what}; the driver says:\n{self.driver.process.output}',
            deadline_s,
        )
        return self.status

    def diagnosis(self, part: str) -> DiagnosticStatus | None:
        """Return what is said of a part of the driver in the newest diagnostics, if anything."""
        found = [s for s in self.diagnostics[-1].status if s.name.endswith(f': {part}')]
        return found[0] if found else None

    # -- measurements -------------------------------------------------------------------------

    @property
    def joints(self) -> FloatArray:
        """The newest positions (9,) in the order of `ACTUATED_JOINTS`, rad."""
        return self.last_joints(1)[0]

    def last_joints(self, count: int) -> FloatArray:
        """Return the last positions (count, 9), rad, waiting for them if there are fewer."""
        states = self.driver.joint_states
        wait_until(lambda: len(states) >= count, f'{count} joint states')
        return np.array([message.position[: len(ACTUATED_JOINTS)] for message in states[-count:]])

    def is_at(self, joints: FloatArray, tolerance_rad: float) -> bool:
        """Whether the last states are all at `joints` (9,); NaN: wherever."""
        off = np.abs(self.last_joints(REST_STATES) - joints)
        return bool(np.nanmax(off) <= tolerance_rad)

    def is_still(self) -> bool:
        """Whether no joint has moved during the last states."""
        moved = np.ptp(self.last_joints(REST_STATES), axis=0).max()
        return bool(moved <= 0.5 * self.kind.joint_rad)

    def at(self, **positions: float) -> bool:
        """Whether the robot rests with these joints at these positions, rad."""
        wanted = np.full(len(ACTUATED_JOINTS), np.nan)
        for name, position in positions.items():
            wanted[ACTUATED_JOINTS.index(name)] = position
        return self.is_at(wanted, self.kind.joint_rad)

    # -- commands -----------------------------------------------------------------------------

    def stream(self, states: int, **fields: Any) -> None:
        """Stream a `body_target` while this many joint states come."""
        before = len(self.driver.joint_states)
        self.driver.stream_until(
            lambda: len(self.driver.joint_states) >= before + states,
            f'{states} joint states',
            **fields,
        )

    def wait_states(self, count: int) -> None:
        """Wait until this many more joint states came, commanding nothing."""
        before = len(self.driver.joint_states)
        wait_until(lambda: len(self.driver.joint_states) >= before + count, f'{count} joint states')

    def stream_joints(
        self, joints: FloatArray, until: Callable[[], Any], what: str, deadline_s: float = 20.0
    ) -> None:
        """Answer each state with `joint_commands` of all nine joints until a condition holds."""
        command = JointState(name=list(ACTUATED_JOINTS), position=[float(q) for q in joints])
        answered = 0

        def publish_and_look() -> Any:
            nonlocal answered
            if len(self.driver.joint_states) > answered:
                answered = len(self.driver.joint_states)
                self._joint_commands.publish(command)
            return until()

        wait_until(publish_and_look, f'{what}; the status is {self.status}', deadline_s)

    def trigger(self, service: str) -> str:
        """Call a service of type std_srvs/Trigger, fail if it does not succeed; its message."""
        answer = self.probe.call(Trigger, service)
        assert answer.success, answer.message
        return str(answer.message)

    def set_motors(self, mode: str) -> SetMotors.Response:
        """Ask for a mode of the motors and return the answer."""
        return self.probe.call(SetMotors, 'set_motors', SetMotors.Request(mode=mode))

    @contextmanager
    def parameters(self, **values: object) -> Iterator[None]:
        """Set parameters of the driver within the block, their defaults after it."""
        defaults = DriverParameters()
        self._set_parameters(values)
        try:
            yield
        finally:
            self._set_parameters({name: getattr(defaults, name) for name in values})

    def _set_parameters(self, values: Mapping[str, object]) -> None:
        wanted = [Parameter(name, value=value).to_parameter_msg() for name, value in values.items()]
        answer = self.probe.call(
            SetParameters, 'robot/set_parameters', SetParameters.Request(parameters=wanted)
        )
        assert all(result.successful for result in answer.results), answer.results


@contextmanager
def running_backend(kind: Kind) -> Iterator[Backend]:
    """Start a robot of a kind; raises `DaemonNotInstalled` where its daemon is not."""
    with probe() as made, ExitStack() as cleanup:
        yield Backend(kind, made, cleanup)
