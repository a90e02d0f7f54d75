"""The launch arguments of the stack: what a person can choose, and the checks of what was chosen.

Read by `stack.plan`, the launch files and `./bbia up`. Standard library only.

The stack has two parts, for two computers: `robot` is the driver and its camera, `mind` is all the
rest; `full` is both on one. An argument counts as given when its value is not its default: launch
files always pass all of them on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import AddressValueError
from ipaddress import IPv6Address
from pathlib import Path

FULL = 'full'
ROBOT = 'robot'
MIND = 'mind'
HEADLESS_MAX_STEPS = 10_000
_NAMESPACE = re.compile(r'(/?[A-Za-z][A-Za-z0-9_]*)*/?')
_HOST = re.compile(r'(?:\[(?P<ipv6>[^\]]*)\]|(?P<name>[A-Za-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?')
_MAX_PORT = 65535


class ArgumentError(ValueError):
    """A launch argument that does not exist or cannot have that value."""


@dataclass(frozen=True, kw_only=True)
class Argument:
    """A launch argument; `choices` empty means any text, `default` '' means 'not given'.

    Where there are choices the default is one of them, as launch wants it.

    `parts` are those that it is for; `simulator_only` ones make no sense with `source:=hardware`.
    """

    name: str
    default: str
    description: str
    choices: tuple[str, ...] = ()
    parts: tuple[str, ...] = (ROBOT, MIND)
    simulator_only: bool = False

    @property
    def choices_text(self) -> str:
        """The choices as a person reads them."""
        return ', '.join(filter(None, self.choices))


_BOOLEAN = ('true', 'false')

ARGUMENTS: tuple[Argument, ...] = (
    Argument(
        name='part',
        default=FULL,
        choices=(FULL, ROBOT, MIND),
        description=(
            "What to start: everything, the driver and its camera (for the robot's own computer),"
            ' or everything else (for a workstation).'
        ),
    ),
    Argument(
        name='source',
        default='simulation',
        choices=('simulation', 'hardware'),
        parts=(ROBOT,),
        description='The robot: simulated by MuJoCo, or a real one (its daemon, see host).',
    ),
    Argument(
        name='host',
        default='',
        parts=(ROBOT,),
        description=(
            "Where the real robot's daemon is: HOST or HOST:PORT, such as reachy-mini.local,"
            ' 192.168.1.20:8000 or [fd00::20]; empty: as in the parameters file, localhost:8000.'
        ),
    ),
    Argument(
        name='camera',
        default='',
        parts=(ROBOT,),
        description=(
            'Pictures from a device (/dev/video0), a video file, a folder of pictures or a URL;'
            " empty: the simulator's own camera, and none with source:=hardware."
        ),
    ),
    Argument(
        name='namespace',
        default='',
        description='Namespace of every topic, service, action and node, such as left_robot.',
    ),
    Argument(
        name='params_file',
        default='',
        description='YAML file with parameters; empty takes config/bbia.yaml of the package.',
    ),
    Argument(
        name='scene',
        default='',
        parts=(ROBOT,),
        simulator_only=True,
        description='Scene of the simulator: empty, table, or the path of your own MJCF file.',
    ),
    Argument(
        name='speed',
        default='',
        parts=(ROBOT,),
        simulator_only=True,
        description='Simulated seconds per second; 1 is real time, 0 as fast as possible.',
    ),
    Argument(
        name='max_steps',
        default='',
        parts=(ROBOT,),
        simulator_only=True,
        description='Physics steps after which the simulator stops and frees the model; 0 never.',
    ),
    Argument(
        name='lock_step',
        default='false',
        choices=_BOOLEAN,
        parts=(ROBOT,),
        simulator_only=True,
        description='Advance the simulation only by the service simulator/step (reproducible).',
    ),
    Argument(
        name='headless',
        default='false',
        choices=_BOOLEAN,
        parts=(ROBOT,),
        simulator_only=True,
        description=(
            'Only the simulator, as fast as possible, for'
            f' {HEADLESS_MAX_STEPS} physics steps unless max_steps says otherwise.'
        ),
    ),
    Argument(
        name='use_sim_time',
        default='false',
        choices=_BOOLEAN,
        simulator_only=True,
        description='The simulator publishes /clock and every other node takes its time from it.',
    ),
    Argument(
        name='state_publisher',
        default='auto',
        choices=('auto', 'state_node', 'robot_state_publisher'),
        parts=(MIND,),
        description=(
            'Who publishes /tf and robot_description; auto takes robot_state_publisher where it'
            ' is installed and state_node elsewhere.'
        ),
    ),
    Argument(
        name='control',
        default='motion',
        choices=('motion', 'ros2_control'),
        description=(
            'Who moves the robot: the motion node with all its actions, or the controllers of a'
            ' ros2_control installation by the topic joint_commands.'
        ),
    ),
    Argument(
        name='audio',
        default='',
        parts=(MIND,),
        description=(
            'What the robot hears: an input device (its index or part of its name), a WAV or FLAC'
            ' file, a folder of them, or none; empty: the default device.'
        ),
    ),
    Argument(
        name='hearing',
        default='',
        choices=('', 'auto', 'faster_whisper', 'whisper', 'pocketsphinx', 'none'),
        parts=(MIND,),
        description='What makes text of speech. Without this auto: the best that can here.',
    ),
    Argument(
        name='speech',
        default='',
        choices=('', 'auto', 'flite', 'espeak_ng', 'piper', 'none'),
        parts=(MIND,),
        description='What speaks. Without this auto: what matches the language best.',
    ),
    Argument(
        name='speech_output',
        default='',
        parts=(MIND,),
        description=(
            'Where the robot speaks: a WAV file, device, none (still in real time), or auto;'
            ' without this auto: on the default device when there is one.'
        ),
    ),
    Argument(
        name='chat',
        default='',
        choices=('', 'auto', 'transformers', 'openai', 'commands', 'none'),
        parts=(MIND,),
        description=(
            'Who answers in conversations: commands of the robot (no model), transformers, openai,'
            ' auto (commands, else the best that can), or none. Without this auto.'
        ),
    ),
    Argument(
        name='chat_model',
        default='',
        parts=(MIND,),
        description=(
            'Model of transformers: a folder or a name on the Hugging Face hub; with chat_url the'
            ' model that the server is asked for. Empty: as in the parameters file.'
        ),
    ),
    Argument(
        name='chat_url',
        default='',
        parts=(MIND,),
        description=(
            'Base URL of an OpenAI-compatible server, such as http://localhost:11434/v1; its key'
            ' is taken from the environment variable OPENAI_API_KEY.'
        ),
    ),
    Argument(
        name='bridge',
        default='true',
        choices=_BOOLEAN,
        parts=(MIND,),
        description='Run the rosbridge server and the dashboard.',
    ),
    Argument(
        name='bridge_port',
        default='',
        parts=(MIND,),
        description='Port of the rosbridge server; 0 takes any free one. Without this 9090.',
    ),
    Argument(
        name='web_port',
        default='',
        parts=(MIND,),
        description='Port of the dashboard; 0 takes any free one, -1 none. Without this 8080.',
    ),
    Argument(
        name='log_level',
        default='info',
        choices=('debug', 'info', 'warn', 'error', 'fatal'),
        description='Least severity of the log messages that are shown.',
    ),
)


def arguments_of(part: str) -> tuple[Argument, ...]:
    """Return the arguments that a part takes, besides `part` itself."""
    return tuple(
        argument
        for argument in ARGUMENTS
        if argument.name != 'part' and (part == FULL or part in argument.parts)
    )


def resolve_arguments(given: Mapping[str, str]) -> dict[str, str]:
    """Return every argument with its value; raises `ArgumentError` for what cannot be.

    A path that exists is made absolute, so that every process finds it.
    """
    known = {argument.name: argument for argument in ARGUMENTS}
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f'; did you mean {near[0]}?' if near else ''
            raise ArgumentError(f'no argument {name!r}{hint} Known are {", ".join(known)}')
    values = {name: given.get(name, argument.default) for name, argument in known.items()}
    for name, value in values.items():
        choices = known[name].choices
        if choices and value not in choices:
            raise ArgumentError(f'{name}:={value} is not one of {known[name].choices_text}')
    _check_values(values)
    for argument in ARGUMENTS:
        if values[argument.name] != argument.default:
            _check_place(argument, values)
    for name in ('params_file', 'camera', 'audio', 'chat_model'):
        if values[name] and Path(values[name]).exists():
            values[name] = str(Path(values[name]).absolute())
    return values


def host_and_port(text: str) -> tuple[str, str]:
    """Return host and port of HOST, HOST:PORT or [IPv6]:PORT; the port is '' when none is given.

    The host is without brackets. Raises `ArgumentError`.
    """
    found = _HOST.fullmatch(text)
    if not found:
        raise ArgumentError(
            f'host:={text} is not HOST or HOST:PORT; an IPv6 address stands in brackets, such as'
            ' [fd00::20]:8000'
        )
    port = found['port'] or ''
    if port and not 1 <= int(port) <= _MAX_PORT:
        raise ArgumentError(f'host:={text}: port {port} is outside 1 .. {_MAX_PORT}')
    if found['ipv6'] is None:
        return found['name'], port
    try:
        IPv6Address(found['ipv6'])
    except AddressValueError as error:
        raise ArgumentError(f'host:={text} holds no IPv6 address: {error}') from error
    return found['ipv6'], port


def _check_place(argument: Argument, values: Mapping[str, str]) -> None:
    """Raise `ArgumentError` when an argument is given where it can have no effect."""
    shown = f'{argument.name}:={values[argument.name]}'
    part = values['part']
    if part != FULL and part not in argument.parts:
        raise ArgumentError(
            f'{shown} is nothing for the part {part}; give it where the part'
            f' {argument.parts[0]} is started'
        )
    if argument.simulator_only and values['source'] == 'hardware':
        raise ArgumentError(
            f'{shown} is for the simulator, and source:=hardware is the real robot; leave one out'
        )
    if argument.name == 'host' and values['source'] != 'hardware':
        raise ArgumentError(f'{shown} is the address of a real robot; add source:=hardware')


def _check_values(values: Mapping[str, str]) -> None:
    if not _NAMESPACE.fullmatch(values['namespace']):
        raise ArgumentError(
            f'namespace:={values["namespace"]} is not a ROS name: letters, digits and _ between'
            ' slashes, starting with a letter'
        )
    for name, kind in (('speed', float), ('max_steps', int)):
        try:
            valid = values[name] == '' or 0 <= kind(values[name]) < float('inf')
        except ValueError:
            valid = False
        if not valid:
            raise ArgumentError(f'{name}:={values[name]} is not a number of 0 or more')
    for name, lowest in (('bridge_port', 0), ('web_port', -1)):
        value = values[name]
        if value and not (re.fullmatch(r'-?\d+', value) and lowest <= int(value) <= _MAX_PORT):
            raise ArgumentError(f'{name}:={value} is not a port: {lowest} .. {_MAX_PORT}')
    output = values['speech_output']
    if output not in ('', 'auto', 'device', 'none') and not output.endswith('.wav'):
        raise ArgumentError(
            f'speech_output:={output} is none of auto, device, none and a file NAME.wav'
        )
    if values['host']:
        host_and_port(values['host'])
    if values['params_file'] and not Path(values['params_file']).is_file():
        raise ArgumentError(f'params_file:={values["params_file"]} does not exist')
