"""Pixels to directions and back, through every lens model of CameraInfo."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.camera.intrinsics import Intrinsics
from bbia_sim_ros.camera.intrinsics import pinhole
from bbia_sim_ros.camera.intrinsics import uncalibrated
from bbia_sim_ros.camera.models import official_intrinsics
from bbia_sim_ros.camera.rays import Lens
from bbia_sim_ros.camera.rays import LensError
from bbia_sim_ros.camera.rays import lens_of

PINHOLE = pinhole(width=640, height=480, focal=(500.0, 510.0), centre=(310.0, 250.0))
PLUMB_BOB = replace(PINHOLE, d=(-0.28, 0.09, 0.001, -0.0005, 0.0))
FISHEYE = replace(PINHOLE, distortion_model='equidistant', d=(-0.02, 0.005, -0.002, 0.0003))
CORNERS = np.array([(0.0, 0.0), (639.0, 0.0), (0.0, 479.0), (639.0, 479.0), (300.5, 200.25)])


def official() -> Intrinsics:
    found = official_intrinsics('reachy_mini_lite', 3840, 2592)
    assert found is not None
    return found


def test_the_axis_of_a_pinhole_is_its_centre_and_45_degrees_is_a_focal_length_away() -> None:
    lens = Lens(PINHOLE)
    rays = lens.directions([(310.0, 250.0), (810.0, 250.0), (310.0, -260.0)])
    half = math.sqrt(0.5)
    np.testing.assert_allclose(rays, [(0, 0, 1), (half, 0, half), (0, -half, half)], atol=1e-12)


def test_a_pinhole_needs_no_straightening() -> None:
    np.testing.assert_array_equal(Lens(PINHOLE).straight(CORNERS), CORNERS)


@pytest.mark.parametrize('camera', [PINHOLE, PLUMB_BOB, FISHEYE, official().scaled(640, 432)])
def test_a_direction_leads_back_to_its_pixel(camera: Intrinsics) -> None:
    lens = Lens(camera)
    inside = np.minimum(CORNERS, (camera.width - 1.0, camera.height - 1.0))
    rays = lens.directions(inside)
    np.testing.assert_allclose(np.linalg.norm(rays, axis=1), 1.0)
    np.testing.assert_allclose(lens.pixels(rays), inside, atol=0.01)
    np.testing.assert_allclose(lens.pixels(2.5 * rays), inside, atol=0.01)


def test_a_plumb_bob_lens_is_that_of_the_formula() -> None:
    """x' = x (1 + k1 r2 + k2 r4) + 2 p1 x y + p2 (r2 + 2 x2), OpenCV's calib3d."""
    x, y = 0.4, -0.3
    k1, k2, p1, p2, _ = PLUMB_BOB.d
    r2 = x * x + y * y
    radial = 1.0 + k1 * r2 + k2 * r2 * r2
    column = 500.0 * (x * radial + 2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x)) + 310.0
    row = 510.0 * (y * radial + p1 * (r2 + 2.0 * y * y) + 2.0 * p2 * x * y) + 250.0
    lens = Lens(PLUMB_BOB)
    np.testing.assert_allclose(lens.pixels((x, y, 1.0)), [(column, row)], atol=1e-9)
    direction = lens.directions((column, row))[0]
    np.testing.assert_allclose(direction[:2] / direction[2], (x, y), atol=1e-6)
    straight = lens.straight((column, row))
    np.testing.assert_allclose(straight, [(500.0 * x + 310.0, 510.0 * y + 250.0)], atol=1e-3)


def test_a_fisheye_lens_is_that_of_the_formula() -> None:
    """The distance from the centre grows with theta (1 + k1 theta2 + k2 theta4 + ...)."""
    theta = math.radians(60.0)
    k1, k2, k3, k4 = FISHEYE.d
    bent = theta * (1.0 + k1 * theta**2 + k2 * theta**4 + k3 * theta**6 + k4 * theta**8)
    lens = Lens(FISHEYE)
    point = (math.sin(theta), 0.0, math.cos(theta))
    np.testing.assert_allclose(lens.pixels(point), [(500.0 * bent + 310.0, 250.0)], atol=1e-6)
    np.testing.assert_allclose(lens.directions((500.0 * bent + 310.0, 250.0)), [point], atol=1e-6)


def test_the_corner_of_the_official_camera_is_seen_at_more_than_45_degrees() -> None:
    lens = Lens(official())
    corner = lens.directions((0.0, 0.0))[0]
    assert math.acos(corner[2]) > math.radians(45.0)
    np.testing.assert_allclose(lens.pixels(corner), [(0.0, 0.0)], atol=0.01)


@pytest.mark.parametrize('point', [(0.1, 0.1, -1.0), (1.0, 0.0, 0.0), (math.nan, 0.0, 1.0)])
@pytest.mark.parametrize('camera', [PINHOLE, PLUMB_BOB, FISHEYE])
def test_what_the_camera_cannot_see_has_no_pixel(
    point: tuple[float, float, float], camera: Intrinsics
) -> None:
    assert np.isnan(Lens(camera).pixels([point, (0.0, 0.0, 1.0)])[0]).all()
    np.testing.assert_allclose(Lens(camera).pixels([point, (0.0, 0.0, 1.0)])[1], (310.0, 250.0))


def test_where_the_lens_model_folds_back_there_is_no_pixel_inside_the_picture() -> None:
    folding = Lens(replace(PINHOLE, d=(-0.28, 0.0, 0.0, 0.0, 0.0)))
    # r (1 - 0.28 r2) is 0 again at r = 1.89, where the formula says the centre of the picture.
    assert np.isnan(folding.pixels((1.89, 0.0, 1.0))).all()


def test_a_pixel_that_no_ray_leads_to_has_no_direction() -> None:
    folding = Lens(replace(PINHOLE, d=(-0.28, 0.0, 0.0, 0.0, 0.0)))
    found = folding.directions([(310.0 + 500.0 * 0.9, 250.0), (350.0, 250.0)])
    assert np.isnan(found[0]).all()
    assert np.isfinite(found[1]).all()


def test_nothing_in_is_nothing_out() -> None:
    for camera in (PINHOLE, PLUMB_BOB, FISHEYE):
        assert Lens(camera).directions(np.empty((0, 2))).shape == (0, 3)
        assert Lens(camera).pixels(np.empty((0, 3))).shape == (0, 2)


@given(st.floats(), st.floats())
def test_whatever_the_pixel_the_direction_is_a_unit_vector_or_nan(x: float, y: float) -> None:
    with np.errstate(all='ignore'):
        length = np.linalg.norm(Lens(PLUMB_BOB).directions((x, y))[0])
    assert math.isnan(length) or length == pytest.approx(1.0)


def test_a_resized_picture_of_the_same_shape_is_seen_in_the_same_directions() -> None:
    half = Lens(PLUMB_BOB).of_picture(320, 240)
    # Pixel (0, 0) of the half picture covers pixels 0 and 1 of the whole one.
    np.testing.assert_allclose(
        half.directions((100.0, 60.0)), Lens(PLUMB_BOB).directions((200.5, 120.5)), atol=1e-9
    )


def test_a_picture_of_the_cameras_own_size_needs_no_other_lens() -> None:
    lens = Lens(PINHOLE)
    assert lens.of_picture(640, 480) is lens


@pytest.mark.parametrize('size', [(640, 360), (0, 0), (-640, -480), (480, 640)])
def test_a_picture_of_another_shape_is_refused_with_both_sizes(size: tuple[int, int]) -> None:
    with pytest.raises(LensError, match=r'640x480.*' + f'{size[0]}x{size[1]}'):
        Lens(PINHOLE).of_picture(*size)


def test_the_fields_of_a_message_make_the_same_lens() -> None:
    lens = lens_of(
        width=640,
        height=480,
        k=np.array(PLUMB_BOB.k),
        d=list(PLUMB_BOB.d),
        distortion_model='plumb_bob',
    )
    assert lens.intrinsics == PLUMB_BOB


def test_zero_coefficients_are_a_pinhole_whatever_the_model_is_called() -> None:
    camera = replace(PINHOLE, distortion_model='of the future', d=(0.0,) * 3)
    np.testing.assert_array_equal(Lens(camera).straight(CORNERS), CORNERS)


NAN_FOCAL = (math.nan, 0.0, 310.0, 0.0, 510.0, 250.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ('camera', 'reason'),
    [
        (uncalibrated(640, 480), 'not calibrated'),
        (replace(PINHOLE, width=0), '0x480'),
        (replace(PINHOLE, height=10**6), '640x1000000'),
        (replace(PINHOLE, k=(0.0, *PINHOLE.k[1:])), 'focal'),
        (replace(PINHOLE, k=(-500.0, *PINHOLE.k[1:])), 'focal'),
        (replace(PINHOLE, k=NAN_FOCAL), 'focal'),
        (replace(PINHOLE, k=(*PINHOLE.k[:2], math.inf, *PINHOLE.k[3:])), 'not finite'),
        (replace(PLUMB_BOB, d=(math.nan,) * 5), 'not finite'),
        (replace(PLUMB_BOB, d=(0.1, 0.2)), 'plumb_bob with 5'),
        (replace(PLUMB_BOB, distortion_model='none'), "'none' with 5 coefficients"),
    ],
)
def test_wrong_numbers_are_refused_with_what_is_wrong(camera: Intrinsics, reason: str) -> None:
    with pytest.raises(LensError, match=reason):
        Lens(camera)


@pytest.mark.parametrize(
    'k',
    [(500.0,), (500.0,) * 8, (500.0,) * 9, (500.0, 3.0, 310.0, 0.0, 510.0, 250.0, 0.0, 0.0, 1.0)],
)
def test_what_is_no_camera_matrix_is_refused(k: tuple[float, ...]) -> None:
    with pytest.raises(LensError, match='fx, 0, cx'):
        lens_of(width=640, height=480, k=k, d=(), distortion_model='plumb_bob')
