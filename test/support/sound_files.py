"""Sound files as they come, whole and damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import soundfile

FLOATING = ('FLOAT', 'DOUBLE')


def write_sound(path: Path, samples: Any, rate: int = 16_000, subtype: str = 'PCM_16') -> Path:
    """Write int16 or float samples, (frames,) or (frames, channels); the suffix tells the format.

    `subtype` is libsndfile's: PCM_U8, PCM_16, PCM_24, PCM_32, FLOAT, DOUBLE (of WAV), PCM_S8 (of
    FLAC).
    """
    samples = np.asarray(samples)
    if samples.dtype == np.int16 and subtype in FLOATING:
        samples = samples / 32768
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def cut_off(path: Path, share: float = 0.5) -> Path:
    """Leave only the first part of a file, as an interrupted copy does."""
    content = path.read_bytes()
    path.write_bytes(content[: round(len(content) * share)])
    return path


def overwrite_middle(path: Path, length_b: int = 200) -> Path:
    """Damage the middle of a file."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + length_b] = b'\xff' * length_b
    path.write_bytes(content)
    return path
