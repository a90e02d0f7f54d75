"""Real speech for tests: flite and espeak-ng say it, numpy adds silence and noise.

Every sound here is mono int16 at a rate in Hz; those of `spoken` are made once a session and must
not be written to.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import wave
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soxr

Sound = npt.NDArray[np.int16]

RATE_HZ = 16_000
FLITE_VOICES = ('rms', 'slt', 'awb', 'kal16')
_DEADLINE_S = 60
_LOUDEST = 32767


@cache
def spoken(text: str, voice: str = 'rms', rate: int = RATE_HZ) -> Sound:
    """Return a sentence said by a voice of flite (`FLITE_VOICES`) or of espeak-ng (en-us, fr, ...).

    Skips the test where the engine is not installed.
    """
    engine = 'flite' if voice in FLITE_VOICES else 'espeak-ng'
    if shutil.which(engine) is None:
        pytest.skip(f'{engine} is not installed')
    with tempfile.TemporaryDirectory() as folder:
        said, asked = Path(folder, 'said.wav'), Path(folder, 'asked.txt')
        asked.write_text(text, encoding='utf-8')
        if engine == 'flite':
            command = ['flite', '-voice', voice, '-f', str(asked), '-o', str(said)]
        else:
            command = ['espeak-ng', '-v', voice, '-f', str(asked), '-w', str(said)]
        subprocess.run(command, check=True, capture_output=True, timeout=_DEADLINE_S)
        with wave.open(str(said)) as reader:
            own_rate = reader.getframerate()
            sound = np.frombuffer(reader.readframes(reader.getnframes()), '<i2')
    result = resampled(sound, own_rate, rate)
    result.flags.writeable = False
    return result


def resampled(sound: Sound, own_rate: int, rate: int) -> Sound:
    """Return a sound at another rate, Hz."""
    if own_rate == rate:
        return sound.copy()
    quiet = soxr.resample(sound.astype(np.float32), own_rate, rate)
    return np.clip(np.rint(quiet), -_LOUDEST - 1, _LOUDEST).astype(np.int16)


def silence(duration_s: float, rate: int = RATE_HZ) -> Sound:
    """Return digital silence."""
    return np.zeros(round(duration_s * rate), np.int16)


def noise(duration_s: float, level: float, rate: int = RATE_HZ, seed: int = 0) -> Sound:
    """Return white noise of a root mean square `level`, 0 .. 1 of full scale."""
    samples = np.random.default_rng(seed).normal(0.0, level, round(duration_s * rate))
    return np.clip(np.rint(samples * _LOUDEST), -_LOUDEST - 1, _LOUDEST).astype(np.int16)


def tone(duration_s: float, hertz: float, level: float = 0.5, rate: int = RATE_HZ) -> Sound:
    """Return a sine of amplitude `level`, 0 .. 1 of full scale, that begins at phase 0."""
    times_s = np.arange(round(duration_s * rate)) / rate
    return np.rint(_LOUDEST * level * np.sin(2 * np.pi * hertz * times_s)).astype(np.int16)


def with_noise(sound: Sound, snr_db: float, seed: int = 0) -> Sound:
    """Return a sound in white noise, `snr_db` below the root mean square of all of the sound."""
    strength = float(np.sqrt(np.mean(np.square(sound.astype(np.float64)))))
    level = strength / 10 ** (snr_db / 20)
    added = np.random.default_rng(seed).normal(0.0, level, sound.size)
    return np.clip(np.rint(sound + added), -_LOUDEST - 1, _LOUDEST).astype(np.int16)


def phrases(
    *texts: str, voice: str = 'rms', gap_s: float = 1.2, lead_s: float = 1.0, rate: int = RATE_HZ
) -> Sound:
    """Return sentences with `gap_s` of silence after each and `lead_s` before the first."""
    parts = [silence(lead_s, rate)]
    for text in texts:
        parts += [spoken(text, voice, rate), silence(gap_s, rate)]
    return np.concatenate(parts)
