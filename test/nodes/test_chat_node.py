"""The node `chat` and a server that a robot is answered for by: tools, bad answers, its end."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from rclpy.action import ActionServer

from bbia_msgs.action import Behave
from bbia_msgs.msg import BehaviorInfo
from bbia_msgs.srv import ListBehaviors
from support.chat import Person
from support.chat import person
from support.motion import ABORTED
from support.motion import CANCELED
from support.motion import SUCCEEDED
from support.motion import Robot
from support.openai_server import OpenAiServer
from support.openai_server import Reply
from support.openai_server import error_reply
from support.openai_server import event
from support.openai_server import text_reply
from support.openai_server import tool_reply
from support.ros import StackProcess
from support.ros import wait_until

LEFT_RAD = math.radians(30.0)


@pytest.fixture(scope='module')
def served(robot: Robot) -> Iterator[tuple[OpenAiServer, Person]]:
    """A server, and somebody whose robot is answered for by it."""
    with (
        OpenAiServer() as server,
        person(robot.probe, engine='auto', openai_url=server.base_url) as talker,
    ):
        yield server, talker


@pytest.fixture
def server(served: tuple[OpenAiServer, Person]) -> OpenAiServer:
    """The server, without a script."""
    served[0].begin_anew()
    return served[0]


@pytest.fixture
def answered(served: tuple[OpenAiServer, Person]) -> Person:
    """Somebody whose robot is answered for by the server."""
    return served[1]


def yaw(robot: Robot) -> float:
    """Return where the head is turned to, rad, positive to the left."""
    head = robot.simulator.head
    return math.atan2(head[1, 0], head[0, 0])


def test_a_tool_call_of_a_model_moves_the_robot_and_its_result_goes_back(
    robot: Robot, server: OpenAiServer, answered: Person
) -> None:
    robot.straighten()
    server.add(
        tool_reply(('look', {'direction': 'left'})), text_reply('There ', 'it is. ', '[happy]')
    )
    goal = answered.ask('Could you show me where the window is? It is on your left.')
    status, result = goal.outcome()
    assert (status, result.engine, list(result.tools)) == (SUCCEEDED, 'openai', ['look'])
    assert result.text == 'There it is.'
    assert result.emotion == 'happy'
    # The last piece may come after the result.
    assert result.text.startswith(''.join(piece.token for piece in goal.feedback))
    assert yaw(robot) > LEFT_RAD
    told = server.requests[-1].body['messages'][-1]
    assert told['role'] == 'tool'
    assert 'reached' in told['content']
    wait_until(lambda: answered.emotions and answered.emotions[-1].name == 'happy', 'the emotion')


def test_a_command_does_not_ask_the_server(
    robot: Robot, server: OpenAiServer, answered: Person
) -> None:
    assert answered.said('look ahead').engine == 'commands'
    assert not server.requests


def test_a_model_is_told_why_its_call_was_refused(
    robot: Robot, server: OpenAiServer, answered: Person
) -> None:
    robot.straighten()
    server.add(
        tool_reply(('look', {'direction': 'left', 'degrees': 720}), ('run_shell', {'c': 'ls'})),
        text_reply('I cannot.'),
    )
    assert answered.said('Turn all around, would you?').text == 'I cannot.'
    far, unknown = server.requests[-1].body['messages'][-2:]
    assert '720' in far['content']
    assert 'there is no tool' in unknown['content']
    wait_until(lambda: len(answered.tools) >= 2, 'both calls are logged')
    assert [call.success for call in answered.tools[-2:]] == [False, False]
    assert abs(yaw(robot)) < 0.1


def test_a_conversation_is_remembered_and_another_one_knows_nothing_of_it(
    robot: Robot, server: OpenAiServer, answered: Person
) -> None:
    server.add(text_reply('Hello Ada.'), text_reply('Ada.'), text_reply('I do not know.'))
    answered.said('My name is Ada.', 'a')
    answered.said('What is my name?', 'a')
    answered.said('What is my name?', 'b')
    first, second, third = ([m['content'] for m in r.body['messages']] for r in server.requests)
    assert second[1:] == ['My name is Ada.', 'Hello Ada.', 'What is my name?']
    assert third[1:] == ['What is my name?']
    assert len(first) == 2


def test_an_answer_that_hangs_can_be_cancelled(
    robot: Robot, server: OpenAiServer, answered: Person
) -> None:
    server.add(Reply(parts=(event({'content': 'Well, '}),), hang=True))
    goal = answered.ask('Tell me about dragons.')
    wait_until(lambda: goal.feedback, 'the first piece')
    goal.cancel()
    status, result = goal.outcome()
    assert (status, result.success, result.message) == (CANCELED, False, 'cancelled')
    wait_until(server.left.is_set, 'the server sees that nobody listens any more')


@pytest.mark.parametrize(
    ('reply', 'reason'),
    [
        (error_reply(500, 'out of tokens'), 'out of tokens'),
        (Reply(parts=(b'<html>hello</html>',), content_type='text/html'), 'html'),
        (Reply(parts=(b'data: {"choices": [\xff]}\n\n',)), ''),
    ],
    ids=['error', 'page', 'garbage'],
)
def test_what_a_server_does_wrong_is_told(
    robot: Robot, server: OpenAiServer, answered: Person, reply: Reply, reason: str
) -> None:
    server.begin_anew(reply, text_reply('Here again.'))
    assert reason in answered.refused('Are you there?')
    assert answered.said('And now, are you there?').text == 'Here again.'


def test_two_conversations_go_on_at_once_and_too_many_are_refused(
    robot: Robot, server: OpenAiServer, answered: Person
) -> None:
    server.add(*(Reply(parts=(event({'content': 'Hm'}),), hang=True) for _ in range(8)))
    goals = [answered.ask('Think about it.', f'c{number}') for number in range(8)]
    wait_until(lambda: all(goal.feedback for goal in goals), 'all of them are answered')
    status, result = answered.ask('Me too?', 'c9').outcome()
    assert status == ABORTED
    assert '8 turns' in result.message
    for goal in goals:
        goal.cancel()
    assert {goal.outcome()[0] for goal in goals} == {CANCELED}


def test_a_behavior_that_another_node_offers_can_be_started(
    robot: Robot, server: OpenAiServer, answered: Person
) -> None:
    begun: list[str] = []

    def behave(handle: object) -> Behave.Result:
        begun.append(handle.request.name)  # type: ignore[attr-defined]
        handle.succeed()  # type: ignore[attr-defined]
        return Behave.Result(success=True, message='done')

    def offer(_: object, response: ListBehaviors.Response) -> ListBehaviors.Response:
        response.success = True
        response.behaviors = [BehaviorInfo(name='follow_face')]
        return response

    node = robot.probe.node
    acting = robot.probe.make(lambda node: ActionServer(node, Behave, 'behave', behave))
    listing = robot.probe.make(
        lambda node: node.create_service(ListBehaviors, 'behavior/list', offer)
    )

    def offered() -> bool:
        server.begin_anew(text_reply('Hm.'))
        answered.said('What can you do?')
        tools = server.requests[-1].body['tools']
        return 'behave' in {tool['function']['name'] for tool in tools}

    wait_until(offered, 'the tool is offered')
    server.begin_anew(tool_reply(('behave', {'name': 'follow_face'})), text_reply('Yes.'))
    answered.said('Follow my face, would you be so kind and do that?')
    assert begun == ['follow_face']
    acting.destroy()
    node.destroy_service(listing)


def test_the_diagnostics_say_who_answers(
    robot: Robot, server: OpenAiServer, answered: Person
) -> None:
    def answers() -> bool:
        return 'openai answers' in answered.engine.message and answered.engine.level == b'\x00'

    wait_until(answers, 'the server answers')


def test_a_second_chat_node_in_the_namespace_is_refused(robot: Robot, answered: Person) -> None:
    with StackProcess('chat_node') as second:
        assert second.wait() == 2
        assert '/chat already runs' in second.output


def test_settings_change_while_it_runs_and_bad_ones_are_refused(
    robot: Robot, server: OpenAiServer, answered: Person
) -> None:
    assert 'unknown persona' in robot.set_parameters('chat', persona='grumpy')
    assert 'grumpy' in robot.set_parameters('chat', engine='grumpy')
    assert robot.set_parameters('chat', persona='calm', language='fr') == ''
    server.begin_anew(text_reply('Oui.'))
    answered.said('Tell me something.')
    assert 'calme' in server.requests[-1].body['messages'][0]['content']
    assert robot.set_parameters('chat', engine='commands') == ''
    assert 'commands' in answered.refused('Tell me something.')
    defaults = {'persona': 'friendly', 'language': 'auto', 'engine': 'auto'}
    assert robot.set_parameters('chat', **defaults) == ''
