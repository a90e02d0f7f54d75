"""Sounds with a rhythm of known tempo."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RATE_HZ = 22_050
FIRST_S = 0.3

Sound = npt.NDArray[np.int16]
Times = npt.NDArray[np.float64]


def clicks(tempo: float, seconds: float, rate_hz: int = RATE_HZ) -> tuple[Sound, Times]:
    """Return clicks at beats per minute, and when they sound, s."""
    times = np.arange(FIRST_S, seconds - 0.1, 60.0 / tempo)
    return _mixed({_click(rate_hz): times}, seconds, rate_hz), times


def rock(tempo: float, seconds: float, rate_hz: int = RATE_HZ) -> tuple[Sound, Times]:
    """Return bass drum, snare and hi-hat in turn with a bass line, and the times of the beats."""
    beat_s = 60.0 / tempo
    beats = np.arange(FIRST_S, seconds - 0.3, beat_s)
    parts = {
        _drum(55.0, 0.12, 0.9, rate_hz): beats[0::2],
        _hiss(0.1, 0.5, rate_hz, seed=1): beats[1::2],
        _hiss(0.03, 0.15, rate_hz, seed=2): np.arange(FIRST_S, seconds - 0.3, beat_s / 2.0),
        _drum(110.0, 0.25, 0.2, rate_hz): beats[0::4],
        _drum(146.8, 0.25, 0.2, rate_hz): beats[2::4],
    }
    return _mixed(parts, seconds, rate_hz), beats


def _click(rate_hz: int) -> tuple[float, ...]:
    times = np.arange(round(0.03 * rate_hz)) / rate_hz
    return tuple(0.6 * np.sin(2.0 * np.pi * 1000.0 * times) * np.exp(-times / 0.006))


def _drum(frequency_hz: float, decay_s: float, level: float, rate_hz: int) -> tuple[float, ...]:
    times = np.arange(round(0.25 * rate_hz)) / rate_hz
    return tuple(level * np.sin(2.0 * np.pi * frequency_hz * times) * np.exp(-times / decay_s))


def _hiss(decay_s: float, level: float, rate_hz: int, *, seed: int) -> tuple[float, ...]:
    times = np.arange(round(0.25 * rate_hz)) / rate_hz
    noise = np.random.default_rng(seed).uniform(-1.0, 1.0, times.size)
    return tuple(level * noise * np.exp(-times / decay_s))


def _mixed(parts: dict[tuple[float, ...], Times], seconds: float, rate_hz: int) -> Sound:
    mix = np.zeros(round(seconds * rate_hz))
    for samples, times in parts.items():
        for time_s in times:
            begin = round(time_s * rate_hz)
            piece = np.array(samples)[: mix.size - begin]
            mix[begin : begin + piece.size] += piece
    return (mix / max(1.0, np.abs(mix).max()) * 20_000).astype(np.int16)
