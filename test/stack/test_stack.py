"""The table of processes and its two readers."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from bbia_sim_ros import stack
from bbia_sim_ros import stack_nodes
from bbia_sim_ros.description import robot_description
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import JOINT_LIMITS_RAD
from bbia_sim_ros.stack_argument_table import ARGUMENTS
from bbia_sim_ros.stack_argument_table import FULL
from bbia_sim_ros.stack_argument_table import MIND
from bbia_sim_ros.stack_argument_table import ROBOT
from bbia_sim_ros.stack_arguments import ArgumentError
from bbia_sim_ros.stack_arguments import arguments_of


def option_values(process: stack.Process, option: str) -> list[str]:
    arguments = process.ros_arguments
    return [value for name, value in itertools.pairwise(arguments) if name == option]


def test_without_arguments_the_simulator_motion_and_the_state_publisher_run() -> None:
    processes = [(process.name, process.nodes) for process in stack.plan({})]
    assert processes == [
        ('robot', ('simulator_node',)),
        ('motion', ('motion_node', 'state_node')),
        (
            'mind',
            (
                *('microphone_node', 'hearing_node', 'vision_node'),
                *('speech_node', 'chat_node', 'behavior_node'),
            ),
        ),
        ('bridge', ('bridge_node', 'monitor_node')),
    ]


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


def test_a_camera_takes_the_place_of_the_simulators_own(tmp_path: Path) -> None:
    robot, camera, *_ = stack.plan({'camera': str(tmp_path)})
    assert option_values(robot, '-p') == ['camera_enabled:=false']
    assert camera.nodes == ('camera_node',)
    assert option_values(camera, '-p') == [f'camera_source:="{tmp_path}"']


def test_a_camera_in_this_folder_is_found_from_every_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / 'pictures').mkdir()
    monkeypatch.chdir(tmp_path)
    camera = stack.plan({'camera': 'pictures'})[1]
    assert option_values(camera, '-p') == [f'camera_source:="{tmp_path / "pictures"}"']


@pytest.mark.parametrize(
    ('host', 'parameters'),
    [
        ('', []),
        ('reachy-mini.local', ['host:="reachy-mini.local"']),
        ('192.168.1.20:8001', ['host:="192.168.1.20"', 'port:=8001']),
        ('[fd00::20]', ['host:="fd00::20"']),
        ('[fd00::20]:65535', ['host:="fd00::20"', 'port:=65535']),
    ],
)
def test_the_real_robot_is_the_driver_at_its_host(host: str, parameters: list[str]) -> None:
    robot, mind, *_ = stack.plan({'source': 'hardware', 'host': host})
    assert robot.nodes == ('hardware_node',)
    assert option_values(robot, '-p') == parameters
    assert mind.nodes == ('motion_node', 'state_node')


@pytest.mark.parametrize(
    'given', [{}, {'source': 'hardware'}, {'camera': '/dev/video0'}, {'use_sim_time': 'true'}]
)
def test_robot_and_mind_together_are_the_full_stack(given: dict[str, str]) -> None:
    robot = stack.plan({'part': 'robot', **given})
    for_mind = {name: value for name, value in given.items() if name == 'use_sim_time'}
    mind = stack.plan({'part': 'mind', **for_mind})
    assert (*robot, *mind) == stack.plan(given)
    assert robot[0].name == 'robot'
    assert mind[0].name == 'motion'


def test_each_part_takes_its_own_arguments_and_all_together_every_one() -> None:
    taken = {part: {item.name for item in arguments_of(part)} for part in (FULL, ROBOT, MIND)}
    assert taken[ROBOT] | taken[MIND] == taken[FULL]
    assert taken[FULL] == {item.name for item in ARGUMENTS} - {'part'}
    assert 'scene' not in taken[MIND]
    assert 'state_publisher' not in taken[ROBOT]


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
    robot, *others = stack.plan({'use_sim_time': 'true'})
    assert option_values(robot, '-p') == ['publish_clock:=true']
    for process in others:
        assert option_values(process, '-p') == ['use_sim_time:=true']


def test_the_ports_of_the_bridge_can_be_chosen_and_it_can_be_left_out() -> None:
    ports = {'bridge_port': '0', 'web_port': '-1'}
    (bridge,) = (process for process in stack.plan(ports) if process.name == 'bridge')
    assert option_values(bridge, '-p') == ['port:=0', 'web_port:=-1']
    names = [process.name for process in stack.plan({'bridge': 'false'})]
    assert names == ['robot', 'motion', 'mind', 'monitor']


def test_every_default_is_a_choice_where_there_are_choices() -> None:
    for argument in ARGUMENTS:
        assert not argument.choices or argument.default in argument.choices, argument.name


@pytest.mark.parametrize(
    ('given', 'reason'),
    [
        ({'sceen': 'table'}, "no argument 'sceen'; did you mean scene"),
        ({'lock_step': 'maybe'}, 'lock_step:=maybe is not one of true, false'),
        ({'speech_output': 'loud'}, 'speech_output:=loud is none of auto, device, none'),
        ({'speed': '-1'}, 'speed:=-1 is not a number of 0 or more'),
        ({'speed': 'nan'}, 'speed:=nan is not a number of 0 or more'),
        ({'max_steps': '1.5'}, 'max_steps:=1.5 is not a number of 0 or more'),
        ({'bridge_port': '-1'}, r'bridge_port:=-1 is not a port: 0 .. 65535'),
        ({'web_port': '80a'}, r'web_port:=80a is not a port: -1 .. 65535'),
        ({'namespace': '1st'}, 'namespace:=1st is not a ROS name'),
        ({'host': 'robot'}, 'host:=robot is the address of a real robot; add source:=hardware'),
        ({'host': 'ro bot'}, 'host:=ro bot is not HOST or HOST:PORT; an IPv6 address stands in'),
        ({'host': 'fd00::20'}, r'stands in brackets, such as \[fd00::20\]:8000'),
        ({'host': '[fd00::2g]'}, r'host:=\[fd00::2g\] holds no IPv6 address'),
        ({'host': 'robot:0'}, r'host:=robot:0: port 0 is outside 1 .. 65535'),
        ({'host': 'robot:65536'}, 'port 65536 is outside'),
        ({'host': 'http://robot'}, 'is not HOST or HOST:PORT'),
        *(
            (
                {'source': 'hardware', name: value},
                f'{name}:={value} is for the simulator, and source:=hardware is the real robot',
            )
            for name, value in {
                'scene': 'table',
                'speed': '2',
                'max_steps': '5',
                'lock_step': 'true',
                'headless': 'true',
                'use_sim_time': 'true',
            }.items()
        ),
        (
            {'part': 'mind', 'source': 'hardware'},
            'source:=hardware is nothing for the part mind; give it where the part robot is',
        ),
        (
            {'part': 'robot', 'state_publisher': 'state_node'},
            'is nothing for the part robot; give it where the part mind is started',
        ),
        ({'part': 'head'}, 'part:=head is not one of full, robot, mind'),
        ({'params_file': '/nowhere.yaml'}, 'params_file:=/nowhere.yaml does not exist'),
    ],
)
def test_a_bad_argument_is_refused_with_its_reason(given: dict[str, str], reason: str) -> None:
    with pytest.raises(ArgumentError, match=reason):
        stack.plan(given)


def test_robot_state_publisher_is_used_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(('robot_state_publisher',), tmp_path, monkeypatch)
    _, motion, state, *_ = stack.plan({})
    assert motion.nodes == ('motion_node',)
    assert (state.package, state.executable) == ('robot_state_publisher', 'robot_state_publisher')
    description = option_values(state, '-p')[0]
    assert description.startswith('robot_description:="<?xml')
    assert 'head_neutral' in description
    chosen = stack.plan({'state_publisher': 'state_node'})[1]
    assert chosen.nodes == ('motion_node', 'state_node')


ROS2_CONTROL = (
    'controller_manager',
    'joint_state_broadcaster',
    'joint_trajectory_controller',
    'joint_state_topic_hardware_interface',
)


def install(packages: tuple[str, ...], prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a prefix in which the packages are registered, and put it into the environment."""
    index = prefix / 'share/ament_index/resource_index/packages'
    index.mkdir(parents=True)
    for package in packages:
        (index / package).touch()
    prefixes = os.environ.get('AMENT_PREFIX_PATH', '')
    monkeypatch.setenv('AMENT_PREFIX_PATH', f'{prefix}{os.pathsep}{prefixes}')


