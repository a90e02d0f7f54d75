"""The ROS side of a robot driver, simulated or real: the topics and services of the contract.

Threads: the executor's thread takes commands, services and parameters; one control thread calls the
body once a period and publishes. Both hold `lock` while they touch the body; the control thread
holds it for about a millisecond. Commands wait until the next period begins, at most
`MAX_COMMANDS` of them, and are then obeyed in order, since one may speak of the head and the next
of the antennas; what is too much is refused, the oldest first. Units and frames are those of the
contract: SI, radians, `head_neutral`.
"""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Generic
from typing import TypeVar

from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger

from bbia_msgs.msg import BodyTarget
from bbia_msgs.msg import RobotStatus
from bbia_msgs.srv import SetMotors
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.body_target_reader import BodyTargetReader
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.driver_memory import DriverMemory
from bbia_sim_ros.nodes.errors import StartError
from bbia_sim_ros.nodes.messages import seconds
from bbia_sim_ros.nodes.node_parameters import NodeParameters
from bbia_sim_ros.nodes.state_publisher import StatePublisher
from bbia_sim_ros.nodes.status_publisher import StatusPublisher
from bbia_sim_ros.pulses import PULSES
from bbia_sim_ros.robot.commands import Verdict
from bbia_sim_ros.robot.driver import CommandSource
from bbia_sim_ros.robot.driver import DriverError
from bbia_sim_ros.robot.driver import Motors
from bbia_sim_ros.robot.driver import RobotBody
from bbia_sim_ros.robot.driver import RobotState
from bbia_sim_ros.robot.driver_parameters import DriverParameters
from bbia_sim_ros.robot.fair_lock import FairLock
from bbia_sim_ros.robot.instance_lock import InstanceLock
from bbia_sim_ros.robot.instance_lock import InstanceLockError
from bbia_sim_ros.robot.poses import PoseError

P = TypeVar('P', bound=DriverParameters)
R = TypeVar('R', SetMotors.Response, Trigger.Response)
_NODE_NAME = 'robot'
# A stalled process finds what a fast stream sent meanwhile: that is not yet a flood.
MAX_COMMANDS = 64
_RIVAL_CHECK_PERIOD_S = 1.0
_JOIN_TIMEOUT_S = 5.0


