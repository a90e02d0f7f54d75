"""The stack that faults happen to: `./bbia up` with a disk and a clock of its own.

Contract
    `running_stack` runs it without the large models; all that it keeps (conversation, alarms,
    lasting state, recordings, ROS logs) is in one folder: a file system of its own where a
    `SmallDisk` is handed in. At its end it is sent SIGINT, as by Ctrl-C.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
from _fault_disk import SmallDisk

from bbia_sim_ros import stack
from bbia_sim_ros import stack_nodes
from bbia_sim_ros.cli.child import die_with_parent
from bbia_sim_ros.robot.lasting_state import FOLDER_VARIABLE
from support.ports import free_ports
from support.ros import ROOT
from support.whole_stack import LIGHT

END_S = 60.0
_CONVERSATION = "conversation_file: ''"
_RESTART = re.compile(r'(\w+) ended: .* \(restart \d+\)')
_GIVEN_UP = 'not started again'


class FaultyStack:
    """See the module's docstring; `folder` is where it keeps things, as it sees them itself."""

    def __init__(self, process: psutil.Process, log: Path, folder: Path, ports: list[int]) -> None:
        self._process = process
        self._log = log
        self.folder = folder
        self.bridge_port, self.web_port = ports
        self.processes = stack.plan(LIGHT)
        self.exit_code: int | None = None
        """What the supervisor returned after SIGINT; None before, and when it did not end."""

    @property
    def pid(self) -> int:
        """The supervisor's process number."""
        return int(self._process.pid)

    def pid_of(self, process: stack.Process) -> int:
        """Return the number of a process of the table, 0 when it does not run."""
        for child in self._process.children():
            try:
                command = child.cmdline()
            except psutil.NoSuchProcess:
                continue
            if process.nodes[0] in command and child.status() != psutil.STATUS_ZOMBIE:
                return int(child.pid)
        return 0

    def pids(self) -> dict[str, int]:
        """Return the number of each process by its name, 0 for what does not run."""
        return {process.name: self.pid_of(process) for process in self.processes}

    def nodes(self) -> list[str]:
        """Return the names of all nodes."""
        return [
            stack_nodes.node_entry(executable).name
            for process in self.processes
            for executable in process.nodes
        ]

    def log_text(self) -> str:
        """Return all that was printed so far."""
        return self._log.read_text(encoding='utf-8', errors='replace')

    def restarts(self) -> int:
        """Return how often the supervisor started something again."""
        return len(_RESTART.findall(self.log_text()))

    def given_up(self) -> int:
        """Return how many processes the supervisor gave up."""
        return self.log_text().count(_GIVEN_UP)


@contextmanager
def running_stack(
    log: Path, scratch: Path, disk: SmallDisk | None, variables: Mapping[str, str]
) -> Iterator[FaultyStack]:
    """Run it; see the module's docstring. `scratch` is a folder for what it needs besides."""
    kept = scratch / 'kept'
    kept.mkdir()
    ports = free_ports(2)
    arguments = {
        **LIGHT,
        'chat': 'commands',
        'speech_output': 'none',
        'bridge_port': str(ports[0]),
        'web_port': str(ports[1]),
        'params_file': str(_parameters(scratch, kept)),
    }
    command = [str(ROOT / 'bbia'), 'up', *(f'{name}:={value}' for name, value in arguments.items())]
    with log.open('wb') as output:
        up = subprocess.Popen(
            command if disk is None else disk.command(kept, command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **_folders(kept), **variables},
            start_new_session=True,
            preexec_fn=die_with_parent(),  # noqa: PLW1509 - only a prctl
        )
    made = FaultyStack(psutil.Process(up.pid), log, kept, ports)
    try:
        yield made
    finally:
        up.send_signal(signal.SIGINT)
        try:
            made.exit_code = up.wait(END_S)
        except subprocess.TimeoutExpired:
            up.kill()
            up.wait()


def _folders(kept: Path) -> dict[str, str]:
    """Return the variables that have everything kept in a folder."""
    return {
        FOLDER_VARIABLE: str(kept / 'runtime'),
        'XDG_DATA_HOME': str(kept / 'data'),
        'ROS_LOG_DIR': str(kept / 'log'),
    }


def _parameters(scratch: Path, kept: Path) -> Path:
    """Write the package's parameters, with a file for conversations; return where."""
    text = (stack.share_directory() / 'config' / 'bbia.yaml').read_text(encoding='utf-8')
    assert text.count(_CONVERSATION) == 1
    path = scratch / 'parameters.yaml'
    named = _CONVERSATION.replace("''", repr(str(kept / 'conversation.json')))
    path.write_text(text.replace(_CONVERSATION, named), encoding='utf-8')
    return path
