"""The notation of phrases, numbers in words, and what is wrong with a file of phrases."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from bbia_sim_ros.chat.commands.grammar import load_grammar
from bbia_sim_ros.chat.commands.meanings import load_meanings
from bbia_sim_ros.chat.commands.notation import Notation
from bbia_sim_ros.chat.commands.notation import NotationError
from bbia_sim_ros.chat.commands.numbers import NUMBER_WORDS
from bbia_sim_ros.chat.commands.patterns import Captures
from bbia_sim_ros.chat.commands.text import END
from bbia_sim_ros.chat.commands.text import Heard
from bbia_sim_ros.chat.commands.text import composed
from bbia_sim_ros.chat.commands.text import tokens
from bbia_sim_ros.chat.commands.understanding import grammars
from bbia_sim_ros.chat.commands.understanding import meanings
from bbia_sim_ros.marked_yaml import FileError
from bbia_sim_ros.robot.names import NEUTRAL_ANTENNAS_RAD

PHRASES = """
hesitations: [uh]
rules: {side: '(left){side=left} | (right){side=right}'}
openings: [please]
closings: [now]
joiners: [and]
never: [go nowhere]
commands: {go: {reply: 'Going {side}.', phrases: ['go <side>']}}
words: {side: {left: left, right: right}}
"""


def heard(text: str) -> Heard:
    """Return a text as patterns see it."""
    return Heard(composed(text), tokens(composed(text)))


def whole_matches(phrase: str, text: str) -> list[Captures]:
    """Return what matches of the whole text capture."""
    pattern = Notation(NUMBER_WORDS['en'], {}, frozenset({'please'})).pattern(phrase)
    utterance = heard(text)
    return [captures for end, captures in pattern.ends(utterance, 0) if end == utterance.end]


@pytest.mark.parametrize(
    ('phrase', 'matching', 'other'),
    [
        ('look [to the] left', ['look left', 'look to the left'], ['look to left', 'look']),
        ('(a | b c) d', ['a d', 'b c d'], ['b d', 'a b c d', 'd']),
        ('(stop [now] [,])+', ['stop', 'stop, stop now stop!'], ['stop now now', 'now']),
        ('say !(it | that) <text>', ['say hello', 'say item'], ['say it', 'say that again', 'say']),
        ("t'es là", ["T'ES LÀ", 't’es la', 't es là'], ['tes la']),
        ('tell <topic>', ['tell tales?'], ['tell', 'tell ?']),
        ('note <statement>', ['note this.'], ['note this?']),
        ('note : <text>', ['note: this'], ['note this', 'note, this']),
    ],
)
def test_a_phrase_matches_what_its_notation_says(
    phrase: str, matching: list[str], other: list[str]
) -> None:
    assert [text for text in matching if not whole_matches(phrase, text)] == []
    assert [text for text in other if whole_matches(phrase, text)] == []


def test_captures_are_values_numbers_names_and_texts() -> None:
    assert whole_matches('(go){how=far} up{n=0.5}', 'go up') == [(('how', 'far'), ('n', 0.5))]
    assert whole_matches('by <number>', 'by thirty five') == [(('number', 35),)]
    assert whole_matches('play <name> [please]', 'play My move please') == [(('name', 'my_move'),)]
    assert whole_matches('play <name>', 'play one two three four five') == []
    assert whole_matches('say <text>', 'say  "It\'s Me!" ') == [(('text', "It's Me!"),)]
    assert whole_matches('tell <topic>', 'tell Tales!?') == [(('text', 'Tales'),)]


@pytest.mark.parametrize(
    ('phrase', 'complaint'),
    [
        ('(a | b', 'without its'),
        ('a ]', 'too many'),
        ('a | ', 'nothing on one side'),
        ('[a] [b]', 'matches nothing at all'),
        ('', 'nothing'),
        ('+ a', 'belongs to nothing'),
        ('[a]{k=v} b', 'behind a'),
        ('go <nowhere>', 'names <nowhere>; known: number'),
        ('go 🙂', 'nobody can say'),
        ('go {left}', 'cannot be read from'),
    ],
)
def test_a_phrase_that_cannot_be_read_is_refused_with_the_reason(
    phrase: str, complaint: str
) -> None:
    with pytest.raises(NotationError, match=complaint):
        Notation(NUMBER_WORDS['en'], {}).pattern(phrase)


@pytest.mark.parametrize(
    ('language', 'said', 'value'),
    [
        ('en', 'zero', 0),
        ('en', 'nineteen', 19),
        ('en', 'ninety nine', 99),
        ('en', 'a hundred', 100),
        ('en', 'hundred', 100),
        ('en', 'two hundred and five', 205),
        ('en', 'nine hundred ninety nine', 999),
        ('en', '12.5', 12.5),
        ('fr', 'un', 1),
        ('fr', 'dix sept', 17),
        ('fr', 'vingt et un', 21),
        ('fr', 'soixante dix', 70),
        ('fr', 'soixante et onze', 71),
        ('fr', 'soixante-dix-neuf', 79),
        ('fr', 'quatre-vingts', 80),
        ('fr', 'quatre vingt un', 81),
        ('fr', 'quatre vingt dix neuf', 99),
        ('fr', 'septante', 70),
        ('fr', 'huitante deux', 82),
        ('fr', 'cent', 100),
        ('fr', 'deux cents', 200),
        ('fr', 'trois cent soixante', 360),
        ('fr', '12,5', 12.5),
    ],
)
def test_a_number_is_read_to_its_end(language: str, said: str, value: float) -> None:
    words = heard(said).words
    assert NUMBER_WORDS[language].at(words, 0) == (len(words) - 1, value)


def test_what_is_no_number_is_none() -> None:
    for language in ('en', 'fr'):
        for words in ([END], ['a', END], ['degrees', END], ['et', 'un', END]):
            assert NUMBER_WORDS[language].at(words, 0) is None


def test_a_file_of_phrases_is_read(tmp_path: Path) -> None:
    path = tmp_path / 'phrases.yaml'
    path.write_text(PHRASES, encoding='utf-8')
    grammar = load_grammar('en', ['go'], path)
    assert grammar.hesitations == {'uh'}
    assert [end for end, _ in grammar.command.ends(heard('go left'), 0)] == [2]


@pytest.mark.parametrize(
    ('before', 'after', 'complaint'),
    [
        ('go <side>', 'go <sight>', r'phrases.yaml:8: .* names <sight>'),
        ('{go: {reply', '{gone: {reply', r"unknown key 'gone'"),
        ('joiners: [and]', '', 'has no joiners'),
        ("reply: 'Going {side}.', ", '', 'go has no reply'),
        ("{go: {reply: 'Going {side}.', phrases: ['go <side>']}}", '{}', 'has no go'),
    ],
)
def test_a_mistake_in_a_file_of_phrases_is_named(
    tmp_path: Path, before: str, after: str, complaint: str
) -> None:
    path = tmp_path / 'phrases.yaml'
    assert before in PHRASES
    path.write_text(PHRASES.replace(before, after), encoding='utf-8')
    with pytest.raises(FileError, match=complaint):
        load_grammar('en', ['go'], path)


@pytest.mark.parametrize(
    ('written', 'complaint'),
    [
        ('go: [{call: fly}]', "call is 'fly'; allowed: look"),
        ('go: [{with: {x: 1}}]', 'has no call'),
        ('go: [{call: look, by: {x: {left: 1}}}]', 'has no "of"'),
        ('go: [{call: look, by: {x: {of: side, left: far}}}]', 'must be a number'),
    ],
)
def test_a_mistake_in_what_commands_do_is_named(
    tmp_path: Path, written: str, complaint: str
) -> None:
    path = tmp_path / 'meanings.yaml'
    path.write_text(written, encoding='utf-8')
    with pytest.raises(FileError, match=complaint):
        load_meanings(path)


def test_a_table_gives_an_entry_times_a_number_or_leaves_the_argument_out(tmp_path: Path) -> None:
    path = tmp_path / 'meanings.yaml'
    path.write_text(
        'go: [{call: go_to, with: {z: 1}, by: {roll: {of: side, left: -1, times: n, else: 15}}}]',
        encoding='utf-8',
    )
    (call,) = load_meanings(path)['go']
    assert call.filled({'side': 'left'}) == {'z': 1, 'roll': -15}
    assert call.filled({'side': 'left', 'n': 20}) == {'z': 1, 'roll': -20}
    assert call.filled({'side': 'right', 'n': 20}) == {'z': 1}
    assert call.filled({}) == {'z': 1}


def test_both_languages_have_words_for_the_same_captures() -> None:
    english, french = grammars()
    assert {name: set(words) for name, words in english.words.items()} == {
        name: set(words) for name, words in french.words.items()
    }
    assert english.again.keys() == french.again.keys()


def test_the_neutral_position_is_that_of_the_robot() -> None:
    (call,) = meanings()['neutral_position']
    right, left = map(math.degrees, NEUTRAL_ANTENNAS_RAD)
    assert call.filled({})['right_antenna'] == pytest.approx(right, abs=0.01)
    assert call.filled({})['left_antenna'] == pytest.approx(-left, abs=0.01)
