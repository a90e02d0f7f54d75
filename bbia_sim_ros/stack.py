"""The one table of the stack: which nodes exist, in which process each runs, under which arguments.

`launch/*.launch.py` and `./bbia up` are thin readers of this module; neither knows anything of its
own about nodes, processes, parameters or topics. Only the standard library is imported, so reading
the table costs nothing and needs no ROS.

`plan(arguments)` turns launch arguments into processes. An argument that is left empty leaves the
value of the parameters file alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from bbia_sim_ros.stack_argument_table import HEADLESS_MAX_STEPS
from bbia_sim_ros.stack_argument_table import MIND
from bbia_sim_ros.stack_argument_table import ROBOT
from bbia_sim_ros.stack_arguments import ArgumentError
from bbia_sim_ros.stack_arguments import host_and_port
from bbia_sim_ros.stack_arguments import resolve_arguments
from bbia_sim_ros.stack_environment import PACKAGE
from bbia_sim_ros.stack_environment import environment
from bbia_sim_ros.stack_environment import is_installed
from bbia_sim_ros.stack_environment import share_directory
from bbia_sim_ros.stack_mind import mind_parts
from bbia_sim_ros.stack_process import Process
from bbia_sim_ros.stack_process import as_arguments

__all__ = ['PACKAGE', 'ROBOTS_PER_PROCESS', 'Process', 'environment', 'plan', 'share_directory']

ROBOTS_PER_PROCESS = 4
"""What ends one simulated robot ends all of its process; docs/fleet.md has the reasons."""

_ROS2_CONTROL = (
    'controller_manager',
    'joint_state_broadcaster',
    'joint_trajectory_controller',
    'joint_state_topic_hardware_interface',
)


def plan(given: Mapping[str, str]) -> tuple[Process, ...]:
    """Return the processes of the chosen part of the stack for the given launch arguments.

    Raises `ArgumentError` with the reason when an argument is unknown or has a bad value.
    """
    values = resolve_arguments(given)
    if int(values['robots']) > 1:
        return _fleet(values)
    robot = (_driver(values), *_camera(values))
    if values['part'] == ROBOT or values['headless'] == 'true':
        return robot
    return _mind(values) if values['part'] == MIND else (*robot, *_mind(values))


def _fleet(values: Mapping[str, str]) -> tuple[Process, ...]:
    """Return the processes of several simulated robots, and that of what all share."""
    count = int(values['robots'])
    alone = values['part'] == ROBOT or values['headless'] == 'true'
    executables = ('simulator_node',) if alone else ('simulator_node', 'motion_node', 'state_node')
    parent = _namespace(values).rstrip('/')
    robots = []
    for first in range(1, count + 1, ROBOTS_PER_PROCESS):
        last = min(first + ROBOTS_PER_PROCESS - 1, count)
        nodes = (
            f'{executable}@{parent}/robot_{number}'
            for number in range(first, last + 1)
            for executable in executables
        )
        robots.append(
            Process(
                name=f'robot_{first}' if first == last else f'robots_{first}_to_{last}',
                nodes=tuple(nodes),
                ros_arguments=(
                    *_common(values, params_files=_fleet_files(values), own_tf=True),
                    *as_arguments(_simulator_parameters(values)),
                ),
            )
        )
    return tuple(robots) if alone else (*robots, _bridge_and_monitor(values))


def _fleet_files(values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the parameters files of a fleet; the last one that names a parameter counts."""
    folder = share_directory() / 'config'
    fleet, own = str(folder / 'fleet.yaml'), values['params_file']
    return (fleet, own) if own else (str(folder / 'bbia.yaml'), fleet)


def _driver(values: Mapping[str, str]) -> Process:
    hardware = values['source'] == 'hardware'
    parameters = _hardware_parameters(values) if hardware else _simulator_parameters(values)
    parameters['command_source'] = 'joint_commands' if values['control'] == 'ros2_control' else ''
    return Process(
        name='robot',
        nodes=('hardware_node' if hardware else 'simulator_node',),
        ros_arguments=(*_common(values), *as_arguments(parameters)),
    )


def _camera(values: Mapping[str, str]) -> tuple[Process, ...]:
    """Return the process of a camera that is not the simulator's own; decoding needs one."""
    if not values['camera']:
        return ()
    source = as_arguments({'camera_source': json.dumps(values['camera'])})
    return (
        Process(
            name='camera',
            nodes=('camera_node',),
            ros_arguments=(*_common(values), *_clock(values), *source),
        ),
    )


def _mind(values: Mapping[str, str]) -> tuple[Process, ...]:
    rest = (*_senses_and_words(values), _bridge_and_monitor(values))
    if values['control'] == 'ros2_control':
        return (*_processes(values, ()), *_controllers(values), *rest)
    return (*_processes(values, ('motion_node',)), *rest)


def _senses_and_words(values: Mapping[str, str]) -> tuple[Process, ...]:
    """Return the process of what hears, sees, speaks, chats and behaves; none without any of these.

    They share one because each alone costs 45 MB, and can because what takes long is in processes
    of their own: models, recording and playing of sound. docs/architecture.md says what it costs.
    """
    parts = mind_parts(values)
    # rcl takes a parameter for one of several nodes in the root namespace alone.
    apart = [part for part in parts if part.is_given] if _namespace(values) != '/' else []
    together = [part for part in parts if part not in apart]
    shared = (*_common(values), *_clock(values))
    groups = [group for group in (together, *([part] for part in apart)) if group]
    return tuple(
        Process(
            name='mind' if len(group) > 1 else group[0].name,
            nodes=tuple(part.executable for part in group),
            ros_arguments=(
                *shared,
                *(text for part in group for text in part.arguments(alone=len(group) == 1)),
            ),
        )
        for group in groups
    )


