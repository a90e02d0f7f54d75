"""Sound files as a source: one, or all of a folder in the order of their names.

Contract
    A block comes when its last frame would have been recorded, at `speed` times real time; with
    speed 0 at once. Its `start_s` follows the sound, not the clock: at another speed than 1 it runs
    ahead of the clock, or stays behind. Between files, and after the last, there is silence. A file
    that is missing, no sound or damaged is reported, once; what could be read of it is heard, and
    the next one goes on. When nothing at all can be read, `read` raises AudioError. A source that
    was paused goes on where it was. Files are read piece by piece, whatever their length. Not
    thread-safe.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bbia_sim_ros.audio.address import SOUND_SUFFIXES
from bbia_sim_ros.audio.address import Address
from bbia_sim_ros.audio.address import Kind
from bbia_sim_ros.audio.errors import AudioError
from bbia_sim_ros.audio.errors import EndOfSound
from bbia_sim_ros.audio.errors import SoundFileError
from bbia_sim_ros.audio.sound_file import SoundFile
from bbia_sim_ros.audio.source import Block
from bbia_sim_ros.audio.source import Samples

BLOCK_S: Final = 0.032
LONGEST_WAIT_S: Final = 0.5
# A node that was held up for longer goes on in real time, instead of playing what it missed fast.
_MOST_BEHIND_S: Final = 1.0
_SILENCE_RATE_HZ: Final = 16_000

Piece = tuple[Samples, int]


@dataclass(frozen=True, kw_only=True)
class Playback:
    """How files are played.

    Attributes
    ----------
    speed:
        Times real time; 0 is as fast as they are read.
    loop:
        Whether to begin anew after the last file.
    silence_between_s, silence_at_end_s:
        Seconds of silence between two files, and after the last.

    """

    speed: float = 1.0
    loop: bool = False
    silence_between_s: float = 0.0
    silence_at_end_s: float = 0.0


class FileSource:
    """See the module's docstring. `on_problem` is told of each file that is left out or cut off.

    Attributes
    ----------
    files_read:
        Files read to their end so far.
    files_damaged:
        Files so far that could not be, or not wholly.

    """

    def __init__(
        self,
        address: Address,
        playback: Playback,
        *,
        on_problem: Callable[[str], object],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.files_read = 0
        self.files_damaged = 0
        self._address = address
        self._playback = playback
        self._on_problem = on_problem
        self._clock = clock
        self._sleep = sleep
        self._current = ''
        self._problem = ''
        self._reported: set[Path] = set()
        self._pieces = self._all_pieces()
        self._piece: Piece | None = None
        self._position_s = 0.0
        # Of the next frame: its time in the sound, and when the clock is to show its beginning.
        self._sound_s = -math.inf
        self._due_s: float | None = None  # None while paused

    @property
    def label(self) -> str:
        """The file or folder."""
        return self._address.label

    @property
    def details(self) -> dict[str, str]:
        """Where it is."""
        return {
            'file': self._current,
            'position': f'{self._position_s:.2f} s',
            'files read': str(self.files_read),
            'files damaged': str(self.files_damaged),
        }

    @property
    def problem(self) -> str:
        """Which file could not be read, or not wholly; the last one."""
        return self._problem

    def read(self) -> Block | None:
        """Return the next block, None if it is not yet due; see `source.SoundSource`."""
        if self._piece is None:
            self._piece = self._next_piece()
        samples, rate_hz = self._piece
        duration_s = len(samples) / rate_hz
        if not self._wait_until_recorded(duration_s):
            return None
        block = Block(samples=samples, rate_hz=rate_hz, start_s=self._sound_s)
        self._piece = None
        self._position_s += duration_s
        self._sound_s += duration_s
        return block

    def pause(self) -> None:
        """Stay where it is."""
        self._due_s = None

    def _wait_until_recorded(self, duration_s: float) -> bool:
        """Wait for the end of the next piece, but not for long; say whether it has come."""
        now = self._clock()
        if self._due_s is None:
            self._due_s = now
            self._sound_s = max(now, self._sound_s)
        if self._playback.speed == 0.0:
            return True
        end_s = self._due_s + duration_s / self._playback.speed
        if end_s > now:
            self._sleep(min(end_s - now, LONGEST_WAIT_S))
            now = self._clock()
        if end_s > now:
            return False
        behind_s = now - end_s
        if behind_s > _MOST_BEHIND_S:
            end_s += behind_s
            self._sound_s += behind_s
        self._due_s = end_s
        return True

    def _next_piece(self) -> Piece:
        """Return what is to be heard next; raises AudioError and EndOfSound."""
        try:
            return next(self._pieces)
        except AudioError:
            self._pieces = self._all_pieces()
            raise
        except StopIteration:
            raise EndOfSound from None

    def _all_pieces(self) -> Iterator[Piece]:
        """Yield everything; raises AudioError when there is nothing."""
        playback = self._playback
        while True:
            heard = False
            for path in self._files():
                if heard:
                    yield from _silence(playback.silence_between_s)
                try:
                    for piece in self._pieces_of(path):
                        heard = True
                        yield piece
                except SoundFileError as error:
                    self._problem = str(error)
                    self.files_damaged += 1
                    if path not in self._reported:
                        self._reported.add(path)
                        self._on_problem(self._problem)
                else:
                    self.files_read += 1
            if not heard:
                problem, self._problem = self._problem, ''
                raise AudioError(problem or f'{self.label}: there is no sound in it')
            if not playback.loop:
                yield from _silence(playback.silence_at_end_s)
                return
            yield from _silence(playback.silence_between_s)

    def _files(self) -> list[Path]:
        path = Path(self._address.location)
        if self._address.kind is Kind.FILE:
            return [path]
        try:
            entries = sorted(path.iterdir())
        except OSError as error:
            raise AudioError(f'{path}: {error.strerror}') from error
        files = [entry for entry in entries if entry.suffix.lower() in SOUND_SUFFIXES]
        if not files:
            raise AudioError(f'{path}: no file in it ends in {" or ".join(SOUND_SUFFIXES)}')
        return files

    def _pieces_of(self, path: Path) -> Iterator[Piece]:
        self._current = str(path)
        self._position_s = 0.0
        with SoundFile(path) as file:
            frames = round(file.rate_hz * BLOCK_S)
            while len(samples := file.read(frames)):
                yield samples, file.rate_hz


def _silence(duration_s: float) -> Iterator[Piece]:
    left = round(duration_s * _SILENCE_RATE_HZ)
    while left > 0:
        frames = min(left, round(BLOCK_S * _SILENCE_RATE_HZ))
        yield np.zeros((frames, 1), np.float32), _SILENCE_RATE_HZ
        left -= frames