def test_ros2_control_takes_the_place_of_the_motion_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(ROS2_CONTROL, tmp_path, monkeypatch)
    robot, state, manager, spawner, *_ = stack.plan(
        {'control': 'ros2_control', 'namespace': 'left'}
    )
    assert option_values(robot, '-p') == ['command_source:=joint_commands']
    assert state.nodes == ('state_node',)
    assert (manager.package, manager.executable) == ('controller_manager', 'ros2_control_node')
    controllers = stack.share_directory() / 'config' / 'controllers.yaml'
    assert option_values(manager, '--params-file') == [str(controllers)]
    assert '~/robot_description:=robot_description' in option_values(manager, '-r')
    assert '__ns:=/left' in option_values(spawner, '-r')
    assert (spawner.package, spawner.executable) == ('controller_manager', 'spawner')
    assert spawner.options[:2] == ('joint_state_broadcaster', 'head_controller')
    assert not spawner.respawn


def test_ros2_control_without_its_packages_is_refused_naming_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(ROS2_CONTROL[:2], tmp_path, monkeypatch)
    with pytest.raises(
        ArgumentError,
        match='needs joint_trajectory_controller, joint_state_topic_hardware_interface of a ROS',
    ):
        stack.plan({'control': 'ros2_control'})


def test_the_controllers_move_the_joints_of_the_robot_within_their_ranges() -> None:
    text = (stack.share_directory() / 'config' / 'controllers.yaml').read_text(encoding='utf-8')
    head = yaml.safe_load(text)['/**/head_controller']['ros__parameters']
    assert head['joints'] == list(ACTUATED_JOINTS)
    control = ElementTree.fromstring(robot_description()).find('ros2_control')
    assert control is not None
    joints = control.findall('joint')
    assert [joint.get('name') for joint in joints] == list(ACTUATED_JOINTS)
    for joint in joints:
        command = joint.find('command_interface')
        assert command is not None
        limits = {param.get('name'): float(param.text or '') for param in command.findall('param')}
        low, high = JOINT_LIMITS_RAD[joint.get('name', '')]
        assert limits == pytest.approx({'min': low, 'max': high}, abs=1e-6)


def test_what_the_person_set_in_the_environment_stays() -> None:
    added = stack.environment({'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET'})
    assert 'ROS_AUTOMATIC_DISCOVERY_RANGE' not in added
    assert Path(added['FASTDDS_DEFAULT_PROFILES_FILE']).is_file()
    added = stack.environment({'FASTDDS_DEFAULT_PROFILES_FILE': '/mine.xml'})
    assert added == {'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}


@pytest.mark.parametrize('entry', stack_nodes.NODES, ids=lambda entry: entry.executable)
def test_every_row_of_the_table_names_code_and_an_installed_executable(
    entry: stack_nodes.NodeEntry,
) -> None:
    module, _, class_name = entry.target.partition(':')
    source = stack.share_directory() / Path(*module.split('.')).with_suffix('.py')
    assert f'class {class_name}(' in source.read_text(encoding='utf-8')
    setup = (stack.share_directory() / 'setup.py').read_text(encoding='utf-8')
    assert f"f'{entry.executable} = {{PACKAGE}}.nodes.{entry.executable}:main'" in setup
