"""Smile, mouth and gaze of meshes that are known, and of two portraits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial.transform import Rotation

from bbia_sim_ros.models.context import Context
from bbia_sim_ros.vision import expressions
from bbia_sim_ros.vision.expressions import expression
from bbia_sim_ros.vision.results import Expression
from support.photographs import admiral
from support.photographs import astronaut

Points = npt.NDArray[np.float64]
PX_PER_CM = 11.0
PLACE_PX = (320.0, 240.0, 0.0)
# Of the canonical face, cm.
MOUTH_WIDTH_CM = 4.912


def face(
    *,
    yaw_deg: float = 0.0,
    pitch_deg: float = 0.0,
    roll_deg: float = 0.0,
    eyes_deg: tuple[float, float] = (0.0, 0.0),
    lips_cm: float = 0.0,
    wide: float = 1.0,
    lift_cm: float = 0.0,
    px_per_cm: float = PX_PER_CM,
) -> Points:
    """Return a mesh (478, 3), px, of the canonical face.

    The head is turned to the left of the picture, up, and clockwise; ``eyes_deg`` is how far the
    eyes are turned in it to the left of the picture and up. ``lips_cm`` is the gap between the
    lips, ``wide`` stretches the mouth, ``lift_cm`` raises its corners.
    """
    person = np.zeros((expressions.LANDMARKS, 3))
    person[list(expressions.RIGID)] = list(expressions.RIGID.values())
    sines = np.sin(np.radians(eyes_deg)) * (-1.0, 1.0)
    for iris, outer, inner in ((468, 33, 133), (473, 263, 362)):
        person[iris] = (person[outer] + person[inner]) / 2.0
        person[iris, :2] += 100.0 * expressions.IRIS_ORBIT_M * sines
        edge = 50.0 * expressions.IRIS_WIDTH_M
        person[iris + 1 : iris + 5] = person[iris] + edge * np.array(
            [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (-1.0, 0.0, 0.0), (0.0, -1.0, 0.0)]
        )
    middle = (person[expressions.MOUTH_RIGHT] + person[expressions.MOUTH_LEFT]) / 2.0
    person[[expressions.LIP_UPPER, expressions.LIP_LOWER]] = middle
    person[expressions.LIP_UPPER, 1] += lips_cm / 2.0
    person[expressions.LIP_LOWER, 1] -= lips_cm / 2.0
    corners = [expressions.MOUTH_RIGHT, expressions.MOUTH_LEFT]
    person[corners, 0] *= wide
    person[corners, 1] += lift_cm
    person[[expressions.LIPS_RIGHT, expressions.LIPS_LEFT]] = person[corners]
    # Picture's right, up, to the camera: a turn to the left is one about up, backwards.
    turn = Rotation.from_euler('ZYX', [-roll_deg, -yaw_deg, -pitch_deg], degrees=True)
    return np.asarray(turn.apply(person) * (1.0, -1.0, -1.0) * px_per_cm + PLACE_PX)


def gaze_deg(measured: Expression) -> tuple[float, float]:
    """Return yaw and pitch, degrees."""
    return (np.degrees(measured.gaze_yaw), np.degrees(measured.gaze_pitch))


@pytest.mark.parametrize('yaw', [-50.0, -10.0, 0.0, 25.0, 60.0])
@pytest.mark.parametrize('pitch', [-30.0, 0.0, 20.0])
def test_eyes_that_are_straight_look_where_the_head_points(yaw: float, pitch: float) -> None:
    measured = expression(face(yaw_deg=yaw, pitch_deg=pitch))
    assert gaze_deg(measured) == pytest.approx((yaw, pitch), abs=0.01)


@pytest.mark.parametrize('side', [-30.0, 0.0, 20.0])
@pytest.mark.parametrize('up', [-15.0, 0.0, 15.0])
def test_eyes_that_turn_take_the_gaze_with_them(side: float, up: float) -> None:
    yaw, pitch = gaze_deg(expression(face(eyes_deg=(side, up))))
    assert pitch == pytest.approx(up, abs=0.01)
    # The angle to the side is that of the iris' way across, so the height adds to it.
    across = np.degrees(np.arcsin(np.sin(np.radians(yaw)) * np.cos(np.radians(up))))
    assert across == pytest.approx(side, abs=0.01)


def test_eyes_that_stay_on_the_camera_while_the_head_turns_look_at_it() -> None:
    for turned in (-25.0, 15.0, 25.0):
        measured = expression(face(yaw_deg=turned, eyes_deg=(-turned, 0.0)))
        assert gaze_deg(measured) == pytest.approx((0.0, 0.0), abs=0.01)


def test_a_head_on_its_side_looks_the_same_way() -> None:
    measured = expression(face(roll_deg=30.0))
    assert gaze_deg(measured) == pytest.approx((0.0, 0.0), abs=0.01)
    sideways = expression(face(roll_deg=90.0, pitch_deg=20.0))
    assert gaze_deg(sideways) == pytest.approx((-20.0, 0.0), abs=0.01)


def test_an_iris_outside_the_eye_is_no_impossible_gaze() -> None:
    mesh = face()
    mesh[[468, 473]] += (500.0, -300.0, 0.0)
    yaw, pitch = gaze_deg(expression(mesh))
    assert -90.0 <= yaw < -30.0
    assert 0.0 < pitch <= 90.0


@pytest.mark.parametrize('turn', [{}, {'yaw_deg': 30.0}, {'pitch_deg': -20.0}, {'roll_deg': 40.0}])
@pytest.mark.parametrize('px_per_cm', [2.0, 40.0])
def test_a_smile_is_wide_and_raised_however_the_head_is_turned(
    turn: dict[str, float], px_per_cm: float
) -> None:
    def smile(**mouth: float) -> float:
        return expression(face(**turn, **mouth, px_per_cm=px_per_cm)).smile

    assert smile() == 0.0
    assert smile(wide=1.3, lift_cm=0.7) == pytest.approx(1.0, abs=0.05)
    assert 0.3 < smile(wide=1.15, lift_cm=0.25) < 0.8
    assert smile(wide=1.3, lift_cm=-0.3) == 0.0
    assert smile(wide=0.9, lift_cm=0.7) == 0.0


@pytest.mark.parametrize('turn', [{}, {'yaw_deg': 30.0, 'pitch_deg': 10.0}, {'roll_deg': 40.0}])
def test_the_mouth_is_open_as_far_as_the_lips_are_apart(turn: dict[str, float]) -> None:
    for gap_cm in (0.0, 0.5, 2.0):
        measured = expression(face(lips_cm=gap_cm, **turn))
        assert measured.mouth_open == pytest.approx(gap_cm / MOUTH_WIDTH_CM)
    assert expression(face(lips_cm=9.0)).mouth_open == 1.0


def test_the_box_holds_all_points() -> None:
    mesh = face(yaw_deg=20.0, roll_deg=10.0)
    box = expression(mesh).box
    assert (box.left, box.top) == pytest.approx(tuple(mesh[:, :2].min(axis=0)))
    assert (box.right, box.bottom) == pytest.approx(tuple(mesh[:, :2].max(axis=0)))


def test_what_is_no_mesh_is_refused() -> None:
    with pytest.raises(ValueError, match=r'has the shape \(478, 3\), not \(468, 3\)'):
        expression(face()[:468])
    for wrong in (np.nan, np.inf):
        mesh = face()
        mesh[100, 2] = wrong
        with pytest.raises(ValueError, match='has finite numbers'):
            expression(mesh)
    with pytest.raises(ValueError, match='all points of the mesh are in one line'):
        expression(np.ones((478, 3)))


def test_points_that_coincide_are_no_division_by_zero() -> None:
    mesh = np.zeros((478, 3))
    mesh[0] = (10.0, 10.0, 0.0)
    measured = expression(mesh)
    assert np.isfinite([measured.smile, measured.mouth_open, *gaze_deg(measured)]).all()


def test_portraits_are_measured_as_they_look(
    make_landmarks: Callable[..., Any], context: Context
) -> None:
    model = make_landmarks(mesh=True, hands=False)

    def measured(picture: Any) -> Expression:
        (one,) = model.detect(context, image=picture).expressions
        return one

    smiling, serious = measured(astronaut()), measured(admiral())
    assert smiling.smile > 0.8
    assert serious.smile < 0.2
    assert 0.1 < smiling.mouth_open < 0.3
    assert serious.mouth_open < 0.05
    # All look at the camera, the mirrored ones too.
    for picture in (astronaut(), admiral(), astronaut()[:, ::-1], admiral()[:, ::-1]):
        assert gaze_deg(measured(picture)) == pytest.approx((0.0, 0.0), abs=10.0)
