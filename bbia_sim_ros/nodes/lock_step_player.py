"""A recorded run, done again by a simulator in lock step, and its states compared.

For each recorded state: what was commanded before it is published, the simulator's own counters
tell when it has taken that, then it is stepped to the state, whose values and stamp are all
compared for equality. The run is begun anew by `simulator/reset`. Services are not recorded: a
run with an emergency stop, another mode of the motors or changed parameters is not done again the
same. All in one thread, with an executor of its own.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from collections.abc import Mapping
from functools import partial
from typing import Any
from typing import Final

from rcl_interfaces.srv import GetParameters
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import JointState
from std_srvs.srv import SetBool
from std_srvs.srv import Trigger

from bbia_msgs.msg import BodyTarget
from bbia_msgs.msg import RobotStatus
from bbia_msgs.srv import StepSimulation
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.progress_line import ProgressLine
from bbia_sim_ros.recording.errors import RecordingError
from bbia_sim_ros.recording.lock_step import Period
from bbia_sim_ros.recording.lock_step import periods
from bbia_sim_ros.recording.reader import Contents
from bbia_sim_ros.recording.reader import by_publication
from bbia_sim_ros.recording.reader import messages

_STATES: Final = 'joint_states'
_COMMANDS: Final = {'body_target': BodyTarget, 'joint_commands': JointState}
_WAIT_S: Final = 10.0
_POLL_S: Final = 0.05
_AT_ONCE: Final = 32
_SHOW_EVERY: Final = 20


class LockStepPlayer:
    """See the module's docstring. Raises RecordingError when there is no such simulator."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(node)
        self._states: list[bytes] = []
        self._status: RobotStatus | None = None
        node.create_subscription(JointState, _STATES, self._states.append, qos.STREAM, raw=True)
        node.create_subscription(RobotStatus, 'robot_status', self._on_status, qos.LATCHED)
        self._step: Any = node.create_client(StepSimulation, 'simulator/step')
        self._poke: Any = node.create_client(SetBool, 'simulator/set_pause')
        self._reset: Any = node.create_client(Trigger, 'simulator/reset')
        self._publishers_of = {
            name: node.create_publisher(kind, name, qos.STREAM) for name, kind in _COMMANDS.items()
        }
        self.timestep_s = self._find_simulator()
        self.compared = 0
        self.identical = 0
        self.largest_rad = 0.0

    def begin(self, first: tuple[str, bytes] | None) -> None:
        """Put the simulator back to its beginning, with the way of the commands known to work."""
        for name, publisher in self._publishers_of.items():
            if self._node.count_publishers(publisher.topic_name) > 1:
                raise RecordingError(f'another node publishes {name}: stop it first')
        if first is not None:
            # Until both sides have found each other, commands are lost.
            taken = self._taken()
            name, data = first

            def send_and_look() -> bool:
                self._publishers_of[name].publish(data)
                self._ask_status()
                return self._taken() > taken

            self._until(send_and_look, f'the simulator takes {name}')
            # It takes commands between two statuses: none is on its way any more.
            self._ask_status()
            self._ask_status()
        self._call(self._reset, Trigger.Request())
        self._ask_status()

    def play(self, period: Period, names: Mapping[int, str]) -> None:
        """Do one period again and compare its state; `names` is channel -> name of a command."""
        for start in range(0, len(period.commands), _AT_ONCE):
            some = period.commands[start : start + _AT_ONCE]
            wanted = self._taken() + len(some)
            for command in some:
                self._publishers_of[names[command.channel]].publish(command.data)
            self._until(partial(self._has_taken, wanted), 'the commands are taken')
        self._states.clear()
        self._call(self._step, StepSimulation.Request(steps=period.steps))
        self._until(lambda: bool(self._states), 'the state comes')
        self._compare(period.state, self._states[-1])

    def _compare(self, recorded: bytes, now: bytes) -> None:
        self.compared += 1
        # Not the bytes: what lies between the fields for their alignment is left to chance.
        before, after = (deserialize_message(data, JointState) for data in (recorded, now))
        if before == after:
            self.identical += 1
            return
        pairs = zip(before.position, after.position, strict=True)
        self.largest_rad = max(self.largest_rad, *(abs(one - two) for one, two in pairs))

    def _find_simulator(self) -> float:
        """Return the timestep of the simulator, s."""
        client: Any = self._node.create_client(GetParameters, 'robot/get_parameters')
        self._until(
            lambda: client.service_is_ready() and self._status is not None,
            'a simulator is there (./bbia up lock_step:=true starts one)',
        )
        wanted = ['lock_step', 'timestep']
        values = self._call(client, GetParameters.Request(names=wanted)).values
        if len(values) != len(wanted) or not values[0].bool_value:
            raise RecordingError('the robot is no simulator in lock step (parameter lock_step)')
        return float(values[1].double_value)

    def _on_status(self, status: RobotStatus) -> None:
        self._status = status

    def _taken(self) -> int:
        status = self._status
        return 0 if status is None else status.commands_accepted + status.commands_refused

    def _has_taken(self, count: int) -> bool:
        if self._taken() < count:
            self._ask_status()
        return self._taken() >= count

    def _ask_status(self) -> None:
        """Wait for a status of now: the simulator publishes one after every service call."""
        self._status, before = None, self._status
        self._call(self._poke, SetBool.Request(data=True))
        try:
            self._until(lambda: self._status is not None, 'the simulator tells its status')
        finally:
            self._status = self._status or before

    def _call(self, client: Any, request: Any) -> Any:
        self._until(client.service_is_ready, f'the service {client.srv_name} is there')
        future = client.call_async(request)
        self._until(future.done, f'{client.srv_name} answers')
        response = future.result()
        if not getattr(response, 'success', True):
            raise RecordingError(f'{client.srv_name}: {response.message}')
        return response

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + _WAIT_S
        while not condition():
            if time.monotonic() > end:
                raise RecordingError(f'waited {_WAIT_S:g} s in vain until {what}')
            self._executor.spin_once(_POLL_S)


