"""The environment variables of everything that runs inside: nodes, tests, colcon, user commands.

Contract: `environment` is a pure function of the layout and the variables it is given (it only asks
the disk whether HOME is writable and which Python `.venv` has).

The project's own Python code is imported from the checkout (its root comes first on PYTHONPATH), so
an edit takes effect at the next start without building; message packages come from
`.bbia/install`, where colcon puts them. The checkout's other top-level folders hold no
`__init__.py`, so they hide no installed package.

A ROS that was sourced before is taken out: two ROS versions in one process load each other's
libraries. `_ROS_WHEELS_BOOTSTRAP_COMPLETE` goes with it: the ROS wheels set it when they have
pointed LD_LIBRARY_PATH at themselves, and inheriting it from another environment would make Python
load that one's libraries.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bbia_sim_ros import stack
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.uv import home_is_usable

RMW = 'rmw_fastrtps_cpp'
FOREIGN = (
    '_ROS_WHEELS_BOOTSTRAP_COMPLETE',
    'AMENT_PREFIX_PATH',
    'AMENT_CURRENT_PREFIX',
    'COLCON_PREFIX_PATH',
    'COLCON_CURRENT_PREFIX',
    'PYTHONHOME',
    'ROS_DISTRO',
    'ROS_PACKAGE_PATH',
    'ROS_PYTHON_VERSION',
    'ROS_VERSION',
)
SEARCH_PATHS = ('PATH', 'PYTHONPATH', 'LD_LIBRARY_PATH', 'CMAKE_PREFIX_PATH')
SYSTEM_PREFIXES = (Path('/'), Path('/usr'), Path('/usr/local'))
WHEEL_LIBRARIES = re.compile(r'(/.*)/lib/python3\.\d+/site-packages/ros_[^/]*\.libs')


@dataclass(frozen=True)
class Inside:
    """The variables to run with, and what the person should know about them."""

    variables: dict[str, str]
    notes: tuple[str, ...]


def environment(layout: Layout, given: Mapping[str, str]) -> Inside:
    """Return the variables for running inside `.venv` with ROS, starting from those `given`.

    Raises FileNotFoundError when `.venv` has not been made.
    """
    variables, notes = _without_foreign_ros(layout, given)
    prefixes = (layout.install, layout.venv)
    variables.update(
        VIRTUAL_ENV=str(layout.venv),
        AMENT_PREFIX_PATH=os.pathsep.join(map(str, prefixes)),
        ROS_DISTRO='kilted',
        ROS_VERSION='2',
        ROS_PYTHON_VERSION='3',
        RMW_IMPLEMENTATION=RMW,
    )
    _prepend(variables, 'CMAKE_PREFIX_PATH', *prefixes)
    _prepend(variables, 'PATH', layout.venv / 'bin', layout.install / 'bin')
    _prepend(variables, 'PYTHONPATH', layout.root, layout.site_packages(layout.install))
    _prepend(variables, 'LD_LIBRARY_PATH', layout.install / 'lib', layout.venv / 'lib')
    variables.update(stack.environment(variables, layout.root))
    variables.setdefault('COLCON_HOME', str(layout.state / 'colcon'))
    if not home_is_usable(given):
        variables.setdefault('ROS_LOG_DIR', str(layout.log / 'ros'))
        if 'XDG_CACHE_HOME' not in given:
            variables.setdefault('BBIA_CACHE_DIR', str(layout.cache))
    return Inside(variables, notes)


def _without_foreign_ros(
    layout: Layout, given: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Drop what another ROS environment left, and say so unless it was one of our own."""
    prefixes = _ros_prefixes(given).difference((layout.venv, layout.install))
    stripped = {layout.venv, layout.install, *prefixes}.difference(SYSTEM_PREFIXES)
    variables = {name: value for name, value in given.items() if name not in FOREIGN}
    for name in SEARCH_PATHS:
        entries = variables.pop(name, '').split(os.pathsep)
        kept = [entry for entry in entries if entry and not _is_below(entry, stripped)]
        if kept:
            variables[name] = os.pathsep.join(kept)
    notes = []
    if prefixes:
        shown = ', '.join(sorted(map(str, prefixes))[:2]) + (', ...' if len(prefixes) > 2 else '')
        notes.append(f'Leaving out the ROS environment that was sourced before ({shown}).')
    if given.get('RMW_IMPLEMENTATION', RMW) != RMW:
        notes.append(f'RMW_IMPLEMENTATION={given["RMW_IMPLEMENTATION"]} ignored: only {RMW} here.')
    return variables, tuple(notes)


def _ros_prefixes(given: Mapping[str, str]) -> set[Path]:
    """Return the prefixes of ROS installs, workspaces and ROS wheel environments that are set."""
    prefixes = {
        Path(entry)
        for name in ('AMENT_PREFIX_PATH', 'COLCON_PREFIX_PATH')
        for entry in given.get(name, '').split(os.pathsep)
        if entry
    }
    for entry in given.get('LD_LIBRARY_PATH', '').split(os.pathsep):
        match = WHEEL_LIBRARIES.fullmatch(entry)
        if match is not None:
            prefixes.add(Path(match[1]))
    return prefixes


def _is_below(entry: str, prefixes: set[Path]) -> bool:
    path = Path(entry)
    return any(prefix == path or prefix in path.parents for prefix in prefixes)


def _prepend(variables: dict[str, str], name: str, *folders: Path) -> None:
    entries = [str(folder) for folder in folders]
    entries += [
        entry
        for entry in variables.get(name, '').split(os.pathsep)
        if entry and entry not in entries
    ]
    variables[name] = os.pathsep.join(entries)
