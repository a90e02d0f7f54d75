"""What both whisper engines share: how long a text may get. Pure."""

from __future__ import annotations

from typing import Final

from bbia_sim_ros.hearing.sound import RATE_HZ

_MOST: Final = 224
"""Half of whisper's context: what it decodes for 30 s."""
_BASE: Final = 16
_PER_S: Final = 10
"""People say up to four words a second, which are fewer than ten tokens."""


def most_tokens(samples: int) -> int:
    """Return how many tokens so many samples at 16 kHz may give."""
    return min(_MOST, _BASE + _PER_S * -(-samples // RATE_HZ))
