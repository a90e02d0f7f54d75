"""The simulated robot: how it moves, and that it repeats itself."""

from __future__ import annotations

from collections.abc import Callable

import mujoco
import numpy as np
import pytest

from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import JOINT_LOWER_RAD
from bbia_sim_ros.robot.names import JOINT_UPPER_RAD
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.poses import turn_about_z
from bbia_sim_ros.robot.poses import vector_from_rotation
from bbia_sim_ros.simulation.model import PREFIX
from bbia_sim_ros.simulation.physics import Physics

DT_S = 0.002

Load = Callable[..., Physics]


def targets_of(kinematics: Kinematics, head: FloatArray, body_yaw: float = 0.0) -> FloatArray:
    return np.concatenate(([body_yaw], kinematics.inverse(head, body_yaw), (0.2, -0.2)))


def pitch_deg(physics: Physics) -> float:
    return float(-np.degrees(np.arcsin(physics.head_pose[2, 0])))


def go(physics: Physics, targets: FloatArray, *, ramp: float, hold: float) -> None:
    """Lead the targets in a straight line and hold them, simulated seconds."""
    start = physics.targets
    steps = round(ramp / DT_S)
    for step in range(steps):
        physics.set_targets(start + (targets - start) * ((step + 1) / steps))
        physics.step()
    physics.step(round(hold / DT_S))


def test_a_nod_of_ten_degrees_arrives_fast_and_without_swinging(
    load: Load, kinematics: Kinematics
) -> None:
    physics = load()
    physics.set_targets(targets_of(kinematics, pose_from_euler(pitch=np.radians(10.0))))
    trace = []
    for _ in range(500):
        physics.step()
        trace.append(pitch_deg(physics))
    arrived = next(index for index, pitch in enumerate(trace) if pitch >= 9.0)
    assert (arrived + 1) * DT_S <= 0.15
    assert max(trace) <= 11.0
    assert min(trace[arrived:]) >= 9.0
    assert trace[-1] == pytest.approx(10.0, abs=0.1)


def reachable_poses(
    kinematics: Kinematics, count: int, share: float = 1.0
) -> list[tuple[FloatArray, float]]:
    """Return head poses and body yaws inside the joint ranges, over a share of the workspace."""
    generator = np.random.default_rng(7)
    poses: list[tuple[FloatArray, float]] = []
    while len(poses) < count:
        body = generator.uniform(-2.7, 2.7)
        x, y, z = share * generator.uniform(-0.02, 0.02, 3)
        roll, pitch, yaw = share * np.radians(generator.uniform(-1, 1, 3) * (30.0, 30.0, 60.0))
        head = pose_from_euler(x=x, y=y, z=z, roll=roll, pitch=pitch, yaw=yaw)
        turn = np.eye(4)
        turn[:3, :3] = turn_about_z(body)
        head = turn @ head
        legs, reachable = kinematics.inverse_batch(head[None], np.array([body]))
        inside = (legs[0] > JOINT_LOWER_RAD[1:7]) & (legs[0] < JOINT_UPPER_RAD[1:7])
        if reachable[0] and inside.all():
            poses.append((head, body))
    return poses


def test_the_head_holds_any_pose_that_it_can_reach(load: Load, kinematics: Kinematics) -> None:
    physics = load()
    free = 0
    for head, body in reachable_poses(kinematics, 150):
        physics.reset()
        go(physics, targets_of(kinematics, head, body), ramp=1.0, hold=0.6)
        if physics.data.ncon:
            continue  # head and body touch: beyond the workspace
        free += 1
        reached = physics.head_pose
        turned = vector_from_rotation(reached[:3, :3].T @ head[:3, :3])
        assert np.degrees(np.linalg.norm(turned)) < 0.5, (head, body)
        assert np.linalg.norm(reached[:3, 3] - head[:3, 3]) < 0.001, (head, body)
    assert free >= 50


def test_the_head_pose_is_that_of_the_kinematics(load: Load, kinematics: Kinematics) -> None:
    physics = load()
    for head, body in reachable_poses(kinematics, 10, share=0.4):
        physics.reset()
        go(physics, targets_of(kinematics, head, body), ramp=1.0, hold=0.5)
        assert physics.data.ncon == 0
        joints = physics.joint_positions
        expected = kinematics.forward(joints[1:7], joints[0], guess=head)
        np.testing.assert_allclose(physics.head_pose, expected, atol=2e-4)


