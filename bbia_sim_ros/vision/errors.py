"""What can go wrong with pictures and with what is sought in them."""

from __future__ import annotations


class ImageError(ValueError):
    """A picture cannot be read; the message says what is wrong with it and what is allowed."""


class DetectorError(RuntimeError):
    """A detector cannot be used; the message says why and what to do."""


def one_line(error: Exception) -> str:
    """Return what an exception of a library says, without its line breaks."""
    return ' '.join(str(error).split())
