"""Pixels as directions in the frame that does not move with the head."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.camera.intrinsics import pinhole
from bbia_sim_ros.camera.rays import Lens
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.vision.errors import ImageError
from bbia_sim_ros.vision.view import View
from bbia_sim_ros.vision.view import angle_between
from support.people import head_camera
from support.people import place
from support.people import view_at


def test_the_middle_of_the_picture_is_straight_ahead() -> None:
    assert view_at(0.0).directions([(320.0, 240.0)])[0] == pytest.approx((1.0, 0.0, 0.0))


def test_the_left_upper_quarter_is_to_the_left_and_up() -> None:
    _, left, up = view_at(0.0).directions([(100.0, 100.0)])[0]
    assert left > 0.0
    assert up > 0.0


@given(
    st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)),
    st.floats(-20.0, 20.0),
    st.floats(0.2, 5.0),
)
def test_a_point_is_found_again_in_the_direction_of_its_pixel(
    turn: tuple[float, float, float], yaw_deg: float, distance: float
) -> None:
    view = view_at(0.0, pose_from_euler(x=0.01, roll=turn[0], pitch=turn[1], yaw=turn[2]))
    point = place(yaw_deg, distance, 5.0)
    pixel = view.pixel(point)
    assert pixel is not None
    ray = view.directions([pixel])[0]
    assert angle_between(ray, point - view.camera) < 1e-9


def test_a_lens_that_distorts_is_reckoned_with() -> None:
    lens = Lens(
        pinhole(
            width=640,
            height=480,
            focal=(300.0, 300.0),
            centre=(319.5, 239.5),
            d=(-0.2, 0.05, 0.0, 0.0, 0.0),
        )
    )
    view = View.of_head(lens, head_pose=np.eye(4), stamp_s=0.0)
    point = place(25.0, 1.0)
    pixel = view.pixel(point)
    assert pixel is not None
    straight = view_at(0.0).pixel(point)
    assert straight is not None
    assert abs(pixel[0] - (320.0 - 300.0 * math.tan(math.radians(25.0)))) > 3.0
    assert angle_between(view.directions([pixel])[0], point - view.camera) < 1e-4


def test_a_point_behind_the_camera_has_no_pixel() -> None:
    assert view_at(0.0).pixel(place(180.0, 1.0)) is None


def test_bearing_is_positive_to_the_left_and_elevation_up() -> None:
    assert view_at(0.0).angles(place(20.0, 1.0, 10.0)) == pytest.approx(
        (math.radians(20.0), math.radians(10.0))
    )


def test_bearing_is_that_of_the_turned_camera() -> None:
    turned = view_at(0.0, pose_from_euler(yaw=math.radians(20.0)))
    bearing, _ = turned.angles(place(20.0, 100.0))
    assert bearing == pytest.approx(0.0, abs=1e-3)


def test_what_is_no_pose_is_refused() -> None:
    with pytest.raises(ImageError, match='pose of the camera'):
        View(head_camera(), optical=np.full((4, 4), math.nan), stamp_s=0.0)
    with pytest.raises(ImageError, match='pose of the camera'):
        View(head_camera(), optical=np.eye(3), stamp_s=0.0)


def test_a_stamp_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ImageError, match='stamp'):
        view_at(math.inf)
