"""What behaviors see: people, things and gestures of the vision node, and pictures of the camera.

`vision_node` looks for what somebody subscribes to, so a subscription lasts as long as a behavior
looks. In the event loop of one behavior. Bounds: the newest message of each topic is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from collections.abc import AsyncIterator
from contextlib import ExitStack
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from typing import Final

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo
from sensor_msgs.msg import CompressedImage
from vision_msgs.msg import Detection2DArray

from bbia_msgs.msg import Hand
from bbia_msgs.msg import HandArray
from bbia_msgs.msg import Person
from bbia_msgs.msg import PersonArray
from bbia_sim_ros.behaviors.errors import MissingPart
from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.behaviors.robot import Scene
from bbia_sim_ros.behaviors.robot import SeenPerson
from bbia_sim_ros.behaviors.robot import SeenThing
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.behavior_orders import settle
from bbia_sim_ros.nodes.topic_taps import Topic
from bbia_sim_ros.nodes.topic_taps import TopicTaps

PEOPLE: Final = Topic(name='vision/people', message_type=PersonArray, quality=qos.SENSOR_DATA)
OBJECTS: Final = Topic(
    name='vision/objects', message_type=Detection2DArray, quality=qos.SENSOR_DATA
)
HANDS: Final = Topic(name='vision/hands', message_type=HandArray, quality=qos.SENSOR_DATA)
CAMERA_INFO: Final = Topic(
    name='camera/camera_info', message_type=CameraInfo, quality=qos.SENSOR_DATA
)
PICTURE: Final = Topic(
    name='camera/image_raw/compressed', message_type=CompressedImage, quality=qos.SENSOR_DATA
)
PICTURE_WAIT_S: Final = 5.0
# A model that is loaded for the first look takes its time.
FIRST_SCENE_S: Final = 30.0
_LATER_SCENE_S: Final = 10.0
# Somebody is told of after some pictures, and things come at a slower rate than faces.
_SETTLING_S: Final = 0.7
_JPEG: Final = b'\xff\xd8'


class Sight:
    """See the module's docstring."""

    def __init__(self, node: Node, taps: TopicTaps) -> None:
        self._node = node
        self._taps = taps

    async def once(self, timeout_s: float) -> Scene:
        """Return what is in sight; raises `MissingPart` when nobody tells within ``timeout_s``."""
        with _View(self._node, self._taps, gestures=False) as view:
            try:
                async with asyncio.timeout(timeout_s):
                    await view.changed.wait()
                    async with asyncio.timeout(_SETTLING_S):
                        while not (view.scene().people and view.scene().things):
                            view.changed.clear()
                            await view.changed.wait()
            except TimeoutError as error:
                if not view.is_open:
                    raise MissingPart(_blind(timeout_s)) from error
            return view.scene()

    @asynccontextmanager
    async def watched(self, *, gestures: bool) -> AsyncIterator[AsyncIterator[Scene]]:
        """Give scene after scene as long as the block lasts."""
        with _View(self._node, self._taps, gestures=gestures) as view:
            yield _scenes(view)

    async def picture(self) -> bytes:
        """Return the next picture of the camera, a JPEG file; raises `MissingPart`."""
        taken: asyncio.Future[CompressedImage] = asyncio.get_running_loop().create_future()
        with self._taps.tapped(PICTURE, partial(settle, taken)):
            try:
                async with asyncio.timeout(PICTURE_WAIT_S):
                    picture = await taken
            except TimeoutError as error:
                raise MissingPart(
                    f'no picture came on {PICTURE.name} within {PICTURE_WAIT_S:g} s: see what the'
                    ' camera says on /diagnostics'
                ) from error
        data = bytes(picture.data)
        if not data.startswith(_JPEG):
            raise OrderRefused(
                f'the camera gives pictures of the format {picture.format!r}: no JPEG'
            )
        return data


class _View:
    """The newest message of each topic, while its block lasts."""

    def __init__(self, node: Node, taps: TopicTaps, *, gestures: bool) -> None:
        self.changed = asyncio.Event()
        self._taps = taps
        wanted = [PEOPLE, OBJECTS, *([HANDS] if gestures else [])]
        offered = [topic for topic in wanted if node.count_publishers(topic.name) > 0]
        if not offered:
            raise MissingPart('nothing in sight is known: no vision_node runs')
        self._topics = offered
        # The one that is told with each picture makes a new scene.
        self._leader = offered[0]
        self._newest: dict[str, Any] = {}
        self._cleanup = ExitStack()

    @property
    def is_open(self) -> bool:
        """Whether something was told."""
        return self._leader.name in self._newest

    def __enter__(self) -> _View:
        with ExitStack() as cleanup:
            for topic in (*self._topics, CAMERA_INFO):
                cleanup.enter_context(self._taps.tapped(topic, partial(self._take, topic)))
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    def _take(self, topic: Topic, message: Any) -> None:
        self._newest[topic.name] = message
        if topic is self._leader or self._leader.name in self._newest:
            self.changed.set()

    def scene(self) -> Scene:
        """Return what is known now."""
        people, things = self._newest.get(PEOPLE.name), self._newest.get(OBJECTS.name)
        hands, camera = self._newest.get(HANDS.name), self._newest.get(CAMERA_INFO.name)
        width = camera.width if camera is not None else 0
        shown = {hand.person: hand.gesture for hand in _showing(hands)}
        return Scene(
            people=tuple(_seen(one, shown) for one in people.people) if people else (),
            things=_things(things, width) if things and width else (),
            gestures=tuple(hand.gesture for hand in _showing(hands)),
        )


async def _scenes(view: _View) -> AsyncGenerator[Scene, None]:
    patience_s = FIRST_SCENE_S
    while True:
        try:
            async with asyncio.timeout(patience_s):
                await view.changed.wait()
        except TimeoutError as error:
            raise MissingPart(_blind(patience_s)) from error
        view.changed.clear()
        patience_s = _LATER_SCENE_S
        yield view.scene()


def _showing(hands: HandArray | None) -> list[Hand]:
    """Return the hands that show something."""
    found = [] if hands is None else hands.hands
    return [hand for hand in found if hand.gesture not in {'', Hand.GESTURE_NONE}]


def _seen(person: Person, shown: dict[str, str]) -> SeenPerson:
    place = person.position
    return SeenPerson(
        id=person.id,
        position=(place.x, place.y, place.z),
        distance=person.distance,
        gesture=shown.get(person.id, '' if person.gesture == Hand.GESTURE_NONE else person.gesture),
        smile=person.smile,
        mouth_open=person.mouth_open,
        visible=person.visible,
    )


def _things(message: Detection2DArray, width: int) -> tuple[SeenThing, ...]:
    things = [
        SeenThing(
            label=found.results[0].hypothesis.class_id,
            score=found.results[0].hypothesis.score,
            width=found.bbox.size_x / width,
        )
        for found in message.detections
        if found.results
    ]
    return tuple(sorted(things, key=lambda thing: -thing.score))


def _blind(waited_s: float) -> str:
    return (
        f'nothing came from the vision node within {waited_s:g} s: see what vision and camera say'
        ' on /diagnostics'
    )
