"""Any sound to mono int16 at one rate, 16 kHz unless told otherwise, piece by piece.

Contract
    Channels are averaged. What is not a finite number becomes silence; what is beyond full scale
    is cut to it. The resampler (soxr, high quality, linear phase) keeps its state from one piece to
    the next, so there are no clicks where they meet; what it holds back comes with a later piece or
    with `finish`. The output sample k belongs to the same time as input frame k * rate / output
    rate. Mono int16 sound at the output's rate comes out bit by bit as it went in. Not thread-safe.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import soxr

from bbia_sim_ros.audio.source import Samples

OUTPUT_RATE_HZ: Final = 16_000
Sound = npt.NDArray[np.int16]

_FULL_SCALE: Final = 32768.0
_CLIPPED: Final = 32767.0 / 32768.0


class Converter:
    """See the module's docstring.

    Attributes
    ----------
    samples:
        Samples so far, of all channels.
    bad_samples:
        Samples so far that were not a finite number.
    clipped_samples:
        Samples so far that stood at full scale or beyond.

    """

    def __init__(self, output_rate_hz: int = OUTPUT_RATE_HZ) -> None:
        self.samples = 0
        self.bad_samples = 0
        self.clipped_samples = 0
        self._output_rate_hz = output_rate_hz
        self._rate_hz = output_rate_hz
        self._resampler: soxr.ResampleStream | None = None

    def convert(self, samples: Samples, rate_hz: int) -> Sound:
        """Return what of (frames, channels) samples is ready; the rate may change at any time."""
        tail = np.zeros(0, np.int16)
        if rate_hz != self._rate_hz:
            tail = self.finish()
            self._rate_hz = rate_hz
        output_hz = self._output_rate_hz
        if rate_hz != output_hz and self._resampler is None:
            self._resampler = soxr.ResampleStream(rate_hz, output_hz, 1, dtype='float32')
        mono = self._mono(samples)
        if self._resampler is not None:
            mono = self._resampler.resample_chunk(mono)
        return np.concatenate([tail, _as_int16(mono)]) if tail.size else _as_int16(mono)

    def finish(self) -> Sound:
        """Return what was held back; the next piece stands for itself."""
        if self._resampler is None:
            return np.zeros(0, np.int16)
        rest = self._resampler.resample_chunk(np.zeros(0, np.float32), last=True)
        self._resampler = None
        return _as_int16(rest)

    def _mono(self, samples: Samples) -> Samples:
        self.samples += samples.size
        finite = np.isfinite(samples)
        if not finite.all():
            self.bad_samples += int(samples.size - np.count_nonzero(finite))
            samples = np.where(finite, samples, np.float32(0.0))
        self.clipped_samples += int(np.count_nonzero(np.abs(samples) >= _CLIPPED))
        samples = np.clip(samples, np.float32(-1.0), np.float32(1.0))
        if samples.shape[1] == 1:
            return samples[:, 0]
        mean: Samples = samples.mean(axis=1, dtype=np.float32)
        return mean


def _as_int16(mono: Samples) -> Sound:
    scaled = np.rint(mono * np.float32(_FULL_SCALE))
    sound: Sound = np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
    return sound
