"""`./bbia record`: topics into an MCAP file, until Ctrl-C or a limit."""

from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.plan import is_core_only
from bbia_sim_ros.cli.plan import set_up
from bbia_sim_ros.cli.recording_arguments import check
from bbia_sim_ros.cli.recording_arguments import record_parser
from bbia_sim_ros.cli.verb import Verb
from bbia_sim_ros.cli.verb import become
from bbia_sim_ros.cli.verb import enter


def run(arguments: list[str], layout: Layout) -> int:
    """Become the recorder."""
    check(record_parser(), arguments)
    set_up(layout, core=is_core_only(layout))
    become([str(layout.python), '-m', 'bbia_sim_ros.nodes.recorder', *arguments], enter(layout))


VERB = Verb('record topics into an MCAP file', record_parser().format_help(), run)
