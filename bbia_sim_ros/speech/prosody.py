"""How an emotion sounds: multiples of speed and pitch, which also stand beside a chosen speed.

The directions are those of Murray and Arnott, "Toward the simulation of emotion in synthetic
speech" (J. Acoust. Soc. Am. 93, 1993), table 1: faster and higher in joy, anger and fear, slower
and lower in sadness. The amounts are kept small enough that every word stays clear.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bbia_sim_ros.speech.errors import SpeechError


@dataclass(frozen=True)
class Prosody:
    """Multiples of the usual speed and pitch."""

    speed: float
    pitch: float


PROSODIES: Final = MappingProxyType(
    {
        '': Prosody(1.0, 1.0),
        'neutral': Prosody(1.0, 1.0),
        'happy': Prosody(1.08, 1.25),
        'sad': Prosody(0.85, 0.75),
        'angry': Prosody(1.1, 1.1),
        'curious': Prosody(1.0, 1.2),
        'excited': Prosody(1.15, 1.35),
        'surprised': Prosody(1.08, 1.4),
        'fearful': Prosody(1.15, 1.3),
        'confused': Prosody(0.92, 1.1),
        'determined': Prosody(1.0, 0.9),
        'nostalgic': Prosody(0.88, 0.85),
        'proud': Prosody(0.95, 0.9),
    }
)


def prosody_of(emotion: str) -> Prosody:
    """Return how an emotion sounds; SpeechError names the known ones."""
    found = PROSODIES.get(emotion.strip().lower())
    if found is None:
        known = ', '.join(name for name in PROSODIES if name)
        raise SpeechError(f'unknown emotion {emotion!r}; a voice knows {known}')
    return found
