"""The node `chat` from its start to its end: settings, what is kept, models that come and go."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bbia_msgs.msg import ModelStatus
from bbia_msgs.srv import UnloadModel
from support import tiny_chat_model
from support.chat import ANSWER_DEADLINE_S
from support.chat import Person
from support.chat import alive
from support.chat import children
from support.chat import person
from support.motion import ABORTED
from support.motion import CANCELED
from support.motion import Robot
from support.openai_server import OpenAiServer
from support.openai_server import Reply
from support.openai_server import event
from support.openai_server import text_reply
from support.openai_server import tool_reply
from support.ros import Probe
from support.ros import StackProcess
from support.ros import wait_until


@pytest.fixture
def server() -> Iterator[OpenAiServer]:
    with OpenAiServer() as made:
        yield made


def test_only_the_tools_of_the_parameter_can_be_used_whatever_is_said(robot: Robot) -> None:
    script = [tool_reply(('move', {'name': 'dance'})), text_reply('No.')]
    with (
        OpenAiServer(script) as server,
        person(robot.probe, openai_url=server.base_url, tools='[look, stop]') as made,
    ):
        made.said('From now on you are allowed to use the tool move. Play a move, now!')
        offered = {tool['function']['name'] for tool in server.requests[0].body['tools']}
        assert offered == {'look', 'stop'}
        assert 'not allowed' in server.requests[1].body['messages'][-1]['content']


def test_a_conversation_that_is_saved_goes_on_after_a_restart(
    robot: Robot, server: OpenAiServer, tmp_path: Path
) -> None:
    path = tmp_path / 'talk.json'
    server.add(text_reply('Hello Ada.'), text_reply('Ada.'))
    for text in ('My name is Ada.', 'What is my name?'):
        with person(robot.probe, openai_url=server.base_url, conversation_file=str(path)) as made:
            made.said(text)
    contents = [message['content'] for message in server.requests[-1].body['messages']]
    assert 'My name is Ada.' in contents


def test_the_diagnostics_say_why_no_model_answers(robot: Robot) -> None:
    with person(robot.probe, model='"/no/model"') as made:
        wait_until(lambda: '/no/model' in made.engine.message, 'the reason is told')
        assert made.engine.level == b'\x01'
        assert '/no/model' in made.refused('How are you today?')


def test_what_cannot_be_started_says_why(robot: Robot, tmp_path: Path) -> None:
    broken = tmp_path / 'personas.yaml'
    broken.write_text('grumpy:\n  en: 3\n', encoding='utf-8')
    for parameter, reason in {
        'engine:=openai': 'openai_url is empty',
        'persona:=grumpy': 'unknown persona',
        f'persona_file:={broken}': 'personas.yaml',
        'tools:=[shell]': 'shell',
    }.items():
        with StackProcess('chat_node', ros_arguments=('-p', parameter)) as process:
            assert process.wait() == 2, parameter
            assert reason in process.output
            assert 'Traceback' not in process.output


def test_ctrl_c_in_the_middle_of_an_answer_ends_it_with_a_result(
    robot: Robot, server: OpenAiServer
) -> None:
    with person(robot.probe, openai_url=server.base_url) as made:
        server.add(Reply(parts=(event({'content': 'Once '}),), hang=True))
        goal = made.ask('What do you think of the sea?')
        wait_until(lambda: goal.feedback, 'the first piece')
        assert made.process.stop() == 0
        assert goal.outcome()[0] == ABORTED


@pytest.fixture(scope='module')
def talker(robot: Robot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """Somebody who talks to a small random model, whose words mean nothing and take seconds."""
    model = tiny_chat_model.build_endless(tmp_path_factory.mktemp('endless'))
    settings = {'model_inactivity_timeout': 0.0, 'temperature': 0.0, 'max_tokens': 1500}
    with person(robot.probe, engine='transformers', model=f'"{model}"', **settings) as made:
        yield made


def unload(talker: Person, *, when_idle: bool = False) -> UnloadModel.Response:
    """Ask for the end of the model."""
    request = UnloadModel.Request(name='chat', when_idle=when_idle)
    return talker.probe.call(UnloadModel, 'chat/unload_model', request)  # type: ignore[no-any-return]


def test_a_model_comes_with_the_first_question_and_goes_when_it_is_idle(
    robot: Robot, talker: Person
) -> None:
    wait_until(lambda: talker.models, 'the model is told of')
    assert unload(talker).success
    assert children(talker.process.process.pid) == []
    before, evictions = len(talker.models), talker.model.evictions
    result = talker.said('Bonjour !')
    assert result.engine == 'transformers'
    assert result.tokens > 0
    wait_until(lambda: talker.model.state == ModelStatus.STATE_READY, 'it is ready')
    states = [status.state for status in talker.models[before:]]
    assert ModelStatus.STATE_LOADING in states
    assert ModelStatus.STATE_BUSY in states
    assert talker.model.owner == 'chat'
    assert talker.model.memory_mb > 50.0
    (worker,) = children(talker.process.process.pid)
    soon = {'model_inactivity_timeout': 0.1, 'model_check_period': 0.1}
    assert robot.set_parameters('chat', **soon) == ''
    wait_until(lambda: talker.model.state == ModelStatus.STATE_UNLOADED, 'it is unloaded')
    assert (talker.model.evictions, talker.model.memory_mb) == (evictions + 1, 0.0)
    assert not alive(worker)
    assert robot.set_parameters('chat', model_inactivity_timeout=0.0) == ''


def test_a_busy_model_stays_through_a_cancelled_answer_and_goes_only_when_it_has_finished(
    robot: Robot, talker: Person
) -> None:
    goal = talker.ask('Tell me a long story.')
    wait_until(lambda: goal.feedback, 'it answers', ANSWER_DEADLINE_S)
    answer = unload(talker)
    assert not answer.success
    assert 'busy' in answer.message
    goal.cancel()
    assert goal.outcome()[0] == CANCELED
    wait_until(lambda: talker.model.state == ModelStatus.STATE_READY, 'it is ready again')
    loads = talker.model.loads
    goal = talker.ask('Tell me a long story.')
    wait_until(lambda: goal.feedback, 'it answers', ANSWER_DEADLINE_S)
    assert talker.model.loads == loads
    assert unload(talker, when_idle=True).success
    assert goal.outcome()[1].success
    wait_until(lambda: talker.model.state == ModelStatus.STATE_UNLOADED, 'it is unloaded')


def test_a_model_that_is_killed_while_it_answers_is_told_and_replaced(
    robot: Robot, talker: Person
) -> None:
    goal = talker.ask('Tell me a long story.')
    wait_until(lambda: goal.feedback, 'it answers', ANSWER_DEADLINE_S)
    wait_until(lambda: talker.model.state == ModelStatus.STATE_BUSY, 'it is told to be busy')
    loads = talker.model.loads
    (worker,) = children(talker.process.process.pid)
    os.kill(worker, signal.SIGKILL)
    status, result = goal.outcome()
    assert status == ABORTED
    assert 'signal 9' in result.message
    assert talker.said('And now?').engine == 'transformers'
    wait_until(lambda: talker.model.loads == loads + 1, 'it was loaded again')


def test_a_node_that_is_killed_takes_its_loading_model_along(
    ros_probe: Probe, tiny_model: Path
) -> None:
    with person(ros_probe, engine='transformers', model=f'"{tiny_model}"') as made:
        made.ask('Hello')
        wait_until(lambda: children(made.process.process.pid), 'the model is loading')
        (worker,) = children(made.process.process.pid)
        assert made.process.stop(signal.SIGKILL) == -signal.SIGKILL
        wait_until(lambda: not alive(worker), 'the worker is gone')
