"""The official Reachy Mini daemon in a process of its own, for conformance tests and benches.

Contract: `OfficialDaemon` starts the daemon of the environment in BBIA_DAEMON_VENV (default
`.bbia/daemon-venv`) on a free loopback port, without viewer, media, telemetry or downloads, and
waits until it is running. What it keeps goes to a folder that vanishes with it. Leaving the block
stops it the way Ctrl-C does (it goes to its sleep pose first); the kernel kills it if we die.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from enum import StrEnum
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any
from typing import Self
from urllib.request import ProxyHandler
from urllib.request import build_opener

from bbia_sim_ros.cli.child import die_with_parent
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.official_daemon import VENV_VARIABLE
from bbia_sim_ros.cli.official_daemon import check_official_daemon
from bbia_sim_ros.cli.official_daemon import program
from support.ports import HOST
from support.ports import free_ports
from support.ros import wait_until

ROOT = Path(__file__).resolve().parents[2]
# Four seconds on a free machine; a busy one takes several times as long.
START_DEADLINE_S = 60.0
STOP_DEADLINE_S = 20.0
_REQUEST_TIMEOUT_S = 2.0
_OFFLINE = {
    'REACHY_MINI_TELEMETRY': '0',
    'DO_NOT_TRACK': '1',
    'HF_HUB_OFFLINE': '1',
    'HF_HUB_DISABLE_TELEMETRY': '1',
}
# Those of the ROS wheels would make the daemon load our libraries.
_NOT_INHERITED = ('LD_LIBRARY_PATH', 'PYTHONPATH', 'VIRTUAL_ENV', '_ROS_WHEELS_BOOTSTRAP_COMPLETE')
# Loopback only: a proxy of the machine has no say.
_opener = build_opener(ProxyHandler({}))


class Mode(StrEnum):
    """What stands in for the robot."""

    SIMULATION = '--sim'
    MOCKUP = '--mockup-sim'


class DaemonNotInstalled(RuntimeError):
    """There is no daemon where we look for it; says how to install it."""


class OfficialDaemon:
    """A running daemon; use it in a `with` block."""

    def __init__(self, mode: Mode = Mode.SIMULATION, *, scene: str = 'empty') -> None:
        self._command = [
            str(executable()),
            mode.value,
            '--scene',
            scene,
            '--headless',
            '--no-media',
        ]
        self._command += ['--dataset-update-interval', '0', '--fastapi-host', HOST]
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(
            prefix='official_daemon_', ignore_cleanup_errors=True
        )
        self.port = 0
        self.start_s = 0.0
        """How long it took from the start of the process to the state `running`, s."""

    @property
    def url(self) -> str:
        """Base of the REST interface."""
        return f'http://{HOST}:{self.port}'

    @property
    def websocket_url(self) -> str:
        """The socket that the official SDK uses."""
        return f'ws://{HOST}:{self.port}/ws/sdk'

    @property
    def pid(self) -> int:
        """Process id."""
        return self._running.pid

    @property
    def output(self) -> str:
        """All that it printed so far."""
        return self._output_file.read_text(encoding='utf-8', errors='replace')

    def status(self) -> dict[str, Any]:
        """Return its own status report; raises OSError or HTTPException while there is none."""
        with _opener.open(f'{self.url}/api/daemon/status', timeout=_REQUEST_TIMEOUT_S) as answer:
            status: dict[str, Any] = json.load(answer)
        return status

    def start(self) -> None:
        """Start it and wait until it is running; raises AssertionError where it does not."""
        self.port = free_ports(1)[0]
        environment = {k: v for k, v in os.environ.items() if k not in _NOT_INHERITED}
        environment |= _OFFLINE
        environment |= {'XDG_CONFIG_HOME': self._folder.name, 'HF_HOME': self._folder.name}
        started = time.monotonic()
        with self._output_file.open('wb') as output:
            self._process = subprocess.Popen(
                [*self._command, '--fastapi-port', str(self.port)],
                cwd=self._folder.name,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent(),  # noqa: PLW1509 - only a prctl
            )
        wait_until(self._is_running, 'the official daemon is running', START_DEADLINE_S)
        self.start_s = time.monotonic() - started

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and return the exit code; a daemon that does not end is killed."""
        process = self._running
        if process.poll() is None:
            process.send_signal(how)
        try:
            return process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def _is_running(self) -> bool:
        if self._running.poll() is not None:
            raise AssertionError(f'the official daemon ended:\n{self.output}')
        try:
            state = self.status()['state']
        except (OSError, HTTPException):
            return False
        if state == 'error':
            raise AssertionError(f'the official daemon reports an error:\n{self.output}')
        return bool(state == 'running')

    @property
    def _output_file(self) -> Path:
        return Path(self._folder.name, 'output.txt')

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError('the official daemon was not started: use it in a with block')
        return self._process

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            print(self.output)
        self._end()

    def _end(self) -> None:
        if self._process is not None:
            self.stop()
        self._folder.cleanup()


def executable() -> Path:
    """Return the daemon's program; raises DaemonNotInstalled."""
    layout = Layout(ROOT)
    found = program(layout, os.environ)
    if not found.exists():
        raise DaemonNotInstalled(
            f'{check_official_daemon(layout).text}: ./bbia setup --tests makes it, or says what is'
            f' missing; {VENV_VARIABLE} names an existing environment'
        )
    return found
