"""Pause, step, reset, limits, parameters and start-up errors of the simulator node."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import psutil
import pytest
from rcl_interfaces.msg import Parameter
from rcl_interfaces.msg import ParameterType
from rcl_interfaces.msg import ParameterValue
from rcl_interfaces.srv import DescribeParameters
from rcl_interfaces.srv import SetParameters
from rosgraph_msgs.msg import Clock
from std_srvs.srv import SetBool
from std_srvs.srv import Trigger

from bbia_msgs.srv import StepSimulation
from bbia_sim_ros.nodes import qos
from support.ros import StackProcess
from support.simulator import Simulator
from support.waiting import wait_until


def step(simulator: Simulator, steps: int) -> StepSimulation.Response:
    return simulator.probe.call(
        StepSimulation, 'simulator/step', StepSimulation.Request(steps=steps)
    )


def set_parameter(simulator: Simulator, name: str, value: float) -> str:
    """Set a float parameter; return '' or the reason of the refusal."""
    wanted = ParameterValue(type=ParameterType.PARAMETER_DOUBLE, double_value=value)
    answer = simulator.probe.call(
        SetParameters,
        'robot/set_parameters',
        SetParameters.Request(parameters=[Parameter(name=name, value=wanted)]),
    )
    (result,) = answer.results
    return '' if result.successful else result.reason


def test_a_pause_freezes_state_and_steps_advance_it(start_simulator) -> None:
    simulator: Simulator = start_simulator()
    refused = step(simulator, 5)
    assert not refused.success
    assert 'pause it first' in refused.message
    assert simulator.probe.call(SetBool, 'simulator/set_pause', SetBool.Request(data=True)).success
    before = simulator.wait_status(lambda now: now.paused, 'the pause').steps
    answer = step(simulator, 7)
    assert answer.success, answer.message
    assert answer.total_steps == before + 7
    assert simulator.wait_status(lambda now: now.steps == before + 7, 'seven steps').paused
    assert not step(simulator, 0).success
    assert simulator.probe.call(SetBool, 'simulator/set_pause', SetBool.Request(data=False)).success
    simulator.wait_status(lambda now: now.steps > before + 50, 'it runs again')


def recorded_run(simulator: Simulator) -> bytes:
    """Drive a simulator in lock step and return every state, bit for bit."""
    # Until the first one comes, targets may be lost: the two sides are still finding each other.
    simulator.stream_until(
        lambda: simulator.status.commands_accepted > 0, 'the first command', body_yaw=0.0
    )
    simulator.joint_states.clear()
    for turn in range(20):
        wanted = simulator.status.commands_accepted + 1
        simulator.send(body_yaw=0.3 * np.sin(turn), antennas=(0.05 * turn, -0.05 * turn))
        # The command must have come before the step that is to obey it.
        simulator.wait_accepted(wanted)
        assert step(simulator, 5).success
    wait_until(lambda: len(simulator.joint_states) == 20, 'twenty states')
    return b''.join(
        struct.pack('<9d', *message.position[:9])
        + struct.pack('<iI', message.header.stamp.sec, message.header.stamp.nanosec)
        for message in simulator.joint_states
    )


def test_the_same_commands_in_lock_step_give_the_same_states_to_the_last_bit(
    start_simulator,
) -> None:
    first: Simulator = start_simulator('first', lock_step='true', status_rate=50.0)
    second: Simulator = start_simulator('second', lock_step='true', status_rate=50.0)
    assert recorded_run(first) == recorded_run(second)
    assert first.position('yaw_body') + 1.0 > 0.0


def test_a_reset_puts_the_robot_and_its_time_back(start_simulator) -> None:
    simulator: Simulator = start_simulator(publish_clock='true')
    clock = simulator.probe.collect(Clock, '/clock', qos.CLOCK)
    simulator.stream_until(
        lambda: simulator.position('yaw_body') > 0.5, 'the body turns', body_yaw=0.6
    )
    latest = max(message.clock.sec + message.clock.nanosec * 1e-9 for message in clock)
    assert simulator.probe.call(Trigger, 'simulator/reset').success
    wait_until(lambda: abs(simulator.position('yaw_body')) < 1e-3, 'the body is back')
    wait_until(
        lambda: clock[-1].clock.sec + clock[-1].clock.nanosec * 1e-9 < latest, 'time is back'
    )


def test_a_reset_does_not_release_an_emergency_stop(start_simulator) -> None:
    simulator: Simulator = start_simulator()
    assert simulator.probe.call(Trigger, 'emergency_stop').success
    assert simulator.probe.call(Trigger, 'simulator/reset').success
    count = len(simulator.statuses)
    wait_until(lambda: len(simulator.statuses) > count, 'a fresh status')
    assert simulator.status.emergency_stopped


def test_the_step_limit_stops_says_why_and_frees_the_model_until_a_reset(start_simulator) -> None:
    simulator: Simulator = start_simulator(max_steps=300)
    process = psutil.Process(simulator.process.process.pid)
    status = simulator.wait_status(lambda now: not now.connected, 'the limit is reached')
    assert status.steps == 300
    assert 'max_steps = 300' in status.detail
    assert 'simulator/reset' in status.detail
    released = process.memory_info().rss
    simulator.stream_until(
        lambda: 'max_steps = 300' in simulator.status.last_refusal, 'the refusal', body_yaw=0.1
    )
    count = len(simulator.joint_states)
    assert simulator.probe.call(Trigger, 'simulator/reset').success
    wait_until(lambda: len(simulator.joint_states) > count, 'it runs again')
    simulator.wait_status(lambda now: now.steps == 300 and not now.connected, 'the second limit')
    # Loading again did not add to what the first run left behind.
    assert process.memory_info().rss < released + 8_000_000


def test_parameters_take_effect_while_it_runs_or_are_refused(start_simulator) -> None:
    simulator: Simulator = start_simulator()
    assert set_parameter(simulator, 'body_velocity', 0.5) == ''
    simulator.stream_until(
        lambda: any('velocity of yaw_body' in text for text in simulator.status.clipped),
        'the velocity is clipped',
        body_yaw=1.0,
    )
    assert 'outside' in set_parameter(simulator, 'body_velocity', -1.0) or (
        'range' in set_parameter(simulator, 'body_velocity', -1.0)
    )
    assert 'read-only' in set_parameter(simulator, 'rate', 50.0).replace('_', '-').lower()


def test_every_parameter_has_a_description_over_ros(start_simulator) -> None:
    simulator: Simulator = start_simulator()
    answer = simulator.probe.call(
        DescribeParameters,
        'robot/describe_parameters',
        DescribeParameters.Request(names=['speed', 'scene']),
    )
    speed, scene = answer.descriptors
    assert speed.description.endswith('.')
    assert (speed.floating_point_range[0].from_value, speed.floating_point_range[0].to_value) == (
        0.0,
        100.0,
    )
    assert scene.read_only


def test_a_second_driver_in_the_namespace_is_refused(start_simulator, ros_domain: int) -> None:
    simulator: Simulator = start_simulator()
    with StackProcess('simulator_node') as second:
        assert second.wait() == 2
        assert f'/robot already runs in ROS domain {ros_domain}' in second.output
        assert f'process {simulator.process.process.pid}' in second.output
        assert 'Traceback' not in second.output


@pytest.mark.parametrize(
    ('parameter', 'reason'),
    [
        ('scene:=nowhere', 'nowhere'),
        ('rate:=70.0', 'whole number of physics steps'),
        ('speed:=-1.0', 'speed'),
        ('speed:=fast', 'speed'),
        ('initial_pose:=upside_down', "'upside_down' is not one of 'neutral', 'sleep'"),
    ],
)
def test_a_bad_parameter_ends_the_start_with_one_line(
    ros_domain: int, parameter: str, reason: str
) -> None:
    with StackProcess('simulator_node', ros_arguments=('-p', parameter)) as process:
        assert process.wait() == 2
        assert reason in process.output
        assert 'Traceback' not in process.output


def test_a_broken_scene_file_is_refused_with_its_place(ros_domain: int, tmp_path: Path) -> None:
    scene = tmp_path / 'broken.xml'
    scene.write_text('<mujoco><worldbody><geom type="cube"/></worldbody></mujoco>')
    with StackProcess('simulator_node', ros_arguments=('-p', f'scene:={scene}')) as process:
        assert process.wait() == 2
        assert str(scene) in process.output
        assert 'Traceback' not in process.output


def test_a_full_speed_simulator_still_answers_at_once(start_simulator) -> None:
    simulator: Simulator = start_simulator(speed=0.0)
    simulator.wait_status(lambda now: now.real_time_factor > 1.5, 'faster than real time')
    assert simulator.probe.call(Trigger, 'emergency_stop').success
    simulator.wait_status(lambda now: now.emergency_stopped, 'the stop')
