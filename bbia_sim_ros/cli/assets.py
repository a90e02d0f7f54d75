"""Setup step: the robot's model, prepared once from the official wheel into the user's cache."""

import os
import re
from pathlib import Path

from bbia_sim_ros.cli.child import run_logged
from bbia_sim_ros.cli.environment import environment
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.steps import Step
from bbia_sim_ros.cli.steps import Task
from bbia_sim_ros.cli.steps import tree_fingerprint
from bbia_sim_ros.cli.uv import home_is_usable

MODULE = 'bbia_sim_ros.simulation.assets'
PROGRESS = re.compile(r'PROGRESS (\S+) (\S+) ?(.*)')


def cache_folder(layout: Layout) -> Path:
    """Return where the prepared model lies, by the rule of `simulation.assets`."""
    if os.environ.get('BBIA_CACHE_DIR'):
        return Path(os.environ['BBIA_CACHE_DIR'])
    if os.environ.get('XDG_CACHE_HOME'):
        return Path(os.environ['XDG_CACHE_HOME']) / 'bbia_sim_ros'
    if home_is_usable(os.environ):
        return Path(os.environ['HOME']) / '.cache' / 'bbia_sim_ros'
    return layout.cache


def asset_steps(layout: Layout) -> list[Step]:
    """Return the step that prepares meshes, MJCF, URDF and kinematics data."""
    source = layout.root / 'bbia_sim_ros' / 'simulation' / 'assets.py'
    return [
        Step(
            name='assets',
            title='Robot model',
            inputs=lambda: tree_fingerprint([source]) + os.environ.get('BBIA_CACHE_DIR', ''),
            run=lambda task: _prepare(layout, task),
            after=('packages',),
            outputs=(cache_folder(layout),),
            disk_b=100 * 10**6,
        )
    ]


def _prepare(layout: Layout, task: Task) -> None:
    def on_line(line: str) -> None:
        match = PROGRESS.fullmatch(line)
        if match is not None:
            task.row.update(float(match[1]), float(match[2]), match[3])

    run_logged(
        [layout.python, '-m', MODULE, '--progress'],
        log=layout.log / 'assets.log',
        environment=environment(layout, os.environ).variables,
        cwd=layout.root,
        on_line=on_line,
    )
