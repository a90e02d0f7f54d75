"""Whatever goes into the gate, what leaves it is within all limits; and it never raises."""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from bbia_sim_ros.robot.gate import MAX_CLIPPED
from bbia_sim_ros.robot.gate import BodyCommand
from bbia_sim_ros.robot.gate import GateLimits
from bbia_sim_ros.robot.gate import SafetyGate
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.kinematics import turned
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import JOINT_LOWER_RAD
from bbia_sim_ros.robot.names import JOINT_UPPER_RAD
from bbia_sim_ros.robot.names import LEGS_SLICE
from bbia_sim_ros.robot.names import NEUTRAL_JOINTS_RAD
from bbia_sim_ros.robot.names import SLEEP_JOINTS_RAD
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import euler_poses
from bbia_sim_ros.robot.workspace import HARD
from bbia_sim_ros.robot.workspace import Workspace

# HARD with room for rounding.
SLACK = dataclasses.replace(
    HARD, clearance_m=-1e-8, joint_rad=-1e-9, yaw_rad=-1e-8, stiffness=HARD.stiffness - 1e-4
)

numbers = st.floats(-4.0, 4.0)
any_number = st.floats(allow_nan=True, allow_infinity=True) | numbers
near_places = st.tuples(*[st.floats(-0.06, 0.06)] * 3)
near_angles = st.tuples(*[st.floats(-1.2, 1.2)] * 3)


def _pose(place: tuple[float, ...], angles: tuple[float, ...]) -> FloatArray:
    poses = euler_poses(np.array([place]), np.array([angles]))
    return np.asarray(poses[0], dtype=np.float64)


good_poses = st.builds(_pose, near_places, near_angles)
bad_poses = st.lists(any_number, min_size=16, max_size=16).map(
    lambda values: np.array(values).reshape(4, 4)
)
far = st.sampled_from((0.0, 1.0, -1e6, 1e200, -sys.float_info.max, sys.float_info.max))
far_places = st.tuples(far, far, far)
far_poses = st.builds(_pose, far_places, near_angles)
poses = st.none() | good_poses | good_poses | bad_poses | far_poses
pairs = st.none() | st.tuples(numbers, numbers) | st.tuples(any_number, any_number)
stamps = st.none() | st.floats(-1.0, 3.0) | any_number
body_commands = st.builds(
    lambda head, antennas, yaw, stamp: BodyCommand(
        head_pose=head, antennas=antennas, body_yaw=yaw, stamp=stamp
    ),
    poses,
    pairs,
    st.none() | numbers | any_number,
    stamps,
)
joint_names = st.lists(st.sampled_from([*ACTUATED_JOINTS, 'stewart_7']), max_size=9)
limits = st.builds(
    GateLimits,
    leg_velocity=st.floats(0.2, 8.0),
    leg_acceleration=st.floats(5.0, 150.0),
    body_velocity=st.floats(0.2, 8.0),
    body_acceleration=st.floats(5.0, 150.0),
    antenna_velocity=st.floats(0.2, 8.0),
    antenna_acceleration=st.floats(5.0, 150.0),
)

Action = Callable[[SafetyGate, float], Any]


def _command_joints(names: list[str], values: list[float]) -> Action:
    return lambda gate, now: gate.command_joints(names, values, now=now)


def _command_body(command: BodyCommand) -> Action:
    return lambda gate, now: gate.command_body(command, now=now)


def _rearm(gate: SafetyGate, now: float) -> None:
    gate.rearm(gate.joints)


def _release(gate: SafetyGate, now: float) -> None:
    gate.release(gate.joints)


actions = st.one_of(
    body_commands.map(_command_body),
    st.builds(BodyCommand, head_pose=good_poses).map(_command_body),
    st.builds(_command_joints, joint_names, st.lists(any_number | numbers, max_size=9)),
    st.builds(
        _command_joints,
        st.just(list(ACTUATED_JOINTS)),
        st.lists(st.floats(-1.4, 1.4), min_size=9, max_size=9),
    ),
    st.just(lambda gate, now: gate.stop()),
    st.just(lambda gate, now: gate.hold()),
    st.sampled_from([_rearm, _release]),
    st.just(lambda gate, now: gate.inhibit('test')),
    limits.map(lambda changed: lambda gate, now: gate.set_limits(changed)),
)
steps = st.lists(st.just(0.01) | st.floats(0.0, 0.1), min_size=1, max_size=12)
stories = st.lists(st.tuples(actions, steps), min_size=1, max_size=12)


