"""The recognisers there are, made from the node's parameters.

Order for ``auto``: faster_whisper, then whisper, as far as their models can be had here, since they
know many languages and are right more often; then pocketsphinx, which is always there.
"""

from __future__ import annotations

import dataclasses
import importlib.util
from functools import partial
from typing import Any
from typing import Final

from bbia_sim_ros.hearing.engine import Engine
from bbia_sim_ros.hearing.engine import Kind
from bbia_sim_ros.hearing.parameters import HearingParameters
from bbia_sim_ros.hearing.results import Doubts
from bbia_sim_ros.hearing.selection import FASTER_WHISPER
from bbia_sim_ros.hearing.selection import POCKETSPHINX
from bbia_sim_ros.hearing.selection import WHISPER
from bbia_sim_ros.hearing.sentences import SENTENCES
from bbia_sim_ros.hearing.whisper_files import checkpoint_problem
from bbia_sim_ros.hearing.whisper_files import ctranslate_problem
from bbia_sim_ros.models.pool import ModelPool
from bbia_sim_ros.models.spec import ModelSpec

_PACKAGE: Final = 'bbia_sim_ros.hearing'
_LIBRARIES: Final = {
    FASTER_WHISPER: 'faster_whisper',
    WHISPER: 'whisper',
    POCKETSPHINX: 'pocketsphinx',
}


def make_engines(pool: ModelPool, values: HearingParameters) -> dict[str, Engine]:
    """Return all recognisers by name, the best first."""
    doubts = Doubts(no_speech=values.no_speech_threshold, min_logprob=values.min_logprob)
    shared = {
        'download': values.download,
        'device': values.device,
        'threads': values.threads,
        'doubts': dataclasses.asdict(doubts),
    }
    kinds = (
        Kind(
            spec=_spec(
                FASTER_WHISPER,
                model=values.faster_whisper_model,
                revision=values.faster_whisper_revision,
                **shared,
            ),
            streams=False,
            obstacle=partial(_faster_whisper_obstacle, values),
        ),
        Kind(
            spec=_spec(WHISPER, model=values.whisper_model, **shared),
            streams=False,
            obstacle=partial(_whisper_obstacle, values),
        ),
        Kind(
            spec=_spec(POCKETSPHINX, mode=values.pocketsphinx_mode, sentences=SENTENCES),
            streams=True,
            obstacle=_pocketsphinx_obstacle,
        ),
    )
    return {kind.spec.engine: Engine(pool, kind) for kind in kinds}


def _spec(engine: str, **options: Any) -> ModelSpec:
    return ModelSpec(
        name=engine,
        engine=engine,
        factory=f'{_PACKAGE}.{engine}_model:Recogniser',
        options=options,
        environment={'HF_HUB_DISABLE_TELEMETRY': '1'},
    )


def _missing_library(engine: str) -> str:
    library = _LIBRARIES[engine]
    if importlib.util.find_spec(library) is not None:
        return ''
    return f'{library} is not installed: install everything with ./bbia setup'


def _faster_whisper_obstacle(values: HearingParameters, language: str) -> str:
    model, revision = values.faster_whisper_model, values.faster_whisper_revision
    return (
        _missing_library(FASTER_WHISPER)
        or _wrong_language(model, language)
        or ctranslate_problem(model, revision, download=values.download)
    )


def _whisper_obstacle(values: HearingParameters, language: str) -> str:
    return (
        _missing_library(WHISPER)
        or _wrong_language(values.whisper_model, language)
        or checkpoint_problem(values.whisper_model, download=values.download)
    )


def _pocketsphinx_obstacle(language: str) -> str:
    if language not in {'', 'en'}:
        return f'it knows English (en) alone, and the language is {language!r}'
    return _missing_library(POCKETSPHINX)


def _wrong_language(model: str, language: str) -> str:
    if model.endswith('.en') and language not in {'', 'en'}:
        return f'{model} knows English (en) alone, and the language is {language!r}'
    return ''
