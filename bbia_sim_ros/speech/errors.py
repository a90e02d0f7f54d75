"""What can go wrong with speaking. Every message says what to do about it."""

from __future__ import annotations


class SpeechError(ValueError):
    """A text cannot be spoken as it was asked for."""


class SynthesisError(SpeechError):
    """An engine failed at a sentence; the next one gets a fresh process."""


class CancelledError(SpeechError):
    """Whoever asked does not want the sound any more."""


class SinkError(SpeechError):
    """Where the sound should go does not take it."""


class BusyError(SpeechError):
    """Something is spoken already, or too much waits."""
