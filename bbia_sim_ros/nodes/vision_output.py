"""What the node `vision` tells of what it sees.

Out: `vision/faces` and `vision/objects` (vision_msgs/Detection2DArray), `vision/people`,
`vision/hands`, `vision/body`, `vision/annotated/compressed`, with the stamps of the pictures; TF
`face_<id>` in `head_neutral`; with `hri_topics` the names of REP-155 as well. `audience` tells what
somebody subscribes to: nothing else is looked for. Results are published in the threads of the
detectors; the latest of `detection_history` results are kept for `vision/history`.
"""

from __future__ import annotations

import threading
from array import array
from collections import deque
from collections.abc import Callable
from typing import Any
from typing import Final

from hri_msgs.msg import IdsList
from hri_msgs.msg import NormalizedRegionOfInterest2D
from rclpy.event_handler import PublisherEventCallbacks
from rclpy.node import Node
from rclpy.publisher import Publisher
from sensor_msgs.msg import CompressedImage
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage
from vision_msgs.msg import Detection2DArray

from bbia_msgs.msg import BodyPose
from bbia_msgs.msg import HandArray
from bbia_msgs.msg import PersonArray
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes import vision_messages as messages
from bbia_sim_ros.nodes.polling import executor_of
from bbia_sim_ros.vision.annotate import annotated_jpeg
from bbia_sim_ros.vision.frames import Frame
from bbia_sim_ros.vision.results import HANDS
from bbia_sim_ros.vision.results import POSE
from bbia_sim_ros.vision.sight import Seen
from bbia_sim_ros.vision.tracked import Tracked
from bbia_sim_ros.vision.wanted import ANNOTATED_TOPIC
from bbia_sim_ros.vision.wanted import BODY_TOPIC
from bbia_sim_ros.vision.wanted import FACES_TOPIC
from bbia_sim_ros.vision.wanted import HANDS_TOPIC
from bbia_sim_ros.vision.wanted import OBJECTS_TOPIC
from bbia_sim_ros.vision.wanted import PEOPLE_TOPIC

_TYPES: Final[dict[str, Any]] = {
    FACES_TOPIC: Detection2DArray,
    PEOPLE_TOPIC: PersonArray,
    OBJECTS_TOPIC: Detection2DArray,
    HANDS_TOPIC: HandArray,
    BODY_TOPIC: BodyPose,
    ANNOTATED_TOPIC: CompressedImage,
}
_HRI_TRACKED: Final = 'humans/faces/tracked'


class VisionOutput:
    """See the module's docstring."""

    def __init__(self, node: Node, *, history: int, quality: Callable[[], int], hri: bool) -> None:
        self._node = node
        self._quality = quality
        self._publishers: dict[str, Publisher[Any]] = {
            topic: node.create_publisher(kind, topic, qos.SENSOR_DATA)
            for topic, kind in _TYPES.items()
        }
        self._transforms = node.create_publisher(TFMessage, '/tf', qos.TRANSFORMS)
        self._tracked = node.create_publisher(IdsList, _HRI_TRACKED, qos.STREAM) if hri else None
        self._regions: dict[str, Publisher[NormalizedRegionOfInterest2D]] = {}
        self._lock = threading.Lock()
        self._history: dict[str, deque[Detection2DArray]] = {
            FACES_TOPIC: deque(maxlen=history),
            OBJECTS_TOPIC: deque(maxlen=history),
        }

    def audience(self) -> frozenset[str]:
        """Return the topics, by the names above, that somebody subscribes to."""
        heard = {
            topic
            for topic, publisher in self._publishers.items()
            if publisher.get_subscription_count() > 0
        }
        if self._tracked is not None and self._tracked.get_subscription_count() > 0:
            heard.add(PEOPLE_TOPIC)
        return frozenset(heard)

    def history(self, topic: str, most: int) -> list[Detection2DArray]:
        """Return the newest results of faces or objects, oldest first; ``most`` 0: all."""
        with self._lock:
            kept = list(self._history[topic])
        return kept[-most:] if most else kept

    def show_faces(self, frame: Frame, seen: Seen) -> None:
        """Tell of faces and of whose they are."""
        header: Header = frame.source
        people = seen.people
        faces = messages.faces_message(header, seen.faces, people or ())
        self._keep(FACES_TOPIC, faces)
        self._publishers[FACES_TOPIC].publish(faces)
        if people is None:
            return
        self._publishers[PEOPLE_TOPIC].publish(messages.people_message(header, people))
        names = [(person, person.id) for person in people]
        if self._tracked is not None:
            names += [(person, messages.hri_id(person)) for person in people]
            executor_of(self._node).create_task(self._show_hri, header, people, frame)
        if people:
            transforms = [messages.face_transform(header, person, name) for person, name in names]
            self._transforms.publish(TFMessage(transforms=transforms))

    def show_landmarks(self, frame: Frame, seen: Seen) -> None:
        """Tell of hands and of the posture, if they were looked for."""
        header: Header = frame.source
        found = seen.landmarks
        if HANDS in found.parts:
            hands = messages.hands_message(header, found.hands, seen.hand_owners)
            self._publishers[HANDS_TOPIC].publish(hands)
        if POSE in found.parts:
            self._publishers[BODY_TOPIC].publish(messages.body_message(header, found.body))

    def show_things(self, frame: Frame, seen: Seen) -> None:
        """Tell of objects."""
        message = messages.things_message(frame.source, seen.things)
        self._keep(OBJECTS_TOPIC, message)
        self._publishers[OBJECTS_TOPIC].publish(message)

    def show_annotated(self, frame: Frame, seen: Seen) -> None:
        """Draw what is known on a picture and publish that, if somebody subscribes."""
        publisher = self._publishers[ANNOTATED_TOPIC]
        if publisher.get_subscription_count() == 0:
            return
        known = seen.at(frame.stamp_s)
        jpeg = annotated_jpeg(
            frame.pixels(),
            people=known.people or (),
            things=known.things,
            landmarks=known.landmarks,
            quality=self._quality(),
        )
        publisher.publish(
            CompressedImage(header=frame.source, format='jpeg', data=array('B', jpeg))
        )

    def _keep(self, topic: str, message: Detection2DArray) -> None:
        with self._lock:
            self._history[topic].append(message)

    def _show_hri(self, header: Header, people: tuple[Tracked, ...], frame: Frame) -> None:
        """Publish by the names of REP-155; in the executor's thread, which makes publishers."""
        if self._tracked is None:
            return
        height, width = frame.pixels().shape[:2]
        ids = [messages.hri_id(person) for person in people]
        self._tracked.publish(IdsList(header=header, ids=ids))
        for gone in self._regions.keys() - set(ids):
            self._node.destroy_publisher(self._regions.pop(gone))
        for name, person in zip(ids, people, strict=True):
            region = self._region(name)
            region.publish(messages.region_message(header, person, width=width, height=height))

    def _region(self, name: str) -> Publisher[NormalizedRegionOfInterest2D]:
        known = self._regions.get(name)
        if known is None:
            known = self._regions[name] = self._node.create_publisher(
                NormalizedRegionOfInterest2D,
                f'humans/faces/{name}/roi',
                qos.STREAM,
                # The default ones crash the executor when the publisher is destroyed.
                event_callbacks=PublisherEventCallbacks(use_default_callbacks=False),
            )
        return known
