"""What has to be looked for, given what somebody wants to know. Pure.

An audience is the topics, by the names below, that somebody subscribes to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bbia_sim_ros.vision import detectors
from bbia_sim_ros.vision.parameters import VisionParameters
from bbia_sim_ros.vision.results import HANDS
from bbia_sim_ros.vision.results import MESH
from bbia_sim_ros.vision.results import POSE

FACES_TOPIC: Final = 'vision/faces'
PEOPLE_TOPIC: Final = 'vision/people'
OBJECTS_TOPIC: Final = 'vision/objects'
HANDS_TOPIC: Final = 'vision/hands'
BODY_TOPIC: Final = 'vision/body'
ANNOTATED_TOPIC: Final = 'vision/annotated/compressed'


def wanted_detectors(
    values: VisionParameters, audience: frozenset[str], *, target: str = '', asked: bool = False
) -> set[str]:
    """Return the names of the detectors that are to look.

    ``target`` is the detector of what is followed, '' for nothing; ``asked`` is whether a question
    about what is in sight waits.
    """
    shown = ANNOTATED_TOPIC in audience
    parts = landmark_parts(values, audience)
    # Whose hands they are is told too.
    faces = shown or HANDS in parts or bool(audience & {FACES_TOPIC, PEOPLE_TOPIC})
    wanted = {
        detectors.FACES: faces or asked,
        detectors.OBJECTS: shown or OBJECTS_TOPIC in audience or asked,
    }
    if target:
        wanted[target] = True
    wanted[detectors.LANDMARKS] = bool(parts - {MESH}) or (
        values.face_mesh and wanted[detectors.FACES]
    )
    return {name for name, is_wanted in wanted.items() if is_wanted}


def landmark_parts(values: VisionParameters, audience: frozenset[str]) -> frozenset[str]:
    """Return which of `results.PARTS` are to be looked for, of those that are switched on."""
    shown = ANNOTATED_TOPIC in audience
    parts = {
        MESH: values.face_mesh,
        HANDS: values.hands and (shown or HANDS_TOPIC in audience),
        POSE: values.body_pose and (shown or BODY_TOPIC in audience),
    }
    return frozenset(name for name, is_wanted in parts.items() if is_wanted)


def who_draws(problems: Mapping[str, str]) -> str | None:
    """Return the first detector without a problem: its pictures are the ones to be drawn on."""
    return next((name for name, problem in problems.items() if not problem), None)
