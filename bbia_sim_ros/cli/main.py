"""`./bbia VERB ...`: finds the verb, runs it, and turns a CommandError into a message.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted with Ctrl-C while setting up.
"""

import sys
from collections.abc import Sequence
from difflib import get_close_matches

from bbia_sim_ros.cli.errors import CommandError
from bbia_sim_ros.cli.errors import UsageError
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.verb import drop_output
from bbia_sim_ros.cli.verbs import VERBS

INTRODUCTION = """\
Reachy Mini as a ROS 2 robot, on a machine without ROS.

usage: ./bbia VERB [ARGUMENTS]

"""
ENDING = """
Every verb first sets up what is missing: .venv, the pinned packages, the robot's model, the message
packages. That takes minutes once, and nothing afterwards. `--core` (up, test, setup) leaves the
large AI packages out. `./bbia VERB --help` says more.
"""


def overview() -> str:
    """Return the text of `./bbia --help`."""
    width = max(len(name) for name in VERBS)
    lines = [f'  {name:<{width}}  {verb.summary}\n' for name, verb in VERBS.items()]
    return INTRODUCTION + ''.join(lines) + ENDING


def main(arguments: Sequence[str], layout: Layout | None = None) -> int:
    """Run the verb that `arguments` begin with and return the exit code."""
    if not arguments or arguments[0] in {'-h', '--help', 'help'}:
        print(overview(), end='')
        return 0
    name, rest = arguments[0], list(arguments[1:])
    verb = VERBS.get(name)
    if verb is None:
        near = get_close_matches(name, VERBS, n=1)
        hint = f' Did you mean {near[0]}?' if near else ''
        print(f'bbia: no verb {name!r}.{hint} Verbs: {", ".join(VERBS)}', file=sys.stderr)
        return 2
    if rest and rest[0] in {'-h', '--help'}:
        print(f'{verb.summary}\n\n{verb.usage}', end='')
        return 0
    try:
        return verb.run(rest, layout or Layout())
    except UsageError as error:
        print(f'bbia {name}: {error}', file=sys.stderr)
        return 2
    except CommandError as error:
        print(f'bbia {name}: {error}', file=sys.stderr)
        return 1
    except BrokenPipeError:
        drop_output()
        return 1
    except OSError as error:  # disk full, folder removed meanwhile: nothing that a person debugs
        print(f'bbia {name}: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('bbia: interrupted; the next start goes on from here.', file=sys.stderr)
        return 130
