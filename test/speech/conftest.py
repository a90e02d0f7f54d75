"""A speaker with the real engines, and an ear."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from bbia_sim_ros.speech.espeak import EspeakEngine
from bbia_sim_ros.speech.flite import FliteEngine
from bbia_sim_ros.speech.output import Output
from bbia_sim_ros.speech.parameters import SpeechParameters
from bbia_sim_ros.speech.piper import PiperEngine
from bbia_sim_ros.speech.selection import Selection
from bbia_sim_ros.speech.speaker import Speaker
from support.speech_ear import Ear

Start = Callable[..., Speaker]


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def start(ear: Ear) -> Iterator[Start]:
    """Return a function that starts a speaker with parameters; it plays nowhere by default."""
    for command in ('flite', 'espeak-ng'):
        if shutil.which(command) is None:
            pytest.skip(f'{command} is not installed')
    with ExitStack() as cleanup:

        def started(
            selection: Selection | None = None, *, output: str = 'none', **values: Any
        ) -> Speaker:
            # 16 kHz needs no resampling of flite.
            parameters = SpeechParameters(output=output, sample_rate=16_000, **values)
            engines = (FliteEngine(), EspeakEngine(), PiperEngine(None))
            speaker = Speaker(
                parameters.speaker_settings(),
                selection=selection or Selection(engines),
                output=Output(parameters.output_settings()),
                listener=ear,
            )
            cleanup.callback(speaker.close)
            return speaker

        yield started
