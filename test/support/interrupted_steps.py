"""Runs two setup steps in a folder; the second one lasts until it is killed, or not at all.

    python interrupted_steps.py FOLDER (block|pass)

Each run of a step adds a line to FOLDER/runs: its name, and 'interrupted' if it was told so.
"""

import signal
import sys
from pathlib import Path

from bbia_sim_ros.cli.progress import Board
from bbia_sim_ros.cli.steps import Stamps
from bbia_sim_ros.cli.steps import Step
from bbia_sim_ros.cli.steps import Task
from bbia_sim_ros.cli.steps import locked
from bbia_sim_ros.cli.steps import pending
from bbia_sim_ros.cli.steps import run_steps


def main() -> None:
    folder, mode = Path(sys.argv[1]), sys.argv[2]

    def run(name: str, task: Task) -> None:
        with (folder / 'runs').open('a', encoding='utf-8') as file:
            file.write(f'{name}{" interrupted" if task.interrupted else ""}\n')
        if name == 'second' and mode == 'block':
            signal.pause()

    steps = [
        Step('first', 'First', lambda: 'x', lambda task: run('first', task)),
        Step('second', 'Second', lambda: 'y', lambda task: run('second', task), after=('first',)),
    ]
    stamps = Stamps(folder / 'stamps')
    board = Board(sys.stderr)
    with locked(folder / 'lock', board.say):
        run_steps(pending(steps, stamps), stamps, board)


if __name__ == '__main__':
    main()
