"""Reading WAV, FLAC, OGG and MP3 files with libsndfile, and saying what is wrong with one."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Final
from typing import Self

import soundfile

from bbia_sim_ros.audio.errors import SoundFileError
from bbia_sim_ros.audio.source import Samples

MIN_RATE_HZ: Final = 1000
MAX_RATE_HZ: Final = 768_000
MAX_CHANNELS: Final = 64
# What libsndfile notes of a WAV file whose header promises more than there is.
_SHORTER: Final = re.compile(r'^\s*data : (\d+) \(should be (\d+)\)', re.MULTILINE)
# Programs that write into a pipe cannot know the length: they leave 0 or something near 2**31.
_UNKNOWN_LENGTH_B: Final = 0x7FFF_0000


class SoundFile:
    """An open file of sound; use it as a context manager.

    Raises `SoundFileError` from the constructor when the file is missing or no sound, and from
    `read` where it is damaged.

    Attributes
    ----------
    path:
        Where it is.
    rate_hz, channels, frames:
        As its header says; `frames` counts all channels at one time as one.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = soundfile.SoundFile(path)
        except (soundfile.LibsndfileError, TypeError, ValueError, OSError) as error:
            # A name such as sound.raw is a TypeError: such a file does not say its rate.
            raise SoundFileError(f'{path}: {_reason(path, error)}') from error
        self.rate_hz: int = self._file.samplerate
        self.channels: int = self._file.channels
        self.frames: int = self._file.frames
        self._read_frames = 0
        if not (MIN_RATE_HZ <= self.rate_hz <= MAX_RATE_HZ and self.channels <= MAX_CHANNELS):
            self._file.close()
            raise SoundFileError(
                f'{path}: {self.rate_hz} Hz with {self.channels} channels; {MIN_RATE_HZ} ..'
                f' {MAX_RATE_HZ} Hz and at most {MAX_CHANNELS} channels can be read'
            )

    def read(self, frames: int) -> Samples:
        """Return the next (at most `frames`, channels) samples; without rows after the last.

        Raises `SoundFileError` where the file is damaged, after all that could be read.
        """
        try:
            samples: Samples = self._file.read(frames, dtype='float32', always_2d=True)
        except soundfile.LibsndfileError as error:
            raise SoundFileError(
                f'{self.path}: damaged or cut off after {self._seconds_read():.2f} of'
                f' {self.frames / self.rate_hz:.2f} s'
            ) from error
        if not samples.size:
            self._check_length()
        self._read_frames += len(samples)
        return samples

    def _seconds_read(self) -> float:
        return self._read_frames / self.rate_hz

    def _check_length(self) -> None:
        promise = _SHORTER.search(self._file.extra_info)
        if promise is None:
            return
        promised_b, found_b = int(promise[1]), int(promise[2])
        if found_b < promised_b < _UNKNOWN_LENGTH_B:
            whole_s = self._seconds_read() * promised_b / max(found_b, 1)
            raise SoundFileError(
                f'{self.path}: cut off after {self._seconds_read():.2f} of {whole_s:.2f} s'
            )

    def close(self) -> None:
        """Close it; it may be closed already."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _reason(path: Path, error: Exception) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return 'is no file'
        with path.open('rb') as opened:
            empty = not opened.read(1)
    except FileNotFoundError:
        return 'does not exist'
    except OSError as refused:
        return f'cannot be read: {refused.strerror}'
    except ValueError as refused:
        return f'cannot be read: {refused}'
    if empty:
        return 'is empty'
    detail = str(getattr(error, 'error_string', error)).strip(' .')
    return f'is no WAV, FLAC, OGG or MP3 file, or damaged ({detail})'
