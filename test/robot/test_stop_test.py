"""What is known without a test of its own is what the tests would say."""

from __future__ import annotations

import numpy as np
import pytest

from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.names import MAX_RELATIVE_YAW_RAD
from bbia_sim_ros.robot.names import NEUTRAL_HEAD_POSE
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import euler_poses
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.stop_test import Held
from bbia_sim_ros.robot.stop_test import StopTest
from bbia_sim_ros.robot.workspace import KEPT
from bbia_sim_ros.robot.workspace import Workspace

REACH = np.array((0.04, 0.04, 0.03, 0.6, 0.6, 1.1))


@pytest.fixture
def stops(workspace: Workspace) -> StopTest:
    return StopTest(workspace)


def poses_inside(workspace: Workspace, count: int) -> list[FloatArray]:
    """Return random poses inside by ``KEPT``, near neutral and near the bounds."""
    draw = np.random.default_rng(4)
    samples = draw.uniform(-REACH, REACH, (count, 6)) * draw.uniform(0.05, 1.0, (count, 1))
    poses = euler_poses(samples[:, :3], samples[:, 3:])
    return list(poses[workspace.contains_batch(poses, KEPT)[1]])


def found(stops: StopTest, legs: FloatArray, guess: FloatArray) -> Held:
    held = stops.held(legs, guess, KEPT)
    assert held is not None
    return held


def test_all_of_a_neighbourhood_is_inside(
    stops: StopTest, workspace: Workspace, kinematics: Kinematics
) -> None:
    draw = np.random.default_rng(5)
    tested = 0
    for pose in poses_inside(workspace, 300):
        legs = kinematics.inverse(pose)
        here = found(stops, legs, pose)
        radius = stops.radius_around(here, legs.tolist())
        if radius == 0.0:
            continue
        tested += 1
        corners = legs + radius * draw.choice((-1.0, 1.0), (4, 6))
        ends, verified = kinematics.forward_batch(
            corners, np.zeros(4), guesses=np.repeat(pose[None], 4, axis=0)
        )
        assert verified.all()
        # The joint ranges are looked at separately.
        assert (workspace.contact.clearance_batch(ends) >= KEPT.clearance_m).all()
        assert (kinematics.stiffness_batch(ends, corners) >= KEPT.stiffness).all()
        yaws = np.arctan2(ends[:, 1, 0], ends[:, 0, 0])
        assert (np.abs(yaws) <= MAX_RELATIVE_YAW_RAD - KEPT.yaw_rad).all()
    assert tested > 50


def test_the_lines_turn_no_faster_than_a_neighbourhood_allows(
    stops: StopTest, workspace: Workspace, kinematics: Kinematics
) -> None:
    for pose in poses_inside(workspace, 200):
        legs = kinematics.inverse(pose)
        jacobian, _ = kinematics.body_frame_jacobian(pose, legs)
        ways = np.linalg.inv(jacobian)
        ways[3:] *= kinematics.geometry.ball_radius_m
        fastest = kinematics.slackness(pose, legs) * kinematics.geometry.arm_length_m
        # A leg alone moves one rod's end, by the arm's length for each rad at most.
        assert (np.linalg.norm(ways, axis=0) <= fastest * (1.0 + 1e-9)).all()


def test_no_pose_has_less_clearance_than_is_said(
    stops: StopTest, workspace: Workspace, kinematics: Kinematics
) -> None:
    measured = 0
    for pose in poses_inside(workspace, 300):
        held = found(stops, kinematics.inverse(pose), pose)
        clearance = workspace.contact.clearance(held.pose)
        assert held.clearance <= clearance + 1e-12
        measured += held.clearance == clearance
    assert measured > 10


def test_slow_ways_near_neutral_are_known_and_fast_ones_are_not(
    stops: StopTest, kinematics: Kinematics
) -> None:
    legs = kinematics.inverse(pose_from_euler(pitch=0.1))
    start, guess = legs.tolist(), NEUTRAL_HEAD_POSE
    here = found(stops, legs, guess)
    near = (legs + 1e-4).tolist()
    assert not stops.is_known(start, near, guess)
    assert stops.stops_inside(here, start, near, KEPT)
    assert stops.is_known(start, near, guess)
    assert stops.is_known((legs + 2e-3).tolist(), (legs + 2.1e-3).tolist(), guess)
    assert not stops.is_known(start, (legs + 0.1).tolist(), guess)


def test_what_is_known_never_leaves_the_joint_ranges(
    stops: StopTest, kinematics: Kinematics
) -> None:
    legs = kinematics.inverse(NEUTRAL_HEAD_POSE)
    here = found(stops, legs, NEUTRAL_HEAD_POSE)
    stops.stops_inside(here, legs.tolist(), (legs + 1e-4).tolist(), KEPT)
    beyond = legs.copy()
    beyond[0] = 2.0
    assert not stops.is_known(beyond.tolist(), beyond.tolist(), NEUTRAL_HEAD_POSE)
