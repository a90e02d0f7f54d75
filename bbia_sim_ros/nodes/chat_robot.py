"""The robot as a conversation uses it: motion, behaviors, speech and sight of the other nodes.

Implements `chat/robot_port.RobotPort`. Motion, behaviors and speech are actions
(`nodes/orders.py`). What is in sight is asked of `vision/describe`, and only when a conversation
wants to know: `vision_node` computes nothing while nobody does.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

from geometry_msgs.msg import PointStamped
from rclpy.client import Client
from rclpy.node import Node
from rclpy.task import Future
from std_msgs.msg import Header

from bbia_msgs.action import Behave
from bbia_msgs.action import Follow
from bbia_msgs.action import GoTo
from bbia_msgs.action import LookAt
from bbia_msgs.action import PlayEmotion
from bbia_msgs.action import PlayMove
from bbia_msgs.action import PlaySound
from bbia_msgs.action import Say
from bbia_msgs.srv import DescribeScene
from bbia_sim_ros.chat.robot_port import HeadGoal
from bbia_sim_ros.chat.robot_port import Outcome
from bbia_sim_ros.chat.robot_port import Xyz
from bbia_sim_ros.nodes.messages import body_target
from bbia_sim_ros.nodes.orders import OrderError
from bbia_sim_ros.nodes.orders import Orders
from bbia_sim_ros.nodes.polling import executor_of
from bbia_sim_ros.robot.names import HEAD_NEUTRAL
from bbia_sim_ros.robot.poses import pose_from_euler

_MOTION = {'go_to': GoTo, 'look_at': LookAt, 'play_emotion': PlayEmotion, 'play_move': PlayMove}
_ACTIONS = {
    **_MOTION,
    'behave': Behave,
    'say': Say,
    'follow': Follow,
    'play_sound': PlaySound,
}
# The model may have to be loaded.
_SIGHT_WAIT_S = 15.0
_LOOK_S = 0.05
_STOP_WAIT_S = 1.0
_BEHAVIOR_PATIENCE_S = 0.5
_NOT_HEARD_S = -1.0
_BLIND = 'nothing in sight is known: no vision_node answers vision/describe'


class RosRobot:
    """See the module's docstring; made in the executor's thread."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._orders = Orders(node, _ACTIONS)
        self._eyes: Client[Any, Any] = node.create_client(DescribeScene, 'vision/describe')

    def go_to(self, goal: HeadGoal, cancelled: threading.Event) -> Outcome:
        """See `RobotPort`."""
        head = None
        if goal.head is not None:
            x, y, z, roll, pitch, yaw = goal.head
            head = pose_from_euler(x=x, y=y, z=z, roll=roll, pitch=pitch, yaw=yaw)
        target = body_target(head=head, antennas=goal.antennas, body_yaw=goal.body_yaw)
        return self._perform('go_to', GoTo.Goal(target=target, duration=goal.duration_s), cancelled)

    def look_at(self, point: Xyz, frame: str, cancelled: threading.Event) -> Outcome:
        """See `RobotPort`."""
        place = PointStamped(header=Header(frame_id=frame))
        place.point.x, place.point.y, place.point.z = point
        return self._perform('look_at', LookAt.Goal(point=place), cancelled)

    def look_at_person(self, person: int | None, cancelled: threading.Event) -> Outcome:
        """See `RobotPort`."""
        scene = self._scene(cancelled)
        if scene is None or not scene.success:
            return Outcome(success=False, message=_BLIND if scene is None else scene.message)
        known = {one.id: one for one in scene.people.people}
        if not known:
            return Outcome(success=False, message='nobody is in sight')
        wanted = next(iter(known)) if person is None else str(person)
        if wanted not in known:
            return Outcome(
                success=False, message=f'no person {wanted} is in sight, only {", ".join(known)}'
            )
        place = known[wanted].position
        return self.look_at((place.x, place.y, place.z), HEAD_NEUTRAL, cancelled)

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
        scene = self._scene(threading.Event())
        if scene is None:
            return Outcome(success=False, message=_BLIND)
        return Outcome(success=scene.success, message=scene.summary or scene.message)

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

    def _scene(self, cancelled: threading.Event) -> Any:
        """Return what `vision/describe` answers, None when nobody does."""
        if not self._eyes.service_is_ready():
            return None
        answers: list[Any] = []
        done = threading.Event()

        def on_answer(answer: Future[Any]) -> None:
            answers.append(answer.result())
            done.set()

        def ask() -> None:
            self._eyes.call_async(DescribeScene.Request()).add_done_callback(on_answer)

        executor_of(self._node).create_task(ask)
        end = time.monotonic() + _SIGHT_WAIT_S
        while not done.wait(_LOOK_S) and time.monotonic() < end and not cancelled.is_set():
            pass
        return answers[0] if answers else None
