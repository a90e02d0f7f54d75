"""The node `chat` without any model: commands move a simulated robot, the rest is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import pytest
from std_msgs.msg import Bool

from bbia_msgs.msg import Transcript
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.behavior_claim import LISTENING
from support.chat import Person
from support.chat import person
from support.motion import ABORTED
from support.motion import CANCELED
from support.motion import SUCCEEDED
from support.motion import Robot
from support.ros import wait_until

LEFT_RAD = math.radians(30.0)


@pytest.fixture(scope='module')
def commanded(robot: Robot) -> Iterator[Person]:
    """Somebody who can give commands to the robot, with no model at all."""
    with person(robot.probe, engine='commands') as made:
        yield made


def yaw(robot: Robot) -> float:
    """Return where the head is turned to, rad, positive to the left."""
    head = robot.simulator.head
    return math.atan2(head[1, 0], head[0, 0])


def test_an_english_command_moves_the_robot_without_any_model(
    robot: Robot, commanded: Person
) -> None:
    robot.straighten()
    goal = commanded.ask('Look left and be happy!')
    wait_until(lambda: yaw(robot) > LEFT_RAD, 'the head turns to the left')
    status, result = goal.outcome()
    assert (status, result.success, result.engine) == (SUCCEEDED, True, 'commands')
    assert list(result.tools) == ['look', 'emotion']
    # The last piece may come after the result.
    assert result.text.startswith(''.join(piece.token for piece in goal.feedback))
    assert 0.0 <= result.first_token_time <= result.total_time
    wait_until(lambda: [one.name for one in commanded.tools[-2:]] == ['look', 'emotion'], 'tools')
    assert all(call.success for call in commanded.tools[-2:])
    assert json.loads(commanded.tools[-2].arguments) == {'direction': 'left'}
    wait_until(lambda: commanded.emotions and commanded.emotions[-1].name == 'happy', 'happy')
    wait_until(lambda: commanded.replies, 'a reply')
    assert commanded.replies[-1].text == result.text
    assert commanded.replies[-1].conversation == 'default'


def test_a_french_command_moves_the_robot_and_is_answered_in_french(
    robot: Robot, commanded: Person
) -> None:
    robot.straighten()
    goal = commanded.ask('regarde à gauche')
    wait_until(lambda: yaw(robot) > LEFT_RAD, 'the head turns to the left')
    assert 'gauche' in goal.outcome()[1].text


def test_what_a_command_cannot_do_is_said_with_the_reason(robot: Robot, commanded: Person) -> None:
    robot.straighten()
    result = commanded.said('look left 500 degrees')
    assert '500' in result.text
    assert '180' in result.text
    wait_until(lambda: not commanded.tools[-1].success, 'the refusal is reported')
    assert abs(yaw(robot)) < 0.1
    assert '500' in commanded.tools[-1].result


@pytest.mark.parametrize(
    'text', ['basket', 'the left wing lost the election', 'quelle belle machine']
)
def test_what_is_no_command_moves_nothing_and_gets_no_invented_answer(
    robot: Robot, commanded: Person, text: str
) -> None:
    count = len(commanded.tools)
    assert 'commands' in commanded.refused(text)
    assert len(commanded.tools) == count


@pytest.mark.parametrize(
    ('text', 'reason'), [('', 'empty'), ('   \n', 'empty'), ('\x00\x07', 'empty')]
)
def test_a_text_that_says_nothing_is_refused(
    robot: Robot, commanded: Person, text: str, reason: str
) -> None:
    assert reason in commanded.refused(text)


def test_a_conversation_has_a_plain_name(robot: Robot, commanded: Person) -> None:
    status, result = commanded.ask('stop', conversation='../etc/passwd').outcome()
    assert status == ABORTED
    assert 'cannot name a conversation' in result.message


def test_stop_ends_what_moves_the_robot(robot: Robot, commanded: Person) -> None:
    from support.simulator import head_pose

    goal = robot.motion.go_to(head=head_pose(yaw=30), duration=20.0)
    wait_until(lambda: goal.feedback, 'the move is under way')
    assert list(commanded.said('stop').tools) == ['stop']
    assert goal.outcome()[0] in (CANCELED, ABORTED)


def test_cancelling_a_turn_ends_the_motion_of_its_command(robot: Robot, commanded: Person) -> None:
    robot.straighten()
    goal = commanded.ask('dance')
    wait_until(lambda: robot.motion.status.active == 'play_move', 'it dances')
    goal.cancel()
    assert goal.outcome()[0] == CANCELED
    robot.motion.wait_ready()


def test_final_texts_that_were_heard_are_obeyed_and_others_are_not(
    robot: Robot, commanded: Person
) -> None:
    robot.straighten()
    heard = robot.probe.publisher(Transcript, 'speech/transcript')
    count = len(commanded.replies)
    heard.publish(Transcript(text='look right', final=False))
    heard.publish(Transcript(text='', final=True))
    heard.publish(Transcript(text='look left', final=True))
    wait_until(lambda: len(commanded.replies) > count, 'the reply')
    assert commanded.replies[count].conversation == 'speech'
    assert yaw(robot) > LEFT_RAD
    assert len(commanded.replies) == count + 1


def test_an_answer_that_a_behavior_waits_for_is_left_to_it_but_stop_is_obeyed(
    robot: Robot, commanded: Person
) -> None:
    probe = robot.probe
    heard = probe.publisher(Transcript, 'speech/transcript', depth=10)
    listening = probe.make(lambda node: node.create_publisher(Bool, LISTENING, qos.LATCHED))
    try:
        wait_until(listening.get_subscription_count, 'chat listens to behaviors')
        listening.publish(Bool(data=True))
        # A turn takes longer than what was published before it needs to arrive.
        commanded.said('look ahead')
        replies, tools = len(commanded.replies), len(commanded.tools)
        heard.publish(Transcript(text='look left', final=True))
        commanded.said('look ahead')
        wait_until(lambda: len(commanded.tools) > tools, 'the tool of the turn')
        assert {call.arguments for call in commanded.tools[tools:]} == {'{"direction": "ahead"}'}
        heard.publish(Transcript(text='stop', final=True))
        wait_until(lambda: commanded.tools[-1].name == 'stop', 'it stops')
        wait_until(lambda: len(commanded.replies) == replies + 2, 'both replies')
        spoken = [one for one in commanded.replies[replies:] if one.conversation == 'speech']
        assert len(spoken) == 1
    finally:
        probe.make(lambda node: node.destroy_publisher(listening))
    wait_until(lambda: not probe.node.count_publishers(LISTENING), 'nobody listens any more')


def test_nobody_in_sight_is_told_honestly(robot: Robot, commanded: Person) -> None:
    assert 'vision' in commanded.said('what do you see?').text
