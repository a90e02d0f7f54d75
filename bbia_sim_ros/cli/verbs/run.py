"""`./bbia run CMD ...`: any command inside the environment."""

from bbia_sim_ros.cli.errors import UsageError
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.plan import is_core_only
from bbia_sim_ros.cli.plan import set_up
from bbia_sim_ros.cli.verb import Verb
from bbia_sim_ros.cli.verb import become
from bbia_sim_ros.cli.verb import enter

USAGE = """\
usage: ./bbia run CMD [ARGUMENTS]

CMD finds rclpy, the message packages and the project's Python. It keeps the working folder.
  ./bbia run python my_node.py
  ./bbia run colcon build
  ./bbia run bash
"""


def run(arguments: list[str], layout: Layout) -> int:
    """Become the command."""
    if not arguments:
        raise UsageError(f'which command?\n\n{USAGE}')
    set_up(layout, core=is_core_only(layout))
    become(arguments, enter(layout))


VERB = Verb('run a command inside the environment', USAGE, run)
