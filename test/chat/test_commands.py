"""What is a command and what is not: tables of sentences in both languages, prose, the page."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

import pytest
import yaml

from bbia_sim_ros.behaviors.catalogue import Catalogue
from bbia_sim_ros.chat.commands import MAX_CHARACTERS
from bbia_sim_ros.chat.commands import MAX_COMMANDS
from bbia_sim_ros.chat.commands import Understood
from bbia_sim_ros.chat.commands import understand
from bbia_sim_ros.chat.commands.understanding import meanings
from bbia_sim_ros.chat.tool_arguments import ArgumentError
from bbia_sim_ros.chat.tools import ToolTable
from bbia_sim_ros.motion.emotions import EMOTIONS
from bbia_sim_ros.motion.library import MoveLibrary

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PAGE = ROOT / 'docs' / 'commands.md'
LANGUAGES = ('en', 'fr')
BEHAVIORS = tuple(Catalogue.discover().entries)
VERBATIM = {'say', 'remember', 'recall'}
Calls = list[tuple[str, dict[str, Any]]]


def positives(language: str) -> Iterator[tuple[str, Calls]]:
    """Yield what is said and the calls it stands for."""
    table = yaml.safe_load((HERE / f'commands_{language}.yaml').read_text(encoding='utf-8'))
    for row in table:
        calls = [item for call in row['calls'] for item in call.items()]
        for said in row['said']:
            yield said, calls


def negatives(language: str) -> list[str]:
    """Return what is no command."""
    lines = (HERE / f'no_commands_{language}.txt').read_text(encoding='utf-8').splitlines()
    return [line for line in lines if line and not line.startswith('#')]


def rows() -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield language, phrases and calls of each cell of the page's table."""
    for line in PAGE.read_text(encoding='utf-8').splitlines():
        cells = [cell.strip() for cell in line.split('|')[1:-1]]
        if len(cells) == 3 and cells[2].startswith('`'):
            calls = [call.strip('`') for call in cells[2].split('<br>')]
            for language, cell in zip(LANGUAGES, cells, strict=False):
                yield language, cell.split('<br>'), calls


def calls_of(understood: Understood | None) -> Calls | None:
    """Return tools and arguments."""
    if understood is None:
        return None
    return [(call.name, dict(call.arguments or {})) for call in understood.calls]


ALL = [(language, *row) for language in LANGUAGES for row in positives(language)]


@pytest.fixture(scope='module')
def tools() -> ToolTable:
    """Everything the robot knows, and a person's own move and behaviors."""
    return ToolTable(
        emotions=EMOTIONS,
        moves=(*MoveLibrary([ROOT / 'config' / 'moves']).names(), 'my_wave'),
        behaviors=BEHAVIORS,
    )


@pytest.mark.parametrize(('language', 'said', 'calls'), ALL, ids=[row[1] for row in ALL])
def test_a_command_is_understood(language: str, said: str, calls: Calls) -> None:
    understood = understand(said)
    assert calls_of(understood) == calls
    assert understood is not None
    assert understood.language == language
    assert understood.reply


@pytest.mark.parametrize('language', LANGUAGES)
def test_there_are_many_examples_each_written_once(language: str) -> None:
    said = [said for said, _ in positives(language)]
    not_said = negatives(language)
    assert len(said) >= 150
    assert len(not_said) >= 150
    assert len({*said, *not_said}) == len(said) + len(not_said)


@pytest.mark.parametrize('said', [said for language in LANGUAGES for said in negatives(language)])
def test_what_is_no_command_is_not_understood(said: str) -> None:
    assert calls_of(understand(said)) is None


def test_every_call_is_accepted_by_its_tool_but_what_is_out_of_range(tools: ToolTable) -> None:
    for language, said, _ in ALL:
        understood = understand(said)
        assert understood is not None
        assert len({call.id for call in understood.calls}) == len(understood.calls)
        for call in understood.calls:
            assert call.arguments is not None
            assert json.loads(call.raw) == call.arguments
            if call.arguments.get('degrees') == 500:
                with pytest.raises(ArgumentError, match=r'500.*allowed is 0 \.\. 180'):
                    tools.check(call.name, call.arguments)
            else:
                assert tools.check(call.name, call.arguments) == call.arguments, (language, said)


def test_every_emotion_and_every_tool_but_points_can_be_asked_for_in_each_language() -> None:
    for language in LANGUAGES:
        calls = [call for _, calls in positives(language) for call in calls]
        assert {arguments['name'] for name, arguments in calls if name == 'emotion'} == {*EMOTIONS}
        assert {name for name, _ in calls} == {
            call.tool for several in meanings().values() for call in several
        }


