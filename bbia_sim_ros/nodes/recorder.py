"""The recorder: `python -m bbia_sim_ros.nodes.recorder`, which `./bbia record` runs.

Threads: the main one looks at the graph once a second and takes the messages that came, 50 times a
second (`nodes/recording_taps.py`); another one compresses and writes (`recording/session.py`).
Ctrl-C and SIGTERM end the recording properly. Exit code 0 when it ended as wished or at a limit, 1
when the disk was full or there could be no file.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rclpy.node import Node

from bbia_sim_ros.cli.recording_arguments import record_parser
from bbia_sim_ros.nodes.progress_line import ProgressLine
from bbia_sim_ros.nodes.recording_program import run_program
from bbia_sim_ros.nodes.recording_taps import RecordingTaps
from bbia_sim_ros.recording.selection import Selection
from bbia_sim_ros.recording.session import Limits
from bbia_sim_ros.recording.session import RecordingSession

SUFFIX: Final = '.mcap'
_TAKE_PERIOD_S: Final = 0.02
_LOOK_PERIOD_S: Final = 1.0
# Nodes find each other in the first seconds.
_FIRST_LOOK_PERIOD_S: Final = 0.2
_FIRST_S: Final = 3.0
_MOST_NAMES: Final = 5


def output_path(given: str, now: time.struct_time) -> Path:
    """Return the file to write: what was given, or a name with date and time."""
    path = Path(given).expanduser()
    if not given or path.is_dir():
        return path / time.strftime(f'recording_%Y%m%d_%H%M%S{SUFFIX}', now)
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)


def record(options: Namespace, stop: threading.Event) -> int:
    """Record until `stop` or a limit; return the exit code. Raises RecordingError."""
    limits = Limits(
        max_b=round(options.max_size * 1e6), max_s=options.max_duration, keep=options.keep
    )
    selection = Selection(include=tuple(options.topics), exclude=tuple(options.exclude))
    path = output_path(options.output, time.localtime())
    session = RecordingSession(path, limits)
    node = Node(f'recorder_{os.getpid()}', enable_rosout=False, start_parameter_services=False)
    line = ProgressLine(sys.stderr)
    taps = RecordingTaps(node, selection, line.say)
    begun = time.monotonic()
    line.say(f'recording to {path}, at most {options.max_size:g} MB or {options.max_duration:g} s')
    look_at = begun
    try:
        while not (stop.is_set() or session.ended.is_set()):
            now = time.monotonic()
            if now >= look_at:
                look_at = now + (_FIRST_LOOK_PERIOD_S if now - begun < _FIRST_S else _LOOK_PERIOD_S)
                taps.look()
                line.show(_state(session, taps, now - begun))
            taps.take(session.put)
            stop.wait(_TAKE_PERIOD_S)
        taps.take(session.put)
    finally:
        session.close()
        line.say(_state(session, taps, time.monotonic() - begun))
        lost = taps.lost
        taps.close()
        node.destroy_node()
    _report(session, lost)
    return 1 if session.failed else 0


def _state(session: RecordingSession, taps: RecordingTaps, seconds: float) -> str:
    dropped, lost = session.dropped.total(), taps.lost.total()
    return (
        f'{seconds:.0f} s, {session.size_b / 1e6:.1f} MB, {session.messages} messages of'
        f' {taps.topics} topics, {dropped} dropped, {lost} lost on the way'
    )


def _report(session: RecordingSession, lost: Counter[str]) -> None:
    if session.reason:
        print(f'ended: {session.reason}', file=sys.stderr)
    for what, counts in (
        ('dropped, since the disk was too slow', session.dropped),
        ('lost before they came here', lost),
    ):
        if counts:
            named = [f'{name} {count}' for name, count in counts.most_common(_MOST_NAMES)]
            more = f', and {len(counts) - _MOST_NAMES} more' if len(counts) > _MOST_NAMES else ''
            print(f'{what}: {", ".join(named)}{more}', file=sys.stderr)
    for file in session.files:
        print(file)


def main(arguments: Sequence[str] | None = None) -> int:
    """Record as the command line says; return the exit code."""
    return run_program('record', record_parser(), record, arguments)


if __name__ == '__main__':
    sys.exit(main())
