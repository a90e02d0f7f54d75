"""Where the models are that come with the package mediapipe. Imports and loads nothing.

mediapipe 0.10.14 brings its models with it; later versions (0.10.35, 1.2.2) bring none.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from bbia_sim_ros.vision.errors import DetectorError

MEDIAPIPE: Final = 'mediapipe'
OPENCV: Final = 'opencv'
ENGINES: Final = (MEDIAPIPE, OPENCV)

FACE_SHORT: Final = 'face_detection/face_detection_short_range.tflite'
FACE_FULL: Final = 'face_detection/face_detection_full_range_sparse.tflite'
FACE_MESH: Final = 'face_landmark/face_landmark_with_attention.tflite'
PALM: Final = 'palm_detection/palm_detection_lite.tflite'
HAND: Final = 'hand_landmark/hand_landmark_lite.tflite'
POSE: Final = 'pose_landmark/pose_landmark_full.tflite'

_REMEDY: Final = 'install everything with ./bbia setup, which brings mediapipe 0.10.14'


def bundled(name: str) -> Path:
    """Return where a model is, one of the names above; raises `DetectorError` if it is missing."""
    spec = find_spec('mediapipe')
    if spec is None:
        raise DetectorError(f'mediapipe, which brings {name}, is not installed: {_REMEDY}')
    for folder in spec.submodule_search_locations or ():
        path = Path(folder, 'modules', name)
        if path.is_file():
            return path
    raise DetectorError(f'the mediapipe that is installed has no {name}: {_REMEDY}')


def obstacle(engine: str) -> str:
    """Return why an engine of `ENGINES` cannot be used here and what to do; empty if it can.

    The engine opencv reads mediapipe's file without its library, but the package has to be there.
    """
    needed = {
        MEDIAPIPE: (FACE_SHORT, FACE_FULL, FACE_MESH, PALM, HAND, POSE),
        OPENCV: (FACE_SHORT,),
    }
    if engine not in needed:
        return f'there is no engine {engine!r}; there are {", ".join(ENGINES)}'
    if find_spec('cv2') is None:
        return 'cv2 is not installed: run ./bbia setup'
    try:
        for name in needed[engine]:
            bundled(name)
    except DetectorError as error:
        return str(error)
    return ''
