"""Progress of setup steps on the terminal: a bar per running step, a line per finished one.

Contract: rows are updated from any thread; only `draw`, `open`, `close` and `say` write, under one
lock. On a terminal the running rows are redrawn in place; elsewhere (a file, CI) plain lines appear
when a step starts and ends, and every PLAIN_INTERVAL_S seconds in between.
"""

import shutil
import threading
import time
from dataclasses import dataclass
from dataclasses import field
from typing import TextIO

BAR_WIDTH = 24
PLAIN_INTERVAL_S = 15.0
SPINNER = '|/-\\'


def elapsed(since: float) -> str:
    """Return the time since the monotonic instant `since`, for people: '0.4 s', '2 min 05 s'."""
    seconds = time.monotonic() - since
    if seconds < 60:
        return f'{seconds:.1f} s'
    return f'{int(seconds // 60)} min {int(seconds % 60):02d} s'


@dataclass(eq=False)
class Row:
    """One step's progress. `fraction` is None while nobody knows how much there is to do."""

    title: str
    started: float = field(default_factory=time.monotonic)
    fraction: float | None = None
    what: str = ''
    last_plain: float = field(default_factory=time.monotonic)

    def update(self, done: float, total: float, what: str = '') -> None:
        """Say that `done` of `total` is done, and what is in hand."""
        self.fraction = min(1.0, max(0.0, done / total)) if total > 0 else None
        self.what = what


class Board:
    """Writes rows to `stream`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._tty = stream.isatty()
        self._lock = threading.Lock()
        self._rows: list[Row] = []
        self._drawn = 0

    def open(self, title: str) -> Row:
        """Begin a row."""
        row = Row(title)
        with self._lock:
            self._rows.append(row)
            if not self._tty:
                self._write(f'start  {title}\n')
        return row

    def close(self, row: Row, *, succeeded: bool) -> None:
        """End a row with a line that stays."""
        word = 'done ' if succeeded else 'FAIL '
        with self._lock:
            self._erase()
            self._rows.remove(row)
            self._write(f'{word}  {row.title}  ({elapsed(row.started)})\n')
            self._paint()

    def say(self, line: str) -> None:
        """Write a line that stays."""
        with self._lock:
            self._erase()
            self._write(f'{line}\n')
            self._paint()

    def draw(self) -> None:
        """Bring what is shown up to date."""
        with self._lock:
            if self._tty:
                self._erase()
                self._paint()
                return
            now = time.monotonic()
            for row in self._rows:
                if now - row.last_plain >= PLAIN_INTERVAL_S:
                    row.last_plain = now
                    self._write(f'  ...  {_describe(row)}\n')

    def _paint(self) -> None:
        if not self._tty:
            return
        width = shutil.get_terminal_size().columns
        for row in self._rows:
            self._write(f'{_bar(row)} {_describe(row)}'[: width - 1] + '\n')
        self._drawn = len(self._rows)

    def _erase(self) -> None:
        if self._drawn:
            self._write(f'\x1b[{self._drawn}A\x1b[J')
            self._drawn = 0

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def _bar(row: Row) -> str:
    if row.fraction is None:
        spin = SPINNER[int((time.monotonic() - row.started) * 8) % len(SPINNER)]
        return f'[{spin:^{BAR_WIDTH}}]'
    filled = round(row.fraction * BAR_WIDTH)
    return f'[{"#" * filled:<{BAR_WIDTH}}]'


def _describe(row: Row) -> str:
    percent = '' if row.fraction is None else f' {row.fraction:4.0%}'
    return f'{row.title}{percent}  {elapsed(row.started)}  {row.what}'.rstrip()
