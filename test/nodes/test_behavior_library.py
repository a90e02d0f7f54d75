"""Each behavior of the library with the real simulator, eyes, ears and voice; `test_day` has more.

A hand cannot be shown to the camera of the scene: in the game of gestures a stand-in publishes
`vision/hands` beside the real node that sees.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from bbia_msgs.msg import Hand
from bbia_msgs.msg import HandArray
from bbia_msgs.srv import LoadModel
from bbia_sim_ros.behaviors.alarms import ALARMS_FILE
from bbia_sim_ros.behaviors.alarms import AlarmBook
from bbia_sim_ros.nodes import qos
from support.domains import reserved_domain
from support.household import DEADLINE_S
from support.household import Household
from support.household import face_at
from support.household import household
from support.household import pitches_deg
from support.household import samples_of
from support.household import yaws_deg
from support.models import Models
from support.pages import served
from support.rhythms import rock
from support.spoken import RATE_HZ
from support.waiting import wait_until

pytestmark = pytest.mark.timeout(300)

TEMPO = 120.0
CHUNK = RATE_HZ // 10
STORY = """
bow:
  title: The bow
  steps:
    - {say: Hello robot, pose: {pitch: 20, antennas: 40}, over: 0.6}
    - {pose: neutral, over: 0.6}
"""
ROUNDS = """
nod:
  title: Nodding
  opening:
    - {say: Hello robot, pose: neutral, over: 0.5}
  round:
    - {pose: {pitch: 15}, over: 0.5}
    - {pose: {pitch: -15}, over: 0.5}
  closing:
    - {say: Well done, pose: neutral, over: 0.5}
"""
QUIZ = """
walls:
  title: Walls
  questions:
    - ask: Which city had a wall?
      answers: Berlin
