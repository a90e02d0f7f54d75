"""What is looked for follows from what somebody wants to know and from what is switched on."""

from __future__ import annotations

import pytest

from bbia_sim_ros.vision.detectors import FACES
from bbia_sim_ros.vision.detectors import LANDMARKS
from bbia_sim_ros.vision.detectors import OBJECTS
from bbia_sim_ros.vision.parameters import VisionParameters
from bbia_sim_ros.vision.results import HANDS
from bbia_sim_ros.vision.results import MESH
from bbia_sim_ros.vision.results import POSE
from bbia_sim_ros.vision.wanted import ANNOTATED_TOPIC
from bbia_sim_ros.vision.wanted import BODY_TOPIC
from bbia_sim_ros.vision.wanted import FACES_TOPIC
from bbia_sim_ros.vision.wanted import HANDS_TOPIC
from bbia_sim_ros.vision.wanted import OBJECTS_TOPIC
from bbia_sim_ros.vision.wanted import PEOPLE_TOPIC
from bbia_sim_ros.vision.wanted import landmark_parts
from bbia_sim_ros.vision.wanted import wanted_detectors
from bbia_sim_ros.vision.wanted import who_draws

DEFAULT = VisionParameters()
EVERYTHING = frozenset(
    {FACES_TOPIC, PEOPLE_TOPIC, OBJECTS_TOPIC, HANDS_TOPIC, BODY_TOPIC, ANNOTATED_TOPIC}
)


def wanted(*audience: str, values: VisionParameters = DEFAULT) -> set[str]:
    return wanted_detectors(values, frozenset(audience))


def test_nobody_wants_anything() -> None:
    assert wanted() == set()
    assert wanted(values=VisionParameters(face_mesh=True)) == set()


@pytest.mark.parametrize(
    ('topic', 'detectors'),
    [
        (FACES_TOPIC, {FACES}),
        (PEOPLE_TOPIC, {FACES}),
        (OBJECTS_TOPIC, {OBJECTS}),
        (HANDS_TOPIC, {LANDMARKS, FACES}),
        (BODY_TOPIC, {LANDMARKS}),
        (ANNOTATED_TOPIC, {FACES, LANDMARKS, OBJECTS}),
    ],
)
def test_a_topic_needs_its_detectors(topic: str, detectors: set[str]) -> None:
    assert wanted(topic) == detectors


def test_a_target_and_a_question_need_theirs() -> None:
    nobody: frozenset[str] = frozenset()
    assert wanted_detectors(DEFAULT, nobody, target=OBJECTS) == {OBJECTS}
    assert wanted_detectors(DEFAULT, nobody, target=FACES) == {FACES}
    assert wanted_detectors(DEFAULT, nobody, asked=True) == {FACES, OBJECTS}


def test_meshes_are_wanted_where_faces_are() -> None:
    values = VisionParameters(face_mesh=True)
    assert wanted(PEOPLE_TOPIC, values=values) == {FACES, LANDMARKS}
    assert wanted_detectors(values, frozenset(), target=FACES) == {FACES, LANDMARKS}
    assert wanted_detectors(values, frozenset(), target=OBJECTS) == {OBJECTS}


def test_what_is_switched_off_is_not_looked_for_whoever_subscribes() -> None:
    no_hands = VisionParameters(hands=False)
    assert wanted(HANDS_TOPIC, values=no_hands) == set()
    assert landmark_parts(no_hands, EVERYTHING) == {POSE}
    no_body = VisionParameters(body_pose=False)
    assert wanted(BODY_TOPIC, values=no_body) == set()
    assert landmark_parts(no_body, EVERYTHING) == {HANDS}
    neither = VisionParameters(hands=False, body_pose=False)
    assert wanted(ANNOTATED_TOPIC, values=neither) == {FACES, OBJECTS}
    assert landmark_parts(neither, EVERYTHING) == set()


def test_only_the_parts_that_somebody_wants_are_looked_for() -> None:
    values = VisionParameters(face_mesh=True)
    assert landmark_parts(values, frozenset({HANDS_TOPIC})) == {MESH, HANDS}
    assert landmark_parts(values, frozenset({BODY_TOPIC})) == {MESH, POSE}
    assert landmark_parts(values, frozenset({ANNOTATED_TOPIC})) == {MESH, HANDS, POSE}


def test_the_first_detector_without_a_problem_draws() -> None:
    assert who_draws({FACES: '', LANDMARKS: '', OBJECTS: ''}) == FACES
    assert who_draws({FACES: 'it ended', LANDMARKS: '', OBJECTS: ''}) == LANDMARKS
    assert who_draws({OBJECTS: ''}) == OBJECTS
    assert who_draws({FACES: 'it ended'}) is None
