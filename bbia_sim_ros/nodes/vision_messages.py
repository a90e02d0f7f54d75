"""What was seen, as messages. Pure conversions, any thread."""

from __future__ import annotations

import math
from collections.abc import Iterable
from collections.abc import Sequence

from geometry_msgs.msg import Point
from geometry_msgs.msg import TransformStamped
from hri_msgs.msg import NormalizedRegionOfInterest2D
from std_msgs.msg import Header
from vision_msgs.msg import BoundingBox2D
from vision_msgs.msg import Detection2D
from vision_msgs.msg import Detection2DArray
from vision_msgs.msg import ObjectHypothesisWithPose

from bbia_msgs.msg import BodyPose
from bbia_msgs.msg import Hand as HandMessage
from bbia_msgs.msg import HandArray
from bbia_msgs.msg import Person
from bbia_msgs.msg import PersonArray
from bbia_sim_ros.robot.names import HEAD_NEUTRAL
from bbia_sim_ros.vision.results import BodyLandmarks
from bbia_sim_ros.vision.results import Box
from bbia_sim_ros.vision.results import Face
from bbia_sim_ros.vision.results import Hand
from bbia_sim_ros.vision.results import Points
from bbia_sim_ros.vision.results import Thing
from bbia_sim_ros.vision.tracked import Tracked

FACE_CLASS = 'face'
_UNKNOWN = -1.0


def faces_message(
    header: Header, faces: Sequence[Face], people: Sequence[Tracked]
) -> Detection2DArray:
    """Return faces as detections, with the ids of the people whose they are."""
    return Detection2DArray(
        header=header,
        detections=[
            _detection(
                header,
                FACE_CLASS,
                face.score,
                face.box,
                next((person.id for person in people if person.face is face), ''),
            )
            for face in faces
        ],
    )


def things_message(header: Header, things: Iterable[Thing]) -> Detection2DArray:
    """Return objects as detections."""
    return Detection2DArray(
        header=header,
        detections=[_detection(header, one.label, one.score, one.box, '') for one in things],
    )


def people_message(header: Header, people: Sequence[Tracked]) -> PersonArray:
    """Return the people who are followed."""
    return PersonArray(header=header, people=[_person(one) for one in people])


def hands_message(header: Header, hands: Sequence[Hand], owners: Sequence[str]) -> HandArray:
    """Return hands, with the ids of the people whose they are."""
    return HandArray(
        header=header,
        hands=[
            HandMessage(
                person=owner,
                side=hand.side,
                gesture=hand.gesture,
                score=hand.score,
                landmarks=_points(hand.landmarks),
            )
            for hand, owner in zip(hands, owners, strict=True)
        ],
    )


def body_message(header: Header, body: BodyLandmarks | None) -> BodyPose:
    """Return a posture; without landmarks when nobody is seen."""
    if body is None:
        return BodyPose(header=header)
    return BodyPose(
        header=header,
        landmarks=_points(body.landmarks),
        visibility=[float(share) for share in body.visibility],
    )


def hri_id(person: Tracked) -> str:
    """Return the id of a person by REP-155: no part of a topic's name begins with a digit."""
    return f'p{person.id}'


def face_transform(header: Header, person: Tracked, name: str) -> TransformStamped:
    """Return the frame ``face_<name>`` in `head_neutral`: in the face, x to the robot, z up."""
    message = TransformStamped(
        header=Header(stamp=header.stamp, frame_id=HEAD_NEUTRAL),
        child_frame_id=f'face_{name}',
    )
    x, y, z = person.position
    place, turn = message.transform.translation, message.transform.rotation
    place.x, place.y, place.z = x, y, z
    yaw = math.atan2(-y, -x)
    turn.z, turn.w = math.sin(yaw / 2.0), math.cos(yaw / 2.0)
    return message


def region_message(
    header: Header, person: Tracked, *, width: int, height: int
) -> NormalizedRegionOfInterest2D:
    """Return where a face is in a picture of a size (px), in shares of it, within the picture."""
    box = person.box

    def share(place: float, whole: int) -> float:
        return min(1.0, max(0.0, place / whole))

    return NormalizedRegionOfInterest2D(
        header=header,
        xmin=share(box.left, width),
        ymin=share(box.top, height),
        xmax=share(box.right, width),
        ymax=share(box.bottom, height),
        c=person.score,
    )


def _person(one: Tracked) -> Person:
    x, y, z = one.position
    message = Person(
        id=one.id,
        box=_box(one.box),
        score=one.score,
        visible=one.visible,
        bearing=one.bearing,
        elevation=one.elevation,
        distance=_UNKNOWN if one.distance is None else one.distance,
        distance_deviation=_UNKNOWN if one.distance_deviation is None else one.distance_deviation,
        age=one.age,
        unseen=one.unseen,
        position=Point(x=x, y=y, z=z),
        gesture=one.gesture,
        smile=_UNKNOWN,
        mouth_open=_UNKNOWN,
    )
    if one.expression is not None:
        message.smile, message.mouth_open = one.expression.smile, one.expression.mouth_open
        message.gaze_yaw, message.gaze_pitch = one.expression.gaze_yaw, one.expression.gaze_pitch
        message.has_gaze = True
    return message


def _detection(header: Header, label: str, score: float, box: Box, name: str) -> Detection2D:
    hypothesis = ObjectHypothesisWithPose()
    hypothesis.hypothesis.class_id, hypothesis.hypothesis.score = label, float(score)
    return Detection2D(header=header, results=[hypothesis], bbox=_box(box), id=name)


def _box(box: Box) -> BoundingBox2D:
    message = BoundingBox2D(size_x=box.width, size_y=box.height)
    message.center.position.x, message.center.position.y = box.x, box.y
    return message


def _points(landmarks: Points) -> list[Point]:
    return [Point(x=x, y=y, z=z) for x, y, z in landmarks.tolist()]
