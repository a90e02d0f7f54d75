"""Whatever can be sent over DDS to the nodes that run: to topics, services and actions.

Contract
    The nodes are those that the graph shows when a hammer is made; it publishes on every topic that
    one of them subscribes to, calls every service and sends goals to every action that one has,
    but for `SPARED`. Messages have the right type and values as `support.extreme_messages` makes
    them, in an order that depends on the seed alone. Answers are waited for in `finish`; a goal is
    cancelled when the next goes to the same action.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from typing import Final

from rclpy.action.client import ActionClient
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy
from rclpy.qos import QoSProfile

from bbia_sim_ros.bridge.interfaces import action_class
from bbia_sim_ros.bridge.interfaces import message_class
from bbia_sim_ros.bridge.interfaces import service_class
from support.extreme_messages import ExtremeMessages
from support.fuzzed_frames import MEANINGFUL
from support.fuzzed_frames import WORDS
from support.ros import Probe
from support.waiting import wait_until

SPARED: Final = {
    '/clock': 'whoever publishes it stops the time of all',
    '/record_move': 'writes files wherever it is told to',
    '/record': 'writes files wherever it is told to',
}
_OFFERED: Final = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_SEND_GOAL: Final = '/_action/send_goal'
_HIDDEN: Final = '/_'
# Topics that the robot moves by are published more often than others.
_MOVING: Final = ('/cmd_body', '/body_target', '/cmd_gaze', '/head_controller/joint_trajectory')
_MOVING_SHARE: Final = 0.4
_CALL_SHARE: Final = 0.1
_GOAL_SHARE: Final = 0.06
_REVIVE_EVERY: Final = 100
REVIVAL: Final = {
    '/simulator/set_pause': {'data': False},
    '/rearm': {},
    '/set_motors': {'mode': 'on'},
}
_PAUSE_S: Final = 0.002
_ANSWER_S: Final = 60.0
_LOOK_S: Final = 0.1


class TopicHammer:
    """See the module's docstring."""

    def __init__(self, probe: Probe, seed: int) -> None:
        self._probe = probe
        self._random = random.Random(seed)
        own = probe.node.get_name()
        graph = probe.node.get_node_names_and_namespaces()
        self.nodes = sorted((name, space) for name, space in graph if name != own)
        self.topics = self._known(probe.node.get_subscriber_names_and_types_by_node)
        services = self._known(probe.node.get_service_names_and_types_by_node)
        self.actions = {
            name.removesuffix(_SEND_GOAL): type_.removesuffix('_SendGoal')
            for name, type_ in services.items()
            if name.endswith(_SEND_GOAL) and name.removesuffix(_SEND_GOAL) not in SPARED
        }
        self.services = {name: type_ for name, type_ in services.items() if _HIDDEN not in name}
        words = [*self.topics, *self.services, *self.actions, *WORDS]
        self._messages = ExtremeMessages(self._random, words, time.time, MEANINGFUL)
        self._publishers: dict[str, Any] = {}
        self._action_clients: dict[str, Any] = {}
        self._answers: list[tuple[str, Any]] = []
        self._goals: dict[str, Any] = {}
        self.sent = {'messages': 0, 'requests': 0, 'goals': 0}

    def _known(self, ask: Callable[[str, str], list[tuple[str, list[str]]]]) -> dict[str, str]:
        """Return what the nodes have by name, with its type."""
        found = [entry for node in self.nodes for entry in ask(*node)]
        return {name: types[0] for name, types in sorted(found) if name not in SPARED}

    def send(self, count: int) -> None:
        """Send so many messages, requests and goals, and let the robot move again in between."""
        pause = threading.Event()
        for number in range(count):
            drawn = self._random.random()
            if drawn < _GOAL_SHARE:
                self._send_goal()
            elif drawn < _GOAL_SHARE + _CALL_SHARE:
                self._call()
            else:
                self._publish()
            if number % _REVIVE_EVERY == 0:
                self.revive()
            pause.wait(_PAUSE_S)

    def revive(self) -> None:
        """Undo what stops the robot by design: pause, emergency stop, motors that are off."""
        for name, fields in REVIVAL.items():
            class_ = service_class(self.services[name])
            self._probe.call(class_, name, class_.Request(**fields))

    def _publish(self) -> None:
        names = _MOVING if self._random.random() < _MOVING_SHARE else list(self.topics)
        name = self._random.choice([name for name in names if name in self.topics])
        class_ = message_class(self.topics[name])
        publisher = self._publishers.get(name)
        if publisher is None:
            make = self._probe.node.create_publisher
            publisher = self._publishers[name] = make(class_, name, _OFFERED)
            wait_until(publisher.get_subscription_count, f'{name} is heard')
        publisher.publish(self._messages.message(class_))
        self.sent['messages'] += 1

    def _call(self) -> None:
        name = self._random.choice(list(self.services))
        class_ = service_class(self.services[name])
        request = self._messages.message(class_.Request)
        self._answers.append((name, self._probe.ask(class_, name, request)))
        self.sent['requests'] += 1

    def _send_goal(self) -> None:
        name = self._random.choice(list(self.actions))
        class_ = action_class(self.actions[name])
        client = self._action_clients.get(name)
        if client is None:
            client = self._probe.make(lambda node: ActionClient(node, class_, name))
            self._action_clients[name] = client
            wait_until(client.server_is_ready, f'action {name}')
        self._cancel(name)
        goal = self._messages.message(class_.Goal)
        asked = self._probe.make(lambda _: client.send_goal_async(goal))
        self._answers.append((name, asked))
        self._goals[name] = asked
        self.sent['goals'] += 1

    def _cancel(self, name: str) -> None:
        """Cancel the last goal of an action, if it was taken."""
        asked = self._goals.pop(name, None)
        if asked is None or not asked.done() or not asked.result().accepted:
            return
        handle = asked.result()
        self._answers.append((name, self._probe.make(lambda _: handle.get_result_async())))
        self._probe.make(lambda _: handle.cancel_goal_async())

    def finish(self) -> list[str]:
        """Cancel what runs; return names of services and actions that did not answer in time.

        Only what was sent since the last call counts.
        """
        self.revive()
        end = time.monotonic() + _ANSWER_S
        pause = threading.Event()
        while time.monotonic() < end and not all(asked.done() for asked in self._goals.values()):
            pause.wait(_LOOK_S)
        for name in list(self._goals):
            self._cancel(name)
        while time.monotonic() < end and not all(answer.done() for _, answer in self._answers):
            pause.wait(_LOOK_S)
        answers, self._answers = self._answers, []
        return [name for name, answer in answers if not answer.done()]

    def withdraw(self) -> None:
        """Publish nothing any more: what was latched is not for nodes that come later."""
        publishers, self._publishers = self._publishers, {}
        for publisher in publishers.values():
            self._probe.make(partial(Node.destroy_publisher, publisher=publisher))

    def silent_nodes(self) -> list[str]:
        """Return the services of parameters that do not answer, of the nodes that have one."""
        class_ = service_class('rcl_interfaces/srv/ListParameters')
        silent = []
        for name, space in self.nodes:
            service = f'{space.rstrip("/")}/{name}/list_parameters'
            if service not in self.services:
                continue
            try:
                self._probe.call(class_, service)
            except AssertionError:
                silent.append(service)
        return silent
