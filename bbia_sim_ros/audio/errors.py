"""Errors of sound sources. Each message says what failed, on which value, and how to mend it."""


class AudioError(Exception):
    """No sound can be had; another try may succeed."""


class SoundFileError(AudioError):
    """A file that is no sound, or is damaged; the message names it."""


class EndOfSound(Exception):
    """The source has been heard to its end; there will be no more."""
