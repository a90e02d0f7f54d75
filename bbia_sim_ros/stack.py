"""The one table of the stack: which nodes exist, in which process each runs, under which arguments.

`launch/*.launch.py` and `./bbia up` are thin readers of this module; neither knows anything of its
own about nodes, processes, parameters or topics. Only the standard library is imported, so reading
the table costs nothing and needs no ROS.

`plan(arguments)` turns launch arguments into processes. An argument that is left empty leaves the
value of the parameters file alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bbia_sim_ros.stack_argument_table import HEADLESS_MAX_STEPS
from bbia_sim_ros.stack_argument_table import MIND
from bbia_sim_ros.stack_argument_table import ROBOT
from bbia_sim_ros.stack_arguments import ArgumentError
from bbia_sim_ros.stack_arguments import host_and_port
from bbia_sim_ros.stack_arguments import resolve_arguments

PACKAGE = 'bbia_sim_ros'
_RANGE = 'ROS_AUTOMATIC_DISCOVERY_RANGE'
_PROFILES = 'FASTDDS_DEFAULT_PROFILES_FILE'
_HERE = frozenset({'', 'LOCALHOST', 'SYSTEM_DEFAULT'})
ROBOTS_PER_PROCESS = 4
"""What ends one simulated robot ends all of its process; docs/fleet.md has the reasons."""


@dataclass(frozen=True, kw_only=True)
class Process:
    """One operating system process of the stack.

    `package` and `executable` are those of `ros2 run`; for our own nodes the executable is the
    container and `nodes` lists what it runs; for others `options` are their arguments.
    `ros_arguments` stand after `--ros-args`. After more than `max_restarts` crashes within
    `restart_window_s` the process is given up; one that is not to `respawn` ends when it is done.
    One whose executor stands still for `hang_timeout_s` is killed and started again, and so is one
    that has not come so far after `start_timeout_s`; docs/supervision.md says where these are from.
    """

    name: str
    nodes: tuple[str, ...]
    ros_arguments: tuple[str, ...] = ()
    package: str = PACKAGE
    executable: str = 'container'
    options: tuple[str, ...] = ()
    respawn: bool = True
    respawn_delay_s: float = 0.5
    max_restarts: int = 5
    restart_window_s: float = 60.0
    hang_timeout_s: float = 20.0
    start_timeout_s: float = 60.0

    @property
    def command_arguments(self) -> tuple[str, ...]:
        """What follows the Python interpreter to run this process without the `ros2` command."""
        return ('-m', f'{PACKAGE}.container', *self.nodes, '--ros-args', *self.ros_arguments)


_ROS2_CONTROL = (
    'controller_manager',
    'joint_state_broadcaster',
    'joint_trajectory_controller',
    'joint_state_topic_hardware_interface',
)


def share_directory() -> Path:
    """Return the folder that holds launch/, config/ and urdf/.

    That is the source tree when the package is imported from one, else the package's folder under
    an installed prefix. Raises `FileNotFoundError` when neither has them.
    """
    source = Path(__file__).resolve().parent.parent
    if (source / 'package.xml').is_file():
        return source
    for prefix in _prefixes():
        share = prefix / 'share' / PACKAGE
        if (share / 'package.xml').is_file():
            return share
    raise FileNotFoundError(
        f'share/{PACKAGE} is in none of the prefixes of AMENT_PREFIX_PATH; source the setup file of'
        ' your colcon workspace, or start through ./bbia'
    )


def environment(current: Mapping[str, str], share: Path | None = None) -> dict[str, str]:
    """Return the environment variables that the stack needs and `current` leaves open.

    `share` is the folder that holds config/, by default `share_directory()`. Every socket stays on
    this computer unless the person asked for more, and Fast DDS gets a shared-memory segment that
    holds raw camera pictures. A profile of the person's own is left alone.
    """
    config = (share or share_directory()) / 'config'
    here, anywhere = str(config / 'fastdds_local.xml'), str(config / 'fastdds.xml')
    discovery = current.get(_RANGE, '')
    profiles = current.get(_PROFILES, '')
    if profiles not in {'', here, anywhere}:
        return {} if discovery else {_RANGE: 'LOCALHOST'}
    if discovery in _HERE:
        # With LOCALHOST, ROS would bind to every interface: who knows the address would get in.
        return {_RANGE: 'SYSTEM_DEFAULT', _PROFILES: here}
    return {_PROFILES: anywhere}


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
                    *_as_arguments(_simulator_parameters(values)),
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
        ros_arguments=(*_common(values), *_as_arguments(parameters)),
    )


def _camera(values: Mapping[str, str]) -> tuple[Process, ...]:
    """Return the process of a camera that is not the simulator's own; decoding needs one."""
    if not values['camera']:
        return ()
    source = _as_arguments({'camera_source': json.dumps(values['camera'])})
    return (
        Process(
            name='camera',
            nodes=('camera_node',),
            ros_arguments=(*_common(values), *_clock(values), *source),
        ),
    )


