"""`./bbia up`: the robot and its nodes, until Ctrl-C."""

import asyncio
import os
import sys
from collections.abc import Sequence

from bbia_sim_ros import stack
from bbia_sim_ros.cli.errors import UsageError
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.log_output import Output
from bbia_sim_ros.cli.plan import set_up
from bbia_sim_ros.cli.supervisor import Supervisor
from bbia_sim_ros.cli.verb import Verb
from bbia_sim_ros.cli.verb import drop_output
from bbia_sim_ros.cli.verb import enter
from bbia_sim_ros.cli.verb import take_option
from bbia_sim_ros.cli.verb import take_robot
from bbia_sim_ros.stack_argument_table import ARGUMENTS
from bbia_sim_ros.stack_argument_table import ROBOT
from bbia_sim_ros.stack_arguments import ArgumentError
from bbia_sim_ros.stack_arguments import resolve_arguments

USAGE = """\
usage: ./bbia up [--core] [--robot HOST[:PORT]] [--audio SOURCE] [NAME:=VALUE ...]

  --core          leave out the large AI packages, and with them what hears
  --robot HOST    the real robot at HOST (short for source:=hardware host:=HOST)
  --audio SOURCE  what the robot hears: a device, a WAV file, a folder (short for audio:=SOURCE)
  --show-args     list the arguments NAME:=VALUE, their meaning and defaults

Ctrl-C stops everything; a second Ctrl-C does not wait.
"""


def show_arguments() -> str:
    """Return the list that `--show-args` prints."""
    blocks = []
    for argument in ARGUMENTS:
        choices = f' (one of {argument.choices_text})' if argument.choices else ''
        default = argument.default or 'not given'
        blocks.append(f'  {argument.name}:={choices}  default: {default}\n')
        blocks.append(f'      {argument.description}\n')
    return ''.join(blocks)


def parse(arguments: Sequence[str]) -> dict[str, str]:
    """Return launch argument name -> value. Raises UsageError on what is neither."""
    pairs: list[tuple[str, str]] = []
    rest = list(arguments)
    if host := take_robot(rest):
        pairs += [('source', 'hardware'), ('host', host)]
    if audio := take_option(rest, '--audio', 'the name of a device, a file or a folder'):
        pairs.append(('audio', audio))
    for word in rest:
        name, separator, value = word.partition(':=')
        if not separator or not name:
            raise UsageError(f'{word!r} is not NAME:=VALUE; ./bbia up --show-args lists the names')
        pairs.append((name, value))
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f'{name} is given twice')
    return dict(pairs)


def run(arguments: list[str], layout: Layout) -> int:
    """Start the stack and look after it. Returns 0 after Ctrl-C, 1 when a part was given up."""
    if '--show-args' in arguments:
        print(show_arguments(), end='')
        return 0
    core = '--core' in arguments
    given = parse([argument for argument in arguments if argument != '--core'])
    if core and given.get('part') != ROBOT:
        for sense in ('hearing', 'vision'):
            given.setdefault(sense, 'none')
    try:
        resolve_arguments(given)
    except ArgumentError as error:
        raise UsageError(str(error)) from error
    set_up(layout, core=core)
    variables = enter(layout)
    os.environ.update(variables)  # the table looks for installed packages through it
    for name in set(os.environ).difference(variables):
        del os.environ[name]
    colour = sys.stdout.isatty() and 'NO_COLOR' not in variables
    output = Output(sys.stdout.buffer, colour=colour)
    supervisor = Supervisor(
        stack.plan(given),
        interpreter=str(layout.python),
        environment=variables,
        cwd=layout.root,
        output=output,
    )
    status = asyncio.run(supervisor.run())
    if output.closed:
        drop_output()
    return status


VERB = Verb('start the robot and all its nodes', USAGE, run)
