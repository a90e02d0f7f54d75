"""The passive angles close the URDF's chains and the MJCF's loops."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.kinematics import turned
from bbia_sim_ros.robot.names import HEAD_HEIGHT_M
from bbia_sim_ros.robot.names import LEG_JOINTS
from bbia_sim_ros.robot.names import PASSIVE_JOINTS
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.poses import rotation_from_vector
from bbia_sim_ros.robot.poses import vector_from_rotation
from bbia_sim_ros.robot.workspace import Workspace
from support.head_poses import reachable_poses
from support.official_robot import OfficialModel


def _text(joint: ET.Element, tag: str, attribute: str) -> str:
    element = joint.find(tag)
    assert element is not None
    return element.attrib[attribute]


def _numbers(joint: ET.Element, tag: str, attribute: str) -> list[float]:
    return [float(value) for value in _text(joint, tag, attribute).split()]


class Chains:
    """Forward kinematics of the official URDF, from its own numbers."""

    def __init__(self, urdf: Path) -> None:
        self._joints: dict[str, tuple[str, str, FloatArray, FloatArray | None]] = {}
        for joint in ET.parse(urdf).getroot().findall('joint'):
            x, y, z = _numbers(joint, 'origin', 'xyz')
            roll, pitch, yaw = _numbers(joint, 'origin', 'rpy')
            turns = joint.attrib['type'] == 'revolute'
            self._joints[_text(joint, 'child', 'link')] = (
                joint.attrib['name'],
                _text(joint, 'parent', 'link'),
                pose_from_euler(x=x, y=y, z=z, roll=roll, pitch=pitch, yaw=yaw),
                np.array(_numbers(joint, 'axis', 'xyz')) if turns else None,
            )

    def names(self) -> set[str]:
        return {entry[0] for entry in self._joints.values()}

    def frame(self, link: str, angles: dict[str, float]) -> FloatArray:
        pose = np.eye(4)
        while link in self._joints:
            name, parent, origin, axis = self._joints[link]
            joint = np.eye(4)
            if axis is not None:
                joint[:3, :3] = rotation_from_vector(axis * angles[name])
            pose = origin @ joint @ pose
            link = parent
        return pose


@pytest.fixture(scope='module')
def chains(official: Path) -> Chains:
    return Chains(official / 'descriptions/reachy_mini/urdf/robot.urdf')


def cases(workspace: Workspace, count: int) -> list[tuple[FloatArray, float, FloatArray]]:
    poses, legs = reachable_poses(workspace, count, 11)
    yaws = np.random.default_rng(12).uniform(-2.79, 2.79, count).tolist()
    return [(turned(pose, yaw), yaw, row) for pose, yaw, row in zip(poses, yaws, legs, strict=True)]


def angle_between(one: FloatArray, other: FloatArray) -> float:
    return float(np.linalg.norm(vector_from_rotation(one[:3, :3].T @ other[:3, :3])))


def test_the_urdf_has_every_passive_joint(chains: Chains) -> None:
    assert set(PASSIVE_JOINTS) <= chains.names()
    assert len(PASSIVE_JOINTS) == 21


def test_the_urdf_chains_are_closed_and_hold_the_head(
    kinematics: Kinematics, workspace: Workspace, chains: Chains
) -> None:
    for head, yaw, legs in cases(workspace, 100):
        passive = kinematics.passive_angles(head, yaw, legs)
        angles = dict(zip(PASSIVE_JOINTS, passive.tolist(), strict=True))
        angles |= dict(zip(LEG_JOINTS, legs.tolist(), strict=True)) | {'yaw_body': yaw}
        site = chains.frame('head', angles)
        site[2, 3] -= HEAD_HEIGHT_M
        assert np.abs(site[:3, 3] - head[:3, 3]).max() < 1e-4
        assert math.degrees(angle_between(site, head)) < 0.1
        for k in range(1, 6):
            rod = chains.frame(f'closing_{k}_1', angles)[:3, 3]
            ball = chains.frame(f'closing_{k}_2', angles)[:3, 3]
            assert np.linalg.norm(rod - ball) < 1e-4


def test_mujoco_puts_the_head_where_the_kinematics_say(
    kinematics: Kinematics, workspace: Workspace, official_model: OfficialModel
) -> None:
    for head, yaw, legs in cases(workspace, 500):
        official_model.place(yaw, legs, kinematics.passive_angles(head, yaw, legs))
        assert official_model.largest_loop_gap() < 1e-4
        site = official_model.head_pose()
        assert np.abs(site[:3, 3] - head[:3, 3]).max() < 1e-4
        assert math.degrees(angle_between(site, head)) < 0.1


def test_the_angles_change_little_where_the_pose_does(
    kinematics: Kinematics, workspace: Workspace
) -> None:
    poses, _ = reachable_poses(workspace, 60, 13)
    for pose in poses:
        share = np.linspace(0.0, 1.0, 60)
        turn = vector_from_rotation(pose)
        last: FloatArray | None = None
        for s in share.tolist():
            step = np.eye(4)
            step[:3, :3] = rotation_from_vector(s * turn)
            step[:3, 3] = s * pose[:3, 3]
            legs = kinematics.inverse(step)
            angles = kinematics.passive_angles(step, 0.0, legs)
            if last is not None:
                assert np.abs(angles - last).max() < 0.2
            last = angles
