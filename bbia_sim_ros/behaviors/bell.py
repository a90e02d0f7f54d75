"""The sound of a bell, computed: what `alarm_ring` plays.

Contract
    `bell` returns a wave file, mono, 16 bits, `RATE_HZ`, of `LENGTH_S`; the same bytes each time.
    Two strokes, each a sum of decaying partials at the ratios of a church bell (hum, prime, tierce,
    quint, nominal: 0.5, 1, 1.2, 1.5, 2).
"""

from __future__ import annotations

import functools
import io
import wave
from typing import Final

import numpy as np

RATE_HZ: Final = 24_000
LENGTH_S: Final = 2.4
_STROKES: Final = ((0.0, 880.0), (0.6, 698.5))
_PARTIALS: Final = ((0.5, 0.3), (1.0, 1.0), (1.2, 0.6), (1.5, 0.4), (2.0, 0.5))
_DECAY_S: Final = 0.5
_ATTACK_S: Final = 0.004
_PEAK: Final = 0.7


@functools.cache
def bell() -> bytes:
    """Return the file's content."""
    time = np.arange(round(LENGTH_S * RATE_HZ)) / RATE_HZ
    sound = np.zeros_like(time)
    for start, pitch_hz in _STROKES:
        since = time - start
        envelope = np.exp(-np.maximum(since, 0.0) / _DECAY_S) * np.clip(since / _ATTACK_S, 0.0, 1.0)
        for ratio, loudness in _PARTIALS:
            sound += loudness * envelope * np.sin(2.0 * np.pi * ratio * pitch_hz * since)
    samples = np.round(sound * (_PEAK * 32767.0 / np.abs(sound).max())).astype('<i2')
    buffer = io.BytesIO()
    with wave.open(buffer, 'wb') as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()
