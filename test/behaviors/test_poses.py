"""The poses of the package's scripts, and the head's in hiding, are within the robot's reach."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.content import read
from bbia_sim_ros.behaviors.library.hide import Hide
from bbia_sim_ros.behaviors.robot import HeadPose
from bbia_sim_ros.behaviors.script import Script
from bbia_sim_ros.behaviors.script import parse_rounds
from bbia_sim_ros.behaviors.script import parse_script
from bbia_sim_ros.robot.geometry import load_geometry
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.workspace import Workspace
from support.courses import run_course
from support.fake_robot import FakeRobot
from support.official_robot import official_package

Pose = tuple[HeadPose, float]


@pytest.fixture(scope='module')
def workspace() -> Workspace:
    return Workspace(Kinematics(load_geometry(official_package() / 'assets/kinematics_data.json')))


def unreachable(workspace: Workspace, poses: list[Pose]) -> list[tuple[Pose, tuple[str, ...]]]:
    found = [
        (pose, workspace.violations(pose_from_euler(**asdict(pose[0])), pose[1])) for pose in poses
    ]
    return [(pose, reasons) for pose, reasons in found if reasons]


def poses_of(script: Script) -> list[Pose]:
    """Return the poses of the head with the heading of the body at that time."""
    poses, body_yaw = [], 0.0
    for step in (*script.opening, *script.round, *script.closing):
        if step.gesture is None:
            continue
        if step.gesture.body_yaw is not None:
            body_yaw = step.gesture.body_yaw
        if step.gesture.head is not None:
            poses.append((step.gesture.head, body_yaw))
    return poses


@pytest.mark.parametrize('kind', ['stories', 'meditations', 'exercises'])
def test_every_pose_of_a_script_can_be_reached(workspace: Workspace, kind: str) -> None:
    parse = parse_script if kind == 'stories' else parse_rounds
    poses = [pose for script in read(kind, '', parse).values() for pose in poses_of(script)]
    assert len(poses) > 10
    assert unreachable(workspace, poses) == []


@pytest.mark.parametrize('seed', range(4))
def test_the_hiding_place_can_be_reached(workspace: Workspace, tmp_path: Path, seed: int) -> None:
    robot = FakeRobot(tmp_path, seed=seed)
    run_course(Hide(), {'seconds': 1.0}, robot)
    orders = [order.arguments for order in robot.orders_of('go_to')]
    poses = [(order['head'], order['body_yaw'] or orders[0]['body_yaw']) for order in orders[:3]]
    assert unreachable(workspace, poses) == []
