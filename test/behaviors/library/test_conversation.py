"""Talking with a person."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.errors import MissingPart
from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.behaviors.library.conversation import Conversation
from bbia_sim_ros.behaviors.library.conversation import is_farewell
from bbia_sim_ros.behaviors.looking import facing
from bbia_sim_ros.behaviors.robot import Heard
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Scene
from support.courses import cancel_at_every_step
from support.courses import play
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import ANNA
from support.fake_robot import FakeRobot

_TALK = ('How are you?', 'Tell me more', 'Goodbye')
_SENSES = [Part.HEARING, Part.CHAT, Part.SPEECH]


def test_it_listens_thinks_and_answers_until_a_goodbye(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, hears=_TALK)
    course = run_course(Conversation(), {}, robot)
    assert robot.said == [
        'I am listening.',
        'You said: How are you?',
        'You said: Tell me more',
        'It was nice talking to you. Bye!',
    ]
    assert [order.arguments['text'] for order in robot.orders_of('chat')] == list(_TALK[:2])
    assert course.sentence.endswith('gave 2 answers')


def test_its_eyes_stay_on_the_person_as_long_as_they_talk(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, hears=_TALK)
    run_course(Conversation(), {}, robot)
    (gaze,) = robot.orders_of('following')
    spoken = robot.orders_of('say')
    assert gaze.arguments == {'target': 'face'}
    assert gaze.began <= spoken[0].began
    assert gaze.ended >= spoken[-1].ended


def test_it_nods_to_where_the_person_is_while_it_answers(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, hears=_TALK, sees=Scene(people=(ANNA,)))
    run_course(Conversation(), {}, robot)
    answer = robot.orders_of('say')[1]
    nods = [order for order in robot.orders_of('go_to') if order.arguments['head'] is not None]
    first, second = (order.arguments['head'] for order in nods[:2])
    assert second == facing(ANNA.position)
    assert first.yaw == second.yaw
    assert first.pitch > second.pitch
    assert answer.began <= nods[0].began < answer.ended


def test_the_antennas_show_whose_turn_it_is(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, hears=['Hello', 'Goodbye'])
    run_course(Conversation(), {}, robot)
    signs = [order for order in robot.orders_of('go_to') if order.arguments['antennas']]
    listening, thinking = signs[0], signs[1]
    assert listening.ended <= robot.orders_of('listen')[0].began
    assert thinking.began == robot.orders_of('chat')[0].began
    assert listening.arguments['antennas'] != thinking.arguments['antennas']


def test_it_asks_into_a_silence_and_ends_after_a_second_one(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, hears=['Hello', None, 'I am here', None, None], language='fr')
    run_course(Conversation(), {'patience': 5}, robot)
    assert robot.said[0] == "Je t'écoute."
    assert robot.said.count('Tu es toujours là ?') == 2
    assert robot.said[-1] == 'À plus tard, alors.'
    assert len(robot.orders_of('listen')) == 5


def test_it_answers_in_the_language_of_the_person(tmp_path: Path) -> None:
    hears = [Heard(text='Ça va ?', language='fr'), 'And you?', 'Bye']
    robot = FakeRobot(tmp_path, hears=hears)
    run_course(Conversation(), {}, robot)
    languages = [order.arguments['language'] for order in robot.orders_of('say')]
    assert languages == ['en', 'fr', 'en', 'en']


def test_it_takes_its_leave_when_the_time_is_over(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, hears=lambda _: 'And then?')
    course = run_course(Conversation(), {'duration': 30}, robot)
    assert robot.said[-1] == 'It was nice talking to you. Bye!'
    assert 30.0 <= course.seconds < 45.0


def test_what_is_left_of_the_time_goes_on_after_a_preemption(tmp_path: Path) -> None:
    behavior, given = Conversation(), {'duration': 60}
    first = FakeRobot(tmp_path, hears=lambda _: 'And then?')
    play(behavior, given, first, cancel_at=40.0)
    assert first.said[0] == 'I am listening.'
    again = FakeRobot(tmp_path, hears=lambda _: 'And then?')
    course = run_course(behavior, given, again)
    assert 20.0 <= course.seconds < 35.0
    # It does not begin anew.
    assert again.said[0] == 'You said: And then?'
    answers = len(first.orders_of('chat')) + len(again.orders_of('chat'))
    assert int(course.sentence.split()[-2]) in {answers - 1, answers}
    assert course.sentence.startswith('talked for 6')


def test_eyes_that_cannot_follow_do_not_end_a_conversation(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, hears=_TALK, refuse_at=0)
    course = run_course(Conversation(), {}, robot)
    assert robot.orders[0].name == 'following'
    assert course.sentence.endswith('gave 2 answers')


def test_one_answer_that_is_not_found_is_asked_for_again(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, hears=['Why?', 'Why is that?', 'Bye'])
    robot.refuse_at = _number_of(FakeRobot(tmp_path, hears=['Why?', 'Bye']), 'chat')
    run_course(Conversation(), {}, robot)
    assert 'Sorry, I cannot think of an answer. Say it again?' in robot.said
    assert 'You said: Why is that?' in robot.said


def test_a_second_failure_in_a_row_ends_the_conversation(tmp_path: Path) -> None:
    def broken(text: str) -> str:
        raise OrderRefused(f'no model for {text}')

    robot = FakeRobot(tmp_path, hears=['One', 'Two', 'Three'], answers=broken)
    with pytest.raises(OrderRefused, match='no model for Two'):
        run_course(Conversation(), {}, robot)


def test_a_command_without_an_answer_needs_no_words(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, hears=['Look left', 'Bye'], answers=lambda _: ' ')
    run_course(Conversation(), {}, robot)
    assert robot.said == ['I am listening.', 'It was nice talking to you. Bye!']


def test_it_only_talks_where_it_can_neither_move_nor_see(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, parts=_SENSES, hears=_TALK)
    run_course(Conversation(), {}, robot)
    assert set(robot.names) == {'say', 'listen', 'chat'}


def test_a_node_that_goes_away_in_the_midst_is_reported(tmp_path: Path) -> None:
    def deafening(text: str) -> str:
        robot.parts.discard(Part.HEARING)
        return text

    robot = FakeRobot(tmp_path, hears=_TALK, answers=deafening)
    with pytest.raises(MissingPart, match='there is no hearing'):
        run_course(Conversation(), {}, robot)


@pytest.mark.parametrize(
    'text',
    [
        'Goodbye!',
        'Thank you, bye bye.',
        'ok, stop please',
        'See you later, Reachy.',
        "That's all, thanks.",
        'Au revoir !',
        'Merci, à bientôt.',
        'Ça suffit',
        "C'est tout, merci",
    ],
)
def test_a_farewell_is_understood(text: str) -> None:
    assert is_farewell(text)


@pytest.mark.parametrize(
    'text', ['', 'Thank you', 'How do I stop a car?', 'She said goodbye to me', 'Bonjour', 'See?']
)
def test_other_words_are_no_farewell(text: str) -> None:
    assert not is_farewell(text)


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    cancel_at_every_step(Conversation, {}, partial(FakeRobot, tmp_path, hears=_TALK))


def test_it_survives_or_reports_the_refusal_of_every_order(tmp_path: Path) -> None:
    refuse_at_every_step(Conversation, {}, partial(FakeRobot, tmp_path, hears=_TALK))


def _number_of(robot: FakeRobot, name: str) -> int:
    """Return the number of the first order of a name."""
    run_course(Conversation(), {}, robot)
    return robot.names.index(name)
