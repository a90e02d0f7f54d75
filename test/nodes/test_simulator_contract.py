"""The simulated robot through its topics and services, over DDS."""

from __future__ import annotations

import itertools
import math
import signal
import time

import numpy as np
import pytest
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger

from bbia_msgs.msg import BodyTarget
from bbia_msgs.srv import SetMotors
from bbia_msgs.srv import StepSimulation
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import PASSIVE_JOINTS
from support.simulator import Simulator
from support.simulator import errors
from support.simulator import head_pose
from support.simulator import target
from support.waiting import wait_until


def test_it_streams_the_joints_of_the_contract_with_rising_stamps(start_simulator) -> None:
    simulator: Simulator = start_simulator()
    wait_until(lambda: len(simulator.joint_states) >= 20, 'twenty joint states')
    messages = list(simulator.joint_states)
    assert list(messages[-1].name) == [*ACTUATED_JOINTS, *PASSIVE_JOINTS]
    assert len(messages[-1].position) == len(messages[-1].velocity) == len(messages[-1].name)
    stamps = [
        message.header.stamp.sec * 10**9 + message.header.stamp.nanosec for message in messages
    ]
    assert all(later > earlier for earlier, later in itertools.pairwise(stamps))
    assert abs(stamps[-1] / 1e9 - time.time()) < 60.0
    assert simulator.status.source == 'simulation'
    assert simulator.status.connected
    assert simulator.status.motors == 'on'


@pytest.mark.parametrize(
    'wanted',
    [
        pytest.param({'pitch': 15.0}, id='looks down'),
        pytest.param({'roll': -12.0, 'yaw': 30.0, 'z': 5.0}, id='tilts and turns'),
        pytest.param({'x': 8.0, 'y': -6.0, 'z': -10.0}, id='shifts'),
    ],
)
def test_a_stream_of_head_poses_is_followed(start_simulator, wanted: dict[str, float]) -> None:
    simulator: Simulator = start_simulator()
    pose = head_pose(**wanted)

    def arrived() -> bool:
        distance, angle = errors(simulator.head, pose)
        return distance < 1.0 and angle < 0.5

    simulator.stream_until(arrived, 'the head is there', head=pose)
    assert simulator.status.clipped == []


def test_antennas_and_body_follow_and_parts_that_are_absent_stay(start_simulator) -> None:
    simulator: Simulator = start_simulator()
    simulator.stream_until(
        lambda: (
            abs(simulator.position('right_antenna') - 0.6) < 0.02
            and abs(simulator.position('left_antenna') + 0.4) < 0.02
        ),
        'the antennas are there',
        antennas=(0.6, -0.4),
    )
    simulator.stream_until(
        lambda: abs(simulator.position('yaw_body') - 0.5) < 0.02, 'the body is there', body_yaw=0.5
    )
    assert abs(simulator.position('right_antenna') - 0.6) < 0.02
    wait_until(lambda: max(errors(simulator.head, np.eye(4))) < 0.5, 'the head looks ahead again')


def test_two_targets_in_one_period_are_both_obeyed(start_simulator) -> None:
    simulator: Simulator = start_simulator()

    def both_are_there() -> bool:
        simulator.send(body_yaw=0.4)
        simulator.send(antennas=(0.5, -0.3))
        return (
            abs(simulator.position('yaw_body') - 0.4) < 0.02
            and abs(simulator.position('right_antenna') - 0.5) < 0.02
        )

    wait_until(both_are_there, 'body and antennas are there')


def test_a_flood_of_commands_is_bounded_and_said(start_simulator) -> None:
    simulator: Simulator = start_simulator(lock_step='true', status_rate=50.0)

    def flooded() -> bool:
        for _ in range(300):
            simulator.send(body_yaw=0.1)
        return 'commands came in one control period' in simulator.status.last_refusal

    wait_until(flooded, 'the refusal')
    answer = simulator.probe.call(
        StepSimulation, 'simulator/step', StepSimulation.Request(steps=500)
    )
    assert answer.success
    wait_until(lambda: abs(simulator.position('yaw_body') - 0.1) < 0.02, 'the body is there')


def test_a_pose_in_base_link_means_the_same_place(start_simulator) -> None:
    simulator: Simulator = start_simulator()
    wanted = head_pose(yaw=20.0)
    in_base = wanted.copy()
    in_base[2, 3] += 0.177
    simulator.stream_until(
        lambda: errors(simulator.head, wanted)[1] < 0.5,
        'the head is there',
        head=in_base,
        frame='base_link',
    )


def bad_targets() -> dict[str, BodyTarget]:
    """Return targets that must be refused, by what the reason must say."""
    not_unit = target(head=np.eye(4))
    not_unit.head.orientation.w = 2.0
    no_rotation = target(head=np.eye(4))
    no_rotation.head.orientation.w = 0.0
    not_finite = target(head=np.eye(4))
    not_finite.head.position.z = math.nan
    return {
        'NaN': not_finite,
        'normalise': not_unit,
        'all zeros': no_rotation,
        "frame 'map'": target(head=np.eye(4), frame='map'),
        'antennas (inf': target(antennas=(math.inf, 0.0)),
        'body yaw nan': target(body_yaw=math.nan),
        'old': target(body_yaw=0.1, stamp_s=1.0),
        'future': target(body_yaw=0.1, stamp_s=time.time() + 3600.0),
        'is empty': target(),
    }