def test_nothing_breaks_whatever_is_commanded_inside_the_joint_ranges(load: Load) -> None:
    physics = load()
    generator = np.random.default_rng(3)
    for _ in range(60):
        physics.set_targets(generator.uniform(JOINT_LOWER_RAD, JOINT_UPPER_RAD))
        physics.step(50)
        assert np.isfinite(physics.qpos).all()
    for yaw in (2.79, -2.79, 2.79):
        physics.set_targets(np.array([yaw, *physics.targets[1:]]))
        physics.step(500)
        assert physics.joint_positions[0] == pytest.approx(yaw, abs=0.01)
    assert physics.divergences == 0


def test_servo_torque_stays_within_the_data_sheet(load: Load) -> None:
    physics = load()
    physics.set_targets(np.zeros(9))
    peaks = []
    for _ in range(100):
        physics.step()
        peaks.append(np.abs(physics.joint_efforts).max())
    assert 0.05 < max(peaks) <= 0.52


def test_the_same_commands_give_the_same_states_to_the_last_bit(load: Load) -> None:
    def run(scene: str, *, looking: bool) -> tuple[bytes, bytes]:
        physics = load(scene)
        generator = np.random.default_rng(11)
        for _ in range(100):
            physics.set_targets(generator.uniform(-0.5, 0.5, 9))
            physics.step(7)
            if looking:  # reading must not change what follows
                assert physics.head_pose.shape == (4, 4)
                assert physics.passive_angles.shape == (21,)
        return physics.qpos.tobytes(), physics.qvel.tobytes()

    for scene in ('empty', 'table'):
        assert run(scene, looking=False) == run(scene, looking=True)


def test_a_reset_gives_the_state_of_a_fresh_start(load: Load) -> None:
    physics = load()
    start = physics.qpos
    physics.set_torque('off')
    physics.step(300)
    physics.reset()
    np.testing.assert_array_equal(physics.qpos, start)
    assert physics.time == 0.0
    assert physics.torque == 'on'
    assert physics.steps == 300


@pytest.mark.parametrize('keyframe', ['neutral', 'sleep'])
def test_keyframes_are_at_rest(keyframe: str, load: Load) -> None:
    physics = load(keyframe=keyframe)
    start = physics.joint_positions
    assert ((start >= JOINT_LOWER_RAD) & (start <= JOINT_UPPER_RAD)).all()
    assert physics.data.ncon == 0
    physics.step(1000)
    np.testing.assert_allclose(physics.joint_positions, start, atol=1e-4)
    assert np.abs(physics.joint_efforts).max() < 0.1


def test_the_neutral_keyframe_looks_straight_ahead_and_sleep_is_low(load: Load) -> None:
    np.testing.assert_allclose(load().head_pose, np.eye(4), atol=1e-3)
    assert load(keyframe='sleep').head_pose[2, 3] < -0.03


def test_passive_angles_are_the_turns_of_the_ball_joints(load: Load) -> None:
    physics = load(keyframe='sleep')
    angles = physics.passive_angles.reshape(7, 3)
    for number, (a, b, c) in enumerate(angles, start=1):
        start = physics.model.joint(f'{PREFIX}passive_{number}').qposadr[0]
        expected = np.empty(9)
        mujoco.mju_quat2Mat(expected, physics.qpos[start : start + 4])
        rx = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
        ry = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
        np.testing.assert_allclose(rx @ ry @ turn_about_z(c), expected.reshape(3, 3), atol=1e-9)


def test_joint_vectors_are_in_the_order_of_the_names(load: Load) -> None:
    physics = load()
    for index, name in enumerate(ACTUATED_JOINTS):
        physics.reset()
        targets = physics.targets
        targets[index] += 0.05
        physics.set_targets(targets)
        physics.step(200)
        joint = physics.model.joint(PREFIX + name)
        assert physics.joint_positions[index] == physics.qpos[joint.qposadr[0]]
        assert physics.joint_positions[index] == pytest.approx(targets[index], abs=0.01)
        assert physics.joint_velocities[index] == physics.qvel[joint.dofadr[0]]
