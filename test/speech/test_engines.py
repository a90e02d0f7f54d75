"""The engines as they are installed: sound, voices, and what they say when something is wrong."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from bbia_sim_ros.speech.child import run_child
from bbia_sim_ros.speech.engine import Manner
from bbia_sim_ros.speech.engine import SpeechEngine
from bbia_sim_ros.speech.errors import CancelledError
from bbia_sim_ros.speech.errors import SynthesisError
from bbia_sim_ros.speech.espeak import EspeakEngine
from bbia_sim_ros.speech.flite import FliteEngine
from bbia_sim_ros.speech.piper import PiperEngine
from bbia_sim_ros.speech.wav import read_wav
from bbia_sim_ros.speech.words import words_of
from support.speech_ear import plain_words
from support.speech_ear import understood

LIBRARY = EspeakEngine(program='nowhere')
COMMAND = EspeakEngine(package='')
FLITE = FliteEngine()
ALL = {'library': (LIBRARY, 'fr'), 'command': (COMMAND, 'fr'), 'flite': (FLITE, 'rms')}


@pytest.fixture(params=ALL)
def reader(request: pytest.FixtureRequest) -> tuple[SpeechEngine, str]:
    """An engine that is installed, and a voice of it."""
    engine, voice = ALL[request.param]
    if engine.obstacle():
        pytest.skip(engine.obstacle())
    return engine, voice


def said(engine: SpeechEngine, text: str, voice: str, speed: float = 1.0, pitch: float = 1.0):
    manner = Manner(voice=voice, speed=speed, pitch=pitch)
    return engine.synthesise(text, manner, threading.Event())


def test_an_engine_makes_sound_of_a_plausible_length(reader: tuple[SpeechEngine, str]) -> None:
    sound = said(reader[0], 'Bonjour tout le monde, comment allez-vous ?', reader[1])
    assert 1.5 < sound.samples.size / sound.rate < 6.0
    assert abs(sound.samples.astype(float)).max() > 3000


def test_twice_the_speed_is_half_the_duration(reader: tuple[SpeechEngine, str]) -> None:
    slow, fast = (said(reader[0], 'one two three four five', reader[1], s) for s in (1.0, 2.0))
    assert 0.35 < fast.samples.size / slow.samples.size < 0.65


def test_a_text_that_looks_like_options_or_commands_is_read(
    reader: tuple[SpeechEngine, str], tmp_path: Path
) -> None:
    bait = tmp_path / 'bait'
    sound = said(reader[0], f'-o {bait} ; touch {bait} $(touch {bait}) [[hello]]', reader[1])
    assert sound.samples.size > sound.rate
    assert not bait.exists()


def test_flite_is_understood_word_for_word() -> None:
    if FLITE.obstacle():
        pytest.skip(FLITE.obstacle())
    sound = said(FLITE, 'Turn your head, please.', 'rms')
    assert understood(sound.samples, sound.rate) == 'turn your head please'


def test_the_library_tells_when_each_word_begins() -> None:
    if LIBRARY.obstacle():
        pytest.skip(LIBRARY.obstacle())
    sound = said(LIBRARY, 'Le robot écoute la fenêtre.', 'fr')
    assert [word.text for word in sound.words] == ['Le', 'robot', 'écoute', 'la', 'fenêtre']
    starts = [word.start_s for word in sound.words]
    assert starts == sorted(set(starts))
    assert 0.0 <= starts[0] < starts[-1] < sound.samples.size / sound.rate


def test_where_an_engine_tells_no_times_they_are_estimated(
    reader: tuple[SpeechEngine, str],
) -> None:
    text = 'the first and the last'
    sound = said(reader[0], text, reader[1])
    words = words_of(text, sound)
    assert plain_words([word.text for word in words]) == text.split()
    assert words[-1].start_s < sound.samples.size / sound.rate


def test_a_higher_pitch_keeps_the_words_and_changes_the_sound() -> None:
    if LIBRARY.obstacle():
        pytest.skip(LIBRARY.obstacle())
    low, high = (said(LIBRARY, 'hello', 'en-US', pitch=pitch) for pitch in (0.7, 1.5))
    assert low.samples.tobytes() != high.samples.tobytes()


def test_both_ways_to_espeak_know_the_same_french_voices() -> None:
    for engine in (LIBRARY, COMMAND):
        if engine.obstacle():
            pytest.skip(engine.obstacle())
    french = [
        {voice.name for voice in engine.voices() if voice.language.startswith('fr')}
        for engine in (LIBRARY, COMMAND)
    ]
    assert french[0] == french[1] >= {'fr'}


def test_a_missing_engine_says_how_to_get_it() -> None:
    assert 'apt install flite' in FliteEngine('no-such-flite').obstacle()
    assert 'apt install espeak-ng' in EspeakEngine('no-such', package='').obstacle()
    assert FliteEngine('no-such-flite').voices() == ()
    with pytest.raises(SynthesisError, match='apt install flite'):
        said(FliteEngine('no-such-flite'), 'hello', 'rms')


def test_a_program_that_is_no_engine_is_an_obstacle(tmp_path: Path) -> None:
    program = tmp_path / 'flite'
    program.write_text('#!/bin/sh\necho broken installation >&2\nexit 3\n')
    program.chmod(0o755)
    assert 'exit code 3: broken installation' in FliteEngine(str(program)).obstacle()


def test_piper_says_what_it_lacks(tmp_path: Path) -> None:
    assert 'piper_voice' in PiperEngine(None).obstacle()
    voice = tmp_path / 'fr_FR-test-low.onnx'
    assert f'{voice} is not there' in PiperEngine(voice).obstacle()
    voice.write_bytes(b'')
    assert 'fr_FR-test-low.onnx.json' in PiperEngine(voice).obstacle()
    description = Path(f'{voice}.json')
    description.write_text('{"audio": {}}')
    assert 'not a description of a piper voice' in PiperEngine(voice).obstacle()
    description.write_text(
        json.dumps({'audio': {'sample_rate': 16000}, 'language': {'code': 'fr_FR'}})
    )
    assert 'no-piper is not on PATH' in PiperEngine(voice, program='no-piper').obstacle()


def test_a_command_is_killed_when_nobody_wants_its_answer() -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(CancelledError):
        run_child(['sleep', '60'], b'', deadline_s=50.0, cancelled=cancelled)


def test_a_command_that_hangs_is_killed_at_its_deadline() -> None:
    with pytest.raises(SynthesisError, match=r'more than 0\.1 s'):
        run_child(['sleep', '60'], b'', deadline_s=0.1)


def test_a_command_that_dies_tells_how() -> None:
    with pytest.raises(SynthesisError, match='killed by signal 9'):
        run_child(['sh', '-c', 'kill -9 $$'], b'', deadline_s=10.0)


@pytest.mark.parametrize('data', [b'', b'RIFF', b'hello, this is no sound at all' * 4])
def test_what_is_no_sound_is_refused(data: bytes) -> None:
    with pytest.raises(SynthesisError, match='no WAV file'):
        read_wav(data)
