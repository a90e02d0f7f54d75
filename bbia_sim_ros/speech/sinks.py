"""Where sound goes: nowhere, into a WAV file, or to a device (`device_sink.py`).

Contract
    A sink takes int16 mono samples at one rate, one chunk after the other, and never waits for them
    to be heard: the player keeps the time. It wants a chunk `lead_s` before that is heard. Not
    thread-safe. Whatever goes wrong is a `SinkError`, after which the sink may be opened again.
"""

from __future__ import annotations

import wave
from pathlib import Path
from typing import IO
from typing import Final
from typing import Protocol

from bbia_sim_ros.private_files import private
from bbia_sim_ros.speech.engine import Samples
from bbia_sim_ros.speech.errors import SinkError

SAMPLE_B: Final = 2
# A WAV file holds its length in 32 bits.
MAX_FILE_B: Final = 2**32 - 4096

_WAV: Final = b'RIFF'


class Sink(Protocol):
    """See the module's docstring."""

    @property
    def lead_s(self) -> float:
        """How long before it is heard a chunk is wanted, s."""

    def open(self) -> None:
        """Get ready; nothing happens when it is. Raises `SinkError`."""

    def write(self, samples: Samples) -> None:
        """Take a chunk; raises `SinkError`."""

    def finish(self) -> None:
        """Expect nothing for a while: what was written is still heard."""

    def drop(self) -> None:
        """Be silent at once; what was written and is not yet heard is lost."""

    def close(self) -> None:
        """Give everything back."""


class NullSink:
    """Nobody hears it."""

    lead_s = 0.0

    def open(self) -> None:
        """See `Sink`."""

    def write(self, samples: Samples) -> None:
        """See `Sink`."""

    def finish(self) -> None:
        """See `Sink`."""

    def drop(self) -> None:
        """See `Sink`."""

    def close(self) -> None:
        """See `Sink`."""


class WavSink:
    """A WAV file, written anew from its first opening on; its header is right after each chunk.

    It is for this account alone, and takes the place of no file of another kind.

    The silence between two texts is not in it.
    """

    lead_s = 0.0

    def __init__(self, path: Path, rate: int) -> None:
        self._path = path
        self._rate = rate
        self._raw: IO[bytes] | None = None
        self._file: wave.Wave_write | None = None
        self._written_b = 0

    def open(self) -> None:
        """See `Sink`."""
        if self._file is not None:
            return
        try:
            # Whoever may set the node's parameters could otherwise have any file overwritten.
            if self._path.is_file() and not _is_empty_or_wav(self._path):
                raise SinkError(f'{self._path} is there and no WAV file: name another')
            self._raw = open(self._path, 'wb', opener=private)  # noqa: SIM115 - closed in close()
        except OSError as error:
            raise SinkError(f'{self._path} cannot be written: {error.strerror}') from error
        self._file = wave.open(self._raw, 'wb')  # noqa: SIM115 - closed in close()
        self._file.setparams((1, SAMPLE_B, self._rate, 0, 'NONE', ''))
        self._written_b = 0

    def write(self, samples: Samples) -> None:
        """See `Sink`."""
        if self._file is None:
            raise SinkError(f'{self._path} is not open')
        if self._written_b + samples.nbytes > MAX_FILE_B:
            raise SinkError(f'{self._path} is full: a WAV file ends at 4 GiB; name another file')
        try:
            self._file.writeframes(samples.tobytes())
        except OSError as error:
            raise SinkError(f'{self._path} cannot be written: {error.strerror}') from error
        self._written_b += samples.nbytes

    def finish(self) -> None:
        """See `Sink`."""

    def drop(self) -> None:
        """See `Sink`."""

    def close(self) -> None:
        """See `Sink`."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._raw is not None:
            self._raw.close()
            self._raw = None


def _is_empty_or_wav(path: Path) -> bool:
    with path.open('rb') as file:
        return file.read(len(_WAV)) in {b'', _WAV}
