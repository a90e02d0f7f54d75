"""What an engine is: one sentence in, its sound out.

Contract
    An engine holds no state of a sentence. `synthesise` blocks for the few milliseconds to seconds
    that a sentence takes, in a child process that is killed as soon as `cancelled` is set; it may
    be called from any thread, and the other methods too.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

ESPEAK_NG = 'espeak_ng'
FLITE = 'flite'
PIPER = 'piper'
ENGINES = (FLITE, ESPEAK_NG, PIPER)

Samples = NDArray[np.int16]


@dataclass(frozen=True, kw_only=True)
class Voice:
    """A voice by the engine's name for it, and the language that it speaks, such as `fr-ca`."""

    name: str
    language: str


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a sentence is spoken.

    `speed` is a multiple of the engine's usual one, 0.25 .. 4; `pitch` likewise, 0.5 .. 2, where
    the engine can change it.
    """

    voice: str
    speed: float = 1.0
    pitch: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word of a sentence and when it begins, s from the first sample."""

    text: str
    start_s: float


@dataclass(frozen=True, kw_only=True)
class Sound:
    """Mono samples at `rate` Hz; `words` where the engine tells them, in order of time."""

    samples: Samples
    rate: int
    words: tuple[Word, ...] = ()


class SpeechEngine(Protocol):
    """See the module's docstring."""

    @property
    def name(self) -> str:
        """The name that parameters and results use."""

    def obstacle(self) -> str:
        """Return why it cannot be used here and what would help, '' when it can."""

    def voices(self) -> tuple[Voice, ...]:
        """Return its voices, the preferred ones of a language first; none while unusable."""

    def synthesise(self, sentence: str, manner: Manner, cancelled: threading.Event) -> Sound:
        """Return the sound of a sentence.

        Raises `CancelledError` when `cancelled` is set, `SynthesisError` for any failure.
        """
