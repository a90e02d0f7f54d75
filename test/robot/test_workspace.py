"""The workspace never contains a contact, keeps the free ranges, and projects onto itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.kinematics import turned
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import euler_from_rotation
from bbia_sim_ros.robot.poses import euler_poses
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.poses import yaw_of
from bbia_sim_ros.robot.workspace import HARD
from bbia_sim_ros.robot.workspace import SOFT
from bbia_sim_ros.robot.workspace import Workspace
from support.head_poses import random_poses
from support.head_poses import reachable_poses
from support.official_robot import OfficialModel


def along(axis: str, value: float) -> FloatArray:
    unit = 1e-3 if axis in 'xyz' else math.radians(1.0)
    return pose_from_euler(**{axis: value * unit})


@pytest.mark.parametrize(
    ('axis', 'low', 'high'),
    [
        ('x', -46.0, 28.0),
        ('y', -47.0, 47.0),
        ('z', -38.0, 17.5),
        ('roll', -44.0, 44.0),
        ('pitch', -39.5, 35.5),
        ('yaw', -64.5, 64.5),
    ],
)
def test_single_axes_are_free_nearly_as_far_as_the_robot_is(
    workspace: Workspace, axis: str, low: float, high: float
) -> None:
    for value in np.linspace(low, high, 60).tolist():
        assert workspace.violations(along(axis, value)) == ()


@pytest.mark.parametrize(
    ('pose', 'body_yaw', 'reason'),
    [
        (along('pitch', 38.0), 0.0, 'the head would touch the body'),
        (along('pitch', -42.0), 0.0, 'the head would touch the body'),
        (along('z', -41.0), 0.0, 'the head would touch the body'),
        (along('x', 31.0), 0.0, 'the head would touch the body'),
        (along('yaw', 66.0), 0.0, 'head yaw 66.0 deg from the body is beyond +-65.0 deg'),
        (along('yaw', 0.0), 1.2, 'head yaw -68.8 deg from the body is beyond +-65.0 deg'),
        (along('z', 40.0), 0.0, 'the legs cannot reach that far'),
        (along('z', 23.5), 0.0, 'joint range of stewart_1'),
        (along('yaw', 170.0), 2.9, 'body yaw 166.2 deg is beyond +-160.0 deg'),
    ],
)
def test_what_is_not_free_is_named(
    workspace: Workspace, pose: FloatArray, body_yaw: float, reason: str
) -> None:
    assert any(reason in text for text in workspace.violations(pose, body_yaw))


def test_no_pose_inside_touches_the_body_in_mujoco(
    kinematics: Kinematics, workspace: Workspace, official_model: OfficialModel
) -> None:
    poses, legs = reachable_poses(workspace, 4000, 21)
    distances = []
    for pose, row in zip(poses, legs, strict=True):
        official_model.place(0.0, row, kinematics.passive_angles(pose, 0.0, row))
        distances.append(official_model.head_body_distance())
    assert min(distances) > 0.0
    clearances = workspace.contact.clearance_batch(poses)
    assert (clearances - distances).max() < 2.5e-4


def test_most_poses_that_are_free_in_mujoco_are_inside(
    kinematics: Kinematics, workspace: Workspace, official_model: OfficialModel
) -> None:
    poses = random_poses(60_000, 22)
    legs, reachable = workspace.kinematics.inverse_batch(poses, np.zeros(len(poses)))
    good = reachable & (workspace.kinematics.stiffness_batch(poses, legs) > HARD.stiffness)
    _, inside = workspace.contains_batch(poses)
    only_contact = np.flatnonzero(good)[:4000]
    free = refused = 0
    for k in only_contact.tolist():
        passive = kinematics.passive_angles(poses[k], 0.0, legs[k])
        official_model.place(0.0, legs[k], passive)
        if workspace.violations(poses[k]) in ((), ('the head would touch the body',)):
            is_free = official_model.head_body_distance() > 1e-3
            free += is_free
            refused += is_free and not inside[k]
    assert free > 100
    assert refused / free < 0.08


def test_one_pose_and_many_are_judged_alike(workspace: Workspace) -> None:
    poses = random_poses(3000, 23, scale=0.6)
    _, inside = workspace.contains_batch(poses)
    assert 100 < inside.sum() < 2900
    for pose, expected in zip(poses[:600], inside[:600].tolist(), strict=True):
        assert workspace.contains(pose) == expected
        assert (workspace.violations(pose) == ()) == expected


def test_a_pose_inside_comes_back_unchanged(workspace: Workspace) -> None:
    pose = pose_from_euler(pitch=0.2, roll=-0.1, yaw=1.0, z=-0.004)
    found, yaw, clips = workspace.nearest(pose, 0.6)
    assert np.array_equal(found, pose)
    assert (yaw, clips) == (0.6, ())


def test_looking_down_too_far_is_clipped_in_words(workspace: Workspace) -> None:
    found, _, clips = workspace.nearest(along('pitch', 60.0))
    _, pitch, _ = euler_from_rotation(found)
    assert 35.0 < math.degrees(pitch) < 48.0
    assert any(
        clip.startswith(f'head pitch 60.0 deg -> {math.degrees(pitch):.1f} deg (') for clip in clips
    )
    assert any('the head would touch the body' in clip for clip in clips)


@pytest.mark.parametrize('far', [1e2, 1e160, 1.7e308])
def test_the_greatest_numbers_have_a_nearest_pose_in_their_direction(
    workspace: Workspace, far: float
) -> None:
    found, _, _ = workspace.nearest(pose_from_euler(x=far))
    wanted, _, _ = workspace.nearest(pose_from_euler(x=10.0))
    assert found == pytest.approx(wanted, abs=1e-6)
    assert found[0, 3] > 0.0


def test_the_body_yaw_is_clamped_first_and_the_head_follows_it(workspace: Workspace) -> None:
    found, yaw, clips = workspace.nearest(along('yaw', 0.0), math.radians(170.0))
    assert math.degrees(yaw) == pytest.approx(160.0)
    assert math.degrees(yaw_of(found)) == pytest.approx(95.1, abs=0.2)
    assert any('body yaw 170.0 deg -> 160.0 deg (joint range)' in clip for clip in clips)
    assert any('the head turns 65.0 deg from the body at most' in clip for clip in clips)


@settings(deadline=None, max_examples=150)
@given(
    place=st.tuples(*[st.floats(-100.0, 100.0)] * 3) | st.tuples(*[st.floats(-0.06, 0.06)] * 3),
    angles=st.tuples(*[st.floats(-7.0, 7.0)] * 3) | st.tuples(*[st.floats(-0.9, 0.9)] * 3),
    body_yaw=st.floats(-10.0, 10.0),
)
def test_the_nearest_pose_is_always_inside(
    workspace: Workspace,
    place: tuple[float, float, float],
    angles: tuple[float, float, float],
    body_yaw: float,
) -> None:
    wish = euler_poses(np.array([place]), np.array([angles]))[0]
    found, yaw, _ = workspace.nearest(wish, body_yaw)
    assert workspace.contains(turned(found, -yaw), margins=HARD)
    assert workspace.violations(found, yaw) == ()


def test_the_nearest_pose_is_no_farther_than_the_way_to_neutral(workspace: Workspace) -> None:
    def distance(one: FloatArray, other: FloatArray) -> float:
        turn = np.subtract(euler_from_rotation(one), euler_from_rotation(other))
        return math.hypot(*(one[:3, 3] - other[:3, 3]) * 2e3, *np.degrees(turn))

    improved = 0
    for wish in random_poses(150, 24):
        if workspace.contains(wish, margins=SOFT):
            continue
        found, _, _ = workspace.nearest(wish)
        shares = np.linspace(0.0, 1.0, 101)[:, None]
        line = euler_poses(shares * wish[:3, 3], shares * np.array(euler_from_rotation(wish)))
        _, inside = workspace.contains_batch(line, SOFT)
        last = int(np.flatnonzero(~inside)[0]) - 1
        assert distance(wish, found) <= distance(wish, line[last]) + 1.0
        improved += distance(wish, found) < 0.9 * distance(wish, line[last])
    assert improved > 30


def test_a_wish_that_moves_slowly_beyond_the_bounds_is_followed_smoothly(
    workspace: Workspace,
) -> None:
    last: FloatArray | None = None
    steps: list[float] = []
    for k in range(300):
        wish = pose_from_euler(
            pitch=math.radians(50.0), yaw=math.radians(-20.0 + 0.15 * k), roll=0.1
        )
        found, _, _ = workspace.nearest(wish, near=last)
        if last is not None:
            steps.append(float(np.abs(found - last).max()))
        last = found
    assert np.median(steps) < 0.004
    assert max(steps) < 0.12
    assert sum(steps) > 0.3
