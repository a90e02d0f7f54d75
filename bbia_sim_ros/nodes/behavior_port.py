"""The robot as one performance of a behavior uses it: `behaviors/port.RobotPort` over ROS.

Motion, speech, conversation, following and sound files are actions (`nodes/behavior_orders.py`);
what is seen and heard are topics (`nodes/behavior_sight.py`, `nodes/behavior_hearing.py`); the
rhythm of music is found by a model of the node, web addresses by `behaviors/fetching.py`.

A text that somebody talks over ends early and well: the course goes on, as a person would; so does
a movement that ends a little beside its target, because a gesture need not be exact. The times of
beats heard by the microphone count from the call. All coroutines run in the event loop of
the performance; `release` and `released` are called by any thread.
"""

# ruff: noqa: ASYNC109 - how long to listen or look is part of what is asked of the robot

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from typing import Final

from geometry_msgs.msg import PointStamped
from rclpy.node import Node
from rclpy.publisher import Publisher
from std_msgs.msg import Header

from bbia_msgs.action import Chat
from bbia_msgs.action import Follow
from bbia_msgs.action import GoTo
from bbia_msgs.action import LookAt
from bbia_msgs.action import PlayEmotion
from bbia_msgs.action import PlayMove
from bbia_msgs.action import PlaySound
from bbia_msgs.action import Say
from bbia_msgs.msg import Emotion
from bbia_sim_ros.behaviors import music
from bbia_sim_ros.behaviors.errors import MissingPart
from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.behaviors.robot import Beats
from bbia_sim_ros.behaviors.robot import Following
from bbia_sim_ros.behaviors.robot import HeadPose
from bbia_sim_ros.behaviors.robot import Heard
from bbia_sim_ros.behaviors.robot import Playing
from bbia_sim_ros.behaviors.robot import Scene
from bbia_sim_ros.behaviors.robot import Xyz
from bbia_sim_ros.behaviors.zones import local_time
from bbia_sim_ros.models.errors import ModelError
from bbia_sim_ros.models.pool import ModelPool
from bbia_sim_ros.models.spec import ModelState
from bbia_sim_ros.nodes.behavior_following import RosFollowing
from bbia_sim_ros.nodes.behavior_following import RosPlaying
from bbia_sim_ros.nodes.behavior_hearing import Ears
from bbia_sim_ros.nodes.behavior_hearing import recorded
from bbia_sim_ros.nodes.behavior_orders import PortOrder
from bbia_sim_ros.nodes.behavior_orders import PortOrders
from bbia_sim_ros.nodes.behavior_orders import wake
from bbia_sim_ros.nodes.behavior_sight import Sight
from bbia_sim_ros.nodes.messages import body_target
from bbia_sim_ros.nodes.orders import Orders
from bbia_sim_ros.nodes.topic_taps import TopicTaps
from bbia_sim_ros.robot.names import HEAD_NEUTRAL
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.speech.speaker import REPLACED

