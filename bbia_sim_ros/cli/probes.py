"""Short Python programs that are run where the nodes run, for checks."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bbia_sim_ros import stack_environment
from bbia_sim_ros.cli.environment import environment
from bbia_sim_ros.cli.layout import Layout

SET_UP = './bbia setup'
TIMEOUT_S = 15


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """Where the nodes run.

    python     the interpreter, which may be missing
    variables  the environment variables that it is started with
    set_up     what to do when something is missing there
    prefix     what stands before a command to run it there
    """

    python: Path
    variables: Mapping[str, str]
    set_up: str
    prefix: str = ''


@dataclass(frozen=True)
class Answer:
    """What a program printed, and the last line of its error; '' when it succeeded."""

    output: str
    error: str = ''


def runtime_of(layout: Layout) -> Runtime:
    """Return that of a checkout; with the variables of this process when `.venv` is missing."""
    try:
        variables = environment(layout, os.environ).variables
    except FileNotFoundError:
        variables = dict(os.environ)
    return Runtime(python=layout.python, variables=variables, set_up=SET_UP, prefix='./bbia run ')


def this_runtime(set_up: str) -> Runtime:
    """Return that of a ROS installation: this interpreter, with what the launch files set.

    Raises FileNotFoundError when the package's folder of shared files is not found.
    """
    variables = {**os.environ, **stack_environment.environment(os.environ)}
    return Runtime(python=Path(sys.executable), variables=variables, set_up=set_up)


def run_probe(runtime: Runtime, *code: str) -> Answer:
    """Run Python code (its text, then its arguments) there, for at most TIMEOUT_S."""
    try:
        result = subprocess.run(
            [str(runtime.python), '-c', *code],
            env=dict(runtime.variables),
            check=False,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
    except FileNotFoundError:
        return Answer('', f'{runtime.python} is missing, run {runtime.set_up}')
    except subprocess.TimeoutExpired:
        return Answer('', f'no answer within {TIMEOUT_S} s')
    if result.returncode == 0:
        return Answer(result.stdout)
    lines = result.stderr.strip().splitlines()
    return Answer(result.stdout, lines[-1] if lines else f'exit code {result.returncode}')
