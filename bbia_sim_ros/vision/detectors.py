"""The detectors there are, made from the node's parameters: models on a lease, by name.

One that cannot be used has an obstacle, which says why and what to do; it is not a model then.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Final

from bbia_sim_ros.models import hub
from bbia_sim_ros.models.spec import ModelSpec
from bbia_sim_ros.vision.model_files import ENGINES
from bbia_sim_ros.vision.model_files import MEDIAPIPE
from bbia_sim_ros.vision.model_files import OPENCV
from bbia_sim_ros.vision.model_files import obstacle
from bbia_sim_ros.vision.parameters import AUTO
from bbia_sim_ros.vision.parameters import NONE
from bbia_sim_ros.vision.parameters import VisionParameters

FACES: Final = 'faces'
LANDMARKS: Final = 'landmarks'
OBJECTS: Final = 'objects'
CAPTION: Final = 'caption'
SHORT: Final = 'short'
FULL: Final = 'full'
_PACKAGE: Final = 'bbia_sim_ros.vision'


@dataclass(frozen=True, kw_only=True)
class Detector:
    """A detector: its model, or the obstacle; with neither nobody asked for it."""

    spec: ModelSpec | None = None
    obstacle: str = ''
    reason: str = ''

    @property
    def usable(self) -> bool:
        """Whether it can be asked."""
        return self.spec is not None


def make_detectors(values: VisionParameters) -> Mapping[str, Detector]:
    """Return the detectors by name: `FACES`, `LANDMARKS`, `OBJECTS`, `CAPTION`."""
    return {
        FACES: _faces(values),
        LANDMARKS: _landmarks(values),
        OBJECTS: _objects(values),
        CAPTION: _caption(values),
    }


def _faces(values: VisionParameters) -> Detector:
    if values.engine == NONE:
        return Detector(reason='engine is none')
    # Only mediapipe runs the model `full`.
    candidates = (MEDIAPIPE,) if values.face_model == FULL else ENGINES
    wanted = candidates if values.engine == AUTO else (values.engine,)
    obstacles = {engine: obstacle(engine) for engine in wanted}
    engine = next((engine for engine in wanted if not obstacles[engine]), None)
    if engine is None:
        why = '; '.join(f'{name}: {text}' for name, text in obstacles.items())
        return Detector(obstacle=f'no faces: {why}')
    chosen = 'asked for' if values.engine != AUTO else 'the first that can be used here'
    return Detector(
        spec=_spec(
            FACES,
            engine,
            'face_model:FaceModel',
            engine=engine,
            model=_face_model(values.face_model, engine),
            min_score=values.min_face_score,
            max_faces=values.max_people,
            reach=values.face_reach,
        ),
        reason=f'{engine}: {chosen}',
    )


def _face_model(wanted: str, engine: str) -> str:
    if wanted != AUTO:
        return wanted
    return FULL if engine == MEDIAPIPE else SHORT


def _landmarks(values: VisionParameters) -> Detector:
    if not (values.face_mesh or values.hands or values.body_pose):
        return Detector(reason='face_mesh, hands and body_pose are off')
    if problem := obstacle(MEDIAPIPE):
        return Detector(obstacle=f'no mesh, hands and posture: {problem}')
    return Detector(
        spec=_spec(
            LANDMARKS,
            MEDIAPIPE,
            'landmark_model:LandmarkModel',
            mesh=values.face_mesh,
            hands=values.hands,
            pose=values.body_pose,
            max_faces=min(values.max_people, 4),
            max_hands=4,
            min_score=values.min_face_score,
        ),
        reason=MEDIAPIPE,
    )


def _objects(values: VisionParameters) -> Detector:
    if not (values.objects_model or values.colors or values.tags):
        return Detector(reason='no model: give objects_model, colors or tags')
    for name in (values.objects_model, values.objects_names):
        if name and not Path(name).expanduser().is_file():
            return Detector(obstacle=f'no objects: there is no file {name}')
    if values.objects_model and importlib.util.find_spec('onnxruntime') is None:
        return Detector(obstacle='no objects: onnxruntime is not installed; run ./bbia setup')
    return Detector(
        spec=_spec(
            OBJECTS,
            'onnx' if values.objects_model else OPENCV,
            'object_model:ObjectModel',
            weights=_expanded(values.objects_model),
            names=_expanded(values.objects_names),
            colors=values.colors,
            tags=values.tags,
            min_score=values.min_object_score,
            max_objects=values.max_objects,
        ),
        reason=', '.join(filter(None, (values.objects_model, *values.colors, values.tags))),
    )


def _caption(values: VisionParameters) -> Detector:
    if not values.caption_model:
        return Detector(reason='no model: give caption_model')
    if importlib.util.find_spec('transformers') is None:
        return Detector(obstacle='no captions: transformers is not installed; run ./bbia setup')
    if problem := hub.obstacle(values.caption_model, values.caption_revision):
        return Detector(obstacle=f'no captions: {problem}')
    return Detector(
        spec=_spec(
            CAPTION,
            'transformers',
            'caption_model:CaptionModel',
            model=values.caption_model,
            revision=values.caption_revision,
        ),
        reason=values.caption_model,
    )


def _expanded(path: str) -> str:
    return str(Path(path).expanduser()) if path else ''


def _spec(name: str, runtime: str, factory: str, **options: Any) -> ModelSpec:
    return ModelSpec(
        name=name,
        engine=runtime,
        factory=f'{_PACKAGE}.{factory}',
        options=options,
        environment={'HF_HUB_DISABLE_TELEMETRY': '1'},
    )
