"""What can go wrong while hearing. Every message says what to do about it."""

from __future__ import annotations


class HearingError(ValueError):
    """Sound cannot be judged or transcribed."""


class CancelledHearingError(HearingError):
    """Whoever asked did not want the text any more."""
