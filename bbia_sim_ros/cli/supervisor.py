"""Runs the stack's processes: log lines, restarts with a limit, an end that leaves nothing behind.

Own code on purpose, after a look at circus 0.19 (needs pyzmq, tornado and psutil before anything
can start), supervisor 4.3 (a daemon with a configuration file) and honcho 2.0 (ends everything when
one process ends, restarts nothing): none of them asks the kernel to take the children along when it
is killed itself, which a robot's processes must not survive.

Contract
- Single-threaded (asyncio), standard library only. `Supervisor.run` is called once.
- A process that ends with 0 is done; with CANNOT_START it said why it cannot run, and is given up;
  otherwise it crashed and is started again: at once, and after `respawn_delay_s` when it ran for
  less than `settled_s`, as one that cannot come up does. After more than `max_restarts` crashes
  within `restart_window_s` it is given up. The others run on. RESTARTS_VARIABLE and
  LAST_END_VARIABLE tell the new process how many were before it, and how the last one ended.
- A process with a `hang_timeout_s` that stands still, be it stuck or stopped, is killed and counts
  as crashed (`cli/heartbeats.py`).
- SIGINT or SIGTERM: SIGINT to every process, after STOP_AFTER_S SIGTERM, after KILL_AFTER_S SIGKILL
  (a second signal skips to that). Every process leads a session of its own, so the terminal's
  Ctrl-C reaches it once, through us, and not its workers; what it leaves behind is killed.
- Exit code 0 when everything is done or was stopped, 1 when a process was given up.
- Log lines: any bytes; what is not text is shown as such, longer lines than LINE_LIMIT_B are cut
  into pieces, so a process can make us hold no more than that.
"""

import asyncio
import os
import signal
import time
from collections import deque
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bbia_sim_ros.cli.child import die_with_parent
from bbia_sim_ros.cli.child import signal_group
from bbia_sim_ros.cli.heartbeats import Heartbeats
from bbia_sim_ros.cli.log_output import Output
from bbia_sim_ros.heartbeat import LAST_END_VARIABLE
from bbia_sim_ros.heartbeat import PIPE_VARIABLE
from bbia_sim_ros.heartbeat import RESTARTS_VARIABLE
from bbia_sim_ros.heartbeat import is_switched_off

CANNOT_START = 2
STOP_AFTER_S = 5.0
KILL_AFTER_S = 8.0
DRAIN_S = 1.0
READ_B = 65536
LINE_LIMIT_B = 16384
OWN_NAME = 'bbia'


class ProcessLike(Protocol):
    """What is needed of `stack.Process`."""

    @property
    def name(self) -> str: ...
    @property
    def command_arguments(self) -> tuple[str, ...]: ...
    @property
    def respawn_delay_s(self) -> float: ...
    @property
    def settled_s(self) -> float: ...
    @property
    def max_restarts(self) -> int: ...
    @property
    def restart_window_s(self) -> float: ...
    @property
    def hang_timeout_s(self) -> float: ...
    @property
    def start_timeout_s(self) -> float: ...


@dataclass(frozen=True, kw_only=True)
class End:
    """How a process ended: its exit code, negative after a signal, and that in words."""

    status: int
    reason: str


