"""The rhythm of music as behaviors ask for it; the work is done by `music_model` in a process."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any
from typing import Final

from bbia_sim_ros.behaviors.robot import Beats
from bbia_sim_ros.models.spec import ModelSpec

MODEL: Final = 'rhythm'
OF_FILE: Final = 'of_file'
OF_SAMPLES: Final = 'of_samples'
MIN_LISTENING_S: Final = 4.0
MAX_LISTENING_S: Final = 60.0
DEADLINE_S: Final = 60.0


def rhythm_spec() -> ModelSpec:
    """Return the specification of the model."""
    return ModelSpec(
        name=MODEL,
        engine='librosa',
        factory='bbia_sim_ros.behaviors.music_model:RhythmModel',
        load_timeout_s=120.0,
    )


def obstacle() -> str:
    """Return why no rhythm can be found here and what to do, '' when it can."""
    if find_spec('librosa') is None:
        return 'the Python package librosa is not installed: run ./bbia setup without --core'
    return ''


def beats_of(answer: Mapping[str, Any], *, later_s: float = 0.0) -> Beats:
    """Return the model's answer, its times moved by the time at which the sound began."""
    return Beats(
        tempo=float(answer['tempo']),
        times=tuple(later_s + float(time_s) for time_s in answer['times']),
        strengths=tuple(map(float, answer['strengths'])),
        duration=float(answer['duration']),
    )
