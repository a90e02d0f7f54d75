"""Several simulated robots in the table of processes, and what they exclude."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import yaml

from bbia_sim_ros import stack
from bbia_sim_ros.motion.parameters import MotionParameters
from bbia_sim_ros.robot.parameters import StateParameters
from bbia_sim_ros.stack_argument_table import MAX_ROBOTS
from bbia_sim_ros.stack_arguments import ArgumentError

OF_ONE = ('simulator_node', 'motion_node', 'state_node')


def option_values(process: stack.Process, option: str) -> list[str]:
    arguments = process.ros_arguments
    return [value for name, value in itertools.pairwise(arguments) if name == option]


def namespaces(process: stack.Process) -> list[str]:
    """The namespaces of the robots of a process, in order; each has all its nodes in one row."""
    found = [node.partition('@')[2] for node in process.nodes]
    return list(dict.fromkeys(found))


def test_one_robot_is_what_it_was_before() -> None:
    assert stack.plan({'robots': '1'}) == stack.plan({})


def test_several_robots_have_driver_motion_and_state_each_and_one_bridge() -> None:
    *robots, bridge = stack.plan({'robots': '6'})
    assert bridge.nodes == ('bridge_node', 'monitor_node')
    assert option_values(bridge, '-r') == []
    assert [process.name for process in robots] == ['robots_1_to_4', 'robots_5_to_6']
    assert [name for process in robots for name in namespaces(process)] == [
        f'/robot_{number}' for number in range(1, 7)
    ]
    for process in robots:
        for namespace in namespaces(process):
            nodes = [node for node in process.nodes if node.endswith(f'@{namespace}')]
            assert nodes == [f'{executable}@{namespace}' for executable in OF_ONE]
        assert option_values(process, '-r')[-2:] == ['/tf:=tf', '/tf_static:=tf_static']


@pytest.mark.parametrize('count', [2, 3, 4, 5, 8, 17, MAX_ROBOTS])
def test_a_process_never_has_more_robots_than_may_end_together(count: int) -> None:
    *robots, _ = stack.plan({'robots': str(count)})
    counts = [len(namespaces(process)) for process in robots]
    assert sum(counts) == count
    assert max(counts) <= stack.ROBOTS_PER_PROCESS
    assert len({process.name for process in robots}) == len(robots)


def test_a_robot_alone_in_its_process_gives_it_its_name() -> None:
    assert [process.name for process in stack.plan({'robots': '5'})][1] == 'robot_5'


def test_the_namespace_is_the_parent_of_all() -> None:
    robots, bridge = stack.plan({'robots': '2', 'namespace': '/lab/'})
    assert namespaces(robots) == ['/lab/robot_1', '/lab/robot_2']
    assert '__ns:=/lab' in option_values(robots, '-r')
    assert '__ns:=/lab' in option_values(bridge, '-r')


def test_the_part_robot_and_a_headless_run_are_the_drivers_alone() -> None:
    for given in ({'part': 'robot'}, {'headless': 'true'}):
        (process,) = stack.plan({**given, 'robots': '2'})
        assert process.nodes == ('simulator_node@/robot_1', 'simulator_node@/robot_2')


def test_what_is_asked_of_the_simulator_is_asked_of_each() -> None:
    *robots, _ = stack.plan({'robots': '5', 'scene': 'table', 'speed': '2'})
    for process in robots:
        assert option_values(process, '-p') == ['scene:="table"', 'speed:=2.0']


def test_a_parameters_file_of_ones_own_comes_after_that_of_the_fleet(tmp_path: Path) -> None:
    own = tmp_path / 'own.yaml'
    own.touch()
    for given, names in (
        ({}, ['bbia.yaml', 'fleet.yaml']),
        ({'params_file': str(own)}, ['fleet.yaml', 'own.yaml']),
    ):
        robots = stack.plan({'robots': '2', **given})[0]
        files = option_values(robots, '--params-file')
        assert [Path(file).name for file in files] == names


def test_the_parameters_of_a_fleet_exist_and_are_within_their_ranges() -> None:
    text = (stack.share_directory() / 'config' / 'fleet.yaml').read_text(encoding='utf-8')
    values = {name: node['ros__parameters'] for name, node in yaml.safe_load(text).items()}
    MotionParameters(**values.pop('/**/motion'))
    StateParameters(**values.pop('/**/state'))
    assert values == {}


@pytest.mark.parametrize('value', ['0', '-1', '65', '2.5', 'two', '', '1e1', '٣', '9' * 30])
def test_another_number_of_robots_is_refused(value: str) -> None:
    with pytest.raises(ArgumentError, match=r'robots:=.* is not a whole number of 1 \.\. 64'):
        stack.plan({'robots': value})


@pytest.mark.parametrize(
    ('given', 'what'),
    [
        ({'source': 'hardware'}, 'robots:=2 is for the simulator'),
        ({'part': 'mind'}, 'robots:=2 is nothing for the part mind'),
        ({'camera': '/dev/video0'}, 'camera:=/dev/video0 is for one robot'),
        ({'use_sim_time': 'true'}, 'use_sim_time:=true is for one robot'),
        ({'lock_step': 'true'}, 'lock_step:=true is for one robot'),
        ({'control': 'ros2_control'}, 'control:=ros2_control is for one robot'),
        ({'state_publisher': 'robot_state_publisher'}, 'is for one robot'),
        ({'chat': 'commands'}, 'chat:=commands is for one robot'),
        ({'audio': 'USB'}, 'audio:=USB is for one robot'),
        ({'objects': 'a.onnx'}, 'objects:=a.onnx is for one robot'),
    ],
)
def test_what_several_robots_cannot_have_is_refused(given: dict[str, str], what: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        stack.plan({'robots': '2', **given})
    assert what in str(caught.value)


def test_leaving_out_what_several_robots_have_not_changes_nothing() -> None:
    left_out = dict.fromkeys(('audio', 'hearing', 'speech', 'chat', 'vision'), 'none')
    given = {'robots': '2', 'behaviors': 'false', 'state_publisher': 'state_node', **left_out}
    assert stack.plan(given) == stack.plan({'robots': '2'})
