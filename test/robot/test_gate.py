"""The safety gate: how it moves to what it is asked for."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bbia_sim_ros.robot.gate import BodyCommand
from bbia_sim_ros.robot.gate import GateLimits
from bbia_sim_ros.robot.gate import SafetyGate
from bbia_sim_ros.robot.gate import Verdict
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.names import ANTENNAS_SLICE
from bbia_sim_ros.robot.names import LEGS_SLICE
from bbia_sim_ros.robot.names import NEUTRAL_JOINTS_RAD
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import euler_from_rotation
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.poses import yaw_of
from bbia_sim_ros.robot.workspace import Workspace
from support.gate_runs import DT
from support.gate_runs import nod
from support.gate_runs import run


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
