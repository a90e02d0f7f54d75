"""Inverse kinematics against the documented table and the official package; Jacobian."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.kinematics import UnreachablePose
from bbia_sim_ros.robot.kinematics import turned
from bbia_sim_ros.robot.names import NEUTRAL_LEGS_RAD
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.poses import rotation_from_vector
from bbia_sim_ros.robot.workspace import Workspace
from support.head_poses import random_poses
from support.head_poses import reachable_poses

# The official engine's own answers: pose, body yaw and legs, to 5 digits.
OFFICIAL_ROWS = [
    ({}, 0.0, (0.62655, -0.62654, 0.62654, -0.62654, 0.62654, -0.62654)),
    ({'z': 0.015}, 0.0, (1.02215, -1.02215, 1.02214, -1.02214, 1.02214, -1.02214)),
    ({'z': -0.020}, 0.0, (0.17749, -0.17749, 0.17748, -0.17748, 0.17748, -0.17748)),
    ({'pitch': 10}, 0.0, (0.54808, -0.59143, 0.74829, -0.74829, 0.59143, -0.54807)),
    ({'pitch': -10}, 0.0, (0.71433, -0.66003, 0.51248, -0.51247, 0.66002, -0.71432)),
    ({'pitch': 20}, 0.0, (0.48085, -0.55558, 0.87906, -0.87906, 0.55557, -0.48084)),
    ({'pitch': -20}, 0.0, (0.80978, -0.69106, 0.40665, -0.40665, 0.69106, -0.80977)),
    ({'roll': 10}, 0.0, (0.71481, -0.74862, 0.65597, -0.59969, 0.51636, -0.53917)),
    ({'roll': 20}, 0.0, (0.80352, -0.88305, 0.68706, -0.57629, 0.41935, -0.45368)),
    ({'yaw': 30}, 0.0, (0.81914, -0.52842, 0.81914, -0.52841, 0.81914, -0.52841)),
    ({'yaw': 90}, 0.43633, (1.09209, -0.59157, 1.09209, -0.59157, 1.09209, -0.59157)),
    ({'x': 0.010}, 0.0, (0.53553, -0.71963, 0.66463, -0.66463, 0.71962, -0.53552)),
    (
        {'x': 0.005, 'z': 0.005, 'roll': 8, 'pitch': 8, 'yaw': 20},
        0.0,
        (0.80529, -0.77538, 1.00597, -0.77874, 0.79079, -0.48941),
    ),
]


def pose_in_degrees(**values: float) -> FloatArray:
    lengths = {name: values[name] for name in 'xyz' if name in values}
    angles = {name: math.radians(value) for name, value in values.items() if name not in 'xyz'}
    return pose_from_euler(**lengths, **angles)


@pytest.fixture(scope='module')
def oracle(official: Path) -> Any:
    """Return the official Rust engine."""
    module = pytest.importorskip(
        'reachy_mini_rust_kinematics', reason='needs reachy-mini-rust-kinematics'
    )
    data = json.loads((official / 'assets/kinematics_data.json').read_text())
    engine = module.ReachyMiniRustKinematics(data['motor_arm_length'], data['rod_length'])
    for motor in data['motors']:
        frame = np.linalg.inv(np.array(motor['T_motor_world']))
        engine.add_branch(motor['branch_position'], frame.tolist(), 1 if motor['solution'] else -1)
    return engine


@pytest.mark.parametrize(('pose', 'body_yaw', 'legs'), OFFICIAL_ROWS)
def test_documented_rows_are_reproduced(
    kinematics: Kinematics,
    pose: dict[str, float],
    body_yaw: float,
    legs: tuple[float, ...],
) -> None:
    found = kinematics.inverse(pose_in_degrees(**pose), body_yaw)
    assert found == pytest.approx(legs, abs=1.5e-5)


def test_legs_agree_with_the_official_engine_on_random_poses(
    kinematics: Kinematics, oracle: Any
) -> None:
    yaws = np.random.default_rng(1).uniform(-2.8, 2.8, 2000)
    reached = 0
    for pose, yaw in zip(random_poses(2000, 2), yaws.tolist(), strict=True):
        head = turned(pose, yaw)
        raised = head.copy()
        raised[2, 3] += 0.177
        expected = np.array(oracle.inverse_kinematics(raised.tolist(), yaw))
        if np.isnan(expected).any():
            with pytest.raises(UnreachablePose):
                kinematics.inverse(head, yaw)
            continue
        reached += 1
        assert np.abs(kinematics.inverse(head, yaw) - expected).max() < 1e-9
    assert reached > 500


def test_one_pose_and_many_give_the_same_legs(kinematics: Kinematics) -> None:
    poses = random_poses(1000, 3)
    yaws = np.random.default_rng(4).uniform(-2.8, 2.8, 1000)
    heads = np.array([turned(pose, yaw) for pose, yaw in zip(poses, yaws, strict=True)])
    legs, reachable = kinematics.inverse_batch(heads, yaws)
    assert 100 < reachable.sum() < 1000
    for head, yaw, row, good in zip(heads, yaws.tolist(), legs, reachable, strict=True):
        if good:
            assert np.abs(kinematics.inverse(head, yaw) - row).max() < 1e-12
        else:
            with pytest.raises(UnreachablePose) as caught:
                kinematics.inverse(head, yaw)
            missing = [f'stewart_{k + 1}' for k in range(6) if math.isnan(row[k])]
            assert list(caught.value.legs) == missing


def test_the_neutral_legs_are_the_named_ones(kinematics: Kinematics) -> None:
    assert kinematics.inverse(np.eye(4)) == pytest.approx(NEUTRAL_LEGS_RAD, abs=1.5e-5)


def test_a_head_far_above_is_out_of_reach_of_all_legs(kinematics: Kinematics) -> None:
    with pytest.raises(UnreachablePose, match=r'stewart_1.*closer to neutral') as caught:
        kinematics.inverse(pose_from_euler(z=0.06))
    assert len(caught.value.legs) == 6


@pytest.mark.parametrize('value', [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_unreachable(kinematics: Kinematics, value: float) -> None:
    pose = np.eye(4)
    pose[1, 3] = value
    with pytest.raises(UnreachablePose, match='NaN or infinite'):
        kinematics.inverse(pose)


def test_turning_head_and_body_together_keeps_the_legs(kinematics: Kinematics) -> None:
    pose = pose_in_degrees(x=0.004, z=-0.006, roll=7, pitch=-5, yaw=12)
    legs = kinematics.inverse(pose)
    for angle in (-2.7, -1.0, 0.4, 2.5):
        assert kinematics.inverse(turned(pose, angle), angle) == pytest.approx(legs, abs=1e-12)


def test_the_jacobian_predicts_small_movements(
    kinematics: Kinematics, workspace: Workspace
) -> None:
    poses, _ = reachable_poses(workspace, 40, 5)
    step = 1e-6
    for index, pose in enumerate(poses):
        yaw = -1.5 + 0.07 * index
        head = turned(pose, yaw)
        jacobian = kinematics.jacobian(head, yaw)
        for axis in range(6):
            twist = np.zeros(6)
            twist[axis] = step
            moved = []
            for sign in (1.0, -1.0):
                other = head.copy()
                other[:3, 3] += sign * twist[:3]
                other[:3, :3] = rotation_from_vector(sign * twist[3:]) @ head[:3, :3]
                moved.append(kinematics.inverse(other, yaw))
            slope = (moved[0] - moved[1]) / (2.0 * step)
            assert jacobian[:, axis] == pytest.approx(slope, rel=1e-5, abs=1e-4)
