"""The list of setup steps, and doing what is left of it. A new step is one more line here.

A step that some machines cannot do, and that the robot runs without, has a `check` (steps.py).
"""

import sys
from collections.abc import Sequence

from bbia_sim_ros.cli.assets import asset_steps
from bbia_sim_ros.cli.errors import CommandError
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.official_daemon import official_daemon_steps
from bbia_sim_ros.cli.packages import package_steps
from bbia_sim_ros.cli.prerequisites import FAIL
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import prerequisites
from bbia_sim_ros.cli.progress import Board
from bbia_sim_ros.cli.steps import Stamps
from bbia_sim_ros.cli.steps import Step
from bbia_sim_ros.cli.steps import locked
from bbia_sim_ros.cli.steps import pending
from bbia_sim_ros.cli.steps import possible
from bbia_sim_ros.cli.steps import run_steps
from bbia_sim_ros.cli.web import web_steps
from bbia_sim_ros.cli.workspace import workspace_steps


def all_steps(layout: Layout, *, core: bool, tests: bool = False) -> list[Step]:
    """Return every setup step, each after those it stands on.

    core   without the large AI packages
    tests  also what only tests and comparisons need
    """
    return [
        *package_steps(layout, core=core),
        *asset_steps(layout),
        *web_steps(layout),
        *workspace_steps(layout),
        *(official_daemon_steps(layout) if tests else []),
    ]


def set_up(layout: Layout, *, core: bool, tests: bool = False) -> None:
    """Bring everything up to date. Quick and silent when there is nothing to do.

    An optional step that this machine cannot do is left out, in one line that says why. Raises
    CommandError when the machine lacks something or a step fails; what succeeded stays done.
    """
    bring_up_to_date(layout, all_steps(layout, core=core, tests=tests))


def bring_up_to_date(layout: Layout, wanted: Sequence[Step]) -> None:
    """Do what is left of these steps, as `set_up` does of all."""
    stamps = Stamps(layout.stamps)
    board = Board(sys.stderr)
    steps = possible(wanted, stamps, board.say)
    if not pending(steps, stamps):
        return
    _require(layout, pending(steps, stamps), board)
    with locked(layout.state / 'lock', board.say):
        run_steps(pending(steps, stamps), stamps, board)


def is_core_only(layout: Layout) -> bool:
    """Whether this checkout was set up with `--core` and never in full."""
    stamps = Stamps(layout.stamps)
    return bool(stamps.run_id('packages')) and not stamps.run_id('torch')


def _require(layout: Layout, steps: Sequence[Step], board: Board) -> None:
    need_b = sum(step.disk_b for step in steps)
    findings = [check() for check in prerequisites(layout, need_b=need_b)]
    for finding in findings:
        if finding.level != OK:
            board.say(f'{finding.level}  {finding.name}: {finding.text}\n      fix: {finding.fix}')
    if any(finding.level == FAIL for finding in findings):
        raise CommandError('This machine lacks something, see above. Nothing was changed.')
