"""The process of what hears, sees, speaks, chats and behaves, in the table of processes."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from bbia_sim_ros import stack

OF_THE_MIND = (
    'microphone_node',
    'hearing_node',
    'vision_node',
    'speech_node',
    'chat_node',
    'behavior_node',
)


def option_values(process: stack.Process, option: str) -> list[str]:
    arguments = process.ros_arguments
    return [value for name, value in itertools.pairwise(arguments) if name == option]


def mind_of(given: dict[str, str]) -> stack.Process:
    (mind,) = (process for process in stack.plan(given) if process.name == 'mind')
    return mind


@pytest.mark.parametrize(
    ('given', 'options'),
    [
        ({}, []),
        ({'chat': 'commands'}, ['chat:engine:=commands']),
        ({'chat_model': '~/my model'}, ['chat:model:="~/my model"']),
        (
            {'chat_url': 'http://box:11434/v1', 'chat_model': 'qwen3'},
            ['chat:openai_model:="qwen3"', 'chat:openai_url:="http://box:11434/v1"'],
        ),
    ],
)
def test_who_answers_can_be_chosen(given: dict[str, str], options: list[str]) -> None:
    assert option_values(mind_of(given), '-p') == options


@pytest.mark.parametrize(
    ('given', 'options'),
    [
        ({'audio': 'USB'}, ['microphone:audio_source:="USB"']),
        ({'hearing': 'whisper'}, ['hearing:engine:=whisper']),
        ({'speech': 'flite'}, ['speech:engine:=flite']),
        ({'speech_output': 'none'}, ['speech:output:=none']),
        ({'speech_output': '/a/b.wav'}, ['speech:output:=file', 'speech:file:="/a/b.wav"']),
        ({'vision': 'opencv'}, ['vision:engine:=opencv']),
        ({'objects': '/a/b.onnx'}, ['vision:objects_model:="/a/b.onnx"']),
    ],
)
def test_what_is_heard_seen_and_said_by_what_can_be_chosen(
    given: dict[str, str], options: list[str]
) -> None:
    assert option_values(mind_of(given), '-p') == options


@pytest.mark.parametrize(
    ('given', 'nodes'),
    [
        ({'chat': 'none'}, ('chat_node',)),
        ({'audio': 'none'}, ('microphone_node', 'hearing_node')),
        ({'hearing': 'none'}, ('microphone_node', 'hearing_node')),
        ({'speech': 'none'}, ('speech_node',)),
        ({'vision': 'none'}, ('vision_node',)),
        ({'behaviors': 'false'}, ('behavior_node',)),
    ],
)
def test_senses_speech_conversations_and_behaviors_can_be_left_out(
    given: dict[str, str], nodes: tuple[str, ...]
) -> None:
    assert mind_of(given).nodes == tuple(name for name in OF_THE_MIND if name not in nodes)


def test_one_node_alone_has_its_process_and_its_options_for_itself() -> None:
    all_but_speech = dict.fromkeys(('hearing', 'chat', 'vision'), 'none')
    given = {**all_but_speech, 'behaviors': 'false', 'speech': 'flite'}
    _, _, speech, _ = stack.plan(given)
    assert (speech.name, speech.nodes) == ('speech', ('speech_node',))
    assert option_values(speech, '-p') == ['engine:=flite']
    assert len(stack.plan({**given, 'speech': 'none'})) == 3


def test_in_a_namespace_what_is_given_something_has_a_process_of_its_own() -> None:
    given = {'namespace': 'left', 'chat': 'commands', 'speech': 'flite', 'speech_output': 'none'}
    _, _, mind, speech, chat, _ = stack.plan(given)
    assert mind.nodes == ('microphone_node', 'hearing_node', 'vision_node', 'behavior_node')
    assert option_values(mind, '-p') == []
    assert (speech.name, option_values(speech, '-p')) == (
        'speech',
        ['engine:=flite', 'output:=none'],
    )
    assert (chat.name, option_values(chat, '-p')) == ('chat', ['engine:=commands'])
    assert '__ns:=/left' in option_values(speech, '-r')


def test_a_sound_file_is_found_by_every_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / 'a.wav').touch()
    monkeypatch.chdir(tmp_path)
    options = option_values(mind_of({'audio': 'a.wav'}), '-p')
    assert options == [f'microphone:audio_source:="{tmp_path / "a.wav"}"']