def _bridge_and_monitor(values: Mapping[str, str]) -> Process:
    """Return the process of the bridge, apart because the network must not hold up motion.

    The monitor needs no rhythm either, and a process of its own would cost 56 MB.
    """
    shared = (*_common(values), *_clock(values))
    if values['bridge'] != 'true':
        return Process(name='monitor', nodes=('monitor_node',), ros_arguments=shared)
    ports = as_arguments({'port': values['bridge_port'], 'web_port': values['web_port']})
    return Process(
        name='bridge', nodes=('bridge_node', 'monitor_node'), ros_arguments=(*shared, *ports)
    )


def _common(
    values: Mapping[str, str], *, params_files: tuple[str, ...] = (), own_tf: bool = False
) -> tuple[str, ...]:
    namespace = _namespace(values)
    if not params_files:
        default = str(share_directory() / 'config' / 'bbia.yaml')
        params_files = (values['params_file'] or default,)
    arguments = [text for file in params_files for text in ('--params-file', file)]
    arguments += ['--log-level', values['log_level']]
    if namespace != '/':
        arguments += ['-r', f'__ns:={namespace}']
    if own_tf or namespace != '/':
        # Each robot has a TF tree of its own, as navigation2 does it for several robots.
        arguments += ['-r', '/tf:=tf', '-r', '/tf_static:=tf_static']
    return tuple(arguments)


def _namespace(values: Mapping[str, str]) -> str:
    return '/' + values['namespace'].strip('/')


def _simulator_parameters(values: Mapping[str, str]) -> dict[str, str]:
    headless = values['headless'] == 'true'
    speed = values['speed'] or ('0' if headless else '')
    max_steps = values['max_steps'] or (str(HEADLESS_MAX_STEPS) if headless else '')
    return {
        'scene': json.dumps(values['scene']) if values['scene'] else '',
        'speed': repr(float(speed)) if speed else '',
        'max_steps': max_steps,
        'lock_step': 'true' if values['lock_step'] == 'true' else '',
        'publish_clock': 'true' if values['use_sim_time'] == 'true' else '',
        'camera_enabled': 'false' if values['camera'] else '',
    }


def _hardware_parameters(values: Mapping[str, str]) -> dict[str, str]:
    if not values['host']:
        return {}
    host, port = host_and_port(values['host'])
    return {'host': json.dumps(host), 'port': port}


def _processes(values: Mapping[str, str], nodes: tuple[str, ...]) -> tuple[Process, ...]:
    """Return the process of our own nodes but the driver, and that of an external state publisher.

    The nodes share a process because each Python process costs 40 MB.
    """
    choice = values['state_publisher']
    external = choice == 'robot_state_publisher' or (
        choice == 'auto' and is_installed('robot_state_publisher')
    )
    if not external:
        nodes = (*nodes, 'state_node')
    ours = Process(
        name='motion' if 'motion_node' in nodes else 'state',
        nodes=nodes,
        ros_arguments=(*_common(values), *_clock(values)),
    )
    if not external:
        return (ours,)
    return (ours, _robot_state_publisher(values)) if nodes else (_robot_state_publisher(values),)


def _robot_state_publisher(values: Mapping[str, str]) -> Process:
    # Made by the code that state_node uses, so that both publish the same robot. Imported late:
    # this module has to work where only the standard library is.
    from bbia_sim_ros.description import robot_description  # noqa: PLC0415

    description = as_arguments({'robot_description': json.dumps(robot_description())})
    return Process(
        name='state',
        nodes=(),
        package='robot_state_publisher',
        executable='robot_state_publisher',
        ros_arguments=(*_common(values), *_clock(values), *description),
    )


def _controllers(values: Mapping[str, str]) -> tuple[Process, ...]:
    """Return the controller manager, and what starts the controllers in it and then ends."""
    missing = [package for package in _ROS2_CONTROL if not is_installed(package)]
    if missing:
        raise ArgumentError(
            f'control:=ros2_control needs {", ".join(missing)} of a ROS installation, which is in'
            ' none of the prefixes of AMENT_PREFIX_PATH; install and source it and start with'
            ' ros2 launch, or leave control at motion'
        )
    controllers = str(share_directory() / 'config' / 'controllers.yaml')
    return (
        Process(
            name='controller_manager',
            nodes=(),
            package='controller_manager',
            executable='ros2_control_node',
            ros_arguments=(
                *_common(values, params_files=(controllers,)),
                *_clock(values),
                *('-r', '~/robot_description:=robot_description'),
            ),
        ),
        Process(
            name='controllers',
            nodes=(),
            package='controller_manager',
            executable='spawner',
            options=(
                *('joint_state_broadcaster', 'head_controller'),
                *('--controller-manager', 'controller_manager', '--param-file', controllers),
            ),
            respawn=False,
            ros_arguments=_common(values, params_files=(controllers,)),
        ),
    )


def _clock(values: Mapping[str, str]) -> tuple[str, ...]:
    return as_arguments({'use_sim_time': 'true' if values['use_sim_time'] == 'true' else ''})
