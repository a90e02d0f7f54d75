"""Emotions: each a short choreography, and a mood that idle motion takes on afterwards.

Contract
    ``EmotionSet.load`` reads YAML files (``config/emotions.yaml`` and a person's own, later ones
    adding to or replacing earlier ones) or raises FileError with file, line and reason, in which
    case nothing is taken over. Immutable after loading.

Form
    A mapping of name -> choreography (see ``choreography_file``) with a further key ``mood``::

        happy:
          ...
          mood:
            posture: {pitch: -2, antennas: 4}      # offset kept while idle
            waves:                                 # slow sines about it, amplitudes
              - {hz: 0.25, z: 3, pitch: 1}
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from bbia_sim_ros.marked_yaml import Value
from bbia_sim_ros.marked_yaml import load
from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.choreography import Choreography
from bbia_sim_ros.motion.choreography import ChoreographyMove
from bbia_sim_ros.motion.choreography import amplitude_of
from bbia_sim_ros.motion.choreography_file import CHOREOGRAPHY_KEYS
from bbia_sim_ros.motion.choreography_file import COORDINATE_RANGES
from bbia_sim_ros.motion.choreography_file import parse_choreography
from bbia_sim_ros.motion.choreography_file import parse_coordinates
from bbia_sim_ros.motion.layers import Mood
from bbia_sim_ros.motion.layers import Wave
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.moves import PLAY_EMOTION

EMOTIONS: Final = (
    'neutral',
    'happy',
    'sad',
    'angry',
    'curious',
    'excited',
    'surprised',
    'fearful',
    'confused',
    'determined',
    'nostalgic',
    'proud',
)
MAX_EMOTIONS: Final = 200
_MAX_WAVES = 6
_MAX_WAVE_HZ = 2.0


@dataclass(frozen=True)
class Emotion:
    """One emotion: what is played once, and how the robot idles in it."""

    choreography: Choreography
    mood: Mood

    @property
    def name(self) -> str:
        """Its name."""
        return self.choreography.name


class EmotionSet:
    """All emotions that are known by name."""

    def __init__(self, emotions: Mapping[str, Emotion]) -> None:
        """Take the emotions by name."""
        self._emotions = MappingProxyType(dict(emotions))

    @classmethod
    def load(cls, paths: Iterable[Path]) -> EmotionSet:
        """Read all files, later ones replacing emotions of the same name; FileError says where."""
        emotions: dict[str, Emotion] = {}
        for path in paths:
            root = load(path)
            for name, value in root.mapping().items():
                emotions[name] = _parse_emotion(name, value)
            if len(emotions) > MAX_EMOTIONS:
                raise root.error(f'makes {len(emotions)} emotions; at most {MAX_EMOTIONS} are kept')
        return cls(emotions)

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in the order of the files."""
        return tuple(self._emotions)

    def get(self, name: str) -> Emotion:
        """Return the emotion ``name``; GoalError lists the known ones."""
        emotion = self._emotions.get(name)
        if emotion is None:
            raise GoalError(f'unknown emotion {name!r}; known: {", ".join(self._emotions)}')
        return emotion


def plan_emotion(
    emotion: Emotion, *, intensity: float, limits: MotionLimits, priority: int | None = None
) -> ChoreographyMove:
    """Return the move that plays ``emotion`` with an intensity of 0 .. 1, or raise GoalError."""
    try:
        amplitude = amplitude_of(intensity)
    except ValueError as error:
        raise GoalError(str(error)) from error
    return ChoreographyMove(
        emotion.choreography,
        source=PLAY_EMOTION,
        limits=limits,
        amplitude=amplitude,
        keep_heading=True,
        priority=priority,
    )


def _parse_emotion(name: str, value: Value) -> Emotion:
    entries = value.mapping(known=(*CHOREOGRAPHY_KEYS, 'mood'))
    if 'mood' not in entries:
        raise value.error('has no mood; give at least mood: {waves: [{hz: 0.2, z: 3}]}')
    return Emotion(
        choreography=parse_choreography(name, entries, value),
        mood=_parse_mood(name, entries['mood']),
    )


def _parse_mood(name: str, value: Value) -> Mood:
    entries = value.mapping(known=('posture', 'waves'))
    posture = np.zeros(9)
    if 'posture' in entries:
        fields = entries['posture'].mapping(known=tuple(COORDINATE_RANGES))
        for index, number in parse_coordinates(entries['posture'], fields).items():
            posture[index] = number - NEUTRAL.values[index]
    rows = entries['waves'].items() if 'waves' in entries else []
    if len(rows) > _MAX_WAVES:
        raise entries['waves'].error(f'has {len(rows)} entries; at most {_MAX_WAVES} are taken')
    waves = []
    for row in rows:
        fields = row.mapping(known=('hz', *COORDINATE_RANGES))
        if 'hz' not in fields:
            raise row.error('has no hz; give the tempo, such as hz: 0.2')
        amplitude = np.zeros(9)
        for index, number in parse_coordinates(row, fields).items():
            amplitude[index] = number
        waves.append(Wave(amplitude, fields['hz'].number(0.01, _MAX_WAVE_HZ)))
    return Mood(name, posture, tuple(waves))
