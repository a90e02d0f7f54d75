"""Waiting for an event with a deadline, instead of sleeping and hoping."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar('T')
POLL_S = 0.005
DEADLINE_S = 30.0


def wait_until(
    condition: Callable[[], T], what: str = 'what was waited for', deadline_s: float = DEADLINE_S
) -> T:
    """Return the first true value of `condition`; fail, naming `what`, after the deadline."""
    pause = threading.Event()
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f'not within {deadline_s} s: {what}')
        pause.wait(POLL_S)


def is_running(pid: int) -> bool:
    """Whether process `pid` exists and has not ended (Linux)."""
    try:
        status = Path(f'/proc/{pid}/stat').read_text(encoding='utf-8')
    except FileNotFoundError:
        return False
    return status.rpartition(')')[2].split()[0] != 'Z'
