"""`./bbia doctor`: what could keep the robot from running, one line each, with the fix."""

import sys

from bbia_sim_ros.cli.checkup import checkup
from bbia_sim_ros.cli.errors import UsageError
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.prerequisites import FAIL
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.verb import Verb

USAGE = """\
usage: ./bbia doctor

One line per check: OK, WARN or FAIL, with what to do. Changes nothing. Exit code 1 on a FAIL.
"""


def run(arguments: list[str], layout: Layout) -> int:
    """Run every check and print its finding as it comes."""
    if arguments:
        raise UsageError(f'unexpected {" ".join(arguments)}\n\n{USAGE}')
    failed = False
    for check in checkup(layout):
        finding = check()
        failed = failed or finding.level == FAIL
        print(f'{finding.level:<4}  {finding.name:<10}  {finding.text}')
        if finding.level != OK:
            print(f'{"":<16}  fix: {finding.fix}')
        sys.stdout.flush()
    return 1 if failed else 0


VERB = Verb('check this machine and say what to fix', USAGE, run)
