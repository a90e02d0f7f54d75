"""How long each process of the stack is silent at most while nothing is wrong.

    ./bbia bench heartbeats [--seconds 120] [--burners 2]

The figures are what `hang_timeout_s` of `stack.py` was chosen from. Runs the processes without the
large models and listens to their heartbeats, while some processes that only compute take the
processors from them. One line per process.
"""

from __future__ import annotations

import argparse
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

from bbia_sim_ros import stack  # noqa: E402
from bbia_sim_ros.cli.child import die_with_parent  # noqa: E402
from bbia_sim_ros.heartbeat import PIPE_VARIABLE  # noqa: E402
from bbia_sim_ros.robot.lasting_state import FOLDER_VARIABLE  # noqa: E402
from support.whole_stack import LIGHT  # noqa: E402

READ_B = 4096
START_S = 60.0


class Listener:
    """Hears all pipes; `first` and `longest` are times of the first beat and gaps, s, by name."""

    def __init__(self) -> None:
        self.first: dict[str, float] = {}
        self.longest: dict[str, float] = {}
        self._last: dict[str, float] = {}
        self._selector = selectors.DefaultSelector()

    def add(self, name: str, pipe: int) -> None:
        """Listen to the reading end of a pipe."""
        self._selector.register(pipe, selectors.EVENT_READ, name)

    def hear(self, until: float) -> None:
        """Listen until a time of the monotonic clock."""
        while (left := until - time.monotonic()) > 0.0:
            for key, _ in self._selector.select(left):
                if not os.read(key.fd, READ_B):
                    raise SystemExit(f'{key.data} ended')
                now = time.monotonic()
                gap = now - self._last.get(key.data, now)
                self.first.setdefault(key.data, now)
                self.longest[key.data] = max(gap, self.longest.get(key.data, 0.0))
                self._last[key.data] = now


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--seconds', type=float, default=120.0)
    parser.add_argument('--burners', type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    os.environ.setdefault('ROS_DOMAIN_ID', '98')
    listener = Listener()
    with ExitStack() as cleanup:
        os.environ[FOLDER_VARIABLE] = cleanup.enter_context(tempfile.TemporaryDirectory())

        def start(command: list[str], pipe: int = -1) -> None:
            child = subprocess.Popen(
                [sys.executable, *command],
                env={**os.environ, PIPE_VARIABLE: str(pipe)} if pipe >= 0 else None,
                pass_fds=(pipe,) if pipe >= 0 else (),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                preexec_fn=die_with_parent(),  # noqa: PLW1509 - only a prctl
            )
            cleanup.callback(child.wait)
            cleanup.callback(child.send_signal, signal.SIGKILL)

        processes = stack.plan(LIGHT)
        for process in processes:
            ours, theirs = os.pipe()
            listener.add(process.name, ours)
            start(list(process.command_arguments), theirs)
            os.close(theirs)
        for _ in range(options.burners):
            start(['-c', 'while True: pass'])
        end = time.monotonic() + START_S
        while len(listener.first) < len(processes) and time.monotonic() < end:
            listener.hear(time.monotonic() + 0.1)
        listener.hear(time.monotonic() + options.seconds)
    for process in processes:
        print(
            f'longest silence of {process.name}: {listener.longest.get(process.name, -1.0):.2f} s'
        )
    print(f'load meanwhile: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores')


if __name__ == '__main__':
    main()