def _mind(values: Mapping[str, str]) -> tuple[Process, ...]:
    senses = (*_hearing(values), *_vision(values))
    words = (*_speech(values), *_chat(values), *_behaviors(values))
    rest = (*senses, *words, _bridge_and_monitor(values))
    if values['control'] == 'ros2_control':
        return (*_processes(values, ()), *_controllers(values), *rest)
    return (*_processes(values, ('motion_node',)), *rest)


def _hearing(values: Mapping[str, str]) -> tuple[Process, ...]:
    """Return the process of microphone and hearing, which nothing but sound can hold up."""
    if values['audio'] == 'none' or values['hearing'] == 'none':
        return ()
    audio = json.dumps(values['audio']) if values['audio'] else ''
    options = {'audio_source': audio, 'engine': values['hearing']}
    return (_own_process('hearing', ('microphone_node', 'hearing_node'), values, options),)


def _vision(values: Mapping[str, str]) -> tuple[Process, ...]:
    """Return the process that sees, apart because pictures are large."""
    if values['vision'] == 'none':
        return ()
    objects = json.dumps(values['objects']) if values['objects'] else ''
    options = {'engine': values['vision'], 'objects_model': objects}
    return (_own_process('vision', ('vision_node',), values, options),)


def _speech(values: Mapping[str, str]) -> tuple[Process, ...]:
    """Return the process that speaks, apart so that its sound has no gaps."""
    if values['speech'] == 'none':
        return ()
    output = values['speech_output']
    is_file = output.endswith('.wav')
    options = {
        'engine': values['speech'],
        'output': 'file' if is_file else output,
        'file': json.dumps(str(Path(output).absolute())) if is_file else '',
    }
    return (_own_process('speech', ('speech_node',), values, options),)


def _chat(values: Mapping[str, str]) -> tuple[Process, ...]:
    """Return the process of conversations, apart so that nothing they do holds up motion."""
    if values['chat'] == 'none':
        return ()
    model, url = values['chat_model'], values['chat_url']
    options = {
        'engine': values['chat'],
        'openai_model' if url else 'model': json.dumps(model) if model else '',
        'openai_url': json.dumps(url) if url else '',
    }
    return (_own_process('chat', ('chat_node',), values, options),)


def _behaviors(values: Mapping[str, str]) -> tuple[Process, ...]:
    """Return the process of behaviors, apart because anybody may add some."""
    if values['behaviors'] != 'true':
        return ()
    return (_own_process('behavior', ('behavior_node',), values, {}),)


def _own_process(
    name: str, nodes: tuple[str, ...], values: Mapping[str, str], options: Mapping[str, str]
) -> Process:
    arguments = (*_common(values), *_clock(values), *_as_arguments(options))
    return Process(name=name, nodes=nodes, ros_arguments=arguments)


def _bridge_and_monitor(values: Mapping[str, str]) -> Process:
    """Return the process of the bridge, apart because the network must not hold up motion.

    The monitor needs no rhythm either, and a process of its own would cost 56 MB.
    """
    shared = (*_common(values), *_clock(values))
    if values['bridge'] != 'true':
        return Process(name='monitor', nodes=('monitor_node',), ros_arguments=shared)
    ports = _as_arguments({'port': values['bridge_port'], 'web_port': values['web_port']})
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
        choice == 'auto' and _is_installed('robot_state_publisher')
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

    description = _as_arguments({'robot_description': json.dumps(robot_description())})
    return Process(
        name='state',
        nodes=(),
        package='robot_state_publisher',
        executable='robot_state_publisher',
        ros_arguments=(*_common(values), *_clock(values), *description),
    )


def _controllers(values: Mapping[str, str]) -> tuple[Process, ...]:
    """Return the controller manager, and what starts the controllers in it and then ends."""
    missing = [package for package in _ROS2_CONTROL if not _is_installed(package)]
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
    return _as_arguments({'use_sim_time': 'true' if values['use_sim_time'] == 'true' else ''})


def _as_arguments(parameters: Mapping[str, str]) -> tuple[str, ...]:
    pairs = (('-p', f'{name}:={value}') for name, value in parameters.items() if value)
    return tuple(text for pair in pairs for text in pair)


def _prefixes() -> tuple[Path, ...]:
    return tuple(
        Path(entry) for entry in os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep) if entry
    )


def _is_installed(package: str) -> bool:
    marker = Path('share', 'ament_index', 'resource_index', 'packages', package)
    return any((prefix / marker).is_file() for prefix in _prefixes())