@pytest.mark.parametrize('reason', bad_targets())
def test_a_bad_target_is_refused_with_its_reason_and_loses_nothing(
    start_simulator, reason: str
) -> None:
    simulator: Simulator = start_simulator()
    simulator.stream_until(
        lambda: abs(simulator.position('yaw_body') - 0.3) < 0.02, 'the body is there', body_yaw=0.3
    )
    simulator.targets.publish(bad_targets()[reason])
    status = simulator.wait_status(lambda now: now.commands_refused == 1, 'the refusal')
    assert reason.lower() in status.last_refusal.lower()
    count = len(simulator.joint_states)
    wait_until(lambda: len(simulator.joint_states) > count + 30, 'more joint states')
    assert abs(simulator.position('yaw_body') - 0.3) < 0.02


def test_an_unreachable_pose_is_taken_to_the_nearest_one_and_reported(start_simulator) -> None:
    simulator: Simulator = start_simulator()
    simulator.stream_until(
        lambda: simulator.status.clipped and simulator.head[2, 3] > 0.010,
        'the head is as high as it can go',
        head=head_pose(z=80.0),
    )
    assert 'z' in ' '.join(simulator.status.clipped)
    assert simulator.head[2, 3] < 0.030


def test_joint_commands_are_obeyed_when_they_are_the_source(start_simulator) -> None:
    simulator: Simulator = start_simulator(command_source='joint_commands')
    commands = simulator.probe.publisher(JointState, 'joint_commands')

    def both_are_there() -> bool:
        commands.publish(JointState(name=['yaw_body', 'left_antenna'], position=[0.4, -0.5]))
        return (
            abs(simulator.position('yaw_body') - 0.4) < 0.02
            and abs(simulator.position('left_antenna') + 0.5) < 0.02
        )

    wait_until(both_are_there, 'both joints are there')
    commands.publish(JointState(name=['elbow'], position=[0.4]))
    status = simulator.wait_status(lambda now: now.commands_refused == 1, 'the refusal')
    assert 'elbow' in status.last_refusal
    simulator.stream_until(
        lambda: 'command_source is joint_commands' in simulator.status.last_refusal,
        'the second refusal',
        body_yaw=0.0,
    )


def test_an_emergency_stop_is_latched_until_rearm(start_simulator) -> None:
    simulator: Simulator = start_simulator()
    simulator.stream_until(
        lambda: simulator.position('yaw_body') > 0.2, 'the body turns', body_yaw=2.0
    )
    answer = simulator.probe.call(Trigger, 'emergency_stop')
    assert answer.success
    simulator.wait_status(lambda now: now.emergency_stopped, 'the stop')
    wait_until(simulator.at_rest, 'the head is at rest')
    stopped_at = simulator.position('yaw_body')
    assert stopped_at < 1.9
    simulator.send(body_yaw=-1.0)
    status = simulator.wait_status(lambda now: now.commands_refused >= 1, 'the refusal')
    assert 'emergency stop' in status.last_refusal
    assert abs(simulator.position('yaw_body') - stopped_at) < 0.02
    assert simulator.probe.call(Trigger, 'rearm').success
    simulator.wait_status(lambda now: not now.emergency_stopped, 'the stop is released')
    assert abs(simulator.position('yaw_body') - stopped_at) < 0.02
    simulator.stream_until(
        lambda: abs(simulator.position('yaw_body') + 1.0) < 0.02, 'it moves again', body_yaw=-1.0
    )


def test_without_motors_commands_are_refused_and_the_head_sinks(start_simulator) -> None:
    simulator: Simulator = start_simulator()
    wait_until(lambda: simulator.head_poses, 'a head pose')
    height = simulator.head[2, 3]
    assert simulator.probe.call(SetMotors, 'set_motors', SetMotors.Request(mode='off')).success
    simulator.wait_status(lambda now: now.motors == 'off', 'motors off')
    simulator.stream_until(
        lambda: 'motors are off' in simulator.status.last_refusal, 'the refusal', body_yaw=0.5
    )
    wait_until(lambda: simulator.head[2, 3] < height - 0.005, 'the head sinks')
    assert simulator.probe.call(SetMotors, 'set_motors', SetMotors.Request(mode='on')).success
    simulator.stream_until(
        lambda: errors(simulator.head, np.eye(4))[0] < 1.0, 'the head is up again', head=np.eye(4)
    )
    answer = simulator.probe.call(SetMotors, 'set_motors', SetMotors.Request(mode='limp'))
    assert not answer.success
    assert "'limp'" in answer.message
    assert 'compliant' in answer.message


def test_compliant_motors_hold_the_head_where_it_is(start_simulator) -> None:
    simulator: Simulator = start_simulator()
    assert simulator.probe.call(
        SetMotors, 'set_motors', SetMotors.Request(mode='compliant')
    ).success
    count = len(simulator.head_poses)
    wait_until(lambda: len(simulator.head_poses) > count + 100, 'a second of measurements')
    distance, angle = errors(simulator.head, np.eye(4))
    assert distance < 2.0
    assert angle < 2.0


@pytest.mark.parametrize('how', [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_told_to(start_simulator, how: signal.Signals) -> None:
    simulator: Simulator = start_simulator()
    assert simulator.process.stop(how) == 0
    assert 'Traceback' not in simulator.process.output
