"""Face mesh, hands and posture in one picture, by MediaPipe. Only for a worker process.

Contract
    `LandmarkModel` is a factory of `models/worker_main.py`; a picture is an array (h, w, 3) of
    uint8, red first, of any size, and the answer `results.Landmarks` in pixels of that picture.
    Points may lie beyond its edges. Every picture is searched by itself, without what was found in
    the one before: the camera moves with the robot's head, and who asks may pause for long. Only
    what is switched on is loaded.

MediaPipe takes pictures for mirrored ones when it tells left hands from right ones; these are not.
It tells no score for a hand, only how sure it is of the side, which stands in for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from typing import Final

import numpy as np
from mediapipe.python.solutions.face_mesh import FaceMesh
from mediapipe.python.solutions.hands import Hands
from mediapipe.python.solutions.pose import Pose

from bbia_sim_ros.models.context import Context
from bbia_sim_ros.vision.expressions import expression
from bbia_sim_ros.vision.gestures import gesture
from bbia_sim_ros.vision.mediapipe_graph import Graph
from bbia_sim_ros.vision.picture import Picture
from bbia_sim_ros.vision.picture import rgb_picture
from bbia_sim_ros.vision.results import HANDS
from bbia_sim_ros.vision.results import MESH
from bbia_sim_ros.vision.results import PARTS
from bbia_sim_ros.vision.results import POSE
from bbia_sim_ros.vision.results import BodyLandmarks
from bbia_sim_ros.vision.results import Expression
from bbia_sim_ros.vision.results import Hand
from bbia_sim_ros.vision.results import Landmarks
from bbia_sim_ros.vision.results import Points

LEFT: Final = 'left'
RIGHT: Final = 'right'
# By what MediaPipe calls them, for pictures that are not mirrored.
_SIDES: Final = {'Left': RIGHT, 'Right': LEFT}


class LandmarkModel:
    """See the module's docstring."""

    device = 'cpu'

    def __init__(
        self,
        progress: Callable[[float, str], None],
        *,
        mesh: bool = True,
        hands: bool = True,
        pose: bool = False,
        max_faces: int = 4,
        max_hands: int = 4,
        min_score: float = 0.5,
    ) -> None:
        """Load what is switched on; raises `DetectorError` when that fails.

        ``min_score`` is 0..1, for what is found first and for the points in it; ``max_faces`` and
        ``max_hands`` are at least 1. There is one posture at most.
        """
        shared = {
            'static_image_mode': True,
            'min_detection_confidence': min_score,
            'min_tracking_confidence': min_score,
        }
        faces = partial(FaceMesh, max_num_faces=max_faces, refine_landmarks=True, **shared)
        # The other sizes would be downloaded (posture), or take three times as long (hands).
        all_hands = partial(Hands, max_num_hands=max_hands, model_complexity=0, **shared)
        posture = partial(Pose, model_complexity=1, **shared)
        progress(0.1, 'loading the landmark models')
        self._mesh = Graph('face meshes', faces) if mesh else None
        self._hands = Graph('hands', all_hands) if hands else None
        self._pose = Graph('postures', posture) if pose else None

    def detect(
        self, context: Context, *, image: Picture, parts: frozenset[str] = PARTS
    ) -> Landmarks:
        """Return what is found of what is switched on and is among ``parts``.

        Raises `ImageError` for what is no picture and `DetectorError` when searching fails.
        """
        picture = rgb_picture(image)
        context.check()
        graphs = {MESH: self._mesh, HANDS: self._hands, POSE: self._pose}
        sought = {name: graph for name, graph in graphs.items() if graph and name in parts}
        expressions = _expressions(sought[MESH], picture) if MESH in sought else ()
        context.check()
        found = _found_hands(sought[HANDS], picture) if HANDS in sought else ()
        context.check()
        body = _body(sought[POSE], picture) if POSE in sought else None
        return Landmarks(parts=frozenset(sought), expressions=expressions, hands=found, body=body)


def _expressions(graph: Graph, picture: Picture) -> tuple[Expression, ...]:
    found = graph.process(picture).multi_face_landmarks
    return tuple(expression(_points(one.landmark, picture)) for one in found or ())


def _found_hands(graph: Graph, picture: Picture) -> tuple[Hand, ...]:
    found = graph.process(picture)
    hands = []
    sides = found.multi_handedness or ()
    for one, side in zip(found.multi_hand_landmarks or (), sides, strict=True):
        points, likeliest = _points(one.landmark, picture), side.classification[0]
        hands.append(
            Hand(
                side=_SIDES[likeliest.label],
                gesture=gesture(points),
                score=float(likeliest.score),
                landmarks=points,
            )
        )
    return tuple(hands)


def _body(graph: Graph, picture: Picture) -> BodyLandmarks | None:
    found = graph.process(picture).pose_landmarks
    if found is None:
        return None
    return BodyLandmarks(
        landmarks=_points(found.landmark, picture),
        visibility=np.array([point.visibility for point in found.landmark], dtype=np.float64),
    )


def _points(landmarks: Any, picture: Picture) -> Points:
    """Return landmarks in px; MediaPipe gives parts of the picture, depth as parts of its width."""
    height, width, _ = picture.shape
    points = np.array([(point.x, point.y, point.z) for point in landmarks], dtype=np.float64)
    return points * (width, height, width)
