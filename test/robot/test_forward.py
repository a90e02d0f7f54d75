"""Forward kinematics: always the robot's own assembly, or an error."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bbia_sim_ros.robot.forward import AssemblyError
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.kinematics import turned
from bbia_sim_ros.robot.kinematics import turned_batch
from bbia_sim_ros.robot.names import SLEEP_LEGS_RAD
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import euler_from_rotation
from bbia_sim_ros.robot.poses import rotation_from_vector
from bbia_sim_ros.robot.workspace import Workspace
from support.head_poses import random_poses
from support.head_poses import reachable_poses


def test_100_000_random_reachable_poses_are_found_again(
    kinematics: Kinematics, workspace: Workspace
) -> None:
    poses, legs = reachable_poses(workspace, 100_000, 1)
    yaws = np.random.default_rng(2).uniform(-2.79, 2.79, len(poses))
    found, verified = kinematics.forward_batch(legs, yaws)
    assert verified.mean() > 0.999
    expected = turned_batch(poses, yaws)
    assert np.abs(found - expected)[verified].max() < 1e-6
    back, _ = kinematics.inverse_batch(found[verified], yaws[verified])
    assert np.abs(back - legs[verified]).max() < 1e-6
    for k in np.flatnonzero(~verified):
        pose = kinematics.forward(legs[k], float(yaws[k]))
        assert np.abs(pose - expected[k]).max() < 1e-6


def test_the_answer_does_not_depend_on_the_guess(
    kinematics: Kinematics, workspace: Workspace
) -> None:
    poses, legs = reachable_poses(workspace, 300, 3)
    guesses = random_poses(300, 4, scale=1.4)
    for pose, row, guess in zip(poses, legs, guesses, strict=True):
        assert np.abs(kinematics.forward(row, guess=guess) - pose).max() < 1e-6


def test_random_jumps_from_the_last_answer_never_end_in_another_assembly(
    kinematics: Kinematics, workspace: Workspace
) -> None:
    poses, legs = reachable_poses(workspace, 500, 5)
    last = np.eye(4)
    for pose, row in zip(poses, legs, strict=True):
        last = kinematics.forward(row, guess=last)
        assert np.abs(last - pose).max() < 1e-6


def test_rotations_of_the_answers_are_orthonormal(
    kinematics: Kinematics, workspace: Workspace
) -> None:
    _, legs = reachable_poses(workspace, 200, 6)
    poses, _ = kinematics.forward_batch(legs, np.zeros(len(legs)))
    rotations = poses[:, :3, :3]
    excess = rotations @ rotations.transpose(0, 2, 1) - np.eye(3)
    assert np.abs(excess).max() < 1e-12


def test_other_assemblies_of_the_same_legs_are_never_returned(kinematics: Kinematics) -> None:
    poses = random_poses(20_000, 7)
    legs, reachable = kinematics.inverse_batch(poses, np.zeros(len(poses)))
    poses, legs = poses[reachable], legs[reachable]
    beyond = kinematics.stiffness_batch(poses, legs) < -0.05
    assert beyond.sum() > 300
    answered = 0
    for pose, row in zip(poses[beyond][:300], legs[beyond][:300], strict=True):
        try:
            found = kinematics.forward(row, guess=pose)
        except AssemblyError:
            continue
        answered += 1
        assert np.abs(found - pose).max() > 1e-4
        assert kinematics.stiffness(found, row) > 0.0
    assert answered > 0


@pytest.mark.parametrize(
    'legs',
    [
        (3.0, -3.0, 3.0, -3.0, 3.0, -3.0),
        (-2.5, 2.5, -2.5, 2.5, -2.5, 2.5),
        (1.39, 1.2, -0.83, 0.83, -1.2, 0.83),
    ],
)
def test_legs_that_cannot_be_assembled_are_an_error(
    kinematics: Kinematics, legs: tuple[float, ...]
) -> None:
    with pytest.raises(AssemblyError, match='cannot be assembled'):
        kinematics.forward(np.array(legs))


@pytest.mark.parametrize('legs', [np.full(6, math.nan), np.zeros(5), np.array([math.inf] * 6)])
def test_legs_that_are_not_six_finite_numbers_are_an_error(
    kinematics: Kinematics, legs: FloatArray
) -> None:
    with pytest.raises(AssemblyError, match='six finite leg angles'):
        kinematics.forward(legs)


def test_a_whole_turn_more_is_the_same_leg(kinematics: Kinematics) -> None:
    legs = kinematics.inverse(np.eye(4))
    legs[3] += 2.0 * math.pi
    assert kinematics.forward(legs) == pytest.approx(np.eye(4), abs=1e-6)


def test_the_sleeping_robot_is_recognised(kinematics: Kinematics) -> None:
    pose = kinematics.forward(SLEEP_LEGS_RAD)
    _, pitch, _ = euler_from_rotation(pose)
    assert pose[2, 3] < -0.03
    assert math.degrees(pitch) > 10.0


def test_measurement_noise_moves_the_answer_little(
    kinematics: Kinematics, workspace: Workspace
) -> None:
    draw = np.random.default_rng(8)
    poses, legs = reachable_poses(workspace, 100, 9)
    for pose, row in zip(poses, legs, strict=True):
        if kinematics.stiffness(pose, row) < 0.5:
            continue
        noisy = kinematics.forward(row + draw.normal(0.0, 5e-4, 6), guess=pose)
        assert np.abs(noisy - pose).max() < 0.02


def test_the_guess_may_be_turned_with_the_body(kinematics: Kinematics) -> None:
    pose = np.eye(4)
    pose[:3, :3] = rotation_from_vector((0.1, 0.2, 0.3))
    legs = kinematics.inverse(pose)
    yaw = 2.0
    assert kinematics.forward(legs, yaw, guess=turned(pose, yaw)) == pytest.approx(
        turned(pose, yaw), abs=1e-8
    )
