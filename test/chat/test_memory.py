"""Conversations stay within their bounds, whole turns at a time, and survive a restart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.chat.memory import TOKENS_PER_MESSAGE
from bbia_sim_ros.chat.memory import Memory
from bbia_sim_ros.chat.memory import MemoryLimits
from bbia_sim_ros.chat.memory import NoRoomError
from bbia_sim_ros.chat.memory import conversation_name
from bbia_sim_ros.chat.memory import tokens_of
from bbia_sim_ros.chat.memory_file import Turn
from bbia_sim_ros.chat.messages import Message
from bbia_sim_ros.chat.messages import ToolCall


def words(text: str) -> int:
    return len(text.split())


def turn(text: str, answer: str = 'yes', calls: int = 0) -> Turn:
    messages = [Message(role='user', content=text)]
    if calls:
        made = tuple(
            ToolCall(id=f'{n}', name='look', arguments={'degrees': n}, raw=f'{n}')
            for n in range(calls)
        )
        messages.append(Message(role='assistant', content='', tool_calls=made))
        messages += [
            Message(role='tool', content='done', tool_call_id=call.id, name=call.name)
            for call in made
        ]
    return Turn((*messages, Message(role='assistant', content=answer)))


def texts(memory: Memory, conversation: str) -> list[str]:
    return [kept.messages[0].content for kept in memory.turns(conversation)]


@pytest.mark.parametrize('name', ['a', 'A-z_0.9', 'x' * 64])
def test_a_plain_name_is_a_conversation(name: str) -> None:
    assert conversation_name(name) == name


def test_no_name_is_the_default_conversation() -> None:
    assert conversation_name('') == 'default'


@pytest.mark.parametrize('name', ['a b', '../x', 'é', 'x' * 65, 'a\n', '\ud800'])
def test_any_other_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match='1 to 64'):
        conversation_name(name)


def test_only_the_newest_turns_are_kept() -> None:
    memory = Memory(MemoryLimits(max_turns=2))
    for text in ('one', 'two', 'three'):
        memory.add('c', turn(text))
    assert texts(memory, 'c') == ['two', 'three']
    memory.limits = MemoryLimits(max_turns=1)
    assert texts(memory, 'c') == ['three']


def test_the_conversation_used_longest_ago_goes_first() -> None:
    memory = Memory(MemoryLimits(max_conversations=2))
    for name in ('a', 'b', 'a', 'c'):
        memory.add(name, turn('hi'))
    assert memory.names == ('a', 'c')
    assert memory.turns('b') == ()


def test_a_prompt_is_system_earlier_turns_and_the_text() -> None:
    memory = Memory(MemoryLimits())
    memory.add('c', turn('one', calls=2))
    prompt = memory.prompt('c', system='be kind', text='two', count=words, most_tokens=500)
    assert [message.role for message in prompt.messages] == [
        *('system', 'user', 'assistant', 'tool', 'tool', 'assistant', 'user'),
    ]
    assert prompt.messages[0].content == 'be kind'
    assert prompt.messages[-1].content == 'two'
    assert prompt.notices == ()


def test_turns_that_do_not_fit_are_left_out_whole_and_told_of() -> None:
    memory = Memory(MemoryLimits())
    memory.add('c', turn('one', calls=2))
    memory.add('c', turn('two'))
    small = tokens_of(turn('two').messages, words)
    room = words('system') + words('three') + small + 3 * TOKENS_PER_MESSAGE
    prompt = memory.prompt('c', system='system', text='three', count=words, most_tokens=room)
    assert [message.content for message in prompt.messages] == ['system', 'two', 'yes', 'three']
    assert prompt.notices == ('1 of 2 earlier turns left out',)
    assert texts(memory, 'c') == ['one', 'two']


def test_a_text_that_is_too_long_is_cut_by_tokens_with_a_notice() -> None:
    memory = Memory(MemoryLimits(max_tokens=20))
    text = ' '.join(f'w{n}' for n in range(1000))
    prompt = memory.prompt('c', system='s', text=text, count=words, most_tokens=5000)
    said = prompt.messages[-1].content
    assert text.startswith(said)
    assert words(said) == 20 - TOKENS_PER_MESSAGE
    assert f'its first {len(said)} of {len(text)} characters' in prompt.notices[0]


def test_a_context_without_room_is_refused_with_advice() -> None:
    memory = Memory(MemoryLimits())
    with pytest.raises(NoRoomError, match='longer context'):
        memory.prompt('c', system='a b c', text='hi', count=words, most_tokens=19)


@pytest.mark.parametrize('field', ['max_conversations', 'max_turns', 'max_tokens'])
def test_a_limit_below_one_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=f'{field} is 0'):
        MemoryLimits(**{field: 0})


def test_conversations_are_there_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / 'memory.json'
    memory = Memory(MemoryLimits(), path)
    assert memory.add('a', turn('été \ud83d', calls=2), 'fr') == ''
    assert memory.add('b', turn('hi'), 'en') == ''
    again = Memory(MemoryLimits(), path)
    assert again.names == ('a', 'b')
    assert again.turns('a') == memory.turns('a')
    assert (again.language('a'), again.language('b'), again.language('c')) == ('fr', 'en', '')
    assert again.forget('a')
    assert not again.forget('a')
    assert Memory(MemoryLimits(), path).names == ('b',)


def test_a_file_with_more_than_is_kept_is_trimmed(tmp_path: Path) -> None:
    path = tmp_path / 'memory.json'
    memory = Memory(MemoryLimits(), path)
    for number in range(5):
        memory.add('a', turn(f'{number}'))
    assert texts(Memory(MemoryLimits(max_turns=2), path), 'a') == ['3', '4']


@pytest.mark.parametrize(
    'turns',
    [
        [[{'role': 'assistant', 'content': 'no user'}]],
        [[{'role': 'user', 'content': 'a'}, {'role': 'system', 'content': 'obey'}]],
        [[{'role': 'user', 'content': 'a'}, {'role': 'tool', 'content': 'b'}]],
        [[{'role': 'owner', 'content': 'a'}]],
        [[{'role': 'user'}]],
        ['text'],
        None,
    ],
)
def test_a_damaged_file_is_set_aside_and_reported(tmp_path: Path, turns: object) -> None:
    path = tmp_path / 'memory.json'
    rows = [{'name': 'a', 'language': '', 'turns': turns}]
    content = json.dumps({'version': 1, 'conversations': rows})
    path.write_text(content)
    memory = Memory(MemoryLimits(), path)
    assert memory.names == ()
    assert 'memory.json.broken-1' in memory.problem
    assert (tmp_path / 'memory.json.broken-1').read_text() == content


def test_a_conversation_that_cannot_be_written_is_kept_and_told_of(tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    memory = Memory(MemoryLimits(), tmp_path / 'file' / 'memory.json')
    assert 'not kept on disk' in memory.add('a', turn('hi'))
    assert texts(memory, 'a') == ['hi']


def test_half_a_turn_cannot_be_made() -> None:
    call = ToolCall(id='1', name='look', arguments={}, raw='')
    asked = Message(role='user', content='look')
    called = Message(role='assistant', content='', tool_calls=(call,))
    with pytest.raises(ValueError, match='no result'):
        Turn((asked, called, Message(role='assistant', content='done')))
    with pytest.raises(ValueError, match='no result'):
        Turn((asked, called))
    with pytest.raises(ValueError, match='one user message'):
        Turn((asked, asked))


@given(
    turns=st.lists(
        st.builds(
            turn, st.text('ab ', max_size=30), st.text('ab ', max_size=30), st.integers(0, 3)
        ),
        max_size=8,
    ),
    text=st.text('ab ', min_size=1, max_size=200),
    max_turns=st.integers(1, 4),
    max_tokens=st.integers(1, 120),
    most_tokens=st.integers(0, 160),
)
def test_a_prompt_never_exceeds_its_bounds_nor_splits_a_turn(
    turns: list[Turn], text: str, max_turns: int, max_tokens: int, most_tokens: int
) -> None:
    memory = Memory(MemoryLimits(max_turns=max_turns, max_tokens=max_tokens))
    for one in turns:
        memory.add('c', one)
    assert len(memory.turns('c')) <= max_turns
    try:
        prompt = memory.prompt('c', system='s s', text=text, count=len, most_tokens=most_tokens)
    except NoRoomError:
        return
    assert prompt.messages[0] == Message(role='system', content='s s')
    assert text.startswith(prompt.messages[-1].content)
    earlier = prompt.messages[1:-1]
    assert tokens_of(prompt.messages, len) <= most_tokens + len(prompt.messages)
    assert tokens_of(prompt.messages[1:], len) <= max_tokens + len(prompt.messages)
    kept = [message for one in memory.turns('c') for message in one.messages]
    assert list(earlier) == kept[len(kept) - len(earlier) :]
    assert not earlier or earlier[0].role == 'user'
