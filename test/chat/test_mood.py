"""Tags at the ends of an answer become its mood; everything else of the text stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.chat.mood import MAX_TAG_CHARACTERS
from bbia_sim_ros.chat.mood import Mood
from bbia_sim_ros.chat.mood import TagFilter
from bbia_sim_ros.chat.mood import mood_of_text
from bbia_sim_ros.motion.emotions import EMOTIONS


def filtered(pieces: list[str]) -> tuple[str, Mood | None]:
    given_on: list[str] = []
    tags = TagFilter(given_on.append, EMOTIONS)
    for piece in pieces:
        tags.feed(piece)
    mood = tags.finish()
    assert all(given_on)
    return ''.join(given_on), mood


@pytest.mark.parametrize(
    ('tag', 'mood'),
    [
        ('[happy]', Mood('happy')),
        ('[Happy 0.6]', Mood('happy', 0.6)),
        ('[happy: 0,25]', Mood('happy', 0.25)),
        ('[happy 1.9]', Mood('happy', 1.0)),
        ('[emotion: sad]', Mood('sad')),
        ('[emotion sad 0.6]', Mood('sad', 0.6)),
        ('[ émotion : triste 0,6 ]', Mood('sad', 0.6)),
        ('[en colère]', Mood('angry')),
        ('[FIÈRE]', Mood('proud')),
        ('[sad] [happy]', Mood('happy')),
        ('[emotion: bored]', None),
    ],
)
def test_a_tag_at_either_end_is_taken_off(tag: str, mood: Mood | None) -> None:
    for text in (f'Hello there. {tag}', f'{tag} Hello there.', f' {tag}\nHello there.\n\n{tag} '):
        assert filtered([text]) == ('Hello there.', mood)
        assert filtered(list(text)) == ('Hello there.', mood)


@pytest.mark.parametrize(
    'text',
    [
        'I am [happy] today.',
        'See [1]',
        'A list: [bored]',
        'Open [',
        'Cut off [hap',
        '[unknown] at the front',
        'x[0][1]',
        'no tag]',
        '[' * 200,
        '[happy 7]',
        '[' + 'a' * 100 + ']',
    ],
)
def test_what_is_no_tag_stays(text: str) -> None:
    assert filtered([text]) == (text, None)
    assert filtered(list(text)) == (text, None)


def test_an_answer_of_a_tag_alone_has_no_text() -> None:
    assert filtered(['[hap', 'py]']) == ('', Mood('happy'))


def test_text_is_given_on_at_once_unless_it_may_be_a_tag() -> None:
    given_on: list[str] = []
    tags = TagFilter(given_on.append, EMOTIONS)
    tags.feed('Hello')
    assert given_on == ['Hello']
    tags.feed(' you [')
    assert given_on == ['Hello', ' you']
    tags.feed('x' * MAX_TAG_CHARACTERS)
    assert ''.join(given_on) == 'Hello you [' + 'x' * MAX_TAG_CHARACTERS


def test_a_filter_that_knows_no_emotion_takes_no_name() -> None:
    given_on: list[str] = []
    tags = TagFilter(given_on.append, ())
    tags.feed('Hi [happy]')
    assert tags.finish() is None
    assert ''.join(given_on) == 'Hi [happy]'


TAGGED = st.lists(
    st.sampled_from(
        ['[happy]', '[', ']', ' ', '\n', 'a', '[sad 0.5]', '[emotion: x]', '[b]', 'happy']
    )
)


@given(parts=TAGGED, cuts=st.lists(st.integers(1, 4), min_size=1))
def test_the_same_text_comes_out_however_it_is_cut(parts: list[str], cuts: list[int]) -> None:
    text = ''.join(parts)
    pieces, start = [], 0
    while start < len(text):
        size = cuts[len(pieces) % len(cuts)]
        pieces.append(text[start : start + size])
        start += size
    whole, mood = filtered([text])
    assert filtered(pieces) == (whole, mood)
    assert whole == whole.strip()
    assert whole in text


@pytest.mark.parametrize(
    ('text', 'mood'),
    [
        ("I'm sorry, I can't do that.", 'sad'),
        ('Désolé, je ne peux pas.', 'sad'),
        ('With pleasure! That is wonderful.', 'happy'),
        ('Avec plaisir !', 'happy'),
        ('Wow, a cat!', 'surprised'),
        ('Je n’ai jamais vu ça. Ça alors !', 'surprised'),
        ('I wonder how that works.', 'curious'),
        ('Je ne comprends pas la question.', 'confused'),
        ('That is so exciting, fantastic!', 'excited'),
        ("J'ai réussi !", 'proud'),
    ],
)
def test_the_rule_reads_the_mood_from_what_is_said(text: str, mood: str) -> None:
    assert mood_of_text(text, EMOTIONS) == Mood(mood, 0.6)


@pytest.mark.parametrize(
    'text',
    [
        '',
        'The head is at 12 degrees.',
        'Il est midi.',
        'I am not happy.',
        "That isn't great.",
        'Je ne suis pas très heureux.',
        'unsorry gladiator',
    ],
)
def test_the_rule_finds_nothing_where_nothing_is_said(text: str) -> None:
    assert mood_of_text(text, EMOTIONS) is None


def test_the_rule_gives_only_emotions_that_are_known() -> None:
    assert mood_of_text('I am sorry.', ('happy',)) is None
