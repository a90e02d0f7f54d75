"""The kinematics data are read exactly, or refused with the reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.robot.geometry import GeometryError
from bbia_sim_ros.robot.geometry import load_geometry


@pytest.fixture
def data(official: Path) -> Any:
    return json.loads((official / 'assets/kinematics_data.json').read_text())


def test_the_official_data_give_the_documented_layout(official: Path) -> None:
    geometry = load_geometry(official / 'assets/kinematics_data.json')
    assert geometry.arm_length_m == pytest.approx(0.04)
    assert geometry.rod_length_m == pytest.approx(0.085)
    assert geometry.head_height_m == pytest.approx(0.177)
    assert geometry.knee_sign.tolist() == [-1, 1, -1, 1, -1, 1]
    assert geometry.ball_in_head[2] == pytest.approx((-0.029172, 0.007, 0.0), abs=1e-5)
    centres = -np.einsum(
        'kji,kj->ki', geometry.motor_from_body[:, :3, :3], geometry.motor_from_body[:, :3, 3]
    )
    assert centres[3] == pytest.approx((-0.036661, -0.010, 0.076633), abs=1e-5)


def test_motors_in_another_order_give_the_same_geometry(data: Any, tmp_path: Path) -> None:
    path = tmp_path / 'data.json'
    path.write_text(json.dumps(data))
    expected = load_geometry(path)
    data['motors'].reverse()
    path.write_text(json.dumps(data))
    assert np.array_equal(load_geometry(path).motor_from_body, expected.motor_from_body)


def test_the_arrays_cannot_be_changed(official: Path) -> None:
    geometry = load_geometry(official / 'assets/kinematics_data.json')
    with pytest.raises(ValueError, match='read-only'):
        geometry.ball_in_head[0, 0] = 1.0


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GeometryError, match=r'cannot read .*nowhere\.json.*reachy-mini wheel'):
        load_geometry(tmp_path / 'nowhere.json')


def test_text_that_is_not_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / 'data.json'
    path.write_text('{"motors": [')
    with pytest.raises(GeometryError, match='not valid JSON'):
        load_geometry(path)


def _without_rod(data: Any) -> None:
    del data['rod_length']


def _without_leg(data: Any) -> None:
    del data['motors'][2]


def _short_ball(data: Any) -> None:
    data['motors'][0]['branch_position'] = [0.0, 0.0]


def _infinite_ball(data: Any) -> None:
    data['motors'][0]['branch_position'] = [0.0, 0.0, float('inf')]


def _scaled_motor(data: Any) -> None:
    data['motors'][0]['T_motor_world'] = (2.0 * np.eye(4)).tolist()


def _negative_arm(data: Any) -> None:
    data['motor_arm_length'] = -0.04


@pytest.mark.parametrize(
    ('spoil', 'message'),
    [
        (_without_rod, "field 'rod_length' is missing"),
        (_without_leg, 'stewart_3'),
        (_short_ball, 'inhomogeneous|shape'),
        (_infinite_ball, 'ball_in_head must be finite'),
        (_scaled_motor, 'rigid'),
        (_negative_arm, 'arm_length_m is -0.04'),
    ],
)
def test_spoilt_data_are_refused_with_the_field(
    data: Any, tmp_path: Path, spoil: Callable[[Any], None], message: str
) -> None:
    spoil(data)
    path = tmp_path / 'data.json'
    path.write_text(json.dumps(data))
    with pytest.raises(GeometryError, match=message):
        load_geometry(path)


def test_a_json_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / 'data.json'
    path.write_text('[]')
    with pytest.raises(GeometryError, match='JSON object'):
        load_geometry(path)
