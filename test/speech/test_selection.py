"""Which engine and voice speak a language."""

from __future__ import annotations

import shutil

import pytest

from bbia_sim_ros.speech.errors import SpeechError
from bbia_sim_ros.speech.espeak import EspeakEngine
from bbia_sim_ros.speech.flite import FliteEngine
from bbia_sim_ros.speech.piper import PiperEngine
from bbia_sim_ros.speech.selection import Selection

pytestmark = pytest.mark.skipif(
    shutil.which('flite') is None or shutil.which('espeak-ng') is None,
    reason='flite or espeak-ng is not installed',
)
ALL = Selection((FliteEngine(), EspeakEngine(), PiperEngine(None)))


@pytest.mark.parametrize(
    ('language', 'voice', 'engine', 'chosen'),
    [
        ('en', '', 'flite', 'rms'),
        ('EN_us', '', 'flite', 'rms'),
        ('en-GB', '', 'espeak_ng', 'en'),
        ('fr', '', 'espeak_ng', 'fr'),
        ('fr-BE', '', 'espeak_ng', 'fr-BE'),
        ('fr-CA', '', 'espeak_ng', 'fr'),
        ('en', 'slt', 'flite', 'slt'),
        ('', 'FR', 'espeak_ng', 'fr'),
    ],
)
def test_auto_takes_what_matches_best(language: str, voice: str, engine: str, chosen: str) -> None:
    choice = ALL.choose(engine='auto', language=language, voice=voice)
    assert (choice.engine.name, choice.voice.name) == (engine, chosen)


def test_an_engine_that_is_missing_is_passed_over_and_named() -> None:
    selection = Selection((FliteEngine('no-such-flite'), EspeakEngine()))
    assert selection.choose(engine='auto', language='en').engine.name == 'espeak_ng'
    assert 'no-such-flite is not on PATH' in selection.obstacles()['flite']


@pytest.mark.parametrize(
    ('arguments', 'reason'),
    [
        ({'engine': 'auto', 'language': 'xx'}, "'xx'; known languages: .*fr, "),
        ({'engine': 'flite', 'language': 'fr'}, "'fr'; known languages: en$"),
        ({'engine': 'auto', 'language': '', 'voice': 'nobody'}, "'nobody'; .* know rms, slt, "),
        ({'engine': 'auto', 'language': 'fr', 'voice': 'rms'}, 'speaks en-us, not .fr'),
        ({'engine': 'siri', 'language': 'en'}, 'known: auto, flite, espeak_ng, piper'),
        ({'engine': 'piper', 'language': 'en'}, 'piper_voice'),
    ],
)
def test_what_is_unknown_is_refused_with_what_is_known(
    arguments: dict[str, str], reason: str
) -> None:
    with pytest.raises(SpeechError, match=reason):
        ALL.choose(**arguments)


def test_without_any_engine_every_reason_is_told() -> None:
    selection = Selection((FliteEngine('no-flite'), EspeakEngine('no-espeak', package='')))
    with pytest.raises(SpeechError, match=r'flite: .*apt install flite; espeak_ng: '):
        selection.choose(engine='auto', language='en')