class Supervisor:
    """Runs processes until they are done or a signal comes."""

    def __init__(
        self,
        processes: Sequence[ProcessLike],
        *,
        interpreter: str,
        environment: Mapping[str, str],
        cwd: Path,
        output: Output,
    ) -> None:
        self._processes = processes
        self._interpreter = interpreter
        self._environment = {**environment, 'PYTHONUNBUFFERED': '1'}
        self._cwd = cwd
        self._output = output
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._given_up: list[str] = []
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        output.register([OWN_NAME, *(process.name for process in processes)])

    async def run(self) -> int:
        """Run everything to its end and return the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._on_signal)
        names = ', '.join(process.name for process in self._processes)
        self._say(f'starting {names}; Ctrl-C stops everything')
        watching = [asyncio.create_task(self._keep(process)) for process in self._processes]
        stopping = asyncio.create_task(self._stop_when_asked())
        try:
            await asyncio.gather(*watching)
        finally:
            stopping.cancel()
            for process in self._running.values():
                signal_group(process.pid, signal.SIGKILL)
        if self._given_up:
            self._say(f'given up: {", ".join(self._given_up)}')
            return 1
        self._say('stopped' if self._stop.is_set() else 'all done')
        return 0

    def _on_signal(self) -> None:
        (self._hurry if self._stop.is_set() else self._stop).set()

    def _say(self, text: str) -> None:
        self._output.line(OWN_NAME, text)

    async def _keep(self, spec: ProcessLike) -> None:
        """Run one process, again after a crash, until it is done, given up or to be stopped."""
        crashes: deque[float] = deque(maxlen=spec.max_restarts + 1)
        restarts, news = 0, dict[str, str]()
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                end = await self._run_once(spec, news)
            except OSError as error:
                self._give_up(spec, f'cannot be started: {error}')
                return
            if self._stop.is_set() or end.status == 0:
                return
            crashes.append(time.monotonic())
            recent = [at for at in crashes if crashes[-1] - at <= spec.restart_window_s]
            if end.status == CANNOT_START:
                self._give_up(spec, f'cannot start ({end.reason})')
                return
            if len(recent) > spec.max_restarts:
                limit = f'{len(recent)} times within {spec.restart_window_s:g} s'
                self._give_up(spec, f'{end.reason}, {limit}: not started again')
                return
            restarts += 1
            news = {RESTARTS_VARIABLE: str(restarts), LAST_END_VARIABLE: end.reason}
            delay_s = spec.respawn_delay_s if crashes[-1] - started < spec.settled_s else 0.0
            when = f'again in {delay_s:g} s' if delay_s else 'again now'
            self._say(f'{spec.name} ended: {end.reason}; {when} (restart {restarts})')
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stop.wait(), delay_s)

    def _give_up(self, spec: ProcessLike, why: str) -> None:
        self._given_up.append(spec.name)
        self._say(f'{spec.name} {why}')

    async def _run_once(self, spec: ProcessLike, news: Mapping[str, str]) -> End:
        # Our own pipe: asyncio's `wait` lasts as long as anyone, also a grandchild, holds its pipe.
        ours, theirs = os.pipe()
        reader, transport = await _open_reader(ours)
        ear = self._open_ear(spec)
        beats = () if ear is None else (ear.theirs,)
        variables = {**self._environment, **news}
        if ear is not None:
            variables[PIPE_VARIABLE] = str(ear.theirs)
        try:
            process = await asyncio.create_subprocess_exec(
                self._interpreter,
                *spec.command_arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=theirs,
                stderr=theirs,
                cwd=self._cwd,
                env=variables,
                pass_fds=beats,
                start_new_session=True,
                preexec_fn=die_with_parent(),
            )
        except OSError:
            transport.close()
            if ear is not None:
                ear.close()
            raise
        finally:
            for descriptor in (theirs, *beats):
                os.close(descriptor)
        self._running[spec.name] = process
        if self._stop.is_set():  # asked to stop while it was being started
            _signal(process, signal.SIGINT)
        copying = asyncio.create_task(self._copy_lines(spec.name, reader))
        listening = asyncio.create_task(self._listen(ear, process.pid))
        try:
            status = await process.wait()
            signal_group(process.pid, signal.SIGKILL)  # what it left behind
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(copying, DRAIN_S)
        finally:
            copying.cancel()
            transport.close()
            listening.cancel()
            if ear is not None:
                ear.close()
            del self._running[spec.name]
        if ear is not None and ear.verdict:
            return End(status=status or -signal.SIGKILL, reason=ear.verdict)
        return End(status=status, reason=_describe(status))

    def _open_ear(self, spec: ProcessLike) -> Heartbeats | None:
        if spec.hang_timeout_s <= 0.0 or is_switched_off(self._environment):
            return None
        return Heartbeats(start_timeout_s=spec.start_timeout_s, hang_timeout_s=spec.hang_timeout_s)

    async def _listen(self, ear: Heartbeats | None, pid: int) -> None:
        """Kill the process when it stands still, but not while we are stopping."""
        if ear is None:
            return
        silence = await ear.silence(pid)
        if not self._stop.is_set():
            await ear.kill(pid, f'{silence}: killed')

    async def _copy_lines(self, name: str, reader: asyncio.StreamReader) -> None:
        rest = b''
        while chunk := await reader.read(READ_B):
            *lines, rest = (rest + chunk).split(b'\n')
            for line in lines:
                self._copy_line(name, line)
            while len(rest) > LINE_LIMIT_B:
                self._output.line(name, rest[:LINE_LIMIT_B])
                rest = rest[LINE_LIMIT_B:]
            if self._output.closed:
                self._stop.set()
        if rest:
            self._copy_line(name, rest)

    def _copy_line(self, name: str, line: bytes) -> None:
        for start in range(0, max(1, len(line)), LINE_LIMIT_B):
            self._output.line(name, line[start : start + LINE_LIMIT_B])

    async def _stop_when_asked(self) -> None:
        await self._stop.wait()
        self._say('stopping')
        self._signal_all(signal.SIGINT)
        for step, delay_s in (
            (signal.SIGTERM, STOP_AFTER_S),
            (signal.SIGKILL, KILL_AFTER_S - STOP_AFTER_S),
        ):
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), delay_s)
            number = signal.SIGKILL if self._hurry.is_set() else step
            if not self._running:
                return
            self._say(f'{", ".join(self._running)} did not stop: {number.name}')
            self._signal_all(number)

    def _signal_all(self, number: signal.Signals) -> None:
        for process in self._running.values():
            if number == signal.SIGKILL:
                signal_group(process.pid, number)
            else:
                _signal(process, number)


async def _open_reader(descriptor: int) -> tuple[asyncio.StreamReader, asyncio.BaseTransport]:
    reader = asyncio.StreamReader(limit=READ_B)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, 'rb', buffering=0)
    )
    return reader, transport


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(number)


def _describe(status: int) -> str:
    if status < 0:
        return f'killed by {signal.Signals(-status).name}'
    return f'exit code {status}'
