"""Recognisers in worker processes: real speech for pocketsphinx, plumbing for the whispers."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from hearing.conftest import MakeEngines

from bbia_sim_ros.hearing.engine import Engine
from bbia_sim_ros.hearing.errors import CancelledHearingError
from bbia_sim_ros.hearing.errors import HearingError
from bbia_sim_ros.hearing.results import Transcription
from bbia_sim_ros.models.pool import ModelPool
from bbia_sim_ros.models.spec import ModelState
from support.spoken import Sound
from support.spoken import phrases
from support.spoken import silence
from support.spoken import spoken
from support.tiny_whisper import Models
from support.waiting import wait_until
from support.word_errors import word_error_rate

COMMANDS = (
    *('look left', 'look right', 'hello robot', 'what do you see', 'be happy', 'stop'),
    *('go to sleep', 'wake up', 'turn your head', 'nod your head'),
)
NO_COMMANDS = (
    'the weather is nice today',
    'i would like a cup of coffee',
    'my sister lives in london',
    'please open the window',
    'what time is it now',
)
DEADLINE_S = 60.0
WHISPERS = ('whisper', 'faster_whisper')


def heard(engine: Engine, sound: Sound, **options: object) -> Transcription:
    """Return what an engine makes of a sound."""
    given = {'language': '', 'cancelled': threading.Event(), 'deadline_s': DEADLINE_S, **options}
    return engine.transcribe(sound, **given)  # type: ignore[arg-type]


def said(text: str, voice: str = 'rms') -> Sound:
    """Return a sentence with a little silence around it."""
    return np.concatenate([silence(0.3), spoken(text, voice), silence(0.25)])


@pytest.mark.parametrize('text', [*COMMANDS, *NO_COMMANDS])
def test_pocketsphinx_hears_a_clear_voice_word_for_word(english: Engine, text: str) -> None:
    found = heard(english, said(text))
    assert found.text == text
    assert 0.0 < found.confidence <= 1.0
    (segment,) = found.segments
    duration = spoken(text).size / 16_000
    assert 0.1 < segment.start < 0.6
    assert segment.end == pytest.approx(0.3 + duration, abs=0.3)


def test_pocketsphinx_makes_few_errors_with_another_voice(english: Engine) -> None:
    texts = [*COMMANDS, *NO_COMMANDS]
    found = ' '.join(heard(english, said(text, 'slt')).text for text in texts)
    assert word_error_rate(' '.join(texts), found) < 0.2


def test_a_stream_gives_partial_texts_and_the_same_as_the_whole(english: Engine) -> None:
    sound = said('please open the window')
    never = threading.Event()
    partials, at, step = [], 0, 3200
    while at + step < sound.size:
        samples = sound[at : at + step]
        partials.append(
            english.feed(samples, stream=7, start=at, cancelled=never, deadline_s=DEADLINE_S)
        )
        at += step
    found = english.finish(sound[at:], stream=7, start=at, cancelled=never, deadline_s=DEADLINE_S)
    assert found.text == 'please open the window'
    assert any(partials)
    with pytest.raises(HearingError, match='follow nothing known'):
        english.finish(sound[:100], stream=7, start=at, cancelled=never, deadline_s=DEADLINE_S)


def test_only_commands_are_answered_when_that_is_wanted(
    pool_of_engines: tuple[ModelPool, MakeEngines],
) -> None:
    engine = pool_of_engines[1](pocketsphinx_mode='commands')['pocketsphinx']
    assert heard(engine, said('look left')).text == 'look left'
    assert [heard(engine, said(text)).text for text in NO_COMMANDS] == [''] * len(NO_COMMANDS)


def test_pocketsphinx_says_that_it_knows_english_alone(english: Engine) -> None:
    assert english.obstacle('en') == english.obstacle('') == ''
    assert 'English' in english.obstacle('fr')


def whisper(made: MakeEngines, models: Models, name: str, **values: object) -> Engine:
    """Return a whisper engine with a model of random weights."""
    return made(
        whisper_model=str(models.checkpoint),
        faster_whisper_model=str(models.folder),
        threads=1,
        **values,
    )[name]


@pytest.mark.parametrize('name', WHISPERS)
def test_a_whisper_model_is_loaded_used_and_given_back(
    pool_of_engines: tuple[ModelPool, MakeEngines], whisper_models: Models, name: str
) -> None:
    pool, make = pool_of_engines
    engine = whisper(make, whisper_models, name)
    assert engine.obstacle() == ''
    found = heard(engine, phrases('look left'), language='en')
    assert found.language == 'en'
    assert heard(engine, phrases('look left')).language
    partials: list[str] = []
    heard(engine, phrases('look left'), language='en', partial=True, on_text=partials.append)
    snapshot = next(item for item in pool.snapshots() if item.name == name)
    assert (snapshot.state, snapshot.loads) == (ModelState.READY, 1)
    pool.unload(name).result(DEADLINE_S)
    assert not next(item for item in pool.snapshots() if item.name == name).pid


@pytest.mark.parametrize('name', WHISPERS)
def test_what_a_model_doubts_itself_is_no_text(
    pool_of_engines: tuple[ModelPool, MakeEngines], whisper_models: Models, name: str
) -> None:
    # Whatever random weights say is improbable, and may be no speech.
    strict = {'no_speech_threshold': 0.0, 'min_logprob': 0.0}
    engine = whisper(pool_of_engines[1], whisper_models, name, **strict)
    assert heard(engine, said('look left'), language='en').text == ''


@pytest.mark.parametrize('name', WHISPERS)
def test_a_whisper_model_that_takes_too_long_is_ended_and_can_be_cancelled(
    pool_of_engines: tuple[ModelPool, MakeEngines], whisper_models: Models, name: str
) -> None:
    pool, make = pool_of_engines
    engine = whisper(make, whisper_models, name)
    pool.load(name).result(DEADLINE_S)
    with pytest.raises(HearingError):
        heard(engine, phrases('look left'), language='en', deadline_s=0.001)
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(CancelledHearingError):
        heard(engine, phrases('look left'), language='en', cancelled=cancelled)
    wait_until(lambda: heard(engine, silence(0.5), language='en') is not None, 'it works again')


@pytest.mark.parametrize('name', WHISPERS)
def test_a_model_that_is_missing_is_an_obstacle_with_a_remedy(
    pool_of_engines: tuple[ModelPool, MakeEngines],
    tmp_path: Path,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    engine = pool_of_engines[1](
        whisper_model='base', faster_whisper_model=str(tmp_path / 'nothing')
    )[name]
    assert str(tmp_path) in engine.obstacle()


@pytest.mark.parametrize('name', WHISPERS)
def test_a_damaged_model_is_named_with_a_remedy(
    pool_of_engines: tuple[ModelPool, MakeEngines], tmp_path: Path, name: str
) -> None:
    for file in ('tiny.pt', 'model.bin', 'config.json', 'tokenizer.json'):
        (tmp_path / file).write_bytes(b'{}')
    engine = whisper(pool_of_engines[1], Models(tmp_path / 'tiny.pt', tmp_path), name)
    assert engine.obstacle() == ''
    with pytest.raises(HearingError, match='fetch') as caught:
        heard(engine, silence(1.0))
    assert str(tmp_path) in str(caught.value)
