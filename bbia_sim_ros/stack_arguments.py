"""The launch arguments of the stack: what a person can choose, and the checks of what was chosen.

Read by `stack.plan`, the launch files and `./bbia up`. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

HEADLESS_MAX_STEPS = 10_000
_NAMESPACE = re.compile(r'(/?[A-Za-z][A-Za-z0-9_]*)*/?')


class ArgumentError(ValueError):
    """A launch argument that does not exist or cannot have that value."""


@dataclass(frozen=True, kw_only=True)
class Argument:
    """A launch argument; `choices` empty means any text, `default` '' means 'not given'."""

    name: str
    default: str
    description: str
    choices: tuple[str, ...] = ()


_BOOLEAN = ('true', 'false')

ARGUMENTS: tuple[Argument, ...] = (
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
        description='Scene of the simulator: empty, table, or the path of your own MJCF file.',
    ),
    Argument(
        name='speed',
        default='',
        description='Simulated seconds per second; 1 is real time, 0 as fast as possible.',
    ),
    Argument(
        name='max_steps',
        default='',
        description='Physics steps after which the simulator stops and frees the model; 0 never.',
    ),
    Argument(
        name='lock_step',
        default='false',
        choices=_BOOLEAN,
        description='Advance the simulation only by the service simulator/step (reproducible).',
    ),
    Argument(
        name='headless',
        default='false',
        choices=_BOOLEAN,
        description=(
            'Only the simulator, as fast as possible, for'
            f' {HEADLESS_MAX_STEPS} physics steps unless max_steps says otherwise.'
        ),
    ),
    Argument(
        name='use_sim_time',
        default='false',
        choices=_BOOLEAN,
        description='The simulator publishes /clock and every other node takes its time from it.',
    ),
    Argument(
        name='state_publisher',
        default='auto',
        choices=('auto', 'state_node', 'robot_state_publisher'),
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
        name='log_level',
        default='info',
        choices=('debug', 'info', 'warn', 'error', 'fatal'),
        description='Least severity of the log messages that are shown.',
    ),
)


def resolve_arguments(given: Mapping[str, str]) -> dict[str, str]:
    """Return every argument with its value; raises `ArgumentError` for what cannot be."""
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
            raise ArgumentError(f'{name}:={value} is not one of {", ".join(choices)}')
    _check_values(values)
    return values


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
    if values['params_file'] and not Path(values['params_file']).is_file():
        raise ArgumentError(f'params_file:={values["params_file"]} does not exist')
