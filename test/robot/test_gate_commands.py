"""The safety gate: which commands it takes and which it refuses."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.robot.gate import BodyCommand
from bbia_sim_ros.robot.gate import SafetyGate
from bbia_sim_ros.robot.gate import Verdict
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.names import ANTENNAS_SLICE
from bbia_sim_ros.robot.names import LEG_JOINTS
from bbia_sim_ros.robot.names import NEUTRAL_JOINTS_RAD
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import euler_from_rotation
from bbia_sim_ros.robot.workspace import Workspace
from support.gate_runs import nod
from support.gate_runs import run


def test_joints_can_be_commanded_by_name_in_any_order(gate: SafetyGate) -> None:
    verdict = gate.command_joints(
        ['left_antenna', 'stewart_2', 'yaw_body'], [0.3, -0.7, -0.4], stamp=None, now=0.0
    )
    assert verdict == Verdict(accepted=True)
    last = run(gate, 1.0)[-1].joints
    expected = NEUTRAL_JOINTS_RAD.copy()
    expected[[8, 2, 0]] = (0.3, -0.7, -0.4)
    assert last == pytest.approx(expected, abs=1e-6)


def test_legs_beyond_the_workspace_are_taken_to_the_nearest_pose(
    gate: SafetyGate, kinematics: Kinematics, workspace: Workspace
) -> None:
    legs = kinematics.inverse(nod(45.0))
    verdict = gate.command_joints(LEG_JOINTS, legs.tolist(), now=0.0)
    assert verdict.accepted
    assert any('the head would touch the body' in clip for clip in verdict.clipped)
    last = run(gate, 1.0)[-1]
    assert workspace.contains(last.head_pose)
    assert math.degrees(euler_from_rotation(last.head_pose)[1]) > 35.0


def test_joints_beyond_their_range_are_clamped_and_named(gate: SafetyGate) -> None:
    verdict = gate.command_joints(['right_antenna', 'yaw_body'], [10.0, -3.0], now=0.0)
    assert verdict.clipped == (
        'yaw_body -3.000 rad -> -2.793 rad (joint range)',
        'right_antenna 10.000 rad -> 3.142 rad (joint range)',
    )
    last = run(gate, 3.0)[-1].joints
    assert last[7] == pytest.approx(math.pi)
    assert last[0] == pytest.approx(-math.radians(160.0))


def test_legs_that_cannot_be_assembled_are_refused(gate: SafetyGate) -> None:
    legs = (1.39, 1.2, -0.83, 0.83, -1.2, 0.83)
    verdict = gate.command_joints(LEG_JOINTS, legs, now=0.0)
    assert not verdict.accepted
    assert 'cannot be assembled' in verdict.reasons[0]


@pytest.mark.parametrize(
    ('names', 'positions', 'reason'),
    [
        ([], [], 'the command is empty'),
        (['stewart_1'], [], '1 joint names but 0 positions'),
        (['stewart_1', 'stewart_9'], [0.5, 0.1], 'unknown joint stewart_9; the joints are yaw_'),
        (['stewart_1', 'stewart_1'], [0.5, 0.5], 'joint stewart_1 is given more than once'),
        (['left_antenna'], [math.nan], 'position of left_antenna is nan'),
        (['yaw_body'], [math.inf], 'position of yaw_body is inf'),
        (['yaw_body'], ['left'], "position of yaw_body is 'left'"),
    ],
)
def test_bad_joint_commands_are_refused_and_lose_nothing(
    gate: SafetyGate, names: list[str], positions: list[Any], reason: str
) -> None:
    gate.command_body(BodyCommand(head_pose=nod(8.0)), now=0.0)
    verdict = gate.command_joints(names, positions, now=0.01)
    assert not verdict.accepted
    assert any(reason in text for text in verdict.reasons)
    assert euler_from_rotation(run(gate, 0.5)[-1].head_pose)[1] == pytest.approx(math.radians(8.0))


def _nan_pose() -> FloatArray:
    pose = np.eye(4)
    pose[0, 3] = math.nan
    return pose


def _far_pose() -> FloatArray:
    pose = np.eye(4)
    pose[:2, 3] = sys.float_info.max
    return pose


@pytest.mark.parametrize(
    ('command', 'reason'),
    [
        (BodyCommand(), 'the command is empty'),
        (BodyCommand(head_pose=_nan_pose()), 'NaN or infinite'),
        (BodyCommand(head_pose=_far_pose(), body_yaw=0.5), 'm away along an axis'),
        (BodyCommand(head_pose=np.eye(3)), '4x4'),
        (BodyCommand(head_pose=np.diag((2.0, 2.0, 2.0, 1.0))), 'not orthonormal'),
        (BodyCommand(antennas=(0.1,)), 'two finite numbers'),
        (BodyCommand(antennas=(0.1, math.nan)), 'two finite numbers'),
        (BodyCommand(antennas=(None, 0.0)), 'two finite numbers'),  # type: ignore[arg-type]
        (BodyCommand(body_yaw=math.inf), 'body yaw inf is not a finite'),
        (BodyCommand(body_yaw=0.1, stamp=-1.0), '1.010 s old, at most 0.5 s'),
        (BodyCommand(body_yaw=0.1, stamp=5.0), '4.990 s in the future'),
        (BodyCommand(body_yaw=0.1, stamp=math.nan), 'not a finite number of seconds'),
    ],
)
def test_bad_body_commands_are_refused_and_lose_nothing(
    gate: SafetyGate, command: BodyCommand, reason: str
) -> None:
    gate.command_body(BodyCommand(head_pose=nod(8.0), antennas=(0.2, 0.1)), now=0.0)
    verdict = gate.command_body(command, now=0.01)
    assert not verdict.accepted
    assert any(reason in text for text in verdict.reasons)
    last = run(gate, 0.5)[-1]
    assert euler_from_rotation(last.head_pose)[1] == pytest.approx(math.radians(8.0))
    assert last.joints[ANTENNAS_SLICE] == pytest.approx((0.2, 0.1))


def test_a_bad_part_refuses_the_whole_command(gate: SafetyGate) -> None:
    command = BodyCommand(head_pose=nod(10.0), antennas=(math.nan, 0.0))
    assert not gate.command_body(command, now=0.0).accepted
    assert np.array_equal(run(gate, 0.3)[-1].joints, NEUTRAL_JOINTS_RAD)


def test_while_the_motors_are_off_commands_are_refused_with_the_reason(gate: SafetyGate) -> None:
    gate.inhibit('the motors are off; switch them on with set_motors')
    verdict = gate.command_body(BodyCommand(body_yaw=0.1), now=0.0)
    assert verdict.reasons == (
        'no movement now: the motors are off; switch them on with set_motors',
    )
    measured = NEUTRAL_JOINTS_RAD + 0.01
    assert gate.release(measured).accepted
    assert gate.joints == pytest.approx(measured)
    assert gate.command_body(BodyCommand(body_yaw=0.1), now=0.1).accepted


def test_a_command_that_ages_is_reported_and_its_target_held(gate: SafetyGate) -> None:
    gate.command_body(BodyCommand(head_pose=nod(10.0)), now=0.0)
    outputs = run(gate, 1.0)
    assert outputs[9].command_age == pytest.approx(0.1)
    assert not outputs[40].holding
    assert outputs[-1].holding
    assert math.degrees(euler_from_rotation(outputs[-1].head_pose)[1]) == pytest.approx(10.0)


@pytest.mark.parametrize('dt', [-0.001, 0.11, math.nan, math.inf])
def test_steps_of_impossible_length_are_refused_and_move_nothing(
    gate: SafetyGate, dt: float
) -> None:
    gate.command_body(BodyCommand(head_pose=nod(10.0)), now=0.0)
    with pytest.raises(ValueError, match=r'dt must be 0 \.\. 0\.1 s'):
        gate.step(dt, now=0.0)
    assert np.array_equal(gate.joints, NEUTRAL_JOINTS_RAD)


def test_a_step_of_no_length_moves_nothing(gate: SafetyGate) -> None:
    gate.command_body(BodyCommand(head_pose=nod(10.0)), now=0.0)
    moving = run(gate, 0.03)[-1].joints
    assert np.array_equal(gate.step(0.0, now=0.04).joints, moving)
