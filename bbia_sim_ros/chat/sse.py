"""Server-sent events: the stream in which OpenAI-compatible servers answer.

Source: the WHATWG HTML standard, section "Server-sent events", of which only ``data`` is used.
"""

from __future__ import annotations

import re
from typing import Final

_LINE_END: Final = re.compile(rb'\r\n|\n|\r')


class SseReader:
    """Takes bytes as they come apart into events.

    An event of more than ``max_event_b`` bytes, and what is not UTF-8, raise ValueError.
    """

    def __init__(self, max_event_b: int) -> None:
        self._max_event_b = max_event_b
        self._unread = b''
        self._data: list[str] = []
        self._data_b = 0

    def feed(self, received: bytes) -> list[str]:
        """Take the next bytes; return the data of the events that are complete now."""
        self._unread += received
        # A carriage return at the very end may be half of a line's end.
        held = self._unread.endswith(b'\r')
        lines = _LINE_END.split(self._unread[: len(self._unread) - held])
        self._unread = lines.pop() + b'\r' * held
        self._check(len(self._unread))
        return [data for line in lines if (data := self._line(line)) is not None]

    def _line(self, line: bytes) -> str | None:
        if not line:
            data, self._data, self._data_b = self._data, [], 0
            return '\n'.join(data) if data else None
        name, _, value = line.partition(b':')
        if name == b'data':
            self._check(len(value))
            self._data.append(value.removeprefix(b' ').decode())
            self._data_b += len(value)
        return None

    def _check(self, more_b: int) -> None:
        if self._data_b + more_b > self._max_event_b:
            raise ValueError(f'an event has more than {self._max_event_b} bytes')
