"""Face meshes, hands and postures in portraits and in drawings of hands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.models.context import Context
from bbia_sim_ros.models.errors import CancelledError
from bbia_sim_ros.models.limits import PoolLimits
from bbia_sim_ros.models.pool import ModelPool
from bbia_sim_ros.models.spec import ModelSpec
from bbia_sim_ros.vision.errors import ImageError
from bbia_sim_ros.vision.results import HANDS
from bbia_sim_ros.vision.results import MESH
from bbia_sim_ros.vision.results import POSE
from bbia_sim_ros.vision.results import Landmarks
from support.hands import drawing
from support.hands import hand
from support.hands import placed
from support.optional import need
from support.photographs import FACELESS
from support.photographs import admiral
from support.photographs import astronaut
from support.photographs import photograph

PALM_PX = 110.0
FOLDED = 95.0
ANSWER_S = 60.0
NOSE, LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_ANKLE = 0, 11, 12, 27


@pytest.fixture(scope='module')
def everything(make_landmarks: Callable[..., Any]) -> Any:
    """Return a model that looks for all there is."""
    return make_landmarks(mesh=True, hands=True, pose=True)


def found(model: Any, picture: Any) -> Landmarks:
    """Return what a model finds in a picture."""
    answer: Landmarks = model.detect(Context(60.0), image=picture)
    return answer


def test_a_mesh_lies_where_the_face_is(
    everything: Any, make_faces: Callable[..., Any], context: Context
) -> None:
    for picture in (astronaut(), admiral()):
        (expression,) = found(everything, picture).expressions
        (face,) = make_faces(engine='opencv').detect(context, image=picture)
        assert face.box.overlap(expression.box) > 0.5


def test_two_faces_have_two_meshes_and_no_more_than_asked_for(
    everything: Any, make_landmarks: Callable[..., Any]
) -> None:
    two = np.hstack([astronaut()[:300, 70:370], admiral()[100:400, 110:410]])
    smiles = {one.box.x > 300.0: one.smile for one in found(everything, two).expressions}
    assert smiles[False] > 0.8
    assert smiles[True] < 0.2
    assert len(found(make_landmarks(hands=False, max_faces=1), two).expressions) == 1


@pytest.mark.parametrize(
    ('bends', 'thumb', 'roll_deg', 'expected'),
    [
        ((0.0, 0.0, 0.0, 0.0), 'out', 0.0, 'open_palm'),
        ((0.0, 0.0, 0.0, 0.0), 'out', 60.0, 'open_palm'),
        ((0.0, 0.0, 0.0, 0.0), 'out', -60.0, 'open_palm'),
        ((0.0, FOLDED, FOLDED, FOLDED), 'out', 0.0, 'point'),
        ((0.0, FOLDED, FOLDED, FOLDED), 'out', 25.0, 'point'),
        ((0.0, FOLDED, FOLDED, FOLDED), 'out', -45.0, 'point'),
        ((FOLDED,) * 4, 'across', 0.0, 'fist'),
        ((FOLDED,) * 4, 'across', -60.0, 'fist'),
        ((FOLDED,) * 4, 'out', -25.0, 'thumbs_up'),
        ((FOLDED,) * 4, 'out', -45.0, 'thumbs_up'),
    ],
)
def test_a_drawn_hand_is_found_with_its_side_and_gesture(
    everything: Any, bends: tuple[float, ...], thumb: str, roll_deg: float, expected: str
) -> None:
    landmarks = placed(hand(bends, thumb), PALM_PX, roll_deg)
    (one,) = found(everything, drawing(landmarks, PALM_PX)).hands
    assert (one.side, one.gesture) == ('right', expected)
    assert one.score > 0.5
    assert one.landmarks.shape == (21, 3)
    away = np.linalg.norm(one.landmarks[:, :2] - landmarks[:, :2], axis=1)
    assert away.mean() < 0.2 * PALM_PX


def test_a_mirrored_right_hand_is_a_left_one(everything: Any) -> None:
    landmarks = placed(hand(), PALM_PX)
    picture = drawing(landmarks, PALM_PX)[:, ::-1]
    (one,) = found(everything, picture).hands
    assert (one.side, one.gesture) == ('left', 'open_palm')


def test_two_hands_are_found_and_no_more_than_asked_for(
    everything: Any, make_landmarks: Callable[..., Any]
) -> None:
    right = drawing(placed(hand(), PALM_PX), PALM_PX)
    two = np.hstack([right[:, 120:520], right[:, 520:120:-1]])
    assert sorted(one.side for one in found(everything, two).hands) == ['left', 'right']
    assert len(found(make_landmarks(mesh=False, max_hands=1), two).hands) == 1


def test_a_posture_is_found_with_what_is_in_sight(everything: Any) -> None:
    body = found(everything, astronaut()).body
    assert body is not None
    assert body.landmarks.shape == (33, 3)
    assert body.visibility.shape == (33,)
    # Her left is on the right of the picture; her feet are not in it.
    assert body.landmarks[LEFT_SHOULDER, 0] > 300.0
    assert body.landmarks[RIGHT_SHOULDER, 0] < 150.0
    assert np.linalg.norm(body.landmarks[NOSE, :2] - (223.4, 130.0)) < 15.0
    assert body.visibility[NOSE] > 0.9
    assert body.visibility[LEFT_ANKLE] < 0.1


@pytest.mark.parametrize('name', FACELESS)
def test_photographs_without_people_have_nothing(everything: Any, name: str) -> None:
    nothing = found(everything, photograph(name))
    assert (nothing.expressions, nothing.hands, nothing.body) == ((), (), None)


def test_a_blank_wall_and_noise_have_nothing(everything: Any) -> None:
    noise = np.random.default_rng(4).normal(128.0, 40.0, (480, 640, 3))
    pictures = [
        np.full((480, 640, 3), 200, np.uint8),
        np.clip(noise, 0, 255).astype(np.uint8),
        *(np.zeros((*size, 3), np.uint8) for size in ((1, 1), (1, 500), (500, 1), (2160, 3840))),
    ]
    for picture in pictures:
        nothing = found(everything, picture)
        assert (nothing.expressions, nothing.hands, nothing.body) == ((), (), None)


def test_nothing_is_left_over_from_the_picture_before(everything: Any) -> None:
    blank = np.full((512, 512, 3), 200, np.uint8)
    first = found(everything, astronaut())
    nothing = found(everything, blank)
    again = found(everything, astronaut())
    assert (nothing.expressions, nothing.body) == ((), None)
    assert again.expressions == first.expressions


def test_only_what_is_switched_on_is_looked_for(make_landmarks: Callable[..., Any]) -> None:
    off = found(make_landmarks(mesh=False, hands=False, pose=False), astronaut())
    assert (off.expressions, off.hands, off.body) == ((), (), None)
    mesh = found(make_landmarks(mesh=True, hands=False, pose=False), astronaut())
    assert (len(mesh.expressions), mesh.body) == (1, None)
    pose = found(make_landmarks(mesh=False, hands=False, pose=True), astronaut())
    assert pose.expressions == ()
    assert pose.body is not None


def test_it_tells_what_it_looked_for(everything: Any, make_landmarks: Callable[..., Any]) -> None:
    picture = np.full((48, 64, 3), 200, np.uint8)
    assert found(everything, picture).parts == {MESH, HANDS, POSE}
    wanted = frozenset({MESH, POSE})
    assert everything.detect(Context(60.0), image=picture, parts=wanted).parts == wanted
    mesh = make_landmarks(mesh=True, hands=False, pose=False)
    assert mesh.detect(Context(60.0), image=picture, parts=wanted).parts == {MESH}


def test_the_smallest_score_is_obeyed(make_landmarks: Callable[..., Any]) -> None:
    strict = make_landmarks(mesh=True, hands=True, pose=True, min_score=0.999999)
    nothing = found(strict, astronaut())
    assert (nothing.expressions, nothing.body) == ((), None)
    assert found(strict, drawing(placed(hand(), PALM_PX), PALM_PX)).hands == ()


def test_what_is_no_picture_is_refused(everything: Any) -> None:
    with pytest.raises(ImageError, match='the picture is empty: 640x0 px'):
        found(everything, np.zeros((0, 640, 3), np.uint8))
    with pytest.raises(ImageError, match=r'this one is \(480, 640\) of uint8'):
        found(everything, np.zeros((480, 640), np.uint8))
    assert len(found(everything, astronaut()).expressions) == 1


def test_a_request_that_is_cancelled_ends(everything: Any, context: Context) -> None:
    context.cancelled.set()
    with pytest.raises(CancelledError):
        everything.detect(context, image=astronaut())


def test_it_works_in_a_worker_process() -> None:
    need('mediapipe', 'skimage')
    pool = ModelPool(owner='tests', limits=PoolLimits())
    try:
        factory = 'bbia_sim_ros.vision.landmark_model:LandmarkModel'
        pool.add(ModelSpec(name='landmarks', engine='mediapipe', factory=factory))
        answer = pool.request('landmarks', 'detect', {'image': astronaut()}, deadline_s=ANSWER_S)
        assert answer.result(ANSWER_S).expressions[0].smile > 0.8
    finally:
        pool.close()
