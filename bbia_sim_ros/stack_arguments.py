"""The checks of the launch arguments that a person chose (`stack_argument_table.py`).

Read by `stack.plan`, the launch files and `./bbia up`. Standard library only. An argument counts as
given when its value is not its default: launch files always pass all of them on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import AddressValueError
from ipaddress import IPv6Address
from pathlib import Path

from bbia_sim_ros.stack_argument_table import ARGUMENTS
from bbia_sim_ros.stack_argument_table import FULL
from bbia_sim_ros.stack_argument_table import MAX_ROBOTS
from bbia_sim_ros.stack_argument_table import Argument

_NAMESPACE = re.compile(r'(/?[A-Za-z][A-Za-z0-9_]*)*/?')
_HOST = re.compile(r'(?:\[(?P<ipv6>[^\]]*)\]|(?P<name>[A-Za-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?')
_MAX_PORT = 65535


class ArgumentError(ValueError):
    """A launch argument that does not exist or cannot have that value."""


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
    for name in ('params_file', 'camera', 'audio', 'chat_model', 'objects'):
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
    allowed = argument.for_several
    if int(values['robots']) > 1 and allowed is not None and values[argument.name] not in allowed:
        raise ArgumentError(
            f'{shown} is for one robot, and robots:={values["robots"]} starts several, which have'
            ' driver, motion and state publisher only; leave one out'
        )
    if argument.name == 'host' and values['source'] != 'hardware':
        raise ArgumentError(f'{shown} is the address of a real robot; add source:=hardware')


def _check_values(values: Mapping[str, str]) -> None:
    if not _NAMESPACE.fullmatch(values['namespace']):
        raise ArgumentError(
            f'namespace:={values["namespace"]} is not a ROS name: letters, digits and _ between'
            ' slashes, starting with a letter'
        )
    robots = values['robots']
    if not (re.fullmatch(r'[0-9]{1,9}', robots) and 1 <= int(robots) <= MAX_ROBOTS):
        raise ArgumentError(f'robots:={robots} is not a whole number of 1 .. {MAX_ROBOTS}')
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