ACTIONS: Final[Mapping[str, Any]] = {
    'go_to': GoTo,
    'look_at': LookAt,
    'play_emotion': PlayEmotion,
    'play_move': PlayMove,
    'follow': Follow,
    'say': Say,
    'play_sound': PlaySound,
    'chat': Chat,
}
MOTION: Final = frozenset({'go_to', 'look_at', 'play_emotion', 'play_move', 'follow'})
# How `go_to` and `look_at` tell of a move that went to its end, but not quite to its target.
_NEARLY_THERE: Final = 'not reached within'
# The conversation that chat_node goes on with what it hears.
CONVERSATION: Final = 'speech'
NO_MOOD: Final = 'neutral'


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the ports of a node share. ``network`` is asked for at each use."""

    node: Node
    orders: Orders
    ears: Ears
    moods: Publisher[Emotion]
    pool: ModelPool
    network: Callable[[], bool]


class RosPort:
    """See the module's docstring; ``motion_priority`` is that of its goals, 0 for the usual."""

    def __init__(self, parts: Parts, *, motion_priority: int) -> None:
        self._parts = parts
        self._priority = motion_priority
        self._orders = PortOrders(parts.orders)
        self._taps = TopicTaps(parts.node)
        self._sight = Sight(parts.node, self._taps)
        self._lock = threading.Lock()
        self._is_released = False
        self._has_mood = False

    def release(self, *, done: bool = False) -> None:
        """See `RobotPort`."""
        with self._lock:
            if self._has_mood and not done and not self._is_released:
                self._publish_mood(NO_MOOD, 1.0)
            self._is_released = True
        self._orders.release()
        self._taps.release()
        self._parts.ears.release(self)

    def released(self) -> bool:
        """See `RobotPort`."""
        return self._is_released and self._orders.released()

    def running(self, actions: Collection[str]) -> bool:
        """Whether one of these actions runs through this port; any thread."""
        return self._orders.running(actions)

    def now(self) -> datetime:
        """See `RobotPort`."""
        return local_time()

    async def go_to(
        self,
        *,
        head: HeadPose | None,
        antennas: tuple[float, float] | None,
        body_yaw: float | None,
        duration: float,
    ) -> None:
        """See `RobotPort`."""
        pose = None
        if head is not None:
            pose = pose_from_euler(
                x=head.x, y=head.y, z=head.z, roll=head.roll, pitch=head.pitch, yaw=head.yaw
            )
        target = body_target(head=pose, antennas=antennas, body_yaw=body_yaw)
        goal = GoTo.Goal(target=target, duration=float(duration), priority=self._priority)
        await self._done('go_to', goal)

    async def look_at(self, point: Xyz, *, frame: str, duration: float) -> None:
        """See `RobotPort`."""
        place = PointStamped(header=Header(frame_id=frame or HEAD_NEUTRAL))
        place.point.x, place.point.y, place.point.z = map(float, point)
        goal = LookAt.Goal(point=place, duration=float(duration), priority=self._priority)
        await self._done('look_at', goal)

    async def emotion(self, name: str, intensity: float) -> None:
        """See `RobotPort`."""
        goal = PlayEmotion.Goal(name=name, intensity=float(intensity), priority=self._priority)
        await self._done('play_emotion', goal)

    def feel(self, name: str, intensity: float) -> None:
        """See `RobotPort`."""
        with self._lock:
            self._check_released()
            self._has_mood = True
            self._publish_mood(name, intensity)

    async def move(self, name: str) -> None:
        """See `RobotPort`."""
        await self._done('play_move', PlayMove.Goal(name=name, priority=self._priority))

    async def say(self, text: str, *, language: str, emotion: str) -> None:
        """See `RobotPort`."""
        order = await self._orders.perform(
            'say', Say.Goal(text=text, language=language, emotion=emotion)
        )
        result = order.result()
        talked_over = order.cancelled_by_others or result.message == REPLACED
        if not (result.success or talked_over):
            raise OrderRefused(result.message)

    async def listen(self, timeout: float) -> Heard | None:
        """See `RobotPort`."""
        self._check_released()
        return await self._parts.ears.next_text(timeout, self)

    async def chat(self, text: str) -> str:
        """See `RobotPort`."""
        goal = Chat.Goal(text=text, conversation=CONVERSATION)
        return str((await self._done('chat', goal)).text)

    async def see(self, timeout: float) -> Scene:
        """See `RobotPort`."""
        return await self._sight.once(timeout)

    def watch(self, *, gestures: bool) -> AbstractAsyncContextManager[AsyncIterator[Scene]]:
        """See `RobotPort`."""
        return self._sight.watched(gestures=gestures)

    @asynccontextmanager
    async def following(self, target: str) -> AsyncIterator[Following]:
        """See `RobotPort`; what has ended by itself raises `OrderRefused` when it is asked."""
        followed = RosFollowing()
        goal = Follow.Goal(target=target, keep=True)
        async with self._orders.kept('follow', goal, followed.on_feedback) as order:
            followed.order = order
            yield followed

    async def photograph(self) -> bytes:
        """See `RobotPort`."""
        return await self._sight.picture()

    async def music(self, seconds: float) -> Beats:
        """See `RobotPort`; the times of the beats count from the call."""
        if not music.MIN_LISTENING_S <= seconds <= music.MAX_LISTENING_S:
            raise OrderRefused(
                f'seconds to listen to music are {seconds:g}; allowed is {music.MIN_LISTENING_S:g}'
                f' .. {music.MAX_LISTENING_S:g}'
            )
        recording = await recorded(self._parts.node, self._taps, seconds)
        return await self._rhythm(
            music.OF_SAMPLES, samples=recording.samples, rate_hz=recording.rate_hz
        )

    async def analyse(self, path: Path) -> Beats:
        """See `RobotPort`."""
        return await self._rhythm(music.OF_FILE, path=str(path))

    def rhythm_loaded(self) -> bool:
        """See `RobotPort`."""
        return any(
            one.name == music.MODEL and one.state in (ModelState.READY, ModelState.BUSY)
            for one in self._parts.pool.snapshots()
        )

    @asynccontextmanager
    async def playing(self, path: Path) -> AsyncIterator[Playing]:
        """See `RobotPort`; a file that cannot be played raises `OrderRefused` when it is asked."""
        played = RosPlaying()
        goal = PlaySound.Goal(path=str(path))
        async with self._orders.kept('play_sound', goal, played.on_feedback) as order:
            played.order = order
            yield played

    async def voice_heard(self, timeout: float) -> bool:
        """See `RobotPort`."""
        self._check_released()
        return await self._parts.ears.voice(timeout, self)

    async def fetch(self, address: str, *, max_bytes: int) -> bytes:
        """See `RobotPort`."""
        from bbia_sim_ros.behaviors.fetching import fetch  # noqa: PLC0415 - aiohttp, 8 MB

        self._check_released()
        return await fetch(address, max_bytes=max_bytes, network=self._parts.network())

    def _publish_mood(self, name: str, intensity: float) -> None:
        header = Header(stamp=self._parts.node.get_clock().now().to_msg())
        self._parts.moods.publish(Emotion(header=header, name=name, intensity=float(intensity)))

    async def _done(self, action: str, goal: Any) -> Any:
        """Return the result of a goal that did what it should; raises `OrderRefused`."""
        order: PortOrder = await self._orders.perform(action, goal)
        result = order.result()
        if not result.success and not result.message.startswith(_NEARLY_THERE):
            self._check_released()
            raise OrderRefused(result.message or f'{action} failed')
        return result

    async def _rhythm(self, method: str, **arguments: Any) -> Beats:
        obstacle = music.obstacle()
        if obstacle:
            raise MissingPart(obstacle)
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        try:
            request = self._parts.pool.request(
                music.MODEL, method, arguments, deadline_s=music.DEADLINE_S
            )
            request.add_done_callback(lambda _: wake(loop, ended.set))
            try:
                await ended.wait()
            except asyncio.CancelledError:
                request.cancel()
                raise
            return music.beats_of(request.result(0.0))
        except ModelError as error:
            raise OrderRefused(str(error)) from error

    def _check_released(self) -> None:
        if self._is_released:
            raise asyncio.CancelledError('the behavior has ended')
