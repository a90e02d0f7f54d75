"""What the recording process (`audio/capture_process.py`) sends to the one that started it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The device that was chosen, and how it is recorded from."""

    device: str
    rate_hz: int
    channels: int


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Sound: interleaved float32 samples, first captured at `start_s` of the monotonic clock.

    `overruns` counts how often sound was lost before it.
    """

    start_s: float
    overruns: int
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Failed:
    """Why there will be no more."""

    reason: str
