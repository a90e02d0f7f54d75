"""Distance from the size of a face."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from bbia_sim_ros.camera.intrinsics import pinhole
from bbia_sim_ros.camera.rays import Lens
from bbia_sim_ros.models.context import Context
from bbia_sim_ros.robot.names import NEUTRAL_HEAD_POSE
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.vision.distance import PUPILS_M
from bbia_sim_ros.vision.distance import face_distance
from bbia_sim_ros.vision.view import View
from support.people import face_at
from support.people import place
from support.people import view_at
from support.photographs import astronaut

VIEW = view_at(0.0)


def directions(
    distance: float,
    *,
    yaw_deg: float = 0.0,
    turn_deg: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> FloatArray:
    yaw, pitch, roll = (math.radians(angle) for angle in turn_deg)
    face = face_at(VIEW, place(yaw_deg, distance, 5.0), turn=(yaw, pitch, roll))
    return VIEW.directions(face.keypoints)


@pytest.mark.parametrize('distance', [0.3, 0.6, 1.0, 2.0, 5.0])
@pytest.mark.parametrize('yaw_deg', [0.0, 40.0])
@pytest.mark.parametrize(
    'turn_deg', [(0, 0, 0), (30, 0, 0), (-60, 0, 0), (0, 25, 0), (0, -25, 0), (25, 15, 40)]
)
def test_the_distance_is_right_wherever_the_face_is_and_looks(
    distance: float, yaw_deg: float, turn_deg: tuple[float, float, float]
) -> None:
    found = face_distance(directions(distance, yaw_deg=yaw_deg, turn_deg=turn_deg))
    assert found is not None
    assert found[0] == pytest.approx(distance, rel=0.08)


def test_the_deviation_is_that_of_people_and_keypoints() -> None:
    found = face_distance(directions(2.0))
    assert found is not None
    assert found[1] / found[0] == pytest.approx(math.hypot(0.06, 0.06), rel=0.1)


@pytest.mark.parametrize('turn_deg', [0.0, 40.0, 70.0])
def test_noise_of_keypoints_scatters_the_distance_as_the_deviation_says(turn_deg: float) -> None:
    rng = np.random.default_rng(3)
    face = face_at(VIEW, place(0.0, 1.0), turn=(math.radians(turn_deg), 0.0, 0.0))
    focal_px = 240.0 / math.tan(math.radians(40.0))
    noise_px = 0.05 * PUPILS_M * focal_px
    found = [
        face_distance(VIEW.directions(face.keypoints + rng.normal(0.0, noise_px, (6, 2))))
        for _ in range(300)
    ]
    distances = [one[0] for one in found if one is not None]
    assert len(distances) > 290
    assert np.mean(distances) == pytest.approx(1.0, rel=0.05)
    assert 0.04 < np.std(distances) < 0.08


def test_a_photograph_at_a_slant_is_told_with_more_deviation() -> None:
    flat = np.array([[-0.0317, 0.0], [0.0317, 0.0], [0.0, 0.038], [0.0, 0.069], [0, 0], [0, 0]])

    def found(slant_deg: float) -> tuple[float, float]:
        slant = math.radians(slant_deg)
        x, y = flat.T
        points = np.column_stack((x * math.cos(slant), y, 1.0 + x * math.sin(slant)))
        result = face_distance(points / np.linalg.norm(points, axis=1, keepdims=True))
        assert result is not None
        return result

    straight, slanted = found(0.0), found(40.0)
    assert straight[0] == pytest.approx(1.0, rel=0.02)
    assert slanted[0] == pytest.approx(1.0, rel=0.2)
    assert slanted[1] > 1.5 * straight[1]
    assert abs(slanted[0] - 1.0) < slanted[1]


def test_a_smaller_face_is_taken_to_be_further_away() -> None:
    near, far = face_distance(directions(1.0)), face_distance(directions(1.5))
    assert near is not None
    assert far is not None
    assert far[0] > 1.4 * near[0]


@pytest.mark.parametrize(
    'rays',
    [
        np.full((6, 3), math.nan),
        np.tile((0.0, 0.0, 1.0), (6, 1)),
        np.array(
            [(0, 0, 1), (1, 0, 0), (0, 1, 0), (0, 0, -1), (-1, 0, 0), (0, -1, 0)], dtype=float
        ),
    ],
    ids=['not finite', 'all the same', 'all around'],
)
def test_what_is_no_face_has_no_distance(rays: FloatArray) -> None:
    assert face_distance(rays) is None


def test_keypoints_on_one_line_have_no_distance() -> None:
    points = np.array([[0.03 * k, 0.0, 1.0] for k in range(6)])
    assert face_distance(points / np.linalg.norm(points, axis=1, keepdims=True)) is None


@pytest.mark.parametrize('side_px', [400, 600, 900])
def test_a_photograph_is_as_far_away_as_the_eyes_in_it_say(
    make_faces: Callable[..., Any], context: Context, side_px: int
) -> None:
    """The same photograph in three sizes, by a real detector, through a lens of 5000 px."""
    photograph = cv2.resize(astronaut(), (side_px, side_px), interpolation=cv2.INTER_AREA)
    (face,) = make_faces(engine='opencv').detect(context, image=photograph)
    focal_px = 5000.0
    # Read off the photograph of 512 px; the face is turned a little, which makes this too small.
    pupils_px = 43.2 * side_px / 512
    middle = (side_px - 1) / 2.0
    lens = Lens(
        pinhole(width=side_px, height=side_px, focal=(focal_px, focal_px), centre=(middle, middle))
    )
    view = View.of_head(lens, head_pose=NEUTRAL_HEAD_POSE, stamp_s=0.0)
    found = face_distance(view.directions(face.keypoints))
    assert found is not None
    assert found[0] == pytest.approx(focal_px * PUPILS_M / pupils_px, rel=0.15)
