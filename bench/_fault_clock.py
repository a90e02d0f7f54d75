"""A wall clock of the stack's own that can be set: libfaketime, preloaded into its processes.

Contract
    The computer's clock stays as it is. All processes see a jump at their next look at the time,
    which libfaketime reads from a file each time; the monotonic clock goes on undisturbed, as when
    a person or NTP sets the clock.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

JUMP_S = 3600.0
_LIBRARY = 'faketime/libfaketimeMT.so.1'
# Before 0.9.11 the first line raises OSError on Python 3.11 and later.
_TRIAL = 'import sys, time; time.sleep(0.01); sys.exit(time.time() < float(sys.argv[1]))'
_TRIAL_TOLERANCE_S = 60.0
_TRIAL_S = 20.0
_ABI = '*-linux-gnu*'
_FOLDERS = ('/usr/lib', '/usr/lib64', '/usr/local/lib')


def library() -> Path | None:
    """Return the installed libfaketime for programs with threads, None where there is none."""
    folders = [found for folder in _FOLDERS for found in (Path(folder), *Path(folder).glob(_ABI))]
    return next((path for folder in folders if (path := folder / _LIBRARY).is_file()), None)


class FakedClock:
    """See the module's docstring; `folder` is for its file."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / 'clock'
        self.offset_s = 0.0
        self.set(0.0)

    def variables(self, preloaded: Path) -> dict[str, str]:
        """Return the environment variables of a process that has this clock."""
        return {
            'LD_PRELOAD': str(preloaded),
            'FAKETIME_TIMESTAMP_FILE': str(self._file),
            'FAKETIME_NO_CACHE': '1',
            'FAKETIME_DONT_FAKE_MONOTONIC': '1',
            'NO_FAKE_STAT': '1',
        }

    def obstacle(self, preloaded: Path | None) -> str:
        """Return why a library cannot give processes this clock, '' if it can."""
        if preloaded is None:
            return 'libfaketime is not installed: apt install libfaketime'
        self.set(JUMP_S)
        tried = subprocess.run(
            [sys.executable, '-c', _TRIAL, str(time.time() + JUMP_S - _TRIAL_TOLERANCE_S)],
            env={**os.environ, **self.variables(preloaded)},
            timeout=_TRIAL_S,
            capture_output=True,
            check=False,
        )
        self.set(0.0)
        if tried.returncode == 0:
            return ''
        return (
            f'{preloaded} cannot set the clock of this Python; releases before 0.9.11 break its'
            ' time.sleep: build a newer one, and name its libfaketimeMT.so.1 with --libfaketime'
        )

    def set(self, offset_s: float) -> None:
        """Have the clock differ from the computer's by so much from now on."""
        new = self._file.with_suffix('.new')
        new.write_text(f'{offset_s:+.0f}\n', encoding='ascii')
        os.replace(new, self._file)
        self.offset_s = offset_s
