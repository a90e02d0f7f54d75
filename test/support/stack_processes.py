"""The stack's table of processes, each started once: what ends one is seen, not repaired."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from pathlib import Path

import psutil

from bbia_sim_ros import stack
from bbia_sim_ros.heartbeat import SWITCH_VARIABLE
from support.ros import StackProcess
from support.waiting import wait_until

# Engines that need no large model, and no device of this computer.
LIGHT_ENGINES = {
    'scene': 'people',
    'audio': 'none',
    'hearing': 'none',
    'speech_output': 'none',
    'chat': 'commands',
    'bridge_port': '0',
    'web_port': '0',
}
_BRIDGE = re.compile(r'rosbridge on wss?://\S+?:(\d+), dashboard on https?://\S+?:(\d+)')
_TRACEBACK = 'Traceback (most recent call last)'
_SHOWN_CHARACTERS = 2000
_MB = 1e6


class StackProcesses:
    """Processes of the stack by name."""

    def __init__(self, processes: dict[str, StackProcess]) -> None:
        self.processes = processes

    def ports(self) -> tuple[int, int]:
        """Return the ports of bridge and dashboard; waits until they listen."""
        bridge = self.processes['bridge']
        found = wait_until(lambda: self.ended() or _BRIDGE.search(bridge.output), 'the bridge')
        assert isinstance(found, re.Match), f'processes ended: {self.ended()}\n{bridge.output}'
        return int(found[1]), int(found[2])

    def ended(self) -> dict[str, int]:
        """Return the exit codes of processes that have ended."""
        codes = {name: one.process.poll() for name, one in self.processes.items()}
        return {name: code for name, code in codes.items() if code is not None}

    def tracebacks(self) -> list[str]:
        """Return the output after each traceback, of all processes."""
        return [
            f'{name}: {part[:_SHOWN_CHARACTERS]}'
            for name, one in self.processes.items()
            for part in one.output.split(_TRACEBACK)[1:]
        ]

    def uss_mb(self, name: str) -> float:
        """Return the memory of a process alone, MB."""
        process = psutil.Process(self.processes[name].process.pid)
        return float(process.memory_full_info().uss) / _MB

    def usage(self, name: str) -> tuple[int, int]:
        """Return the numbers of threads and of open files of a process."""
        process = Path(f'/proc/{self.processes[name].process.pid}')
        return len(list((process / 'task').iterdir())), len(list((process / 'fd').iterdir()))


@contextmanager
def running_processes(
    arguments: dict[str, str], *, only: tuple[str, ...] = ()
) -> Iterator[StackProcesses]:
    """Run the stack with launch arguments, or `only` some of its processes.

    What its nodes write goes to a folder that is gone at the end.
    """
    with ExitStack() as cleanup:
        data = cleanup.enter_context(tempfile.TemporaryDirectory())
        variables = {
            **stack.environment(os.environ),
            'XDG_DATA_HOME': data,
            # Its watchdog ends processes on a computer that is only too busy; who waits for an
            # answer here has a deadline.
            SWITCH_VARIABLE: 'off',
        }
        yield StackProcesses(
            {
                row.name: cleanup.enter_context(
                    StackProcess(
                        *row.nodes,
                        ros_arguments=row.ros_arguments,
                        **variables,
                    )
                )
                for row in stack.plan(arguments)
                if not only or row.name in only
            }
        )
