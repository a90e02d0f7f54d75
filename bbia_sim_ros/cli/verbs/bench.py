"""`./bbia bench [NAME]`: the measurements in bench/."""

import ast
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from bbia_sim_ros.cli.errors import UsageError
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.plan import is_core_only
from bbia_sim_ros.cli.plan import set_up
from bbia_sim_ros.cli.verb import Verb
from bbia_sim_ros.cli.verb import become
from bbia_sim_ros.cli.verb import enter

USAGE = """\
usage: ./bbia bench                     list the measurements
       ./bbia bench NAME [ARGUMENTS]    run one; it prints one line per figure
"""


def measurements(layout: Layout) -> dict[str, Path]:
    """Return name -> script of everything in bench/."""
    scripts = sorted((layout.root / 'bench').glob('[!_]*.py'))
    return {script.stem: script for script in scripts}


def summary(script: Path) -> str:
    """Return the first line of a script's docstring."""
    documentation = ast.get_docstring(ast.parse(script.read_text(encoding='utf-8'))) or ''
    return documentation.partition('\n')[0]


def needs_official_daemon(script: Path) -> bool:
    """Whether a measurement compares with the official daemon: it imports what starts that."""
    return 'support.official_daemon' in script.read_text(encoding='utf-8')


def run(arguments: list[str], layout: Layout) -> int:
    """List the measurements or become one."""
    known = measurements(layout)
    if arguments:
        become_measurement(known, arguments, layout)
    width = max((len(name) for name in known), default=0)
    for name, script in known.items():
        print(f'  {name:<{width}}  {summary(script)}')
    return 0


def become_measurement(known: dict[str, Path], arguments: list[str], layout: Layout) -> NoReturn:
    """Replace this process by the measurement named first in `arguments`."""
    name = arguments[0]
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f' Did you mean {near[0]}?' if near else ''
        raise UsageError(f'no measurement {name!r}.{hint} Known: {", ".join(known) or "none"}')
    tests = needs_official_daemon(known[name])
    set_up(layout, core=is_core_only(layout), tests=tests)
    become([str(layout.python), str(known[name]), *arguments[1:]], enter(layout), cwd=layout.root)


VERB = Verb('list the measurements, or run one', USAGE, run)