@pytest.mark.parametrize(
    ('said', 'reply'),
    [
        ('look left and be happy', 'Looking left. I am happy.'),
        ('regarde à gauche', 'Je regarde à gauche.'),
        ('regarde à gauche puis aie peur', "Je regarde à gauche. J'ai peur."),
        ('left antenna up', 'Moving my left antenna.'),
        ('look at person two', 'Looking at person 2.'),
        ('tell me what you see and look up', 'Looking up. This is what I see:'),
        ('que vois-tu', 'Voici ce que je vois :'),
        ('look left, look left', 'Looking left.'),
        ('remember that {x} is {y}', 'I will remember that.'),
    ],
)
def test_the_reply_is_short_and_in_the_language_of_the_person(said: str, reply: str) -> None:
    understood = understand(said)
    assert understood is not None
    assert understood.reply == reply


@pytest.mark.parametrize(('prefer', 'language'), [('en', 'en'), ('fr', 'fr'), ('de', 'en')])
def test_what_is_the_same_in_both_languages_is_taken_in_the_preferred_one(
    prefer: str, language: str
) -> None:
    understood = understand('stop', prefer=prefer)
    assert understood is not None
    assert understood.language == language


def test_sentences_lines_and_clauses_of_prose_are_no_commands() -> None:
    texts = [*topics.values(), (ROOT / 'LICENSE').read_text(encoding='utf-8')]
    pieces = {
        ' '.join(piece.split())
        for text in texts
        for end in (r'(?<=[.!?])\s+|\n\s*\n', r'\n', r'[.,;:!?()"`*|]+')
        for piece in re.split(end, text)
        if len(piece.split()) > 1
    }
    assert len(pieces) > 10_000
    understood = [piece for piece in pieces if understand(piece) is not None]
    # These are orders, although to the reader of the prose.
    assert [piece for piece in understood if not piece.startswith('remember that ')] == []


def test_accents_case_apostrophes_composition_and_blanks_make_no_difference() -> None:
    for _, said, calls in ALL:
        decomposed = unicodedata.normalize('NFD', said)
        for same in (decomposed, said.replace("'", '’'), f'  {said}\n'):
            assert names_of(same) == [name for name, _ in calls], same
        bare = ''.join(mark for mark in decomposed if not unicodedata.combining(mark))
        if not VERBATIM & {name for name, _ in calls}:
            for same in (said.upper(), said.title(), bare, f'{said}.', f'{said}!', f'{said} ...'):
                assert calls_of(understand(same)) == calls, same


def names_of(said: str) -> list[str]:
    """Return the tools that are called."""
    return [name for name, _ in calls_of(understand(said)) or []]


def test_what_is_to_be_said_keeps_case_accents_and_punctuation() -> None:
    for said, text in [
        ('say Hello, WORLD! (again)', 'Hello, WORLD! (again)'),
        ('SAY uh, Zoé?', 'uh, Zoé?'),
        ('dis « Ça va ? Oui ! »', 'Ça va ? Oui !'),
        ('say "yes" and "no"', '"yes" and "no"'),
        ('look up and say hello and look down', 'hello and look down'),
    ]:
        calls = calls_of(understand(said))
        assert calls is not None
        assert calls[-1] == ('say', {'text': text})


def test_at_most_six_commands_and_five_hundred_characters() -> None:
    six = ', '.join(['look left'] * MAX_COMMANDS)
    assert len(names_of(six)) == MAX_COMMANDS
    assert understand(f'{six}, look left') is None
    beginning = 'say '
    longest = beginning + 'a' * (MAX_CHARACTERS - len(beginning))
    assert names_of(longest) == ['say']
    assert understand(f'{longest}a') is None
    assert names_of('stop ' * 100) == ['stop']


@pytest.mark.parametrize(
    'said', ['', ' ', '\0', '!', '...', '\ud800', '\u202e', 'look \ud800x left']
)
def test_what_is_no_text_is_no_command(said: str) -> None:
    assert understand(said) is None


@pytest.mark.parametrize(('language', 'phrases', 'calls'), list(rows()))
def test_the_page_tells_what_can_be_said(
    language: str, phrases: list[str], calls: list[str]
) -> None:
    wanted = [(name, json.loads(rest)) for name, _, rest in (call.partition(' ') for call in calls)]
    for said in phrases:
        understood = understand(said)
        assert calls_of(understood) == wanted, said
        assert understood is not None
        assert understood.language == language, said


def test_the_page_shows_every_tool_and_every_emotion() -> None:
    shown = {call for _, _, calls in rows() for call in calls}
    assert {call.split(' ')[0] for call in shown} == {
        call.tool for several in meanings().values() for call in several
    }
    assert {f'emotion {{"name": "{name}"}}' for name in EMOTIONS} <= shown


def test_the_page_tells_what_is_left_to_the_model() -> None:
    lists = re.findall(r'^  - .*', PAGE.read_text(encoding='utf-8'), re.MULTILINE)
    quoted = [said for line in lists for said in re.findall(r'"([^"]+)"', line)]
    assert len(quoted) > 20
    assert [said for said in quoted if understand(said) is not None] == []
