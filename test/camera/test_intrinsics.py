"""The numbers of CameraInfo: scaled with the picture, the maker's, or none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from bbia_sim_ros.camera.calibration import Calibration
from bbia_sim_ros.camera.intrinsics import Intrinsics
from bbia_sim_ros.camera.intrinsics import pinhole
from bbia_sim_ros.camera.intrinsics import uncalibrated
from bbia_sim_ros.camera.models import official_intrinsics

MEASURED = pinhole(width=640, height=480, focal=(500.0, 510.0), centre=(310.0, 250.0))


def projected(camera: Intrinsics, point: tuple[float, float, float]) -> np.ndarray:
    u, v, w = np.array(camera.k).reshape(3, 3) @ point
    return np.array([u / w, v / w])


def test_a_point_stays_at_its_place_in_a_scaled_picture() -> None:
    before = projected(MEASURED, (0.3, -0.2, 1.0))
    after = projected(MEASURED.scaled(320, 240), (0.3, -0.2, 1.0))
    # Pixel (0, 0) of the half picture covers pixels 0 and 1 of the whole one.
    np.testing.assert_allclose(2.0 * after + 0.5, before)


def test_the_scaled_matrices_are_those_of_a_resized_picture() -> None:
    half = MEASURED.scaled(320, 240)
    assert (half.width, half.height) == (320, 240)
    assert half.p == (*half.k[0:3], 0.0, *half.k[3:6], 0.0, 0.0, 0.0, 1.0, 0.0)
    assert half.d == MEASURED.d
    assert half.scaled(640, 480).k == pytest.approx(MEASURED.k)


def test_an_uncalibrated_camera_is_all_zero_whatever_its_size() -> None:
    nothing = uncalibrated(640, 480).scaled(320, 240)
    assert nothing == uncalibrated(320, 240)
    assert not any(nothing.k + nothing.p + nothing.r + nothing.d)
    assert nothing.distortion_model == ''


def test_the_official_numbers_at_full_size_are_those_of_the_official_software() -> None:
    full = official_intrinsics('reachy_mini_lite', 3840, 2592)
    assert full is not None
    assert (full.fx, full.fy) == pytest.approx((2001.8076, 2003.0779), abs=1e-4)
    assert (full.cx, full.cy) == pytest.approx((1905.8761, 1328.3240), abs=1e-4)


def test_other_modes_grow_by_their_crop_factor() -> None:
    hd = official_intrinsics('reachy_mini_lite', 1920, 1080)
    assert hd is not None
    assert hd.fx == pytest.approx(2001.8076 / 2.0 * 1.115, abs=1e-3)
    assert hd.fy == pytest.approx(2003.0779 * 1080 / 2592 * 1.115, abs=1e-3)
    assert hd.cx == pytest.approx(1905.8761 / 2.0, abs=1e-3)


def test_a_mode_that_the_camera_has_not_is_not_guessed() -> None:
    assert official_intrinsics('reachy_mini_lite', 1280, 720) is None
    assert official_intrinsics('reachy_mini_wireless', 1280, 720) is not None


def test_opencv_understands_the_published_distortion() -> None:
    hd = official_intrinsics('reachy_mini_lite', 3840, 2592)
    assert hd is not None
    assert len(hd.d) == 8
    matrix = np.array(hd.k).reshape(3, 3)
    corner = np.array([[[0.0, 0.0]]])
    there = cv2.undistortPointsIter(
        corner, matrix, np.array(hd.d), None, None, (cv2.TERM_CRITERIA_COUNT, 100, 1e-9)
    )[0, 0]
    back, _ = cv2.projectPoints(
        np.array([[*there, 1.0]]), np.zeros(3), np.zeros(3), matrix, np.array(hd.d)
    )
    np.testing.assert_allclose(back[0, 0], (0.0, 0.0), atol=1e-6)
    # A wide lens: the corner is seen at more than 45 degrees from the axis.
    assert np.hypot(*there) > 1.0


def test_a_calibration_is_scaled_from_its_own_size_to_the_shown_one() -> None:
    intrinsics, warning = Calibration(measured=MEASURED).of(native=(1280, 960), shown=(320, 240))
    assert intrinsics == MEASURED.scaled(320, 240)
    assert warning == ''


def test_a_calibration_of_another_shape_is_not_used_and_that_is_said() -> None:
    intrinsics, warning = Calibration(measured=MEASURED).of(native=(1280, 720), shown=(640, 360))
    assert intrinsics == uncalibrated(640, 360)
    assert '640x480' in warning
    assert '1280x720' in warning


def test_the_numbers_of_a_model_follow_the_mode_and_then_the_scaling() -> None:
    camera = Calibration(model='reachy_mini_lite')
    intrinsics, warning = camera.of(native=(1920, 1080), shown=(1280, 720))
    hd = official_intrinsics('reachy_mini_lite', 1920, 1080)
    assert hd is not None
    assert intrinsics == hd.scaled(1280, 720)
    assert warning == ''
    intrinsics, warning = camera.of(native=(800, 600), shown=(800, 600))
    assert not intrinsics.is_calibrated
    assert 'only for 1920x1080' in warning


def test_without_calibration_and_model_nothing_is_claimed() -> None:
    assert Calibration().of(native=(64, 48), shown=(64, 48)) == (uncalibrated(64, 48), '')
