"""`./bbia setup`: only set up."""

import time

from bbia_sim_ros.cli.errors import UsageError
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.plan import set_up
from bbia_sim_ros.cli.progress import elapsed
from bbia_sim_ros.cli.verb import Verb
from bbia_sim_ros.cli.verb import take_flag

USAGE = """\
usage: ./bbia setup [--core] [--tests]

  --core    leave out the large AI packages (PyTorch, Whisper, MediaPipe, ...)
  --tests   also what only tests and comparisons need: the official Reachy Mini daemon

Safe to interrupt and to run again: it goes on from what is done.
"""


def run(arguments: list[str], layout: Layout) -> int:
    """Set up and say how long it took."""
    started = time.monotonic()
    core = take_flag(arguments, '--core')
    tests = take_flag(arguments, '--tests')
    if arguments:
        raise UsageError(f'unexpected {" ".join(arguments)}\n\n{USAGE}')
    set_up(layout, core=core, tests=tests)
    print(f'Ready ({elapsed(started)}). Start the robot with ./bbia up')
    return 0


VERB = Verb('only set up, run nothing', USAGE, run)
