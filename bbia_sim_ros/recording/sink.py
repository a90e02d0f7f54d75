"""The file under a recording: it grows by whole pieces only, and a full disk can be survived.

Contract
    `Sink` is the stream that the MCAP writer writes to. What is written waits in memory until
    `commit`, which appends it to the file as one piece; if the disk does not take all of it, the
    file is cut back to where it was, the piece keeps waiting, and `OSError` is raised. A killed
    process thus leaves a file that ends between two pieces, or within the last one.

    A reserve of `RESERVE_B` is allocated beside the file, in one without a name, which the kernel
    frees however the process ends. `free_reserve` gives it to the recording, so that the last piece
    and the summary still find room. The file is readable by its owner alone, and must be new. Not
    thread-safe.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

from bbia_sim_ros.recording.errors import RecordingError

RESERVE_B: Final = 8 * 2**20
_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_PRIVATE: Final = 0o600


class Sink:
    """See the module's docstring. Raises RecordingError when there can be no such file."""

    def __init__(self, path: Path) -> None:
        self._staged = bytearray()
        self._committed_b = 0
        try:
            self._file = os.open(
                path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE
            )
        except FileExistsError as error:
            raise RecordingError(
                f'{path} exists and is not written over; name another with --output'
            ) from error
        except OSError as error:
            raise RecordingError(f'{path} cannot be made: {error.strerror}') from error
        self._reserve = tempfile.TemporaryFile(dir=path.parent)  # noqa: SIM115 - closed by close()
        try:
            os.posix_fallocate(self._reserve.fileno(), 0, RESERVE_B)
        except OSError as error:
            self.close()
            path.unlink()
            raise RecordingError(
                f'{path.parent} has no room for a recording ({error.strerror}): at least'
                f' {RESERVE_B / 1e6:.0f} MB must be free'
            ) from error

    def write(self, data: bytes) -> int:
        """Take data until the next `commit`."""
        self._staged += data
        return len(data)

    def tell(self) -> int:
        """Return the size of the file with what waits, bytes."""
        return self._committed_b + len(self._staged)

    def flush(self) -> None:
        """Do nothing: what counts is `commit`."""

    @property
    def is_staged(self) -> bool:
        """Whether something waits for `commit`."""
        return bool(self._staged)

    def commit(self) -> None:
        """Append what waits to the file, all of it or nothing. Raises OSError."""
        view = memoryview(self._staged)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError:
            os.ftruncate(self._file, self._committed_b)
            os.lseek(self._file, self._committed_b, os.SEEK_SET)
            raise
        finally:
            view.release()
        self._committed_b += len(self._staged)
        self._staged = bytearray()

    def free_reserve(self) -> None:
        """Give the reserved room back to the disk."""
        self._reserve.close()

    def discard(self) -> None:
        """Forget what waits for `commit`."""
        self._staged = bytearray()

    def close(self) -> None:
        """Close the file as it is on the disk."""
        self._reserve.close()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
