"""What a verb is, and what several verbs need: flags, and running a command inside."""

import os
import sys
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from bbia_sim_ros.cli.environment import environment
from bbia_sim_ros.cli.errors import CommandError
from bbia_sim_ros.cli.errors import UsageError
from bbia_sim_ros.cli.layout import Layout


@dataclass(frozen=True)
class Verb:
    """A word of the command line. `run` gets the arguments after it and returns the exit code."""

    summary: str
    usage: str
    run: Callable[[list[str], Layout], int]


def take_flag(arguments: list[str], flag: str) -> bool:
    """Remove `flag` from `arguments` (in place) and return whether it was there."""
    found = flag in arguments
    arguments[:] = [argument for argument in arguments if argument != flag]
    return found


def take_robot(arguments: list[str]) -> str:
    """Remove `--robot HOST` as `take_option` does."""
    return take_option(arguments, '--robot', 'the name or address of the robot')


def take_option(arguments: list[str], option: str, needed: str) -> str:
    """Remove `OPTION VALUE` or `OPTION=VALUE` from `arguments` (in place) and return VALUE.

    Returns '' when it is not there. Raises UsageError when it is given twice or without a value,
    which `needed` tells of.
    """
    places = [i for i, word in enumerate(arguments) if word.partition('=')[0] == option]
    if not places:
        return ''
    if len(places) > 1:
        raise UsageError(f'{option} is given twice')
    place = places[0]
    _, separator, value = arguments[place].partition('=')
    if not separator:
        value = ''.join(arguments[place + 1 : place + 2])
    if not value or ':=' in value or value.startswith('-'):
        raise UsageError(f'{option} needs {needed}')
    del arguments[place : place + (1 if separator else 2)]
    return value


def drop_output() -> None:
    """Send standard output nowhere after its reader has gone, or Python fails at its own end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def enter(layout: Layout) -> dict[str, str]:
    """Return the variables for running inside, after telling the person what is peculiar."""
    inside = environment(layout, os.environ)
    for note in inside.notes:
        print(note, file=sys.stderr)
    return inside.variables


def become(
    command: Sequence[str], variables: dict[str, str], *, cwd: Path | None = None
) -> NoReturn:
    """Replace this process by `command`, so that signals, terminal and exit code are its own."""
    if cwd is not None:
        os.chdir(cwd)
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execvpe(command[0], list(command), variables)
    except OSError as error:
        raise CommandError(f'{command[0]} cannot be run: {error.strerror}') from error
