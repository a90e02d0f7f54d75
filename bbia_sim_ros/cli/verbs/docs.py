"""`./bbia docs`: the documentation site."""

from bbia_sim_ros.cli.documentation import DEFAULT_PORT
from bbia_sim_ros.cli.documentation import build
from bbia_sim_ros.cli.documentation import check_outside
from bbia_sim_ros.cli.documentation import documentation_steps
from bbia_sim_ros.cli.documentation import serve
from bbia_sim_ros.cli.errors import UsageError
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.plan import bring_up_to_date
from bbia_sim_ros.cli.verb import Verb
from bbia_sim_ros.cli.verb import take_flag
from bbia_sim_ros.cli.verb import take_option

USAGE = f"""\
usage: ./bbia docs [--serve | --port PORT] [--links]

Builds the documentation site into .bbia/site. A link that leads nowhere is an error. Nothing but
Sphinx is set up for it.

  --serve       then shows it on http://127.0.0.1:{DEFAULT_PORT} until Ctrl-C
  --port PORT   the same on another port; 0: any free one
  --links       also asks every web address that a page links to
"""
_LAST_PORT = 65535


def run(arguments: list[str], layout: Layout) -> int:
    """Build, and do what the flags ask for."""
    port = _port(take_option(arguments, '--port', 'a port'))
    if take_flag(arguments, '--serve') and port is None:
        port = DEFAULT_PORT
    links = take_flag(arguments, '--links')
    if arguments:
        raise UsageError(f'unexpected {" ".join(arguments)}\n\n{USAGE}')
    bring_up_to_date(layout, documentation_steps(layout))
    print(f'built {build(layout)}')
    if links:
        check_outside(layout)
    if port is not None:
        serve(layout, port)
    return 0


def _port(given: str) -> int | None:
    if not given:
        return None
    if not given.isascii() or not given.isdigit() or int(given) > _LAST_PORT:
        raise UsageError(f'--port {given}: allowed is 0 .. {_LAST_PORT}')
    return int(given)


VERB = Verb('build the documentation site', USAGE, run)