"""
FEED = (
    b'<rss version="2.0"><channel><title>The Pond</title>'
    b'<item><title>Hello robot</title></item></channel></rss>'
)
WEATHER = json.dumps(
    {'current': {'temperature_2m': 17.6, 'weather_code': 0, 'wind_speed_10m': 9.2}}
).encode()


@pytest.fixture(scope='module')
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    """A robot with all its nodes, which the tests of this file share."""
    folder = tmp_path_factory.mktemp('household')
    for kind, text in {
        'stories': STORY,
        'meditations': ROUNDS,
        'exercises': ROUNDS,
        'quizzes': QUIZ,
    }.items():
        (folder / f'{kind}.yaml').write_text(text, encoding='utf-8')
    with reserved_domain(), household(folder) as everybody:
        # Its model of rhythm takes seconds of work, which are spent while it talks.
        load_rhythm(everybody)
        yield everybody


def load_rhythm(home: Household) -> Any:
    """Return the future of the answer to loading the model of rhythm."""
    request = LoadModel.Request(name='rhythm')
    return Models(home.eyes.probe).begin(LoadModel, 'behavior/load_model', request)


@pytest.fixture
def home(shared: Household) -> Household:
    """The same, with the robot calm and nobody in sight."""
    shared.calm()
    return shared


def test_it_looks_around_to_both_sides(home: Household) -> None:
    home.put(face_at(25.0))
    message = home.done(home.begin('look_around', speak=False))
    assert 'people: 1' in message
    yaws = yaws_deg(home.heads)
    assert yaws.max() > 50.0
    assert yaws.min() < -50.0


def test_it_shows_an_emotion_and_says_which(home: Household) -> None:
    message = home.done(home.begin('emotion_show', emotions=['happy'], pause=0.0))
    assert message == 'showed happy'
    assert 'happy' in home.words
    assert np.ptp(home.heads[:, :3, :3], axis=0).max() > 0.05


def test_it_takes_a_picture_of_who_stands_before_it(home: Household) -> None:
    home.put(face_at(0.0))
    message = home.done(home.begin('photo_booth', countdown=1))
    path = Path(message.removeprefix('took '))
    assert path.parent == home.folder / 'pictures' / 'photo_booth'
    picture = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (480, 640, 3)
    # The suit of the astronaut on the panel: no even wall.
    assert picture.std() > 20.0
    assert home.voice.duration_s > 1.0


def test_it_tells_a_story_with_gestures(home: Household) -> None:
    goal = home.begin('storytelling', name='bow', folder=str(home.folder))
    assert home.done(goal) == 'storytelling: The bow'
    assert home.words == 'hello robot'
    assert pitches_deg(home.heads).max() > 12.0


def test_it_shows_an_exercise(home: Household) -> None:
    goal = home.begin('exercise', name='nod', folder=str(home.folder), rounds=2)
    assert home.done(goal) == 'exercise: Nodding'
    assert 'hello robot' in home.words
    pitches = pitches_deg(home.heads)
    assert pitches.max() > 9.0
    assert pitches.min() < -9.0


def test_it_meditates_until_it_is_told_to_stop(home: Household) -> None:
    goal = home.begin('meditation', name='nod', folder=str(home.folder), minutes=0.5)
    wait_until(lambda: home.voice.duration_s > 0.4, 'it speaks', DEADLINE_S)
    wait_until(lambda: home.pitch_deg > 9.0, 'it moves', DEADLINE_S)
    wait_until(lambda: home.pitch_deg < -9.0, 'it moves on', DEADLINE_S)
    goal.cancel()
    assert not goal.outcome(DEADLINE_S)[1].success
    home.robot.simulator.head_poses.clear()
    wait_until(lambda: home.robot.simulator.at_rest(tolerance_m=1e-3), 'it is at rest')


def test_it_hides_until_it_is_called(home: Household) -> None:
    goal = home.begin('hide', seconds=60.0)
    wait_until(lambda: home.pitch_deg > 10.0, 'its head is low', DEADLINE_S)
    assert home.robot.simulator.head[2, 3] < -0.01
    assert abs(home.yaw_deg) > 100.0
    home.talk('hello robot')
    assert 'somebody called, and saw nobody' in home.done(goal)
    assert abs(home.yaw_deg) < 10.0


def test_it_teaches_and_checks_what_is_answered(home: Household) -> None:
    goal = home.begin(
        'teaching', name='walls', folder=str(home.folder), questions=1, answer_time=30.0
    )
    home.tell('hello robot', goal)
    home.tell('Berlin', goal)
    assert home.done(goal) == '1 of 1 answers were right'
    # It shook its head at the first answer, and nodded to the second.
    assert np.ptp(yaws_deg(home.heads)) > 10.0
    assert np.ptp(pitches_deg(home.heads)) > 5.0


def test_it_plays_a_game_by_voice(home: Household) -> None:
    goal = home.begin('game_guess_number', most=10, tries=2, answer_time=30.0)
    home.tell('number ten', goal)
    wait_until(lambda: goal.over or 'guess 2 of 2' in home.stages('game_guess_number'), 'an answer')
    if not goal.over:
        # Its number is lower, which it shows.
        assert pitches_deg(home.heads).max() > 8.0
        home.robot.simulator.head_poses.clear()
        home.tell('number three', goal)
    message = home.done(goal)
    if 'found' in message:
        assert re.fullmatch(r'the player found (10 with guess 1|3 with guess 2)', message)
    else:
        secret = int(message.removeprefix('2 guesses were wrong; it was '))
        assert secret in {1, 2, 4, 5, 6, 7, 8, 9}
        pitches = pitches_deg(home.heads)
        assert (pitches.min() < -8.0) == (secret > 3)
        assert (pitches.max() > 8.0) == (secret < 3)


def test_it_plays_a_game_by_gesture(home: Household) -> None:
    # Nobody subscribes yet: a behavior looks at hands only while it wants to see them.
    hands = home.eyes.probe.make(
        lambda node: node.create_publisher(HandArray, 'vision/hands', qos.SENSOR_DATA)
    )
    goal = home.begin('game_rock_paper_scissors', rounds=1)

    def show_fist() -> bool:
        hands.publish(HandArray(hands=[Hand(gesture=Hand.GESTURE_FIST, score=0.9)]))
        return goal.over

    wait_until(show_fist, 'the end of the game', DEADLINE_S)
    message = home.done(goal)
    # Rock loses against paper, wins against scissors, and ties with rock.
    score = re.fullmatch(r'1 rounds: robot (\d), player (\d)', message)
    assert score is not None, message
    assert score.groups() in {('0', '0'), ('1', '0'), ('0', '1')}
    assert home.voice.duration_s > 5.0


def alarms_of(home: Household) -> AlarmBook:
    return AlarmBook(home.folder / 'storage' / 'alarm_clock' / ALARMS_FILE)


def test_alarms_are_set_and_stopped(home: Household) -> None:
    book = alarms_of(home)
    message = home.done(home.begin('alarm_clock', action='set', time='+30', label='tea'))
    assert [alarm.label for alarm in book.all()] == ['tea']
    assert '(tea)' in message
    assert home.voice.duration_s > 1.0
    assert home.done(home.begin('alarm_clock', action='stop')) == 'stopped 1 alarms'
    assert book.all() == ()


def test_an_alarm_rings_until_somebody_answers(home: Household) -> None:
    """What is due is in a file that a behavior writes and the node reads; here the test writes."""
    now = datetime.now(UTC)
    soon = now + timedelta(seconds=1.0)
    alarms_of(home).add(soon.time(), 'UTC', now, label='hello robot')
    wait_until(lambda: home.behaviors.status.name == 'alarm_ring', 'it rings', DEADLINE_S)
    wait_until(lambda: home.listening[-1].data, 'it listens for an answer', DEADLINE_S)
    bell = samples_of(home.voice.chunks)[: home.voice.chunks[0].sample_rate]
    assert np.abs(bell.astype(int)).max() > 3000
    home.talk('yes I am awake')
    wait_until(lambda: home.behaviors.status.state == 'idle', 'it stops', DEADLINE_S)
    assert 'hello robot was answered' in home.behaviors.status.last_end


def test_it_reads_the_news_of_a_feed(home: Household) -> None:
    with served({'/feed': FEED}) as address:
        goal = home.begin('news_reader', address=f'{address}/feed')
        assert home.done(goal) == 'read 1 headlines'
    assert 'hello robot' in home.words


def test_it_reports_the_weather_of_a_service(home: Household) -> None:
    with served({'/weather': WEATHER}) as address:
        goal = home.begin('weather_report', address=f'{address}/weather')
        message = home.done(goal)
    assert message.startswith('Now: there is a clear sky, it has 18 degrees')
    assert 'eighteen degrees' in home.words
    assert np.ptp(home.heads[:, :3, :3], axis=0).max() > 0.02


def test_it_holds_a_conversation(home: Household) -> None:
    home.put(face_at(15.0))
    goal = home.begin('conversation', patience=60.0)
    home.tell('what do you see', goal)
    wait_until(lambda: 'answering' in home.stages('conversation'), 'an answer', DEADLINE_S)
    home.tell('goodbye', goal)
    assert re.fullmatch(r'talked for \d+ s and gave 1 answers', home.done(goal))
    assert yaws_deg(home.heads).max() > 8.0


def test_it_follows_an_object_by_its_colour(home: Household) -> None:
    """The suit of the astronaut on the panel is orange."""
    home.put(face_at(20.0))
    goal = home.begin('follow_object', what='orange', duration=30.0)
    wait_until(lambda: home.yaw_deg > 12.0, 'it looks to the left', DEADLINE_S)
    home.put(face_at(-20.0))
    wait_until(lambda: home.yaw_deg < -12.0, 'it looks to the right', DEADLINE_S)
    goal.cancel()
    goal.outcome(DEADLINE_S)


@pytest.fixture
def musical(home: Household) -> Household:
    """The same with its model of rhythm loaded."""
    pytest.importorskip('librosa', reason='librosa is not installed')
    loading = load_rhythm(home)
    wait_until(loading.done, 'the model is loaded', DEADLINE_S)
    assert loading.result().success, loading.result().message
    return home


def playing(home: Household, sound: Any) -> Callable[[], None]:
    """Return a function that plays the next tenth of a second of a sound on `audio`."""
    begun = datetime.now(UTC).timestamp()
    home.person.now_s = max(begun, home.person.now_s)
    at = 0

    def play() -> None:
        nonlocal at
        while at + CHUNK <= (datetime.now(UTC).timestamp() - begun) * RATE_HZ:
            home.person.send(sound[at : at + CHUNK])
            at += CHUNK

    return play


def test_it_moves_to_the_music_that_it_hears(musical: Household) -> None:
    sound, _ = rock(TEMPO, 90.0, RATE_HZ)
    goal = musical.begin('music_reaction')
    play = playing(musical, sound)

    def has_moved() -> bool:
        play()
        heads = musical.heads
        return any(
            stage.startswith('moving to') for stage in musical.stages('music_reaction')
        ) and bool(np.ptp(pitches_deg(heads[-100:])) > 3.0)

    wait_until(has_moved, 'it moves to the music', DEADLINE_S)
    goal.cancel()
    assert not goal.outcome(DEADLINE_S)[1].success
    moving = [one for one in musical.stages('music_reaction') if one.startswith('moving to')]
    assert int(moving[0].split()[2]) == pytest.approx(TEMPO, abs=4.0)
