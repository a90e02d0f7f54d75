"""`./bbia test`: the test suite."""

import os

from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.plan import set_up
from bbia_sim_ros.cli.retest import run_twice
from bbia_sim_ros.cli.verb import Verb
from bbia_sim_ros.cli.verb import become
from bbia_sim_ros.cli.verb import enter
from bbia_sim_ros.cli.verb import take_flag

# Most tests wait most of the time; with three at a time on two cores the robots come late.
MOST_PROCESSES = 2
USAGE = """\
usage: ./bbia test [--core] [PYTEST ARGUMENTS]

  ./bbia test                    everything; what was skipped, and why, is listed at the end
  ./bbia test test/robot -x      a part, stop at the first failure
  ./bbia test --core             without the large AI packages; their tests are skipped

The first run also makes the official Reachy Mini daemon's own environment, which our driver and
simulator are tested against. It is compiled with Debian packages; where they are missing, their
names are shown and its tests are skipped.
When everything is run, two files of tests run at a time (where there are two cores), and the few
tests that failed are run once more, by themselves: they use real clocks and networks, and a busy
machine may be late. Those that then pass are named as unsteady.
With BBIA_REQUIRE_ALL=1 in the environment a skipped test fails, as in CI.
"""


def run(arguments: list[str], layout: Layout) -> int:
    """Run pytest, or become it when it has arguments of its own."""
    core = take_flag(arguments, '--core')
    set_up(layout, core=core, tests=True)
    command = [str(layout.python), '-m', 'pytest', '-r', 'sfE']
    if os.environ.get('BBIA_REQUIRE_ALL') == '1':
        command += ['-p', 'bbia_sim_ros.cli.require_all']
    if arguments:
        become([*command, *arguments], enter(layout), cwd=layout.root)
    processes = min(MOST_PROCESSES, len(os.sched_getaffinity(0)))
    return run_twice(command, enter(layout), cwd=layout.root, processes=processes)


VERB = Verb('run the tests (arguments go to pytest)', USAGE, run)
