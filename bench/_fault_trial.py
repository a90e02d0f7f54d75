"""A running stack under faults: whether all of it answers, and whether it obeys."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from _fault_robot import RobotWatch
from _fault_stack import FaultyStack
from rcl_interfaces.srv import ListParameters
from websockets.sync.client import connect

from bbia_msgs.msg import MotionStatus
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.robot.names import ANTENNAS_SLICE
from support.bridge import Frame
from support.bridge import RawClient
from support.ports import HOST
from support.ros import Probe
from support.waiting import wait_until

BACK_DEADLINE_S = 30.0
_START_S = 90.0
_ASK_PERIOD_S = 0.1
_MOVE_S = 0.3
_PRIORITY = 255
_ANTENNA_RAD = 0.3
_THERE_RAD = 0.1


class Trial:
    """The stack, the robot as DDS shows it, and a client of the bridge that commands it."""

    def __init__(self, stack: FaultyStack, eyes: Probe) -> None:
        self.stack = stack
        self.eyes = eyes
        self.watch = RobotWatch(eyes)
        self._motion = eyes.collect(MotionStatus, 'motion/status', qos.LATCHED)
        self._side_rad = _ANTENNA_RAD
        self._refusal = ''

    def wait_ready(self) -> None:
        """Wait until all nodes answer and the robot breathes."""
        wait_until(lambda: all(self.stack.pids().values()), 'all processes', _START_S)
        self.wait_answers(_START_S)
        wait_until(lambda: self._motion and self._motion[-1].layers, 'it breathes', _START_S)

    def wait_answers(self, deadline_s: float = BACK_DEADLINE_S) -> None:
        """Wait until every node answers a request made since."""
        for node in self.stack.nodes():
            service = f'{node}/list_parameters'
            wait_until(lambda service=service: self._answers(service), service, deadline_s)

    def _answers(self, service: str) -> bool:
        future = self.eyes.ask(ListParameters, service)
        end = time.monotonic() + _ASK_PERIOD_S
        while not future.done() and time.monotonic() < end:
            time.sleep(0.005)
        return bool(future.done())

    @contextmanager
    def client(self) -> Iterator[RawClient]:
        """Connect a client of the bridge for the time of the block."""
        address = f'ws://{HOST}:{self.stack.bridge_port}'
        with connect(address, compression=None, max_size=None, proxy=None) as socket:
            yield RawClient(socket)

    def wait_obeys(self) -> None:
        """Have the antennas go to the other side, by the bridge, and see them there."""
        self._side_rad = -self._side_rad
        try:
            wait_until(self._obeys, 'a command is obeyed', BACK_DEADLINE_S)
        except AssertionError as error:
            raise AssertionError(f'{error}: {self._refusal}') from error
        wait_until(self._is_there, 'the antennas are where they were sent', BACK_DEADLINE_S)

    def _obeys(self) -> bool:
        with self.client() as client:
            answer = client.ask(**self.order(_MOVE_S))
        self._refusal = str(answer['values'])
        return bool(answer['result'] and answer['values']['success'])

    def order(self, duration_s: float) -> Frame:
        """Return the operation that moves the antennas."""
        target = {
            'has_antennas': True,
            'left_antenna': self._side_rad,
            'right_antenna': self._side_rad,
        }
        return {
            'op': 'send_action_goal',
            'id': 'go_to',
            'action': '/go_to',
            'action_type': 'bbia_msgs/action/GoTo',
            'args': {'target': target, 'duration': duration_s, 'priority': _PRIORITY},
        }

    def _is_there(self) -> bool:
        measured = self.watch.samples[-1].positions[ANTENNAS_SLICE]
        return bool(abs(measured - self._side_rad).max() < _THERE_RAD)
