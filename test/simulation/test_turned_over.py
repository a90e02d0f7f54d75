"""A simulated head that turned over its legs is put back and told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bbia_sim_ros.robot.commands import BodyCommand
from bbia_sim_ros.robot.driver import Motors
from bbia_sim_ros.robot.driver import RobotState
from bbia_sim_ros.robot.gate import SafetyGate
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.limits import GateLimits
from bbia_sim_ros.robot.names import LEGS_SLICE
from bbia_sim_ros.robot.names import NEUTRAL_JOINTS_RAD
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.workspace import Workspace
from bbia_sim_ros.simulation.addresses import PREFIX
from bbia_sim_ros.simulation.physics import Physics
from bbia_sim_ros.simulation.robot import SimulatedRobot
from bbia_sim_ros.simulation.robot import is_turned_over

TICKS = 300


@pytest.fixture
def robot(load: Callable[..., Physics], kinematics: Kinematics) -> SimulatedRobot:
    """A robot at neutral in the empty scene."""
    physics = load()
    gate = SafetyGate(
        kinematics, Workspace(kinematics), GateLimits(), np.array(physics.joint_positions)
    )
    return SimulatedRobot(
        load=lambda keyframe: physics, gate=gate, steps_per_period=5, initial_pose='neutral'
    )


def _run(robot: SimulatedRobot, ticks: int) -> None:
    for _ in range(ticks):
        robot.tick(now=robot.time)


def _turn_over(robot: SimulatedRobot) -> None:
    """Turn the head by a torque from outside until it was put back."""
    data, model = robot.physics.data, robot.physics.model
    head = model.site_bodyid[model.site(PREFIX + 'head').id]
    for _ in range(TICKS):
        data.xfrc_applied[head, 3:] = 0.0, 10.0, 0.0
        robot.tick(now=robot.time)
        if robot.turned_over:
            break
    data.xfrc_applied[:] = 0.0
    assert robot.turned_over == 1


def test_a_head_that_turned_over_is_put_back_and_told(robot: SimulatedRobot) -> None:
    time = robot.time
    _turn_over(robot)
    assert robot.time > time
    assert 'turned over its legs' in robot.status(now=robot.time).detail
    np.testing.assert_allclose(robot.physics.head_pose, np.eye(4), atol=1e-3)
    _run(robot, 50)
    np.testing.assert_allclose(robot.physics.head_pose, np.eye(4), atol=1e-2)
    wish = pose_from_euler(yaw=0.3)
    assert robot.command_body(BodyCommand(head_pose=wish), now=robot.time).accepted
    _run(robot, 100)
    np.testing.assert_allclose(robot.physics.head_pose, wish, atol=2e-2)
    assert robot.turned_over == 1


def test_what_held_the_robot_back_still_does(robot: SimulatedRobot) -> None:
    robot.set_motors(Motors.OFF)
    robot.emergency_stop()
    _turn_over(robot)
    command = BodyCommand(body_yaw=0.5)
    stopped = robot.command_body(command, now=robot.time)
    assert any('emergency stop' in reason for reason in stopped.reasons)
    robot.rearm()
    off = robot.command_body(command, now=robot.time)
    assert any('motors are off' in reason for reason in off.reasons)


@pytest.mark.parametrize(
    ('pose', 'body_yaw', 'turned'),
    [
        ({}, 0.0, False),
        ({'pitch': 1.0}, 0.0, False),
        ({'pitch': 1.3}, 0.0, True),
        ({'roll': 3.0}, 0.0, True),
        ({'yaw': 2.7}, 2.7, False),
        ({'yaw': -3.0}, 2.7, False),
        ({'yaw': 1.6}, 0.0, True),
    ],
)
def test_the_bounds_are_those_of_the_legs_other_assemblies(
    kinematics: Kinematics, pose: dict[str, float], body_yaw: float, turned: bool
) -> None:
    assert is_turned_over(_state(pose_from_euler(**pose), body_yaw=body_yaw), kinematics) is turned


@pytest.mark.parametrize('push', [0.1, 0.52])
def test_legs_bent_through_a_singularity_are_another_assembly(
    kinematics: Kinematics, push: float
) -> None:
    pose = pose_from_euler(x=0.02, z=-0.02, roll=-0.85, pitch=-0.75, yaw=1.16)
    legs = kinematics.inverse(pose)
    assert kinematics.stiffness(pose, legs) < 0.0
    assert is_turned_over(_state(pose, legs=legs, effort=push), kinematics) is (push > 0.5)


def _state(
    pose: FloatArray, *, body_yaw: float = 0.0, legs: FloatArray | None = None, effort: float = 0.0
) -> RobotState:
    joints = NEUTRAL_JOINTS_RAD.copy()
    joints[0] = body_yaw
    joints[LEGS_SLICE] = joints[LEGS_SLICE] if legs is None else legs
    return RobotState(
        joints=joints,
        velocities=np.zeros(9),
        efforts=np.full(9, effort),
        passive=np.zeros(21),
        head_pose=pose,
    )
