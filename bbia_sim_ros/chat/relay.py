"""Text from another thread, handed to whoever asked in their own."""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable
from typing import Final

from bbia_sim_ros.chat.engine import AnswerCancelledError
from bbia_sim_ros.chat.engine import EngineError

_POLL_S: Final = 0.02

Pieces = queue.SimpleQueue[str | None]
"""The pieces of an answer; None after the last."""


def pass_on(
    pieces: Pieces,
    on_text: Callable[[str], None],
    *,
    cancelled: threading.Event,
    closed: threading.Event,
    deadline_s: float = math.inf,
) -> None:
    """Call ``on_text`` with each piece until the last, in this thread.

    Raises `AnswerCancelledError` within 0.02 s once ``cancelled`` is set, and `EngineError` once
    ``closed`` is, or after ``deadline_s``.
    """
    end = time.monotonic() + deadline_s
    while True:
        if cancelled.is_set():
            raise AnswerCancelledError('cancelled')
        if closed.is_set():
            raise EngineError('the engine was closed while it answered')
        if time.monotonic() > end:
            raise EngineError(f'there was no whole answer within {deadline_s:g} s')
        try:
            piece = pieces.get(timeout=_POLL_S)
        except queue.Empty:
            continue
        if piece is None:
            return
        on_text(piece)
