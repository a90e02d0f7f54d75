"""Faces by MediaPipe (BlazeFace). Only for a worker process: 135 MB and a second to import.

The library of 0.10.14 makes no network connection; later ones report how they are used. Its class
``FaceDetection`` forgets the smallest score it is given and takes 0.5; here the graph is told.
"""

from __future__ import annotations

from functools import partial
from typing import Any
from typing import Final

import numpy as np
from mediapipe.python.solution_base import SolutionBase

from bbia_sim_ros.vision.mediapipe_graph import Graph
from bbia_sim_ros.vision.picture import Picture
from bbia_sim_ros.vision.picture import sampling_shift
from bbia_sim_ros.vision.results import Box
from bbia_sim_ros.vision.results import Face
from bbia_sim_ros.vision.results import Points

# Sides of the networks' input, px.
_SIDES_PX: Final = {'short': 128, 'full': 192}


class MediapipeFaces:
    """Finds faces; ``model`` is ``short`` (within 2 m) or ``full`` (within 5 m, twice the time)."""

    def __init__(self, *, model: str, min_score: float) -> None:
        """Load the model; raises `DetectorError` when that fails."""
        self._side_px = _SIDES_PX[model]
        self._graph = Graph('faces', partial(_solution, model, min_score))

    def detect(self, picture: Picture) -> list[Face]:
        """Return the faces in a picture of `rgb_picture`, in no order; raises `DetectorError`."""
        detections = self._graph.process(picture).detections
        size = np.array(picture.shape[1::-1], dtype=np.float64)
        shift = sampling_shift(picture, self._side_px)
        return [_face(detection, size, shift) for detection in detections or ()]


def _solution(model: str, min_score: float) -> SolutionBase:
    node = f'facedetection{model}range__facedetection__TensorsToDetectionsCalculator'
    return SolutionBase(
        binary_graph_path=(
            f'mediapipe/modules/face_detection/face_detection_{model}_range_cpu.binarypb'
        ),
        calculator_params={f'{node}.min_score_thresh': min_score},
        outputs=['detections'],
    )


def _face(detection: Any, size: Points, shift: float) -> Face:
    found = detection.location_data
    box = found.relative_bounding_box
    corner = np.array([box.xmin, box.ymin]) * size - shift
    extent = np.array([box.width, box.height]) * size
    x, y = (corner + extent / 2.0).tolist()
    width, height = extent.tolist()
    points = np.array([(point.x, point.y) for point in found.relative_keypoints])
    return Face(
        box=Box(x=x, y=y, width=width, height=height),
        score=float(detection.score[0]),
        keypoints=points * size - shift,
    )