class Watcher:
    """Steps a gate and checks every output against the limits that applied."""

    def __init__(self, gate: SafetyGate, workspace: Workspace) -> None:
        self.gate = gate
        self.workspace = workspace
        self.joints = gate.joints
        self.velocity = np.zeros(9)
        self.fastest = np.array(gate.limits.velocities())
        self.strongest = np.array(gate.limits.accelerations())

    def act(self, action: Action, now: float) -> None:
        """Carry out an action; a new start is one from rest, but for rearming in motion."""
        placed = action is _release or (action is _rearm and bool(self.gate.inhibited))
        action(self.gate, now)
        self.fastest = np.maximum(self.fastest, self.gate.limits.velocities())
        self.strongest = np.maximum(self.strongest, self.gate.limits.accelerations())
        if placed:
            self.velocity = np.zeros(9)

    def step(self, dt: float, now: float) -> None:
        """Make one step and check it."""
        output = self.gate.step(dt, now=now)
        assert np.isfinite(output.joints).all()
        assert np.isfinite(output.head_pose).all()
        assert (output.joints >= JOINT_LOWER_RAD - 1e-9).all()
        assert (output.joints <= JOINT_UPPER_RAD + 1e-9).all()
        assert len(output.clipped) <= MAX_CLIPPED
        pose = turned(output.head_pose, -float(output.joints[0]))
        assert self.workspace.contains(pose, output.joints[LEGS_SLICE].tolist(), SLACK)
        if dt > 1e-5:
            velocity = (output.joints - self.joints) / dt
            assert (np.abs(velocity) <= self.fastest * (1 + 1e-6) + 1e-6).all()
            factor = self.gate.limits.stop_factor if self.gate.stopped else 1.0
            change = np.abs(velocity - self.velocity)
            assert (change <= factor * self.strongest * dt * (1 + 1e-6) + 1e-6).all()
            self.velocity = velocity
        self.joints = output.joints


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(story=stories)
def test_any_story_stays_within_all_limits(
    kinematics: Kinematics, workspace: Workspace, story: list[tuple[Action, list[float]]]
) -> None:
    gate = SafetyGate(kinematics, workspace, GateLimits(), NEUTRAL_JOINTS_RAD)
    watcher = Watcher(gate, workspace)
    now = 0.0
    for action, lengths in story:
        watcher.act(action, now)
        for dt in lengths:
            now += dt
            watcher.step(dt, now)


def test_long_random_journeys_stay_inside_and_arrive(
    kinematics: Kinematics, workspace: Workspace
) -> None:
    draw = np.random.default_rng(5)
    gate = SafetyGate(kinematics, workspace, GateLimits(), NEUTRAL_JOINTS_RAD)
    watcher = Watcher(gate, workspace)
    now = 0.0
    arrived = 0
    for _ in range(60):
        wish = _pose(tuple(draw.uniform(-0.05, 0.05, 3)), tuple(draw.uniform(-0.9, 0.9, 3)))
        gate.command_body(BodyCommand(head_pose=wish, body_yaw=draw.uniform(-1.0, 1.0)), now=now)
        before = watcher.joints
        for _ in range(150):
            now += 0.01
            watcher.step(0.01, now)
            if np.array_equal(watcher.joints, before):
                break
            before = watcher.joints
        found, _, _ = workspace.nearest(wish, float(watcher.joints[0]))
        arrived += bool(np.abs(found - gate.head_pose).max() < 0.03)
    assert arrived >= 57


@settings(deadline=None, max_examples=40)
@given(
    start=st.lists(any_number, min_size=9, max_size=9) | st.lists(numbers, min_size=9, max_size=9)
)
def test_a_robot_found_anywhere_gets_inside(
    kinematics: Kinematics, workspace: Workspace, start: list[float]
) -> None:
    gate = SafetyGate(kinematics, workspace, GateLimits(), SLEEP_JOINTS_RAD)
    measured = np.array(start)
    verdict = gate.rearm(measured)
    if not np.isfinite(measured).all() or np.abs(measured).max() > 50.0:
        assert not verdict.accepted
        return
    for k in range(1600):
        output = gate.step(0.01, now=0.01 * k)
        assert np.isfinite(output.joints).all()
    assert (gate.joints >= JOINT_LOWER_RAD - 1e-9).all()
    assert (gate.joints <= JOINT_UPPER_RAD + 1e-9).all()
    pose = turned(gate.head_pose, -float(gate.joints[0]))
    assert workspace.contains(pose, margins=SLACK)
    assert math.isfinite(output.command_age)
