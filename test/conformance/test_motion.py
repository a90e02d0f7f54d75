"""The motion node on top"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from support.backends import Backend
from support.motion import SUCCEEDED
from support.motion import Robot
from support.ros import StackProcess
from support.simulator import errors
from support.simulator import head_pose

Report = Callable[[str], None]


def test_go_to_reaches_its_goal(robot: Backend, report: Report) -> None:
    """`go_to` reaches its goal, and says so"""
    wanted = head_pose(pitch=10.0, yaw=-15.0)
    # A busy machine lets a driver wait for longer than the default allows.
    patient = ('-p', 'state_timeout:=3.0')
    with StackProcess('motion_node', ros_arguments=patient) as process:
        moved = Robot(robot.driver, process)
        moved.motion.wait_ready()
        goal = moved.motion.go_to(head=wanted, antennas=(0.5, -0.5), body_yaw=-0.3, duration=0.8)
        status, result = goal.outcome()
        assert status == SUCCEEDED, result.message
        assert result.success
        robot.wait_status(lambda now: now.connected, 'it is there')
        head = robot.driver.head
        joints = robot.joints
        process.stop()
    distance, angle = errors(head, wanted)
    assert distance < 3.0
    assert angle < 4.0
    assert np.abs(joints[[0, 7, 8]] - (-0.3, 0.5, -0.5)).max() < 0.1
    report(f'{distance:.1f} mm, {angle:.1f} deg off when it said so')
