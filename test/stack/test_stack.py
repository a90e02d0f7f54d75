"""The table of processes and its two readers."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from bbia_sim_ros import stack


def option_values(process: stack.Process, option: str) -> list[str]:
    arguments = process.ros_arguments
    return [value for name, value in itertools.pairwise(arguments) if name == option]


def test_without_arguments_the_simulator_and_the_state_publisher_run() -> None:
    nodes = [node for process in stack.plan({}) for node in process.nodes]
    assert nodes == ['simulator_node', 'state_node']


def test_an_argument_that_is_not_given_leaves_the_parameters_file_alone() -> None:
    for process in stack.plan({}):
        assert option_values(process, '-p') == []
        assert len(option_values(process, '--params-file')) == 1


def test_given_arguments_become_parameters() -> None:
    robot = stack.plan({'scene': 'table', 'speed': '2', 'max_steps': '50', 'lock_step': 'true'})[0]
    assert option_values(robot, '-p') == [
        'scene:="table"',
        'speed:=2.0',
        'max_steps:=50',
        'lock_step:=true',
    ]


def test_a_headless_run_is_the_simulator_alone_with_a_step_limit() -> None:
    processes = stack.plan({'headless': 'true'})
    assert [process.nodes for process in processes] == [('simulator_node',)]
    assert option_values(processes[0], '-p') == ['speed:=0.0', 'max_steps:=10000']


def test_a_namespace_takes_the_transforms_with_it() -> None:
    for process in stack.plan({'namespace': '/left/robot/'}):
        assert option_values(process, '-r') == [
            '__ns:=/left/robot',
            '/tf:=tf',
            '/tf_static:=tf_static',
        ]


def test_use_sim_time_makes_the_simulator_the_clock_of_the_others() -> None:
    robot, state = stack.plan({'use_sim_time': 'true'})
    assert option_values(robot, '-p') == ['publish_clock:=true']
    assert option_values(state, '-p') == ['use_sim_time:=true']


@pytest.mark.parametrize(
    ('given', 'reason'),
    [
        ({'sceen': 'table'}, "no argument 'sceen'; did you mean scene"),
        ({'lock_step': 'maybe'}, 'lock_step:=maybe is not one of true, false'),
        ({'speed': '-1'}, 'speed:=-1 is not a number of 0 or more'),
        ({'speed': 'nan'}, 'speed:=nan is not a number of 0 or more'),
        ({'max_steps': '1.5'}, 'max_steps:=1.5 is not a number of 0 or more'),
        ({'namespace': '1st'}, 'namespace:=1st is not a ROS name'),
        ({'params_file': '/nowhere.yaml'}, 'params_file:=/nowhere.yaml does not exist'),
    ],
)
def test_a_bad_argument_is_refused_with_its_reason(given: dict[str, str], reason: str) -> None:
    with pytest.raises(stack.ArgumentError, match=reason):
        stack.plan(given)


def test_robot_state_publisher_is_used_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / 'share/ament_index/resource_index/packages/robot_state_publisher'
    marker.parent.mkdir(parents=True)
    marker.touch()
    prefixes = os.environ.get('AMENT_PREFIX_PATH', '')
    monkeypatch.setenv('AMENT_PREFIX_PATH', f'{tmp_path}{os.pathsep}{prefixes}')
    state = stack.plan({})[1]
    assert (state.package, state.executable) == ('robot_state_publisher', 'robot_state_publisher')
    description = option_values(state, '-p')[0]
    assert description.startswith('robot_description:="<?xml')
    assert 'head_neutral' in description
    assert stack.plan({'state_publisher': 'state_node'})[1].nodes == ('state_node',)


def test_what_the_person_set_in_the_environment_stays() -> None:
    added = stack.environment({'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET'})
    assert 'ROS_AUTOMATIC_DISCOVERY_RANGE' not in added
    assert Path(added['FASTDDS_DEFAULT_PROFILES_FILE']).is_file()


@pytest.mark.parametrize('entry', stack.NODES, ids=lambda entry: entry.executable)
def test_every_row_of_the_table_names_code_and_an_installed_executable(
    entry: stack.NodeEntry,
) -> None:
    module, _, class_name = entry.target.partition(':')
    source = stack.share_directory() / Path(*module.split('.')).with_suffix('.py')
    assert f'class {class_name}(' in source.read_text(encoding='utf-8')
    setup = (stack.share_directory() / 'setup.py').read_text(encoding='utf-8')
    assert f"f'{entry.executable} = {{PACKAGE}}.nodes.{entry.executable}:main'" in setup
