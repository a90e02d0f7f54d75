"""The samples of a WAV file in memory, as command-line engines write them."""

from __future__ import annotations

import io
import wave

import numpy as np

from bbia_sim_ros.speech.engine import Samples
from bbia_sim_ros.speech.errors import SynthesisError


def read_wav(data: bytes) -> tuple[Samples, int]:
    """Return the mono samples and their rate, Hz; several channels are averaged.

    A file that was written to a pipe may announce any length; what is there counts. Raises
    `SynthesisError` for what is no WAV file of 16 bit samples.
    """
    try:
        with wave.open(io.BytesIO(data)) as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            content = file.readframes(len(data))
    except (wave.Error, EOFError) as error:
        raise SynthesisError(f'the engine wrote no WAV file: {error}') from error
    if width != 2 or rate < 1:
        raise SynthesisError(
            f'the engine wrote {8 * width} bit samples at {rate} Hz; 16 bit is needed'
        )
    frames = np.frombuffer(content[: len(content) // (2 * channels) * 2 * channels], '<i2')
    if channels == 1:
        return frames.astype(np.int16), rate
    return frames.reshape(-1, channels).mean(axis=1).astype(np.int16), rate
