"""`./bbia doctor`: what could keep the robot from running, one line each, with the fix."""

import sys
from collections.abc import Iterator

from bbia_sim_ros.cli.checkup import checkup
from bbia_sim_ros.cli.daemon_status import DEFAULT_PORT
from bbia_sim_ros.cli.daemon_status import RobotAddress
from bbia_sim_ros.cli.errors import UsageError
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.media_checkup import check_camera
from bbia_sim_ros.cli.media_checkup import sound_checkup
from bbia_sim_ros.cli.prerequisites import FAIL
from bbia_sim_ros.cli.prerequisites import Finding
from bbia_sim_ros.cli.probes import runtime_of
from bbia_sim_ros.cli.robot_checkup import check_local_daemon
from bbia_sim_ros.cli.robot_checkup import robot_checkup
from bbia_sim_ros.cli.verb import Verb
from bbia_sim_ros.cli.verb import take_robot
from bbia_sim_ros.stack_arguments import ArgumentError
from bbia_sim_ros.stack_arguments import host_and_port

USAGE = """\
usage: ./bbia doctor [--robot HOST[:PORT]]

One line per check: OK, WARN or FAIL, with what to do; N/A is what does not matter here. Changes
nothing. Exit code 1 on a FAIL.

  --robot HOST    also the real robot at HOST: its daemon and motors, and the camera
"""


def parse(arguments: list[str]) -> RobotAddress | None:
    """Return the robot to look at, if any. Raises UsageError on what is no argument of ours."""
    rest = list(arguments)
    robot = take_robot(rest)
    if rest:
        raise UsageError(f'unexpected {" ".join(rest)}\n\n{USAGE}')
    if not robot:
        return None
    try:
        host, port = host_and_port(robot)
    except ArgumentError as error:
        raise UsageError(str(error)) from error
    return RobotAddress(host, int(port or DEFAULT_PORT))


def findings(layout: Layout, robot: RobotAddress | None) -> Iterator[Finding]:
    """Run every check, one at a time, and yield its finding."""
    for check in checkup(layout):
        yield check()
    if robot is not None:
        yield from robot_checkup(layout, robot)
    else:
        yield check_local_daemon()
        yield check_camera(needed=False)
        yield from sound_checkup(runtime_of(layout))


def run(arguments: list[str], layout: Layout) -> int:
    """Print the finding of every check as it comes."""
    robot = parse(arguments)
    failed = False
    for finding in findings(layout, robot):
        failed = failed or finding.level == FAIL
        print(f'{finding.level:<4}  {finding.name:<10}  {finding.text}')
        if finding.fix:
            print(f'{"":<16}  fix: {finding.fix}')
        sys.stdout.flush()
    return 1 if failed else 0


VERB = Verb('check this machine (and a robot) and say what to fix', USAGE, run)
