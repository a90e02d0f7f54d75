"""The supervisor's ear for one process: notices that it stands still.

Contract: one asyncio loop, standard library only. The process writes bytes into the pipe `theirs`
(`bbia_sim_ros/heartbeat.py`). Silence is counted in looks, `LOOK_S` apart: time that we slept
through ourselves (a suspended laptop, a stopped supervisor, a stalled computer) does not count.
A process that a signal stopped is known at once and has `STOPPED_LOOKS`, as after a sleep of ours
it may wake up a moment after us; any other silence may be a busy computer and has
`hang_timeout_s`; a complaint of a thread of its own has waited long enough.
Until the first beat the process may import and load for `start_timeout_s`; one that closes the pipe
is ending by itself and has `ENDING_S`.
"""

import asyncio
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from bbia_sim_ros.cli.child import signal_group
from bbia_sim_ros.heartbeat import COMPLAINT
from bbia_sim_ros.heartbeat import TRACE_SIGNAL

LOOK_S = 0.2
STOPPED_LOOKS = 2
ENDING_S = 8.0
# The process prints where its threads are.
TRACE_S = 0.15
READ_B = 4096


class Heartbeats:
    """See the module's docstring. `theirs` is to be handed on and closed once that is done."""

    def __init__(self, *, start_timeout_s: float, hang_timeout_s: float) -> None:
        self._ours, self.theirs = os.pipe()
        os.set_blocking(self._ours, False)
        self._hang_timeout_s = hang_timeout_s
        self._limit_s = start_timeout_s
        self._limit_name = 'has not begun to turn'
        self._heard = False
        self._complaint = ''
        self.verdict = ''
        """Why it was killed; empty if it was not."""

    async def silence(self, pid: int) -> str:
        """Return what is wrong with process `pid` once it, or a thread of it, stands still."""
        looked = time.monotonic()
        silent_s, stopped_looks = 0.0, 0
        while silent_s < self._limit_s:
            await asyncio.sleep(LOOK_S)
            now = time.monotonic()
            passed_s, looked = min(now - looked, 2.0 * LOOK_S), now
            silent_s = 0.0 if self._hear() else silent_s + passed_s
            if self._complaint:
                return f'hangs, {self._complaint}'
            stopped_looks = stopped_looks + 1 if _is_stopped(pid) else 0
            if stopped_looks == STOPPED_LOOKS:
                return f'was stopped by a signal for {stopped_looks * LOOK_S:.1f} s'
        return f'{self._limit_name} for {silent_s:.1f} s'

    async def kill(self, pid: int, verdict: str) -> None:
        """Have process `pid` print where its threads are, if it still can, and kill its group."""
        self.verdict = verdict
        if self._heard and not _is_stopped(pid):
            with suppress(ProcessLookupError):
                os.kill(pid, TRACE_SIGNAL)
            await asyncio.sleep(TRACE_S)
        signal_group(pid, signal.SIGKILL)

    def close(self) -> None:
        """Close our end."""
        os.close(self._ours)

    def _hear(self) -> bool:
        """Take the beats that have come; tell whether there were some, or the end of them."""
        if self._limit_name == 'is ending':
            return False
        try:
            beats = os.read(self._ours, READ_B)
        except BlockingIOError:
            return False
        if beats:
            self._heard = True
            self._limit_s, self._limit_name = self._hang_timeout_s, 'hangs, silent'
            _, _, complaint = beats.partition(COMPLAINT)
            self._complaint = complaint.partition(b'\n')[0].decode(errors='replace')
        else:
            self._limit_s, self._limit_name = ENDING_S, 'is ending'
        return True


def _is_stopped(pid: int) -> bool:
    """Whether the process is stopped by a signal (Linux; elsewhere never)."""
    try:
        status = Path(f'/proc/{pid}/stat').read_text(encoding='utf-8', errors='replace')
    except OSError:
        return False
    return status.rpartition(')')[2].split()[0] == 'T'
