"""Rosbridge servers that are measured, each in a process of its own, and the programs beside them.

Ours is the node of this project; rosbridge_suite is what an overlay holds whose setup file is
named; any other that runs already is known by its address, and nothing is known of its process.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

_FOLDER = Path(__file__).resolve().parent
_START_S = 30.0
_POLL_S = 0.05
_KILL_S = 5.0
_OURS = (
    *(sys.executable, '-m', 'bbia_sim_ros.container', 'bridge_node'),
    *('--ros-args', '-p', 'port:=0', '-p', 'web_port:=-1'),
)
_SUITE = (
    '. "$0" && exec "$(ros2 pkg prefix rosbridge_server)/lib/rosbridge_server/rosbridge_websocket"'
    ' --ros-args -p port:=0 -p address:=127.0.0.1'
)
# An overlay brings its own Python, so it gets nothing of ours but how to talk.
_SHARED_VARIABLES = ('HOME', 'ROS_DOMAIN_ID', 'ROS_AUTOMATIC_DISCOVERY_RANGE')
_SHARED_PREFIXES = ('FASTDDS_', 'RMW_')
MB = 1e6

Figures = dict[str, float]


@dataclass(frozen=True)
class Server:
    """A server; `process` is None when it is not ours to look into."""

    name: str
    url: str
    process: psutil.Process | None = None

    def cpu_s(self) -> float:
        """Return the processor time used so far, s; nan when it cannot be known."""
        return sum(self.process.cpu_times()[:2]) if self.process else float('nan')

    def rss_mb(self) -> float:
        """Return the resident memory, MB; nan when it cannot be known."""
        return self.process.memory_info().rss / MB if self.process else float('nan')


@contextmanager
def program(
    command: list[str], environment: dict[str, str], output: int | IO[str] | None
) -> Iterator[subprocess.Popen[str]]:
    """Run a program for the time of the block; `output` is where its stdout goes."""
    process = subprocess.Popen(
        command,
        cwd=_FOLDER.parent,
        env=environment,
        stdout=output,
        stderr=None if output in (None, subprocess.PIPE) else subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_KILL_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def source() -> Iterator[None]:
    """Run the publisher and the service."""
    command = [sys.executable, str(_FOLDER / '_bridge_source.py')]
    with program(command, dict(os.environ), None):
        yield


@contextmanager
def our_bridge() -> Iterator[Server]:
    """Run the bridge of this project."""
    with _server('ours', list(_OURS), dict(os.environ), r'rosbridge on ws://\S+:(\d+)') as made:
        yield made


@contextmanager
def rosbridge_suite(setup: str) -> Iterator[Server]:
    """Run rosbridge_suite out of an overlay."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name in _SHARED_VARIABLES or name.startswith(_SHARED_PREFIXES)
    }
    environment['PATH'] = f'/usr/local/bin{os.pathsep}{os.defpath}'
    command = ['bash', '-c', _SUITE, str(Path(setup).resolve())]
    with _server('suite', command, environment, r'server started on port (\d+)') as made:
        yield made


@contextmanager
def _server(
    name: str, command: list[str], environment: dict[str, str], listening: str
) -> Iterator[Server]:
    with (
        tempfile.TemporaryFile('a+') as output,
        program(command, environment, output) as process,
    ):
        end = time.monotonic() + _START_S
        found = None
        while found is None:
            time.sleep(_POLL_S)
            output.seek(0)
            said = output.read()
            found = re.search(listening, said)
            if found is None and (process.poll() is not None or time.monotonic() > end):
                raise SystemExit(f'{name} does not start:\n{said}')
        yield Server(name, f'ws://127.0.0.1:{found[1]}', psutil.Process(process.pid))


@dataclass(frozen=True)
class Seen:
    """What clients saw, and what it cost the server meanwhile."""

    rate_hz: float
    p50_ms: float
    p99_ms: float
    client_percent: float
    server_percent: float
    growth_mb: float


@contextmanager
def clients(server: Server, *arguments: str, seconds: float) -> Iterator[Iterator[Figures]]:
    """Run the client program; from its figures `{}` comes first, when everything runs."""
    command = [sys.executable, str(_FOLDER / '_bridge_client.py'), server.url, *arguments]
    command += ['--seconds', str(seconds)]
    with program(command, dict(os.environ), subprocess.PIPE) as process:
        yield _lines(process)


def _lines(process: subprocess.Popen[str]) -> Iterator[Figures]:
    for line in process.stdout or ():
        yield json.loads(line)
    raise SystemExit('a client ended early')


def watch(server: Server, *arguments: str, seconds: float) -> Seen:
    """Let clients run for a while."""
    before_mb = server.rss_mb()
    with clients(server, *arguments, seconds=seconds) as figures:
        next(figures)
        begun, used = time.monotonic(), server.cpu_s()
        seen = next(figures)
        used, took = server.cpu_s() - used, time.monotonic() - begun
        return Seen(
            rate_hz=seen['rate'],
            p50_ms=seen['p50'],
            p99_ms=seen['p99'],
            client_percent=seen['load'],
            server_percent=100.0 * used / took,
            growth_mb=server.rss_mb() - before_mb,
        )
