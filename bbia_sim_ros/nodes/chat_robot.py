"""The robot as a conversation uses it: motion, behaviors, speech and sight of the other nodes.

Implements `chat/robot_port.RobotPort`. Motion, behaviors and speech are actions
(`nodes/orders.py`). What is in sight is asked for only when a conversation wants to know:
`vision_node` computes nothing while nobody subscribes, and a subscription that stayed would keep
its models loaded.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Mapping
from typing import Any

from geometry_msgs.msg import PointStamped
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from std_msgs.msg import Header

from bbia_msgs.action import Behave
from bbia_msgs.action import GoTo
from bbia_msgs.action import LookAt
from bbia_msgs.action import PlayEmotion
from bbia_msgs.action import PlayMove
from bbia_msgs.action import Say
from bbia_msgs.msg import BodyTarget
from bbia_msgs.msg import Person
from bbia_msgs.msg import PersonArray
from bbia_sim_ros.chat.robot_port import HeadGoal
from bbia_sim_ros.chat.robot_port import Outcome
from bbia_sim_ros.chat.robot_port import Xyz
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.messages import pose_message
from bbia_sim_ros.nodes.orders import OrderError
from bbia_sim_ros.nodes.orders import Orders
from bbia_sim_ros.nodes.polling import executor_of
from bbia_sim_ros.robot.names import HEAD_NEUTRAL
from bbia_sim_ros.robot.poses import pose_from_euler

_MOTION = {'go_to': GoTo, 'look_at': LookAt, 'play_emotion': PlayEmotion, 'play_move': PlayMove}
_ACTIONS = {**_MOTION, 'behave': Behave, 'say': Say}
_PEOPLE_TOPIC = 'vision/people'
_SIGHT_WAIT_S = 3.0
_LOOK_S = 0.05
_STOP_WAIT_S = 1.0
_BEHAVIOR_PATIENCE_S = 0.5
_NOT_HEARD_S = -1.0
_BLIND = 'nothing in sight is known: no vision_node publishes vision/people'


class RosRobot:
    """See the module's docstring; made in the executor's thread."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._orders = Orders(node, _ACTIONS)

    def go_to(self, goal: HeadGoal, cancelled: threading.Event) -> Outcome:
        """See `RobotPort`."""
        target = BodyTarget(header=Header(frame_id=HEAD_NEUTRAL))
        if goal.head is not None:
            x, y, z, roll, pitch, yaw = goal.head
            target.has_head = True
            target.head = pose_message(
                pose_from_euler(x=x, y=y, z=z, roll=roll, pitch=pitch, yaw=yaw)
            )
        if goal.antennas is not None:
            target.has_antennas = True
            target.right_antenna, target.left_antenna = goal.antennas
        if goal.body_yaw is not None:
            target.has_body_yaw, target.body_yaw = True, goal.body_yaw
        return self._perform('go_to', GoTo.Goal(target=target, duration=goal.duration_s), cancelled)

    def look_at(self, point: Xyz, frame: str, cancelled: threading.Event) -> Outcome:
        """See `RobotPort`."""
        place = PointStamped(header=Header(frame_id=frame))
        place.point.x, place.point.y, place.point.z = point
        return self._perform('look_at', LookAt.Goal(point=place), cancelled)

    def look_at_person(self, person: int | None, cancelled: threading.Event) -> Outcome:
        """See `RobotPort`."""
        people = self._people(cancelled)
        if people is None:
            return Outcome(success=False, message=_BLIND)
        known = {one.id: one for one in people}
        if not known:
            return Outcome(success=False, message='nobody is in sight')
        wanted = people[0].id if person is None else str(person)
        if wanted not in known:
            return Outcome(
                success=False, message=f'no person {wanted} is in sight, only {", ".join(known)}'
            )
        return self.look_at((0.0, 0.0, 0.0), f'face_{wanted}', cancelled)

    def emotion(self, name: str, intensity: float, cancelled: threading.Event) -> Outcome:
        """See `RobotPort`."""
        goal = PlayEmotion.Goal(name=name, intensity=intensity)
        return self._perform('play_emotion', goal, cancelled)

    def move(self, name: str, cancelled: threading.Event) -> Outcome:
        """See `RobotPort`."""
        return self._perform('play_move', PlayMove.Goal(name=name), cancelled)

    def behave(
        self, name: str, parameters: Mapping[str, Any], cancelled: threading.Event
    ) -> Outcome:
        """See `RobotPort`."""
        goal = Behave.Goal(name=name, parameters=json.dumps(dict(parameters)))
        try:
            ended = self._orders.begin('behave', goal, cancelled, patience_s=_BEHAVIOR_PATIENCE_S)
        except OrderError as error:
            return Outcome(success=False, message=str(error))
        if ended is None:
            return Outcome(success=True, message=f'{name} has begun')
        return Outcome(success=ended.success, message=ended.message)

    def say(self, text: str, language: str, cancelled: threading.Event) -> Outcome:
        """See `RobotPort`."""
        return self._perform('say', Say.Goal(text=text, language=language), cancelled)

    def answer_aloud(
        self, text: str, language: str, emotion: str, cancelled: threading.Event
    ) -> float:
        """Speak an answer to its end, in place of what is being spoken.

        Return how long it took until it was first heard, s, -1 when it was not: nobody speaks, or
        it was stopped before.
        """
        goal = Say.Goal(
            text=text, language=language, emotion=emotion, when_busy=Say.Goal.WHEN_BUSY_REPLACE
        )
        if not self._orders.there('say'):
            return _NOT_HEARD_S
        try:
            return float(self._orders.perform('say', goal, cancelled).first_sound_time)
        except OrderError:
            return _NOT_HEARD_S

    def sight(self) -> Outcome:
        """See `RobotPort`."""
        people = self._people(threading.Event())
        if people is None:
            return Outcome(success=False, message=_BLIND)
        if not people:
            return Outcome(success=True, message='nobody is in sight')
        return Outcome(success=True, message='; '.join(_in_words(one) for one in people))

    def stop(self) -> Outcome:
        """See `RobotPort`."""
        there = sum(self._orders.there(name) for name in _ACTIONS)
        if not any(self._orders.there(name) for name in _MOTION):
            return Outcome(success=False, message='no motion_node is there to be stopped')
        answered = self._orders.cancel_all(_STOP_WAIT_S)
        if answered < there:
            return Outcome(success=False, message=f'only {answered} of {there} actions answered')
        return Outcome(success=True, message='everything was stopped')

    def _perform(self, action: str, goal: Any, cancelled: threading.Event) -> Outcome:
        try:
            result = self._orders.perform(action, goal, cancelled)
        except OrderError as error:
            return Outcome(success=False, message=str(error))
        clipped = list(getattr(result, 'clipped', ()))
        message = '; '.join([result.message, *clipped]) if result.success else result.message
        return Outcome(success=result.success, message=message)

    def _people(self, cancelled: threading.Event) -> list[Person] | None:
        """Return who is in sight, nearest first, None when nobody tells; waits for a message."""
        node = self._node
        if node.count_publishers(_PEOPLE_TOPIC) == 0:
            return None
        seen: list[PersonArray] = []
        subscriptions: list[Any] = []

        def subscribe() -> None:
            subscriptions.append(
                node.create_subscription(
                    PersonArray,
                    _PEOPLE_TOPIC,
                    seen.append,
                    qos.SENSOR_DATA,
                    # The default ones crash the executor when the subscription is destroyed.
                    event_callbacks=SubscriptionEventCallbacks(use_default_callbacks=False),
                )
            )

        def unsubscribe() -> None:
            node.destroy_subscription(subscriptions.pop())

        executor = executor_of(node)
        executor.create_task(subscribe)
        end = time.monotonic() + _SIGHT_WAIT_S
        while not seen and time.monotonic() < end and not cancelled.wait(_LOOK_S):
            pass
        executor.create_task(unsubscribe)
        return list(seen[-1].people) if seen else None


def _in_words(person: Person) -> str:
    bearing = math.degrees(person.bearing)
    side = 'straight ahead'
    if abs(bearing) >= 5.0:
        side = f'{abs(bearing):.0f} degrees to the {"left" if bearing > 0.0 else "right"}'
    distance = f', {person.distance:.1f} m away' if person.distance >= 0.0 else ''
    return f'person {person.id} {side}{distance}'
