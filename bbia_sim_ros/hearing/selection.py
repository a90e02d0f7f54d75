"""Which recogniser transcribes, and why: the one named, or the best that can.

Contract
    Any thread. A name chosen by a person never falls back to another engine. ``auto`` takes the
    first that can; one that failed comes after the others for ``retry_s``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from typing import Protocol

AUTO: Final = 'auto'
FASTER_WHISPER: Final = 'faster_whisper'
WHISPER: Final = 'whisper'
POCKETSPHINX: Final = 'pocketsphinx'
CHOICES: Final = (AUTO, FASTER_WHISPER, WHISPER, POCKETSPHINX)
DEFAULT_RETRY_S: Final = 60.0


class Candidate(Protocol):
    """What can be chosen, such as `engine.Engine`."""

    def obstacle(self, language: str = '') -> str:
        """Return why it cannot transcribe, or nothing."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Names of those that can, the best first, why, and what keeps the others away."""

    names: tuple[str, ...]
    reason: str
    obstacles: Mapping[str, str]


@dataclass(frozen=True)
class _Failure:
    message: str
    until_s: float


class Selection:
    """See the module's docstring; ``candidates`` are in the order of ``auto``."""

    def __init__(
        self,
        candidates: Mapping[str, Candidate],
        *,
        retry_s: float = DEFAULT_RETRY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._candidates = dict(candidates)
        self._retry_s = retry_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: dict[str, _Failure] = {}

    def choose(self, wanted: str, language: str = '') -> Choice:
        """Return who transcribes; ValueError for a name that is none of them."""
        if wanted != AUTO and wanted not in self._candidates:
            known = ', '.join((AUTO, *self._candidates))
            raise ValueError(f'engine is {wanted!r}; allowed: {known}')
        names = tuple(self._candidates) if wanted == AUTO else (wanted,)
        obstacles = {name: self._candidates[name].obstacle(language) for name in names}
        able = [name for name in names if not obstacles[name]]
        failures = self._fresh_failures()
        able.sort(key=lambda name: name in failures)
        problems = {name: obstacle for name, obstacle in obstacles.items() if obstacle}
        problems.update({name: failures[name] for name in able if name in failures})
        return Choice(
            names=tuple(able),
            reason=_reason(wanted, able, problems),
            obstacles=problems,
        )

    def failed(self, name: str, message: str) -> None:
        """Note that an engine could not transcribe, and why."""
        with self._lock:
            self._failures[name] = _Failure(message, self._clock() + self._retry_s)

    def succeeded(self, name: str) -> None:
        """Note that an engine did transcribe."""
        with self._lock:
            self._failures.pop(name, None)

    def _fresh_failures(self) -> dict[str, str]:
        now = self._clock()
        with self._lock:
            return {
                name: f'it failed: {failure.message}'
                for name, failure in self._failures.items()
                if now < failure.until_s
            }


def _reason(wanted: str, able: list[str], problems: Mapping[str, str]) -> str:
    listed = '; '.join(f'{name}: {problem}' for name, problem in problems.items())
    if wanted != AUTO and able:
        return f'engine is set to {wanted!r}' + (f' ({listed})' if listed else '')
    if able:
        return f'the best that can transcribe ({listed})' if listed else 'the best'
    return listed
