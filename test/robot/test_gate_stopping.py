"""The safety gate: how it stops, starts again, and keeps its limits."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.robot.gate import MAX_CLIPPED
from bbia_sim_ros.robot.gate import BodyCommand
from bbia_sim_ros.robot.gate import GateLimits
from bbia_sim_ros.robot.gate import SafetyGate
from bbia_sim_ros.robot.gate import Verdict
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.kinematics import turned
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import ANTENNAS_SLICE
from bbia_sim_ros.robot.names import JOINT_LOWER_RAD
from bbia_sim_ros.robot.names import JOINT_UPPER_RAD
from bbia_sim_ros.robot.names import LEGS_SLICE
from bbia_sim_ros.robot.names import NEUTRAL_JOINTS_RAD
from bbia_sim_ros.robot.names import SLEEP_JOINTS_RAD
from bbia_sim_ros.robot.poses import euler_from_rotation
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.workspace import Workspace
from support.gate_runs import DT
from support.gate_runs import nod
from support.gate_runs import run


def test_an_emergency_stop_brakes_at_once_and_stays(gate: SafetyGate) -> None:
    gate.command_body(BodyCommand(head_pose=nod(30.0), antennas=(3.0, 0.0)), now=0.0)
    moving = run(gate, 0.05)[-1]
    gate.stop()
    outputs = run(gate, 0.3, start=0.05)
    speeds = np.array([np.abs(output.velocities).max() for output in outputs])
    assert np.abs(moving.velocities).max() > 3.0
    assert (speeds[4:] == 0.0).all()
    assert np.abs(outputs[0].velocities - moving.velocities).max() <= 2.0 * 120.0 * DT + 1e-9
    verdict = gate.command_body(BodyCommand(body_yaw=0.1), now=0.4)
    assert verdict.reasons == ('the emergency stop is active; rearm first',)
    assert not gate.command_joints(['yaw_body'], [0.1], now=0.4).accepted


def test_rearming_starts_from_where_the_robot_really_is(gate: SafetyGate) -> None:
    gate.command_body(BodyCommand(head_pose=nod(20.0)), now=0.0)
    run(gate, 0.05)
    gate.stop()
    run(gate, 0.2)
    measured = NEUTRAL_JOINTS_RAD.copy()
    measured[0], measured[7] = 0.3, 1.0
    assert gate.rearm(measured) == Verdict(accepted=True)
    for output in run(gate, 0.3, start=1.0):
        assert output.joints == pytest.approx(measured, abs=1e-12)
    assert gate.command_body(BodyCommand(head_pose=np.eye(4)), now=2.0).accepted


@pytest.mark.parametrize('stopped', [True, False])
def test_rearming_in_the_middle_of_a_movement_brakes_and_does_not_jump(
    gate: SafetyGate, stopped: bool
) -> None:
    gate.command_body(BodyCommand(body_yaw=2.0), now=0.0)
    moving = run(gate, 0.2)[-1]
    if stopped:
        gate.stop()
        moving = run(gate, DT, start=0.2)[-1]
    assert moving.velocities[0] > 2.0
    # A servo lags behind what is asked for.
    measured = moving.joints.copy()
    measured[0] -= 0.15
    assert gate.rearm(measured).accepted
    assert gate.commanded
    outputs = run(gate, 1.0, start=0.3)
    speeds = np.array([output.velocities[0] for output in (moving, *outputs)])
    assert np.abs(np.diff(speeds)).max() <= gate.limits.body_acceleration * DT + 1e-9
    assert (speeds >= 0.0).all()
    assert speeds[-1] == 0.0
    assert outputs[-1].joints[0] < 2.0
    assert gate.command_body(BodyCommand(body_yaw=0.0), now=2.0).accepted


@pytest.mark.parametrize('measured', [np.zeros(8), np.full(9, math.nan), None, 'neutral'])
def test_rearming_without_good_measurements_is_refused_and_stays_stopped(
    gate: SafetyGate, measured: Any
) -> None:
    gate.stop()
    assert not gate.rearm(measured).accepted
    assert gate.stopped


def test_releasing_the_motors_does_not_end_an_emergency_stop(gate: SafetyGate) -> None:
    gate.stop()
    gate.inhibit('the motors are off')
    gate.release(NEUTRAL_JOINTS_RAD)
    assert gate.stopped
    gate.inhibit('the motors are off')
    gate.rearm(NEUTRAL_JOINTS_RAD)
    assert gate.inhibited == 'the motors are off'


def test_a_robot_that_was_put_elsewhere_starts_there_also_while_it_moved(
    gate: SafetyGate,
) -> None:
    gate.command_body(BodyCommand(body_yaw=2.0), now=0.0)
    assert run(gate, 0.2)[-1].velocities[0] > 2.0
    assert gate.release(NEUTRAL_JOINTS_RAD).accepted
    assert not gate.commanded
    assert np.array_equal(run(gate, 0.1, start=0.3)[-1].joints, NEUTRAL_JOINTS_RAD)


def test_a_sleeping_robot_moves_inside_before_anything_else(
    gate: SafetyGate, workspace: Workspace
) -> None:
    gate.stop()
    verdict = gate.rearm(SLEEP_JOINTS_RAD)
    assert verdict.accepted
    assert 'found outside its workspace' in verdict.clipped[0]
    assert gate.command_body(BodyCommand(head_pose=nod(5.0)), now=0.0).accepted
    outputs = run(gate, 1.5)
    joints = np.array([SLEEP_JOINTS_RAD, *(output.joints for output in outputs)])
    outside = np.maximum(joints - JOINT_UPPER_RAD, JOINT_LOWER_RAD - joints).max(axis=1)
    assert outside[0] > 0.1
    assert (np.diff(outside[outside > 0.0]) <= 1e-12).all()
    velocities = np.diff(joints, axis=0) / DT
    assert np.abs(np.diff(velocities[:, LEGS_SLICE], axis=0)).max() <= 120.0 * DT + 1e-9
    assert 'found outside' in outputs[0].clipped[-1]
    assert outputs[-1].clipped == ()
    assert math.degrees(euler_from_rotation(outputs[-1].head_pose)[1]) == pytest.approx(5.0)


def test_hold_brakes_and_forgets_the_target(gate: SafetyGate) -> None:
    gate.command_body(BodyCommand(head_pose=nod(30.0)), now=0.0)
    moving = run(gate, 0.04)[-1].joints
    gate.hold()
    outputs = run(gate, 0.5, start=0.04)
    assert np.array_equal(outputs[-1].joints, outputs[-10].joints)
    assert np.abs(outputs[-1].joints - moving).max() < 0.15
    assert math.degrees(euler_from_rotation(outputs[-1].head_pose)[1]) < 25.0
    assert gate.command_body(BodyCommand(head_pose=nod(5.0)), now=1.0).accepted


def test_limits_can_be_changed_while_moving(gate: SafetyGate) -> None:
    gate.command_body(BodyCommand(head_pose=nod(30.0), antennas=(3.0, 0.0)), now=0.0)
    run(gate, 0.05)
    gate.set_limits(dataclasses.replace(gate.limits, leg_velocity=0.5, antenna_velocity=1.0))
    outputs = run(gate, 3.0, start=0.05)
    late = np.abs([output.velocities for output in outputs[15:]])
    assert late[:, LEGS_SLICE].max() <= 0.5 + 1e-9
    assert late[:, ANTENNAS_SLICE].max() <= 1.0 + 1e-9
    assert math.degrees(euler_from_rotation(outputs[-1].head_pose)[1]) == pytest.approx(30.0)


def test_what_is_clipped_is_bounded(gate: SafetyGate) -> None:
    names = list(ACTUATED_JOINTS)
    gate.command_joints(names, [9.0, 2.0, -2.0, 2.0, -2.0, 2.0, -2.0, 9.0, -9.0], now=0.0)
    for output in run(gate, 1.0):
        assert len(output.clipped) <= MAX_CLIPPED
        assert len(set(output.clipped)) == len(output.clipped)


def test_the_reported_head_pose_is_that_of_the_joints(
    gate: SafetyGate, kinematics: Kinematics
) -> None:
    gate.command_body(BodyCommand(head_pose=pose_from_euler(pitch=0.3, yaw=1.4)), now=0.0)
    for output in run(gate, 1.0):
        legs = output.joints[LEGS_SLICE]
        yaw = float(output.joints[0])
        assert kinematics.forward(legs, yaw) == pytest.approx(output.head_pose, abs=1e-6)
        assert kinematics.inverse(output.head_pose, yaw) == pytest.approx(legs, abs=1e-6)
        assert turned(output.head_pose, -yaw)[2, 2] > 0.5


def test_a_start_that_is_not_nine_finite_angles_is_refused(
    kinematics: Kinematics, workspace: Workspace
) -> None:
    with pytest.raises(ValueError, match='nine finite angles'):
        SafetyGate(kinematics, workspace, GateLimits(), np.full(9, math.nan))
