"""Log lines of several processes on one stream, each with the name of its process before it.

Contract: one thread. What is not text is shown as such; control sequences other than colours are
not passed on. A stream that nobody reads any more is noticed, not raised.
"""

import re
from collections.abc import Sequence
from typing import BinaryIO

COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)
NOT_SHOWN = re.compile(r'\x1b(?!\[[0-9;]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]')


class Output:
    """Writes prefixed lines. When nobody reads them any more, `closed` is set."""

    def __init__(self, stream: BinaryIO, *, colour: bool = False) -> None:
        self._stream = stream
        self._colour = colour
        self._width = 0
        self._colours: dict[str, int] = {}
        self.closed = False

    def register(self, names: Sequence[str]) -> None:
        """Align the prefixes and give each name a colour."""
        self._width = max(map(len, names), default=0)
        self._colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}

    def line(self, name: str, text: bytes | str) -> None:
        """Write one line of the process `name`."""
        if self.closed:
            return
        if isinstance(text, bytes):
            text = text.decode('utf-8', errors='replace')
        prefix = f'[{name}]'.ljust(self._width + 2)
        shown = NOT_SHOWN.sub('\N{REPLACEMENT CHARACTER}', text.rstrip('\r\n'))
        if self._colour:
            prefix = f'\x1b[{self._colours.get(name, 1)}m{prefix}\x1b[0m'
            shown += '\x1b[0m' if '\x1b' in shown else ''
        try:
            self._stream.write(f'{prefix} {shown}\n'.encode())
            self._stream.flush()
        except BrokenPipeError:
            self.closed = True
