"""What a long command tells a person: one line that changes in a terminal, few lines in a log."""

from __future__ import annotations

import time
from typing import Final
from typing import TextIO

_LOG_PERIOD_S: Final = 10.0
_CLEAR: Final = '\r\x1b[K'


class ProgressLine:
    """Writes to a terminal or anything else; one thread."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._terminal = output.isatty()
        self._due = 0.0
        self._shown = False

    def show(self, text: str) -> None:
        """Show how far it is: in a terminal at once, elsewhere now and then."""
        if self._terminal:
            print(f'{_CLEAR}{text}', end='', file=self._output, flush=True)
            self._shown = True
        elif time.monotonic() >= self._due:
            self._due = time.monotonic() + _LOG_PERIOD_S
            print(text, file=self._output, flush=True)

    def say(self, text: str) -> None:
        """Write a line that stays."""
        if self._shown:
            print(_CLEAR, end='', file=self._output)
            self._shown = False
        print(text, file=self._output, flush=True)
