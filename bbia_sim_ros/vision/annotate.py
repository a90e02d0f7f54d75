"""A picture with what was seen drawn into it, for people to look at.

Contract
    Pictures are (h, w, 3) uint8 RGB; what comes in is not changed. Places are pixels of that
    picture, and may lie outside it. Lines and letters grow with the picture, so that a small and a
    large one look alike. Any thread; OpenCV is imported at the first use.

Looks
    A person has a colour by id. A face that was seen has bold corners and dots on its keypoints,
    one that is expected a thin frame; below it stand id, distance and what the person does. Objects
    have a white frame, with class and confidence. Hands and posture are lines between landmarks.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from typing import Final

from bbia_sim_ros.vision.canvas import Canvas
from bbia_sim_ros.vision.canvas import Color
from bbia_sim_ros.vision.errors import ImageError
from bbia_sim_ros.vision.picture import Picture
from bbia_sim_ros.vision.picture import rgb_picture
from bbia_sim_ros.vision.results import BodyLandmarks
from bbia_sim_ros.vision.results import Landmarks
from bbia_sim_ros.vision.results import Points
from bbia_sim_ros.vision.results import Thing
from bbia_sim_ros.vision.tracked import Tracked

_NOTHING: Final = Landmarks()
# Distinct on light and on dark backgrounds, also for most who do not tell red from green.
_COLORS: Final[tuple[Color, ...]] = (
    (0, 200, 255),
    (255, 176, 0),
    (170, 140, 255),
    (120, 220, 80),
    (255, 120, 170),
    (255, 240, 100),
)
_THING: Final[Color] = (245, 245, 245)
_LIMBS: Final[Color] = (90, 230, 190)
# Pairs of landmarks of a hand and of a body that belong together, as MediaPipe numbers them.
_FINGERS: Final = tuple(
    (start, end)
    for first in (1, 5, 9, 13, 17)
    for start, end in ((0, first), *((first + k, first + k + 1) for k in range(3)))
)
_BODY: Final = (
    *((11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24), (23, 24)),
    *((23, 25), (25, 27), (24, 26), (26, 28), (27, 31), (28, 32)),
)
_IN_SIGHT: Final = 0.5
_SMILING: Final = 0.5


def annotated(
    image: Picture,
    *,
    people: Sequence[Tracked] = (),
    things: Sequence[Thing] = (),
    landmarks: Landmarks = _NOTHING,
) -> Picture:
    """Return a copy with all of it drawn in. Raises `ImageError` for what is no picture."""
    canvas = Canvas(rgb_picture(image).copy())
    if landmarks.body is not None:
        _draw_body(canvas, landmarks.body)
    for hand in landmarks.hands:
        _draw_landmarks(canvas, hand.landmarks, _FINGERS)
    for thing in things:
        canvas.frame(thing.box, _THING)
        canvas.label([f'{thing.label} {thing.score:.0%}'], thing.box.left, thing.box.top, _THING)
    # The nearest is drawn last, over the others.
    for person in reversed(people):
        _draw_person(canvas, person)
    return canvas.picture


def annotated_jpeg(
    image: Picture,
    *,
    people: Sequence[Tracked] = (),
    things: Sequence[Thing] = (),
    landmarks: Landmarks = _NOTHING,
    quality: int = 80,
) -> bytes:
    """Return ``annotated`` as JPEG of a quality from 1 to 100. Raises `ImageError`."""
    import cv2  # noqa: PLC0415 - takes 0.2 s, and nobody may ever look

    picture = annotated(image, people=people, things=things, landmarks=landmarks)
    done, data = cv2.imencode('.jpg', picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ImageError(f'OpenCV cannot make a JPEG of a picture of shape {picture.shape}')
    return bytes(data)


def _draw_person(canvas: Canvas, person: Tracked) -> None:
    color = _COLORS[int(person.id) % len(_COLORS)]
    box = person.box
    if person.face is None:
        canvas.frame(box, color)
    else:
        canvas.corners(box, color)
        for x, y in person.face.keypoints.tolist():
            canvas.dot(x, y, color)
    if box.width > 0.0:
        canvas.label(_told(person), box.left, box.bottom, color)


def _told(person: Tracked) -> list[str]:
    """Return the lines below a person's box."""
    first = [f'#{person.id}']
    if person.distance is not None:
        first.append(f'{person.distance:.1f} m')
    if not person.visible:
        first.append('unseen')
    second = [person.gesture.replace('_', ' ')] if person.gesture else []
    if person.expression is not None and person.expression.smile >= _SMILING:
        second.append('smiling')
    lines = ['  '.join(first), ', '.join(second)]
    return [line for line in lines if line]


def _draw_body(canvas: Canvas, body: BodyLandmarks) -> None:
    seen = [pair for pair in _BODY if min(body.visibility[list(pair)]) >= _IN_SIGHT]
    _draw_landmarks(canvas, body.landmarks, seen)


def _draw_landmarks(canvas: Canvas, landmarks: Points, pairs: Iterable[tuple[int, int]]) -> None:
    """Draw lines between pairs of landmarks (n, 3), and dots at their ends."""
    for start, end in pairs:
        (x0, y0, _), (x1, y1, _) = landmarks[start].tolist(), landmarks[end].tolist()
        canvas.line(x0, y0, x1, y1, _LIMBS, bold=True)
        canvas.dot(x0, y0, _LIMBS)
        canvas.dot(x1, y1, _LIMBS)
