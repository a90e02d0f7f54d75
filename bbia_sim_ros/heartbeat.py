"""What a process and the one that watches over it tell each other: first of all that it turns.

Contract
- `beat` is called a few times a second by the thread whose standstill is to be noticed, and by no
  other. It never waits. Only the standard library is imported.
- Under a supervisor the variable `PIPE_VARIABLE` holds the number of an inherited pipe; each beat
  is a byte in it, and its end says that the process is ending by itself. The supervisor kills what
  is silent, also what SIGSTOP stopped; `TRACE_SIGNAL` has it print where its threads are before.
- Another thread of the process that stands still is found by `silent` (`pulses.py`). In the place
  of a beat the pipe then bears `COMPLAINT`, what is wrong, and a line feed; the supervisor kills.
- Without a supervisor (`ros2 launch`, `ros2 run`) the interpreter's own watchdog does that: after
  `ALONE_LIMIT_S` without a beat it prints where every thread is and ends the process with exit code
  1, even if a thread holds the interpreter's lock. So does a beat that finds a silent thread.
  launch_ros then starts the process again.
- `RESTARTS_VARIABLE` and `LAST_END_VARIABLE` tell a process that was started again how many were
  before it in this run, and how the last of them ended.
- `SWITCH_VARIABLE` set to `off` switches all of this off, for work with a debugger.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import time
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Final
from typing import NoReturn

PIPE_VARIABLE: Final = 'BBIA_HEARTBEAT_FD'
RESTARTS_VARIABLE: Final = 'BBIA_RESTARTS'
LAST_END_VARIABLE: Final = 'BBIA_LAST_END'
SWITCH_VARIABLE: Final = 'BBIA_WATCHDOG'
TRACE_SIGNAL: Final = signal.SIGUSR1
BEAT: Final = b'.'
COMPLAINT: Final = b'!'
ALONE_LIMIT_S: Final = 20.0
# Each time costs a thread.
_ALONE_PERIOD_S = 1.0


def is_switched_off(environment: Mapping[str, str]) -> bool:
    """Whether the person wants no process to be ended for its silence."""
    return environment.get(SWITCH_VARIABLE, '') == 'off'


class HeartbeatError(ValueError):
    """What the environment says of the pipe is wrong; the message says how."""


class Heartbeat:
    """See the module's docstring. Made before the nodes, so that a trace can be asked for early."""

    def __init__(
        self,
        environment: MutableMapping[str, str],
        *,
        silent: Callable[[], str],
        alone_limit_s: float = ALONE_LIMIT_S,
    ) -> None:
        """Take the pipe out of `environment`: child processes have no business with it.

        `silent` returns which other thread stands still, '' if none does; each beat asks it. Raises
        `HeartbeatError` when the variable is not the number of an open file.
        """
        number = environment.pop(PIPE_VARIABLE, '')
        self._pipe = _own_pipe(number) if number else None
        self._alone = self._pipe is None and not is_switched_off(environment)
        self._silent = silent
        self._alone_limit_s = alone_limit_s
        self._due = 0.0
        faulthandler.register(TRACE_SIGNAL, all_threads=True)

    def beat(self) -> None:
        """Show that the calling thread turns, and whether the others do."""
        if self._pipe is None and not self._alone:
            return
        silence = self._silent()
        if self._pipe is not None:
            word = COMPLAINT + silence.encode() + b'\n' if silence else BEAT
            # Full: the supervisor itself stands still. Broken: it is gone, and we shall be.
            with suppress(BlockingIOError, BrokenPipeError):
                os.write(self._pipe, word)
        elif silence:
            _end_alone(silence)
        elif time.monotonic() >= self._due:
            self._due = time.monotonic() + _ALONE_PERIOD_S
            faulthandler.dump_traceback_later(self._alone_limit_s, exit=True)

    def close(self) -> None:
        """Say that the process ends by itself from now on."""
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None
        faulthandler.cancel_dump_traceback_later()


def _end_alone(silence: str) -> NoReturn:
    print(f'hangs, {silence}: where each thread is, and the end', file=sys.stderr, flush=True)
    faulthandler.dump_traceback(all_threads=True)
    os._exit(1)


def _own_pipe(number: str) -> int:
    try:
        pipe = int(number)
        os.set_inheritable(pipe, False)
        os.set_blocking(pipe, False)
    except (ValueError, OSError) as error:
        raise HeartbeatError(
            f'{PIPE_VARIABLE} is {number!r}, not the number of an open pipe ({error}); unset it'
        ) from error
    return pipe
