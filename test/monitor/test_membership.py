"""Which command lines belong to a stack, and to whose."""

from __future__ import annotations

import sys

import pytest

from bbia_sim_ros import stack
from bbia_sim_ros.monitor.membership import label
from bbia_sim_ros.monitor.membership import membership
from bbia_sim_ros.monitor.membership import ros_domain

MODULE = ('/home/a b/.venv/bin/python', '-m', 'bbia_sim_ros.container')
LAUNCHED = ('/usr/bin/python3', '/ws/install/bbia_sim_ros/lib/bbia_sim_ros/container')
PROCESSES = [
    *stack.plan({'state_publisher': 'state_node'}),
    *stack.plan({'state_publisher': 'state_node', 'robots': '5'}),
    *stack.plan({'state_publisher': 'state_node', 'namespace': 'left', 'chat': 'commands'}),
    *stack.plan({'state_publisher': 'state_node', 'hearing': 'none'}),
]


def name_of(*arguments: str) -> str | None:
    found = membership(arguments)
    return None if found is None else found.name


@pytest.mark.parametrize('process', PROCESSES, ids=lambda process: process.name)
def test_a_process_that_bbia_up_starts_has_its_name_in_the_table(process: stack.Process) -> None:
    assert name_of(sys.executable, *process.command_arguments) == process.name


@pytest.mark.parametrize('process', PROCESSES, ids=lambda process: process.name)
def test_a_process_that_ros2_launch_starts_has_the_same_name(process: stack.Process) -> None:
    assert name_of(*LAUNCHED, *process.nodes, '--ros-args', *process.ros_arguments) == process.name


def test_the_namespace_is_found_under_both() -> None:
    planned = stack.plan({'namespace': 'left/arm', 'state_publisher': 'state_node'})
    for process in planned:
        for arguments in (
            (sys.executable, *process.command_arguments),
            (*LAUNCHED, *process.nodes, '--ros-args', *process.ros_arguments),
        ):
            found = membership(arguments)
            assert found is not None
            assert found.namespace == '/left/arm'


@pytest.mark.parametrize(
    ('arguments', 'name'),
    [
        ((*MODULE, 'motion_node'), 'motion'),
        ((*MODULE, 'vision_node', 'chat_node', '--ros-args'), 'mind'),
        ((*MODULE, 'motion_node', 'chat_node', '--ros-args'), 'motion+chat'),
        (('python3', '/opt/lib/bbia_sim_ros/hardware_node', '--ros-args'), 'robot'),
        (('/opt/lib/bbia_sim_ros/hardware_node',), 'robot'),
        (
            ('/opt/ros/lib/robot_state_publisher/robot_state_publisher', '--ros-args'),
            'state',
        ),
        (('/opt/ros/lib/controller_manager/ros2_control_node', '--ros-args'), 'controller_manager'),
    ],
)
def test_a_process_is_named_by_what_runs_in_it(arguments: tuple[str, ...], name: str) -> None:
    found = membership(arguments)
    assert found is not None
    assert (found.name, found.namespace) == (name, '/')


@pytest.mark.parametrize(
    'arguments',
    [
        (),
        ('',),
        MODULE,
        (*MODULE, '--ros-args'),
        (*MODULE, 'no_such_node'),
        ('timeout', '9', *MODULE, 'vision_node'),
        ('grep', '-m', 'bbia_sim_ros.container', 'vision_node'),
        ('vi', '/ws/lib/bbia_sim_ros/vision_node'),
        ('python3', 'bbia', 'up'),
        ('python3', '-m', 'bbia_sim_ros.models.worker_main', '{}'),
        ('robot_state_publisher',),
    ],
)
def test_nothing_else_belongs_to_a_stack(arguments: tuple[str, ...]) -> None:
    assert membership(arguments) is None


@pytest.mark.parametrize(
    ('environment', 'domain'),
    [
        ({}, 0),
        ({'ROS_DOMAIN_ID': ''}, 0),
        ({'ROS_DOMAIN_ID': '42'}, 42),
        ({'ROS_DOMAIN_ID': 'x'}, None),
        ({'ROS_DOMAIN_ID': '²'}, None),
    ],
)
def test_the_domain_is_that_of_the_environment(
    environment: dict[str, str], domain: int | None
) -> None:
    assert ros_domain(environment) == domain


@pytest.mark.parametrize(
    ('arguments', 'word'),
    [
        (('python', '-P', '-m', 'bbia_sim_ros.models.worker_main', '{}'), 'worker'),
        (('/usr/bin/espeak-ng', '-v', 'fr'), 'espeak-ng'),
        (('python3.11', '/a/b/reader.py', 'x'), 'reader'),
        (('python3', '-c', 'print()'), 'python'),
        (('python3', '-m', '.'), 'child'),
        ((), 'child'),
        (('/',), 'child'),
        (('x' * 5000,), 'x' * 32),
    ],
)
def test_a_child_is_called_after_its_program(arguments: tuple[str, ...], word: str) -> None:
    assert label(arguments) == word
