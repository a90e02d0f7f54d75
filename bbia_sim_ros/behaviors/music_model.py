"""The rhythm of music, found with librosa. Only for a worker process.

Contract
    Sound becomes mono at `RATE_HZ`. Its onset strength is the positive spectral flux of a mel
    spectrogram, every `HOP` samples. The tempo that librosa estimates from it is one of coarse
    steps, so it is made finer by the autocorrelation at growing multiples of the beat's period. The
    beats are those of librosa's tracker (Ellis, "Beat tracking by dynamic programming", 2007),
    which finds some in any sound; so they count only where the onsets are alike from one beat to
    the next: where their autocorrelation one, two and four beats later is `MIN_CLARITY` on average.
    White noise has 0.0 +- 0.1, and clicks without noise 0.9.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from typing import Final

import librosa
import numpy as np
import numpy.typing as npt

from bbia_sim_ros.audio.conversion import Converter
from bbia_sim_ros.audio.errors import AudioError
from bbia_sim_ros.audio.sound_file import SoundFile
from bbia_sim_ros.models.context import Context

RATE_HZ: Final = 22_050
HOP: Final = 256
MIN_CLARITY: Final = 0.2
MIN_SOUND_S: Final = 4.0
MAX_SOUND_S: Final = 900.0
_PIECE: Final = 65_536
_FULL_SCALE: Final = 32_768.0
_FRAMES_PER_S: Final = RATE_HZ / HOP
_MULTIPLES: Final = (1, 2, 4)
# An onset is strong for about this many frames before and after a beat.
_AROUND: Final = 2
# The flux is highest so long after an onset has begun: measured with clicks and drums.
_LATE_S: Final = 0.02
# -50 dB
_FLOOR: Final = 0.003

Floats = npt.NDArray[np.float32]


class RhythmModel:
    """See the module's docstring."""

    device = 'cpu'

    def __init__(self, progress: Callable[[float, str], None]) -> None:
        """Load what librosa loads when it is first used, which takes seconds."""
        progress(0.1, 'loading librosa')
        _rhythm(np.sin(np.arange(RATE_HZ * 5, dtype=np.float32)))

    def of_file(self, context: Context, *, path: str) -> dict[str, Any]:
        """Return the rhythm of a sound file.

        Raises ValueError for what is none, and for one longer than `MAX_SOUND_S`.
        """
        try:
            return _rhythm(_floating(_read(Path(os.path.expanduser(path)), context)))
        except AudioError as error:
            raise ValueError(str(error)) from error

    def of_samples(
        self, context: Context, *, samples: npt.NDArray[np.int16], rate_hz: int
    ) -> dict[str, Any]:
        """Return the rhythm of mono samples."""
        context.check()
        converter = Converter(RATE_HZ)
        whole = converter.convert(_floating(samples)[:, np.newaxis], rate_hz)
        return _rhythm(_floating(np.concatenate([whole, converter.finish()])))


def _read(path: Path, context: Context) -> npt.NDArray[np.int16]:
    """Return the mono samples of a file at `RATE_HZ`; raises AudioError and ValueError."""
    converter = Converter(RATE_HZ)
    parts: list[npt.NDArray[np.int16]] = []
    frames = 0
    with SoundFile(path) as file:
        while len(piece := file.read(_PIECE)):
            context.check()
            frames += len(piece)
            if frames > MAX_SOUND_S * file.rate_hz:
                raise ValueError(f'{path} is longer than {MAX_SOUND_S:g} s: cut it')
            parts.append(converter.convert(piece, file.rate_hz))
    return np.concatenate([*parts, converter.finish()])


def _floating(samples: npt.NDArray[np.int16]) -> Floats:
    return samples.astype(np.float32) / np.float32(_FULL_SCALE)


def _rhythm(sound: Floats) -> dict[str, Any]:
    """Return tempo (beats per minute), times (s), strengths (0..1) and duration (s)."""
    duration_s = sound.size / RATE_HZ
    nothing = {'tempo': 0.0, 'times': [], 'strengths': [], 'duration': duration_s}
    if duration_s < MIN_SOUND_S:
        return nothing
    onsets = librosa.onset.onset_strength(y=_with_floor(sound), sr=RATE_HZ, hop_length=HOP)
    coarse = librosa.feature.tempo(onset_envelope=onsets, sr=RATE_HZ, hop_length=HOP)
    alike = _autocorrelation(onsets)
    period, clarity = _period(alike, 60.0 * _FRAMES_PER_S / float(coarse[0]))
    if not clarity >= MIN_CLARITY:
        return nothing
    tempo = 60.0 * _FRAMES_PER_S / period
    _, beats = librosa.beat.beat_track(
        onset_envelope=onsets, sr=RATE_HZ, hop_length=HOP, bpm=tempo, trim=True
    )
    strengths = np.array(
        [onsets[max(0, beat - _AROUND) : beat + _AROUND + 1].max() for beat in beats]
    )
    # The tracker goes on where the music has not begun or is over.
    strong = np.flatnonzero(strengths > 0.5 * np.median(strengths))
    if not strong.size:
        return nothing
    kept = slice(int(strong[0]), int(strong[-1]) + 1)
    return {
        'tempo': tempo,
        'times': np.maximum(0.0, beats[kept] / _FRAMES_PER_S - _LATE_S).tolist(),
        'strengths': (strengths[kept] / strengths[kept].max()).tolist(),
        'duration': duration_s,
    }


def _with_floor(sound: Floats) -> Floats:
    """Return sound in a little noise: the first sample after digital silence is no onset."""
    noise = np.random.default_rng(0).standard_normal(sound.size, dtype=np.float32)
    floored: Floats = sound + noise * np.float32(_FLOOR) * np.abs(sound).max()
    return floored


def _autocorrelation(onsets: Floats) -> npt.NDArray[np.float64]:
    """Return how like itself an onset strength is some frames later, 1 for 0 frames."""
    around = onsets.astype(np.float64) - onsets.mean()
    whole = librosa.autocorrelate(around)
    # As many products as there are at each lag; the last ones, of a few products, say nothing.
    products = np.arange(onsets.size, 0, -1)
    mean: npt.NDArray[np.float64] = whole / products
    return mean / mean[0] if mean[0] > 0.0 else np.zeros_like(mean)


def _period(alike: npt.NDArray[np.float64], guess: float) -> tuple[float, float]:
    """Return the frames from beat to beat, finer than the guess, and how clear the beat is."""
    period, clear = guess, []
    multiple = 1
    while multiple * period < 0.6 * alike.size:
        middle = round(multiple * period)
        # The error of the period so far is at most half a frame of the multiple before.
        first = max(1, middle - 2)
        near = alike[first : middle + 3]
        peak = first + int(near.argmax())
        if multiple in _MULTIPLES:
            clear.append(float(alike[peak]))
        period = _vertex(alike, peak) / multiple
        multiple *= 2
    return period, float(np.mean(clear)) if clear else 0.0


def _vertex(values: npt.NDArray[np.float64], peak: int) -> float:
    """Return where the parabola through a peak and its neighbours is highest."""
    before, top, after = values[peak - 1 : peak + 2]
    bend = before - 2.0 * top + after
    shift = 0.5 * (before - after) / bend if bend < 0.0 else 0.0
    return peak + float(np.clip(shift, -0.5, 0.5))