def play_in_lock_step(contents: Contents, stop: threading.Event, line: ProgressLine) -> int:
    """Do a recorded run again; return 0 when all states were the same to the last bit, else 1."""
    states, names = _channels(contents)
    node = Node(
        f'player_{os.getpid()}',
        namespace=contents.channels[states].topic.removesuffix(f'/{_STATES}'),
        enable_rosout=False,
        start_parameter_services=False,
    )
    try:
        player = LockStepPlayer(node)
        run = messages(contents, [states, *names], order=by_publication)
        cut = periods(run, states=states, commands=names, timestep_s=player.timestep_s)
        first = next(messages(contents, names, order=by_publication), None)
        player.begin(None if first is None else (names[first.channel], first.data))
        begun = time.monotonic()
        for number, period in enumerate(cut):
            if stop.is_set():
                break
            player.play(period, names)
            if number % _SHOW_EVERY == 0:
                line.show(f'{number} of {contents.counts[states]} states')
        taken_s = time.monotonic() - begun
    finally:
        node.destroy_node()
    line.say(
        f'{player.identical} of {player.compared} states are the same to the last bit; largest'
        f' difference of a joint {player.largest_rad:.3g} rad; done in {taken_s:.1f} s'
    )
    return 0 if player.identical == player.compared else 1


def _channels(contents: Contents) -> tuple[int, dict[int, str]]:
    """Return the channel of the states, and channel -> name of the commands."""
    ends = {
        number: channel.topic.rpartition('/')[2] for number, channel in contents.channels.items()
    }
    states = [number for number, name in ends.items() if name == _STATES]
    if len(states) != 1:
        raise RecordingError(
            f'{contents.path} has {len(states)} topics {_STATES}; a run in lock step has one'
        )
    return states[0], {number: name for number, name in ends.items() if name in _COMMANDS}
