"""Short Python programs that are run inside `.venv`, for checks."""

import os
import subprocess
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass

from bbia_sim_ros.cli.environment import environment
from bbia_sim_ros.cli.layout import Layout

SET_UP = './bbia setup'
TIMEOUT_S = 20


@dataclass(frozen=True)
class Answer:
    """What a program printed, and the last line of its error; '' when it succeeded."""

    output: str
    error: str = ''


def variables_inside(layout: Layout) -> dict[str, str]:
    """Return the variables to run with; those of this process when `.venv` is missing."""
    try:
        return environment(layout, os.environ).variables
    except FileNotFoundError:
        return dict(os.environ)


def run_probe(layout: Layout, code: Sequence[str], variables: Mapping[str, str]) -> Answer:
    """Run Python code (its text, then its arguments) inside, for at most TIMEOUT_S."""
    try:
        result = subprocess.run(
            [str(layout.python), '-c', *code],
            env=dict(variables),
            check=False,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
    except FileNotFoundError:
        return Answer('', f'{layout.python} is missing, run {SET_UP}')
    except subprocess.TimeoutExpired:
        return Answer('', f'no answer within {TIMEOUT_S} s')
    if result.returncode == 0:
        return Answer(result.stdout)
    lines = result.stderr.strip().splitlines()
    return Answer(result.stdout, lines[-1] if lines else f'exit code {result.returncode}')
