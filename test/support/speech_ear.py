"""Hears what a speaker says: its chunks, and the words in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from bbia_sim_ros.speech.player import Chunk

_RECOGNISED_HZ = 16_000


class Ear:
    """A `speech.speaker.Listener` that keeps everything."""

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        self.rates: list[int] = []
        self.speaking: list[bool] = []

    def on_chunk(self, chunk: Chunk, rate: int) -> None:
        """Keep a chunk."""
        self.chunks.append(chunk)
        self.rates.append(rate)

    def on_speaking(self, speaking: bool) -> None:
        """Keep a change."""
        self.speaking.append(speaking)

    @property
    def duration_s(self) -> float:
        """Seconds of sound in the chunks."""
        return sum(
            chunk.samples.size / rate for chunk, rate in zip(self.chunks, self.rates, strict=True)
        )

    @property
    def words(self) -> str:
        """The words that a recogniser of English hears."""
        return understood(np.concatenate([chunk.samples for chunk in self.chunks]), self.rates[0])


def understood(samples: npt.NDArray[np.int16], rate: int) -> str:
    """Return the words in English speech, by pocketsphinx and the model that it brings.

    Skips the test where the recogniser is not installed (`--core`).
    """
    pocketsphinx: Any = pytest.importorskip('pocketsphinx', reason='pocketsphinx is not installed')
    soxr: Any = pytest.importorskip('soxr', reason='soxr is not installed')
    decoder = pocketsphinx.Decoder(samprate=_RECOGNISED_HZ, loglevel='FATAL')
    decoder.start_utt()
    decoder.process_raw(soxr.resample(samples, rate, _RECOGNISED_HZ).tobytes(), False, True)
    decoder.end_utt()
    hypothesis = decoder.hyp()
    return '' if hypothesis is None else str(hypothesis.hypstr)


def plain_words(texts: Sequence[str]) -> list[str]:
    """Return the words of texts, small and without punctuation."""
    return re.findall(r"[\w']+", ' '.join(texts).lower())