class DriverNode(Node, Generic[P]):
    """Base of `SimulatorNode` and `HardwareNode`; see the module's docstring."""

    def __init__(
        self, parameters_class: type[P], *, source: str, cli_args: list[str] | None = None
    ) -> None:
        super().__init__(_NODE_NAME, cli_args=cli_args)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._control, name='control', daemon=True)
        self._instance_lock = self._take_instance_lock()
        self._memory = DriverMemory(self)
        self.parameters = NodeParameters(self, parameters_class, on_change=self._on_parameters)
        self.lock = FairLock()
        self._source = source
        self._targets = BodyTargetReader()
        self._mailbox: deque[bytes | JointState] = deque()

    def start(self, body: RobotBody) -> None:
        """Offer the contract's topics and services and begin to control `body`."""
        self.body = body
        self._memory.restore(body)
        self._states = StatePublisher(self)
        self._status = StatusPublisher(self, source=self._source, fill=self.fill_status)
        self.create_subscription(
            BodyTarget, 'body_target', self._on_body_target, qos.COMMANDS, raw=True
        )
        self.create_subscription(JointState, 'joint_commands', self._on_joint_command, qos.COMMANDS)
        self.create_service(SetMotors, 'set_motors', self._on_set_motors)
        self.create_service(Trigger, 'emergency_stop', self._on_emergency_stop)
        self.create_service(Trigger, 'rearm', self._on_rearm)
        self.create_timer(_RIVAL_CHECK_PERIOD_S, self._check_for_rival, clock=steady_clock())
        self._thread.start()

    @property
    def driver_time(self) -> float:
        """The time of the driver's clock, s; see `bbia_sim_ros.robot.driver`."""
        return time.time()

    @abstractmethod
    def switch_motors(self, mode: Motors) -> str:
        """Switch the motors and return what was done; runs without the lock.

        Raises `DriverError` when it cannot be.
        """

    @abstractmethod
    def wait_for_period(self) -> None:
        """Wait until the next control period begins; runs without the lock."""

    def before_state(self) -> None:
        """Publish what must precede the state that it belongs to; called with the lock held."""

    def fill_status(self, message: RobotStatus) -> None:
        """Fill the fields of the status that only one driver has; called with the lock held."""

    def _take_instance_lock(self) -> InstanceLock:
        try:
            return InstanceLock(self.context.get_domain_id(), self.get_fully_qualified_name())
        except InstanceLockError as error:
            super().destroy_node()
            raise StartError(str(error)) from error

    def _on_body_target(self, serialised: bytes) -> None:
        self._receive(serialised, CommandSource.BODY_TARGET)

    def _on_joint_command(self, message: JointState) -> None:
        self._receive(message, CommandSource.JOINT_COMMANDS)

    def _receive(self, command: bytes | JointState, road: CommandSource) -> None:
        with self.lock:
            source = self.parameters.value.command_source
            if source != road:
                self._status.count_refused(
                    (f'command_source is {source}: commands on the other road are refused',)
                )
                return
            self._mailbox.append(command)
            if len(self._mailbox) > MAX_COMMANDS:
                self._mailbox.popleft()
                self._status.count_refused(
                    (f'more than {MAX_COMMANDS} commands came in one control period',)
                )

    def _obey(self, command: bytes | JointState) -> None:
        now = self.driver_time
        if isinstance(command, bytes):
            try:
                verdict = self.body.command_body(self._targets.read(command), now=now)
            except PoseError as error:
                verdict = Verdict(accepted=False, reasons=(str(error),))
        else:
            verdict = self.body.command_joints(
                command.name, command.position, stamp=seconds(command.header.stamp), now=now
            )
        if verdict.accepted:
            self._status.count_accepted()
        else:
            self._status.count_refused(verdict.reasons)

    def _control(self) -> None:
        with PULSES.watched(f'control of {self.get_fully_qualified_name()}') as pulse:
            while not self._stopping.is_set():
                # To a deadline that is minutes away when a simulation is very slow.
                pulse.rest()
                self.wait_for_period()
                pulse.beat()
                with self.lock:
                    if not self._stopping.is_set():
                        self.run_period()

    def run_period(self) -> None:
        """Obey what was commanded, tick the body and publish; the caller holds the lock."""
        self.obey()
        self.publish(self.body.tick(now=self.driver_time))

    def obey(self) -> None:
        """Hand the waiting commands to the body in order; the caller holds the lock."""
        while self._mailbox:
            self._obey(self._mailbox.popleft())

    def drop_commands(self) -> None:
        """Forget the commands that wait for the next period; the caller holds the lock."""
        self._mailbox.clear()

    def publish(self, state: RobotState | None) -> None:
        """Publish state and status; the caller holds the lock."""
        self.before_state()
        stamp = self.driver_time
        if state is not None:
            self._states.publish(state, stamp if state.stamp is None else state.stamp)
        values = self.parameters.value
        self._status.publish(
            self.body.status(now=stamp),
            stamp=stamp,
            command_source=values.command_source,
            rate=values.status_rate,
        )

    def _on_set_motors(
        self, request: SetMotors.Request, response: SetMotors.Response
    ) -> SetMotors.Response:
        if request.mode not in {mode.value for mode in Motors}:
            response.success = False
            allowed = ', '.join(mode.value for mode in Motors)
            response.message = f'unknown mode {request.mode!r}; allowed are {allowed}'
            return response
        self.answer_unlocked(response, lambda: self.switch_motors(Motors(request.mode)))
        with self.lock:
            self._memory.keep(self.body)
        return response

    def _on_emergency_stop(
        self, _: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        return self.answer(response, self._stop_now)

    def _stop_now(self) -> str:
        self.drop_commands()
        return self.body.emergency_stop()

    def _on_rearm(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        return self.answer(response, self.body.rearm)

    def answer(self, response: R, action: Callable[[], str]) -> R:
        """Do `action` with the lock held and put its sentence, or its error, into the answer."""
        with self.lock:
            self.answer_unlocked(response, action)
            self._memory.keep(self.body)
        return response

    def answer_unlocked(self, response: R, action: Callable[[], str]) -> R:
        """Do `action`, which takes the lock itself, and answer as `answer` does."""
        try:
            response.message = action()
            response.success = True
        except DriverError as error:
            response.success = False
            response.message = str(error)
        self._status.ask()
        return response

    def _check_for_rival(self) -> None:
        """Say so when another process drives the same robot from another computer."""
        publishers = self.count_publishers('joint_states')
        if publishers > 1:
            self.get_logger().error(
                f'{publishers} nodes publish {self.resolve_topic_name("joint_states")}: a second'
                ' driver runs in this namespace; stop one or give it a namespace of its own',
                throttle_duration_sec=10.0,
            )

    @abstractmethod
    def _on_parameters(self, before: P, after: P) -> None:
        """Let changed parameters take effect; runs in the thread that set them."""

    def destroy_node(self) -> None:
        """Stop the control thread, give the robot free, destroy the node."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_JOIN_TIMEOUT_S)
        self._memory.close()
        self._instance_lock.release()
        super().destroy_node()
