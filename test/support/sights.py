"""What the camera of a vision node shows, and what the node tells of it."""

from __future__ import annotations

import math
from array import array
from typing import Any

import numpy as np

from support.photographs import astronaut
from support.photographs import in_frame

FACE = 'vision/faces'
PEOPLE = 'vision/people'
OBJECTS = 'vision/objects'
# Middle of the astronaut's face in a picture of 640x480.
FACE_PX = (290.0, 110.0)
WALL = np.full((480, 640, 3), (200, 190, 170), np.uint8)


def portrait() -> Any:
    """Return the astronaut in a frame (480, 640, 3) of a camera."""
    return in_frame(astronaut(), 640, 480)


def centre(detection: Any) -> tuple[float, float]:
    """Return the middle of a detection, px."""
    return detection.bbox.center.position.x, detection.bbox.center.position.y


def somebody(message: Any) -> bool:
    """Whether one person is told of, who is in sight."""
    return len(message.people) == 1 and message.people[0].visible


def person_box(person: Any) -> Any:
    """Return a person with a box where a detection has it."""
    return type('Boxed', (), {'bbox': person.box})


def direction(person: Any) -> float:
    """Return where a person is about the robot's axis, rad."""
    return math.atan2(person.position.y, person.position.x)


def encoded(picture: Any, encoding: str) -> dict[str, Any]:
    """Return the fields of an Image that shows a picture."""
    import cv2

    if encoding == 'rgb16':
        pixels = picture.astype(np.uint16) * 257
    else:
        pixels = cv2.cvtColor(
            picture,
            {
                'bgr8': cv2.COLOR_RGB2BGR,
                'bgra8': cv2.COLOR_RGB2BGRA,
                'mono8': cv2.COLOR_RGB2GRAY,
                'yuv422_yuy2': cv2.COLOR_RGB2YUV_YUY2,
            }[encoding],
        )
    data = np.ascontiguousarray(pixels).tobytes()
    height, width = picture.shape[:2]
    return {
        'height': height,
        'width': width,
        'encoding': encoding,
        'step': len(data) // height,
        'data': array('B', data),
    }


def labels(message: Any) -> list[str]:
    """Return the classes of all detections, sorted."""
    return sorted(one.results[0].hypothesis.class_id for one in message.detections)
