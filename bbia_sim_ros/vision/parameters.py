"""Parameters of `vision_node`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bbia_sim_ros.models.parameters import ModelParameters
from bbia_sim_ros.parameters import parameter

AUTO: Final = 'auto'
NONE: Final = 'none'


@dataclass(frozen=True, kw_only=True)
class VisionParameters(ModelParameters):
    """Parameters of `vision_node`."""

    engine: str = parameter(
        AUTO,
        'What finds faces: mediapipe, opencv (the same network, half the memory), auto: the first'
        ' of these that can be used here, or none.',
        choices=(AUTO, 'mediapipe', 'opencv', NONE),
        read_only=True,
    )
    face_model: str = parameter(
        AUTO,
        'Network that finds faces: full (mediapipe alone; faces of 3 % of the width of the picture'
        ' and more, or 7 % with face_reach near), short (4 %, or 10 % with face_reach near), auto:'
        ' full with mediapipe, short with opencv.',
        choices=(AUTO, 'short', 'full'),
        read_only=True,
    )
    face_reach: str = parameter(
        'far',
        'How far away faces are found: near (the whole picture is searched), or far (parts of it'
        ' are looked at closer: faces of half the size, for more of the processor).',
        choices=('far', 'near'),
        read_only=True,
    )
    rate: float = parameter(
        10.0, 'Pictures looked at per second at most, Hz.', minimum=0.1, maximum=60.0
    )
    transport: str = parameter(
        'compressed',
        'Which pictures are looked at: camera/image_raw/compressed, or camera/image_raw (raw),'
        ' which many computers lose a part of (docs/faq.md, raw pictures).',
        choices=('raw', 'compressed'),
        read_only=True,
    )
    frame_timeout: float = parameter(
        2.0,
        'Seconds without a picture, while one is wanted, after which the camera is missed.',
        minimum=0.1,
        maximum=60.0,
    )
    detect_timeout: float = parameter(
        10.0,
        'Longest time that a loaded model may take for one picture, s.',
        minimum=0.1,
        maximum=600.0,
    )
    min_face_score: float = parameter(
        0.6, 'Confidence from which something is a face.', minimum=0.0, maximum=1.0, read_only=True
    )
    max_people: int = parameter(
        10, 'People that are followed at the same time.', minimum=1, maximum=50, read_only=True
    )
    appear_sightings: int = parameter(
        3,
        'Pictures in a row in which somebody has to be seen to count as there.',
        minimum=1,
        maximum=100,
        read_only=True,
    )
    leave_time: float = parameter(
        2.0,
        'Seconds unseen after which somebody counts as gone.',
        minimum=0.1,
        maximum=60.0,
        read_only=True,
    )
    face_mesh: bool = parameter(
        False,
        'Measure smile, mouth and gaze of the people seen (mediapipe).',
        read_only=True,
    )
    hands: bool = parameter(
        True,
        'Find hands and their gestures while somebody subscribes to vision/hands (mediapipe).',
        read_only=True,
    )
    body_pose: bool = parameter(
        True, 'Find a posture while somebody subscribes to vision/body (mediapipe).', read_only=True
    )
    objects_model: str = parameter(
        '',
        'ONNX file of a YOLO detector whose objects are sought; empty: no such model.',
        read_only=True,
    )
    objects_names: str = parameter(
        '',
        'Text file with its class names, one a line; empty: those in the ONNX file.',
        read_only=True,
    )
    min_object_score: float = parameter(
        0.4, 'Confidence from which it is an object.', minimum=0.0, maximum=1.0, read_only=True
    )
    max_objects: int = parameter(
        50,
        'Objects of one picture that are told, the best ones.',
        minimum=1,
        maximum=1000,
        read_only=True,
    )
    colors: tuple[str, ...] = parameter(
        (),
        'Colours whose patches are objects, named color_NAME.',
        choices=('red', 'orange', 'yellow', 'green', 'blue', 'purple'),
        read_only=True,
    )
    tags: str = parameter(
        '',
        'Family of markers that are objects, named tag_NUMBER, such as DICT_4X4_50 or'
        ' DICT_APRILTAG_36h11 of OpenCV; empty: none.',
        read_only=True,
    )
    caption_model: str = parameter(
        '',
        'Image-text model that answers questions about a picture: a name on the hub, such as'
        ' HuggingFaceTB/SmolVLM-256M-Instruct, or a folder; empty: none.',
        read_only=True,
    )
    caption_revision: str = parameter(
        '',
        'Commit of that model on the hub that is fetched, 40 digits; not read for a folder.',
        read_only=True,
    )
    caption_tokens: int = parameter(
        64, 'Longest answer about a picture, tokens.', minimum=1, maximum=1024
    )
    caption_timeout: float = parameter(
        120.0,
        'Longest time for an answer about a picture once the model is loaded, s.',
        minimum=1.0,
        maximum=3600.0,
    )
    describe_timeout: float = parameter(
        10.0,
        'Longest time in which vision/describe looks for people and objects once models are'
        ' loaded, s.',
        minimum=0.5,
        maximum=120.0,
    )
    detection_history: int = parameter(
        50, 'Past results of each kind that are kept.', minimum=1, maximum=10000, read_only=True
    )
    annotated_quality: int = parameter(
        80, 'JPEG quality of vision/annotated/compressed.', minimum=1, maximum=100
    )
    dead_zone: float = parameter(
        0.05,
        'Angle from the middle of the picture within which a followed target may move without'
        ' the head moving, rad.',
        minimum=0.0,
        maximum=0.5,
    )
    lost_wait: float = parameter(
        1.5, 'Seconds the head waits where a followed target was lost.', minimum=0.0, maximum=60.0
    )
    search_time: float = parameter(
        8.0, 'Seconds it searches then, before it returns to rest.', minimum=0.0, maximum=120.0
    )
    hri_topics: bool = parameter(
        False,
        'Also publish humans/faces/tracked, humans/faces/ID/roi and the frames face_ID, the names'
        ' of REP-155; ID is p and the id in vision/people.',
        read_only=True,
    )

    def conflicts(self) -> Iterable[str]:
        """Yield what does not go together."""
        yield from super().conflicts()
        if self.engine == 'opencv' and self.face_model == 'full':
            yield 'engine opencv has no face_model full; take short, or engine mediapipe'
