"""Faces in one picture, by the engine that the options name. Only for a worker process.

Contract
    `FaceModel` is a factory of `models/worker_main.py`; a picture is an array (h, w, 3) of uint8,
    red first, of any size, and the answer a tuple of `results.Face`, the best first, in pixels of
    that picture. A box may reach beyond the picture's edges when the face does. Identities are the
    business of who asks.

    Both engines run the same network with model ``short``, which is made for faces within 2 m.
    ``full`` is for those within 5 m; it needs mediapipe.

Reach
    ``near``: the whole picture, each by itself. With ``full`` faces are found from 7 % of the
    picture's longer side, with ``short`` from 10 %: at 640 px and 96 degrees to 0.9 m and 0.6 m.
    ``far``: also tiles, see `face_reach`, for the pictures of one camera in their order. Faces
    are found from 3 % with ``full`` and 4 % with ``short``, at 640 px and 96 degrees to 2 m and
    1.6 m, at the latest in the fourth picture that shows them, and then in each. This takes the
    network twice or four times in a picture and once more for each face (`./bbia bench vision`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bbia_sim_ros.models.context import Context
from bbia_sim_ros.vision.errors import DetectorError
from bbia_sim_ros.vision.face_reach import SUGGESTED
from bbia_sim_ros.vision.face_reach import Engine
from bbia_sim_ros.vision.face_reach import FarFaces
from bbia_sim_ros.vision.model_files import ENGINES
from bbia_sim_ros.vision.model_files import MEDIAPIPE
from bbia_sim_ros.vision.model_files import OPENCV
from bbia_sim_ros.vision.picture import Picture
from bbia_sim_ros.vision.picture import rgb_picture
from bbia_sim_ros.vision.results import Face

SHORT: Final = 'short'
FULL: Final = 'full'
MODELS: Final = (SHORT, FULL)
NEAR: Final = 'near'
FAR: Final = 'far'
REACHES: Final = (NEAR, FAR)
# Sides of the tiles as parts of the picture's longer side.
_TILES: Final = {SHORT: 5.0 / 16.0, FULL: 9.0 / 16.0}


class FaceModel:
    """See the module's docstring."""

    device = 'cpu'

    def __init__(
        self,
        progress: Callable[[float, str], None],
        *,
        engine: str = MEDIAPIPE,
        model: str = SHORT,
        min_score: float = 0.6,
        max_faces: int = 10,
        reach: str = NEAR,
    ) -> None:
        """Load the model; ``min_score`` is 0..1, ``max_faces`` 1 or more, ``reach`` of `REACHES`.

        Raises `DetectorError` when the model cannot be used, with what to do.
        """
        if engine not in ENGINES or model not in MODELS:
            raise DetectorError(
                f'no model {model!r} of engine {engine!r}: engines are {", ".join(ENGINES)},'
                f' models {", ".join(MODELS)}'
            )
        if reach not in REACHES:
            raise DetectorError(f'no reach {reach!r}: there are {", ".join(REACHES)}')
        progress(0.1, f'loading the face model by {engine}')
        self._max_faces = max_faces
        self._engine = (
            _made(engine, model, min_score)
            if reach == NEAR
            else _far(engine, model, min_score, max_faces)
        )

    def detect(self, context: Context, *, image: Picture) -> tuple[Face, ...]:
        """Return the faces of a picture, best first, at most ``max_faces``.

        Raises `ImageError` for what is no picture and `DetectorError` when searching fails.
        """
        context.check()
        faces = self._engine.detect(rgb_picture(image))
        return tuple(sorted(faces, key=lambda face: -face.score)[: self._max_faces])


def _far(engine: str, model: str, min_score: float, max_faces: int) -> Engine:
    suggested = min(min_score, SUGGESTED)
    wide = _made(engine, model, suggested)
    # The small network is the better one for what is large in its square, and three times as fast.
    close = wide if model == SHORT else _made(engine, SHORT, suggested)
    return FarFaces(wide, close, tile=_TILES[model], min_score=min_score, max_faces=max_faces)


def _made(engine: str, model: str, min_score: float) -> Engine:
    # Only the engine that is used is imported: mediapipe takes a second and 130 MB.
    if engine == OPENCV:
        if model == FULL:
            raise DetectorError(
                f'the engine {OPENCV} cannot run the model {FULL!r}, whose weights are sparse: take'
                f' {SHORT!r}, or the engine {MEDIAPIPE}'
            )
        from bbia_sim_ros.vision.face_opencv import OpencvFaces  # noqa: PLC0415

        return OpencvFaces(min_score=min_score)
    from bbia_sim_ros.vision.face_mediapipe import MediapipeFaces  # noqa: PLC0415

    return MediapipeFaces(model=model, min_score=min_score)
