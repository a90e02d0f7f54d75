"""The safety gate: what it refuses, how it moves, how it stops."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.robot.gate import MAX_CLIPPED
from bbia_sim_ros.robot.gate import BodyCommand
from bbia_sim_ros.robot.gate import GateLimits
from bbia_sim_ros.robot.gate import GateOutput
from bbia_sim_ros.robot.gate import SafetyGate
from bbia_sim_ros.robot.gate import Verdict
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.kinematics import turned
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import ANTENNAS_SLICE
from bbia_sim_ros.robot.names import JOINT_LOWER_RAD
from bbia_sim_ros.robot.names import JOINT_UPPER_RAD
from bbia_sim_ros.robot.names import LEG_JOINTS
from bbia_sim_ros.robot.names import LEGS_SLICE
from bbia_sim_ros.robot.names import NEUTRAL_JOINTS_RAD
from bbia_sim_ros.robot.names import SLEEP_JOINTS_RAD
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import euler_from_rotation
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.poses import yaw_of
from bbia_sim_ros.robot.workspace import Workspace

DT = 0.01


@pytest.fixture
def gate(kinematics: Kinematics, workspace: Workspace) -> SafetyGate:
    return SafetyGate(kinematics, workspace, GateLimits(), NEUTRAL_JOINTS_RAD)


def run(gate: SafetyGate, seconds: float, *, start: float = 0.0) -> list[GateOutput]:
    count = round(seconds / DT)
    return [gate.step(DT, now=start + DT * (k + 1)) for k in range(count)]


def nod(degrees: float) -> FloatArray:
    return pose_from_euler(pitch=math.radians(degrees))


# -- moving -----------------------------------------------------------------------------------


def test_without_commands_the_robot_stays_where_it_is(gate: SafetyGate) -> None:
    for output in run(gate, 0.5):
        assert np.array_equal(output.joints, NEUTRAL_JOINTS_RAD)
        assert output.command_age == -1.0
        assert not output.holding
        assert output.clipped == ()


def test_a_nod_of_10_degrees_takes_less_than_100_ms_without_overshoot(gate: SafetyGate) -> None:
    assert gate.command_body(BodyCommand(head_pose=nod(10.0)), now=0.0) == Verdict(accepted=True)
    pitches = [math.degrees(euler_from_rotation(o.head_pose)[1]) for o in run(gate, 0.3)]
    assert pitches[9] == pytest.approx(10.0, abs=1e-6)
    assert max(pitches) < 10.001
    assert pitches[-1] == pytest.approx(10.0, abs=1e-6)


def wave(time: float) -> FloatArray:
    swing = min(1.0, time) * math.sin(2.0 * math.pi * 1.2 * time)
    return pose_from_euler(z=-0.004 * swing, roll=0.12 * swing, pitch=0.2 * swing, yaw=0.4 * swing)


def test_a_smooth_stream_passes_unchanged_within_the_same_tick(
    gate: SafetyGate, kinematics: Kinematics
) -> None:
    for k in range(300):
        now = DT * k
        assert gate.command_body(BodyCommand(head_pose=wave(now)), now=now).accepted
        output = gate.step(DT, now=now)
        assert output.joints[LEGS_SLICE] == pytest.approx(kinematics.inverse(wave(now)), abs=1e-9)
        assert output.clipped == ()


def test_a_stream_that_arrives_unevenly_is_followed_smoothly(
    gate: SafetyGate, kinematics: Kinematics
) -> None:
    arrivals = np.arange(300) * DT + np.random.default_rng(1).uniform(0.0, 0.006, 300)
    waiting = arrivals.tolist()
    errors = []
    for k in range(1, 300):
        now = DT * k + 0.003
        while waiting and waiting[0] <= now:
            time = waiting.pop(0)
            gate.command_body(BodyCommand(head_pose=wave(time)), now=time)
        output = gate.step(DT, now=now)
        errors.append(np.abs(output.joints[LEGS_SLICE] - kinematics.inverse(wave(now))).max())
    # The wave's fastest leg moves 0.035 rad a tick.
    assert np.median(errors) < 2e-3
    assert max(errors) < 0.035


def test_antennas_and_body_move_within_their_own_limits(gate: SafetyGate) -> None:
    command = BodyCommand(antennas=(3.0, -3.0), body_yaw=1.0)
    assert gate.command_body(command, now=0.0).accepted
    outputs = run(gate, 1.5)
    assert outputs[-1].joints[ANTENNAS_SLICE] == pytest.approx((3.0, -3.0), abs=1e-9)
    assert outputs[-1].joints[0] == pytest.approx(1.0, abs=1e-9)
    fastest = np.abs([output.velocities for output in outputs]).max(axis=0)
    assert fastest[7] == pytest.approx(8.0)
    assert fastest[0] == pytest.approx(4.0)
    assert any('velocity of right_antenna limited to 8.0 rad/s' in o.clipped for o in outputs)
    assert outputs[-1].clipped == ()


def test_a_part_that_is_not_commanded_keeps_its_target(gate: SafetyGate) -> None:
    gate.command_body(BodyCommand(head_pose=nod(12.0)), now=0.0)
    gate.command_body(BodyCommand(antennas=(0.5, 0.4)), now=0.1)
    last = run(gate, 1.0)[-1]
    assert math.degrees(euler_from_rotation(last.head_pose)[1]) == pytest.approx(12.0)
    assert last.joints[ANTENNAS_SLICE] == pytest.approx((0.5, 0.4))


def test_the_head_keeps_looking_where_it_did_when_only_the_body_turns(gate: SafetyGate) -> None:
    gate.command_body(BodyCommand(head_pose=pose_from_euler(yaw=0.3)), now=0.0)
    gate.command_body(BodyCommand(body_yaw=0.8), now=0.1)
    last = run(gate, 1.0)[-1]
    assert yaw_of(last.head_pose) == pytest.approx(0.3, abs=1e-6)
    assert last.joints[0] == pytest.approx(0.8)


def test_the_body_follows_a_head_that_turns_too_far(gate: SafetyGate) -> None:
    verdict = gate.command_body(BodyCommand(head_pose=pose_from_euler(yaw=math.pi / 2)), now=0.0)
    last = run(gate, 1.5)[-1]
    assert verdict == Verdict(accepted=True)
    assert math.degrees(yaw_of(last.head_pose)) == pytest.approx(90.0, abs=0.01)
    assert math.degrees(last.joints[0]) == pytest.approx(25.2, abs=0.1)


def test_the_head_is_clamped_where_the_body_may_not_follow(
    kinematics: Kinematics, workspace: Workspace
) -> None:
    gate = SafetyGate(
        kinematics, workspace, GateLimits(), NEUTRAL_JOINTS_RAD, body_follows_head=False
    )
    verdict = gate.command_body(BodyCommand(head_pose=pose_from_euler(yaw=math.pi / 2)), now=0.0)
    last = run(gate, 1.5)[-1]
    assert last.joints[0] == 0.0
    assert math.degrees(yaw_of(last.head_pose)) == pytest.approx(64.9, abs=0.2)
    assert any('the head turns 65.0 deg from the body at most' in clip for clip in verdict.clipped)


def test_a_commanded_body_yaw_wins_over_the_head(gate: SafetyGate) -> None:
    command = BodyCommand(head_pose=np.eye(4), body_yaw=math.radians(120.0))
    verdict = gate.command_body(command, now=0.0)
    last = run(gate, 2.0)[-1]
    assert math.degrees(last.joints[0]) == pytest.approx(120.0)
    assert math.degrees(yaw_of(last.head_pose)) == pytest.approx(55.1, abs=0.2)
    assert verdict.accepted
    assert verdict.clipped


def test_an_unreachable_head_goes_to_the_nearest_pose_and_says_so(
    gate: SafetyGate, workspace: Workspace
) -> None:
    verdict = gate.command_body(BodyCommand(head_pose=nod(60.0)), now=0.0)
    assert verdict.accepted
    assert any(clip.startswith('head pitch 60.0 deg -> ') for clip in verdict.clipped)
    last = run(gate, 1.0)[-1]
    assert 35.0 < math.degrees(euler_from_rotation(last.head_pose)[1]) < 48.0
    assert last.clipped == verdict.clipped
    gate.command_body(BodyCommand(head_pose=nod(0.0)), now=1.0)
    assert run(gate, 1.0, start=1.0)[-1].clipped == ()


def test_the_head_goes_from_one_end_of_its_range_to_the_other(
    gate: SafetyGate, workspace: Workspace
) -> None:
    ends = [
        nod(-60.0),
        nod(60.0),
        pose_from_euler(roll=0.8, yaw=1.0),
        pose_from_euler(roll=-0.8, yaw=-1.0, z=-0.05),
        pose_from_euler(x=0.05, z=-0.05),
        pose_from_euler(y=0.05, pitch=-0.7),
    ]
    now = 0.0
    for pose in [*ends, *reversed(ends)]:
        gate.command_body(BodyCommand(head_pose=pose, body_yaw=0.0), now=now)
        outputs = run(gate, 2.0, start=now)
        now += 2.0
        wanted, _, _ = workspace.nearest(pose, 0.0)
        assert outputs[-1].head_pose == pytest.approx(wanted, abs=0.02)
        for output in outputs:
            assert workspace.contains(output.head_pose)


# -- joint commands ---------------------------------------------------------------------------


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


# -- refusals ---------------------------------------------------------------------------------


def _nan_pose() -> FloatArray:
    pose = np.eye(4)
    pose[0, 3] = math.nan
    return pose


@pytest.mark.parametrize(
    ('command', 'reason'),
    [
        (BodyCommand(), 'the command is empty'),
        (BodyCommand(head_pose=_nan_pose()), 'NaN or infinite'),
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


# -- time -------------------------------------------------------------------------------------


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


# -- stopping ---------------------------------------------------------------------------------


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


# -- limits -----------------------------------------------------------------------------------


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
