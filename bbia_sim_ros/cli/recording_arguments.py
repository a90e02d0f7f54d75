"""The arguments of `./bbia record` and `./bbia replay`; standard library only.

The verbs show them and check them before anything is set up; what then runs inside the environment
reads them again from its own command line.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from collections.abc import Sequence
from typing import NoReturn

from bbia_sim_ros.cli.errors import UsageError

DASHBOARD_PORT = 8080
MAXIMUM_PORT = 65535
DEFAULT_MB = 1000.0
DEFAULT_S = 3600.0
MINIMUM_MB = 1.0
MINIMUM_S = 0.1
MINIMUM_RATE = 0.001
MAXIMUM_RATE = 1000.0
_RECORD_ENDING = """\
Ends at a limit, with Ctrl-C, or when the disk is full; the file is whole in every case. Without
--topics all topics are recorded but raw images (sensor_msgs/msg/Image) and those with a hidden
name. Patterns are those of a shell ('vision/*'). What works only while somebody listens (camera,
vision) works for a recording too; --exclude 'camera/*' 'vision/*' lets it sleep. The file is
readable by you alone: it may hold pictures and voices.
"""
_REPLAY_ENDING = """\
Topics that a robot obeys (body_target, joint_commands, cmd_body, cmd_gaze, emotion, audio, ...) are
played only with --commands, others only if nobody else publishes them now. With a dashboard it
begins when the page is opened, and its end is the end of the page; with --loop there is none.
"""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong as every verb does."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f'{message}\n\n{self.format_help()}')


def record_parser() -> argparse.ArgumentParser:
    """Return the parser of `./bbia record`."""
    parser = _parser('record [OPTIONS]', _RECORD_ENDING)
    add = parser.add_argument
    add('-o', '--output', metavar='PATH', default='', help='the file, or a folder for it')
    add('--topics', nargs='+', default=[], metavar='PATTERN', help='only these topics')
    add('--exclude', nargs='+', default=[], metavar='PATTERN', help='none of these topics')
    add(
        '--max-size',
        type=_number('MB', MINIMUM_MB),
        default=DEFAULT_MB,
        metavar='MB',
        help=f'end at this size (default {DEFAULT_MB:g})',
    )
    add(
        '--max-duration',
        type=_number('seconds', MINIMUM_S),
        default=DEFAULT_S,
        metavar='S',
        help=f'end after so many seconds (default {DEFAULT_S:g})',
    )
    add(
        '--keep',
        type=_count,
        default=0,
        metavar='N',
        help='at a limit begin another file, and keep the newest N of this recording',
    )
    return parser


def replay_parser() -> argparse.ArgumentParser:
    """Return the parser of `./bbia replay`."""
    parser = _parser('replay FILE [OPTIONS]', _REPLAY_ENDING)
    add = parser.add_argument
    add('file', metavar='FILE', help='an MCAP file of ROS 2')
    add('--topics', nargs='+', default=[], metavar='PATTERN', help='only these topics')
    add('--exclude', nargs='+', default=[], metavar='PATTERN', help='none of these topics')
    add('--rate', type=_rate, default=1.0, help='so many times as fast')
    add('--loop', action='store_true', help='again and again, until Ctrl-C')
    add('--commands', action='store_true', help='play what a robot obeys, too')
    add('--clock', action='store_true', help='play /clock, or make it of the times of reception')
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        '--lock-step',
        action='store_true',
        help='feed the commands to a simulator in lock step, and compare its states',
    )
    either.add_argument(
        '--dashboard',
        action='store_const',
        const=DASHBOARD_PORT,
        dest='dashboard_port',
        help=f'show it in the dashboard, at port {DASHBOARD_PORT}',
    )
    either.add_argument(
        '--dashboard-port',
        type=_port,
        metavar='PORT',
        help='the same at another port; 0: any free one',
    )
    return parser


def check(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> None:
    """Raise UsageError for arguments that `parser` does not take."""
    parser.parse_args(list(arguments))


def _parser(usage: str, ending: str) -> argparse.ArgumentParser:
    return _Parser(
        usage=f'./bbia {usage}',
        epilog=ending,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _number(what: str, minimum: float) -> Callable[[str], float]:
    """Return what reads a finite number that is not below a minimum."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not minimum <= value < math.inf:
            raise argparse.ArgumentTypeError(
                f'{text!r} is not a number of {what}, at least {minimum:g}'
            )
        return value

    return read


def _rate(text: str) -> float:
    rate = _number('times', MINIMUM_RATE)(text)
    if rate > MAXIMUM_RATE:
        raise argparse.ArgumentTypeError(f'{text} is more than {MAXIMUM_RATE:g} times')
    return rate


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > MAXIMUM_PORT:
        raise argparse.ArgumentTypeError(f'{text!r} is not a port, 0 to {MAXIMUM_PORT}')
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f'{text!r} is not a number of files, 1 to 1000')
    return int(text)
