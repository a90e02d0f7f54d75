"""One command as a child process: fed, waited for, and killed as soon as nobody wants its answer.

The text goes through standard input, so it is never part of a command line: no shell reads it, no
option can hide in it, and no list of processes shows it. The child has a session of its own, so
Ctrl-C reaches only us, and it cannot outlive us (Linux).
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Sequence

from bbia_sim_ros.cli.child import die_with_parent
from bbia_sim_ros.speech.errors import CancelledError
from bbia_sim_ros.speech.errors import SynthesisError

_LOOK_S = 0.02
_SHOWN = 300


def run_child(
    command: Sequence[str],
    given: bytes,
    *,
    deadline_s: float,
    cancelled: threading.Event | None = None,
) -> bytes:
    """Return what `command` writes to standard output.

    Raises `CancelledError` when `cancelled` is set, `SynthesisError` when the command cannot be
    run, takes more than `deadline_s`, or fails.
    """
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=die_with_parent(),  # noqa: PLW1509 - only a prctl
        )
    except OSError as error:
        raise SynthesisError(f'{command[0]} cannot be run: {error.strerror}') from error
    end = time.monotonic() + deadline_s
    with process:
        try:
            answer, complaint = _communicate(process, given, cancelled, end)
        finally:
            process.kill()
    if process.returncode == 0:
        return answer
    if cancelled is not None and cancelled.is_set():
        raise CancelledError('cancelled')
    if time.monotonic() >= end:
        raise SynthesisError(f'{command[0]} took more than {deadline_s:g} s and was ended')
    code = process.returncode
    how = f'was killed by signal {-code}' if code < 0 else f'failed with exit code {code}'
    lines = complaint.decode(errors='replace').strip().splitlines()
    raise SynthesisError(f'{command[0]} {how}' + (f': {lines[-1][:_SHOWN]}' if lines else ''))


def _communicate(
    process: subprocess.Popen[bytes], given: bytes, cancelled: threading.Event | None, end: float
) -> tuple[bytes, bytes]:
    to_send: bytes | None = given
    while True:
        try:
            return process.communicate(to_send, timeout=_LOOK_S)
        except subprocess.TimeoutExpired:
            to_send = None  # it goes on with what it was given
            if (cancelled is not None and cancelled.is_set()) or time.monotonic() >= end:
                process.kill()
