"""A turn from what a person says to the answer: streaming, language, memory, odd texts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bbia_sim_ros.chat.memory import MemoryLimits
from bbia_sim_ros.chat.personas import UnknownPersonaError
from bbia_sim_ros.chat.selection import TRANSFORMERS
from bbia_sim_ros.chat.talk import TalkSettings
from bbia_sim_ros.motion.emotions import EMOTIONS
from support.scripted_engine import Scripted
from support.talking import PERSONAS
from support.talking import Case


def test_an_answer_is_streamed_without_its_tag_and_remembered() -> None:
    case = Case(Scripted(('Good', ' day!', ' [hap', 'py 0.5]')), Scripted(('Again.',)))
    reply = case.say('Good day to you, my friend.')
    assert reply.success
    assert (reply.text, reply.emotion, reply.intensity) == ('Good day!', 'happy', 0.5)
    assert case.pieces == ['Good', ' day!']
    assert (reply.engine, reply.language, reply.tokens) == (TRANSFORMERS, 'en', 4)
    assert 0.0 <= reply.first_token_s <= reply.total_s
    assert case.roles() == ['user', 'assistant']
    case.say('And what else is there?')
    assert [m.role for m in case.engine.prompts[1]] == ['system', 'user', 'assistant', 'user']


def test_without_a_tag_the_text_tells_the_emotion() -> None:
    assert Case(Scripted(("I'm sorry about that.",))).say('The vase is broken.').emotion == 'sad'


@pytest.mark.parametrize(
    ('text', 'setting', 'language'),
    [
        ('What is the sun made of?', 'auto', 'en'),
        ('Pourquoi le ciel est-il bleu ?', 'auto', 'fr'),
        ('What is the sun made of?', 'fr', 'fr'),
    ],
)
def test_the_system_prompt_is_in_the_language_of_the_person(
    text: str, setting: str, language: str
) -> None:
    case = Case(Scripted(('x',)), language=setting, persona='calm')
    case.say(text)
    system = case.engine.prompts[0][0].content
    assert system == PERSONAS.get('calm').system_prompt(language, EMOTIONS)


def test_a_text_that_does_not_tell_its_language_keeps_that_of_the_conversation() -> None:
    case = Case(*(Scripted(('x',)) for _ in range(3)))
    case.say('Pourquoi le ciel est-il bleu ?', 'a')
    assert case.say('Reachy 42', 'a').language == 'fr'
    assert case.say('Reachy 42', 'b').language == 'en'


@pytest.mark.parametrize('text', ['', ' \n', '\x00\x07', '\ud800\udfff'])
def test_a_text_of_nothing_is_refused(text: str) -> None:
    case = Case()
    reply = case.say(text)
    assert (reply.success, reply.message) == (False, 'the text is empty; say something')
    assert case.engine.times_asked == 0


def test_what_is_no_text_is_left_out_with_a_notice() -> None:
    case = Case(Scripted(('a\x00b\ud800',)))
    reply = case.say('Why is the\x00 sky \ud83dso blue?\r\n')
    assert case.engine.prompts[0][-1].content == 'Why is the sky so blue?'
    assert reply.notices == ('2 characters that are no text were left out',)
    assert reply.text == 'ab'
    assert case.memory.turns('default')[0].messages[-1].content == 'ab'


def test_a_very_long_text_is_cut_by_tokens_with_a_notice() -> None:
    case = Case(Scripted(('Long!',)), limits=MemoryLimits(max_tokens=100))
    reply = case.say('why ' * 200_000)
    assert reply.success
    assert case.engine.count_tokens(case.engine.prompts[0][-1].content) <= 100
    assert 'the text was too long' in reply.notices[0]
    assert len(case.memory.turns('default')[0].messages[0].content) < 1000


def test_a_bad_conversation_name_is_refused() -> None:
    reply = Case().say('hello there', 'a/b')
    assert not reply.success
    assert 'cannot name a conversation' in reply.message


def test_a_persona_that_is_not_known_is_refused() -> None:
    case = Case()
    with pytest.raises(UnknownPersonaError):
        case.talk.settings = TalkSettings(persona='grumpy')
    assert case.talk.settings.persona == 'friendly'


def test_a_conversation_goes_on_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / 'memory.json'
    Case(Scripted(('My name is Reachy.',)), path=path).say('Who are you, and why?', 'a')
    case = Case(Scripted(('Yes.',)), path=path)
    case.say('Is that true, my friend?', 'a')
    assert 'My name is Reachy.' in [m.content for m in case.engine.prompts[0]]


def test_an_answer_that_cannot_be_kept_on_disk_is_given_with_a_notice(tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    reply = Case(Scripted(('Hi.',)), path=tmp_path / 'file' / 'x.json').say('Who are you then?')
    assert reply.success
    assert 'not kept on disk' in reply.notices[0]


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(text=st.text(max_size=60), answer=st.text(max_size=60), conversation=st.text(max_size=5))
def test_a_turn_never_raises_and_the_pieces_are_the_text(
    text: str, answer: str, conversation: str
) -> None:
    case = Case(Scripted(tuple(answer)))
    reply = case.say(text, conversation)
    assert ''.join(case.pieces) == reply.text or not reply.success
    assert reply.success == (not reply.message)
    reply.text.encode('utf-8')
    reply.message.encode('utf-8')
