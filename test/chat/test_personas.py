"""Personas come from YAML files that a person can add to; mistakes are told with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbia_sim_ros.chat.language import language_of
from bbia_sim_ros.chat.personas import MAX_PROMPT_CHARACTERS
from bbia_sim_ros.chat.personas import PersonaSet
from bbia_sim_ros.chat.personas import UnknownPersonaError
from bbia_sim_ros.marked_yaml import FileError

OURS = Path(__file__).parents[2] / 'config' / 'personas.yaml'
NAMES = ('friendly', 'curious', 'calm', 'enthusiastic', 'professional')


def written(folder: Path, text: str) -> Path:
    path = folder / 'own.yaml'
    path.write_text(text, encoding='utf-8')
    return path


def test_the_package_brings_five_personas() -> None:
    assert PersonaSet.load([OURS]).names == NAMES


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('language', ['en', 'fr'])
def test_every_prompt_is_in_its_language_and_names_the_emotions(name: str, language: str) -> None:
    prompt = PersonaSet.load([OURS]).get(name).system_prompt(language, ('happy', 'sad'))
    assert language_of(prompt) == language
    assert 'happy, sad.' in prompt
    assert 'what_do_you_see' in prompt
    assert '{' not in prompt


def test_personas_differ_in_both_languages() -> None:
    personas = PersonaSet.load([OURS])
    for language in ('en', 'fr'):
        assert len({personas.get(name).system_prompt(language) for name in NAMES}) == len(NAMES)


def test_an_own_file_adds_and_replaces(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'pirate: {en: Speak like a pirate., fr: Parle comme un pirate.}\n'
        'calm: {en: Whisper., fr: Chuchote.}\n',
    )
    personas = PersonaSet.load([OURS, path])
    assert personas.names == (*NAMES, 'pirate')
    assert personas.get('pirate').system_prompt('fr').endswith('\n\nParle comme un pirate.')
    assert personas.get('calm').system_prompt('en').endswith('Whisper.')
    assert personas.get('calm').system_prompt('en').startswith('You are Reachy Mini')


def test_an_own_text_for_everyone_replaces_ours(tmp_path: Path) -> None:
    path = written(tmp_path, 'everyone: {en: You are a lamp., fr: Tu es une lampe.}\n')
    prompt = PersonaSet.load([OURS, path]).get('calm').system_prompt('en')
    assert prompt.startswith('You are a lamp.\n\nYou are calm')


@pytest.mark.parametrize(
    ('text', 'line', 'reason'),
    [
        ('a:\n  en: x\n', 2, "has no 'fr'"),
        ('a:\n  en: x\n  fr: y\n  de: z\n', 4, "unknown key 'de'"),
        ('a:\n  en: x\n  fr: [1]\n', 3, 'must be a single value'),
        ('a: text\n', 1, 'must be a mapping'),
        ('a:\n  en: ""\n  fr: y\n', 2, 'has 0 characters'),
        (f'a:\n  en: {"x" * (MAX_PROMPT_CHARACTERS + 1)}\n  fr: y\n', 2, 'allowed is 1 .. 4000'),
        ('a: {en: x, fr: y}\na: {en: x, fr: y}\n', 2, 'a is repeated'),
        ('a: {en: x', 1, 'is not YAML'),
    ],
)
def test_a_mistake_names_file_and_line(tmp_path: Path, text: str, line: int, reason: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(FileError) as caught:
        PersonaSet.load([path])
    assert str(caught.value).startswith(f'{path}:{line}: ')
    assert reason in str(caught.value)


def test_too_many_personas_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, ''.join(f'p{n}: {{en: x, fr: y}}\n' for n in range(100)))
    with pytest.raises(FileError, match='makes 100 personas; at most 99'):
        PersonaSet.load([path])


def test_an_unknown_persona_is_told_with_those_there_are() -> None:
    with pytest.raises(UnknownPersonaError, match="'grumpy'; known: friendly, curious"):
        PersonaSet.load([OURS]).get('grumpy')
