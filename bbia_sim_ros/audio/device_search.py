"""When it is worth looking for a sound device again. Standard library only.

Contract
    A search for devices takes a process of its own and 0.1 s of processor time. One that failed is
    known to fail again until the system shows other signs of sound: cards, device files, sockets of
    the sound server, Bluetooth connections. For SETTLING_S after they have changed it is not known,
    since a sound server takes a while to know a new device; nor is it SEARCH_AGAIN_S after the last
    search, since what a sound server does by itself shows nowhere. One owner; not thread-safe.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

SETTLING_S: Final = 15.0
SEARCH_AGAIN_S: Final = 30.0
_CARDS = Path('/proc/asound/cards')
_DEVICES = Path('/dev/snd')
_BLUETOOTH = Path('/sys/class/bluetooth')
_SOCKETS = ('pulse/native', 'pipewire-0')
_UNIX = 'unix:'

Signs = tuple[tuple[str, object], ...]


class DeviceSearch:
    """See the module's docstring; `signs` and `clock` (s) are for tests."""

    def __init__(
        self,
        signs: Callable[[], Signs] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look = signs or signs_of_sound
        self._clock = clock
        self._signs: Signs | None = None
        self._settled_s = self._again_s = 0.0
        self._failure = ''

    def begin(self) -> None:
        """Say that a search begins; what changes from now on it may have missed."""
        self._note_signs()
        self._failure = ''
        self._again_s = self._clock() + SEARCH_AGAIN_S

    def fail(self, reason: str) -> None:
        """Say why it found nothing."""
        self._failure = reason

    def forget(self) -> None:
        """Know nothing of earlier searches."""
        self._failure = ''

    def known_failure(self) -> str:
        """Return why a search would fail now, '' when it is worth trying."""
        if not self._failure:
            return ''
        self._note_signs()  # which may clear it
        is_known = self._settled_s <= self._clock() < self._again_s
        return self._failure if is_known else ''

    def _note_signs(self) -> None:
        signs = self._look()
        if signs != self._signs:
            self._signs, self._settled_s = signs, self._clock() + SETTLING_S
            self._failure = ''


def signs_of_sound(environment: Mapping[str, str] = os.environ) -> Signs:
    """Return what the system shows of sound devices now, to be compared with another time."""
    signs: list[tuple[str, object]] = []
    with suppress(OSError):
        signs.append((str(_CARDS), _CARDS.read_bytes()))
    with suppress(OSError):
        signs.append((str(_BLUETOOTH), tuple(sorted(os.listdir(_BLUETOOTH)))))
    files = _sockets(environment)
    with suppress(OSError):
        files += sorted(_DEVICES.iterdir())
    return (*signs, *((str(path), _identity(path)) for path in files))


def _sockets(environment: Mapping[str, str]) -> list[Path]:
    runtime = environment.get('XDG_RUNTIME_DIR', '')
    sockets = [Path(runtime, name) for name in _SOCKETS] if runtime else []
    server = environment.get('PULSE_SERVER', '')
    if server.startswith(_UNIX):
        sockets.append(Path(server.removeprefix(_UNIX)))
    return sockets


def _identity(path: Path) -> object:
    """Return what is another when a file was made anew or its permissions are others."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns
