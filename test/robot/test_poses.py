"""Poses are converted exactly, and bad ones are refused with the reason."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.robot.poses import PoseError
from bbia_sim_ros.robot.poses import checked_pose
from bbia_sim_ros.robot.poses import euler_from_rotation
from bbia_sim_ros.robot.poses import euler_poses
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.poses import pose_from_message
from bbia_sim_ros.robot.poses import quaternion_from_rotation
from bbia_sim_ros.robot.poses import rotation_from_vector
from bbia_sim_ros.robot.poses import vector_from_rotation

ANGLES = st.tuples(st.floats(-math.pi, math.pi), st.floats(-1.5, 1.5), st.floats(-math.pi, math.pi))


@given(angles=ANGLES)
def test_euler_angles_come_back(angles: tuple[float, float, float]) -> None:
    roll, pitch, yaw = angles
    pose = pose_from_euler(roll=roll, pitch=pitch, yaw=yaw)
    again = euler_from_rotation(pose)
    assert pose_from_euler(
        **dict(zip(('roll', 'pitch', 'yaw'), again, strict=True))
    ) == pytest.approx(pose, abs=1e-9)
    assert euler_poses(np.zeros((1, 3)), np.array([angles]))[0] == pytest.approx(pose, abs=1e-15)


@given(angles=ANGLES)
def test_quaternions_give_the_same_rotation(angles: tuple[float, float, float]) -> None:
    roll, pitch, yaw = angles
    pose = pose_from_euler(x=0.01, y=-0.02, z=0.03, roll=roll, pitch=pitch, yaw=yaw)
    quaternion = quaternion_from_rotation(pose)
    assert math.hypot(*quaternion) == pytest.approx(1.0)
    assert quaternion[3] >= 0.0
    assert pose_from_message(pose[:3, 3].tolist(), quaternion) == pytest.approx(pose, abs=1e-12)


@given(vector=st.tuples(*[st.floats(-1.8, 1.8)] * 3))
def test_rotation_vectors_come_back(vector: tuple[float, float, float]) -> None:
    rotation = rotation_from_vector(vector)
    assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-12)
    assert vector_from_rotation(rotation) == pytest.approx(vector, abs=1e-6)


def test_positive_pitch_looks_down_and_positive_yaw_left() -> None:
    ahead = np.array((1.0, 0.0, 0.0))
    assert (pose_from_euler(pitch=0.3)[:3, :3] @ ahead)[2] < 0.0
    assert (pose_from_euler(yaw=0.3)[:3, :3] @ ahead)[1] > 0.0


def test_base_link_and_head_neutral_differ_by_the_height_of_the_head() -> None:
    unit = (0.0, 0.0, 0.0, 1.0)
    assert pose_from_message((0.0, 0.0, 0.177), unit, 'base_link') == pytest.approx(np.eye(4))
    assert pose_from_message((0.0, 0.0, 0.0), unit, '/head_neutral') == pytest.approx(np.eye(4))


def test_a_quaternion_slightly_off_is_normalised() -> None:
    pose = pose_from_message((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.008))
    assert pose == pytest.approx(np.eye(4), abs=1e-15)


@pytest.mark.parametrize(
    ('position', 'quaternion', 'frame', 'reason'),
    [
        ((0, 0, 0), (0, 0, 0, 1), 'map', r"unknown frame 'map'; use 'head_neutral' or 'base_link'"),
        ((0, 0, 0), (0, 0, 0, 1), '', "unknown frame ''"),
        ((0, 0, 0), (0, 0, 0, 0), 'head_neutral', 'all zeros'),
        ((0, 0, 0), (0, 0, 0, 2), 'head_neutral', r'length 2, allowed is 1 \+- 0.01'),
        ((0, 0, 0), (0.5, 0, 0, 0.5), 'head_neutral', 'length 0.7071'),
        ((math.nan, 0, 0), (0, 0, 0, 1), 'head_neutral', 'NaN or infinite'),
        ((0, 0, 0), (0, 0, math.inf, 1), 'head_neutral', 'NaN or infinite'),
        ((0, 0), (0, 0, 0, 1), 'head_neutral', 'position of 3'),
        ((0, 1e308, 1.0), (0, 0, 0, 1), 'head_neutral', r'1e\+308 m away along an axis'),
    ],
)
def test_bad_messages_are_refused(
    position: tuple[float, ...], quaternion: tuple[float, ...], frame: str, reason: str
) -> None:
    with pytest.raises(PoseError, match=reason):
        pose_from_message(position, quaternion, frame)


def _with(row: int, column: int, value: float) -> Any:
    pose = np.eye(4)
    pose[row, column] = value
    return pose


@pytest.mark.parametrize(
    ('value', 'reason'),
    [
        (np.eye(3), r'not shape \(3, 3\)'),
        ('nonsense', 'matrix of numbers'),
        ([[1, 2], [3]], 'matrix of numbers'),
        (None, 'shape|numbers'),
        (_with(0, 0, math.nan), 'NaN or infinite'),
        (_with(0, 3, math.inf), 'NaN or infinite'),
        (_with(1, 3, -1e308), r'-1e\+308 m away along an axis; allowed is -1e\+09 .. 1e\+09 m'),
        (np.diag((2.0, 2.0, 2.0, 1.0)), 'not orthonormal'),
        (np.diag((1.0, 1.0, -1.0, 1.0)), 'mirror image'),
        (_with(3, 0, 0.5), 'last row'),
    ],
)
def test_matrices_that_are_not_rigid_are_refused(value: Any, reason: str) -> None:
    with pytest.raises(PoseError, match=reason):
        checked_pose(value)


def test_a_slightly_distorted_rotation_is_made_rigid() -> None:
    pose = pose_from_euler(roll=0.3, pitch=-0.2, yaw=1.0)
    distorted = pose.copy()
    distorted[:3, :3] *= 1.002
    rigid = checked_pose(distorted)
    assert rigid == pytest.approx(pose, abs=1e-12)


def test_the_input_is_not_changed() -> None:
    pose = pose_from_euler(roll=0.3)
    pose[:3, :3] *= 1.001
    before = pose.copy()
    checked_pose(pose)
    assert np.array_equal(pose, before)
