"""Samples at another rate, with soxr, which a set-up with `--core` lacks."""

from __future__ import annotations

import importlib
from typing import Any

from bbia_sim_ros.speech.engine import Samples
from bbia_sim_ros.speech.errors import SinkError


def resampled(samples: Samples, rate: int, wanted: int) -> Samples:
    """Return mono samples of `rate` Hz at `wanted` Hz; raises `SinkError` without soxr."""
    if rate == wanted or not samples.size:
        return samples
    converted: Samples = _soxr(rate, wanted).resample(samples, rate, wanted)
    return converted


def resampling_stream(rate: int, wanted: int) -> Any:
    """Return a `soxr.ResampleStream` of mono int16; raises `SinkError` without soxr."""
    return _soxr(rate, wanted).ResampleStream(rate, wanted, 1, dtype='int16')


def _soxr(rate: int, wanted: int) -> Any:
    try:
        return importlib.import_module('soxr')
    except ModuleNotFoundError as error:
        raise SinkError(
            f'{rate} Hz cannot be played at {wanted} Hz without the Python package soxr; run'
            f' ./bbia setup without --core, or set sample_rate to {rate}'
        ) from error
