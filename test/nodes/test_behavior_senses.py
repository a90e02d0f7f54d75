"""What a behavior hears, sees, says, plays and fetches, with the parts that give it."""

from __future__ import annotations

import shutil
import time
from array import array
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from action_msgs.srv import CancelGoal
from rclpy.action import ActionServer
from rclpy.action import CancelResponse
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Bool
from vision_msgs.msg import BoundingBox2D
from vision_msgs.msg import Detection2D
from vision_msgs.msg import Detection2DArray
from vision_msgs.msg import ObjectHypothesis
from vision_msgs.msg import ObjectHypothesisWithPose

from bbia_msgs.action import Chat
from bbia_msgs.action import Follow
from bbia_msgs.action import GoTo
from bbia_msgs.msg import AudioChunk
from bbia_msgs.msg import Hand
from bbia_msgs.msg import HandArray
from bbia_msgs.msg import Person
from bbia_msgs.msg import PersonArray
from bbia_msgs.msg import Transcript
from bbia_msgs.msg import VoiceActivity
from bbia_msgs.srv import LoadModel
from bbia_msgs.srv import UnloadModel
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.audio_publisher import AUDIO_QOS
from bbia_sim_ros.nodes.behavior_claim import BehaviorClaim
from bbia_sim_ros.nodes.messages import time_message
from support.behaving import Behaving
from support.behaving import behaving
from support.domains import reserved_domain
from support.models import Models
from support.motion import Goal
from support.pages import served
from support.rhythms import clicks
from support.ros import Probe
from support.ros import probe
from support.sound_files import write_sound
from support.speech_node import Talker
from support.speech_node import talker
from support.waiting import wait_until

SPEAKS = pytest.mark.skipif(shutil.which('flite') is None, reason='flite is not installed')
RATE_HZ = 16_000
WIDTH = 640
LOADING_S = 100.0
HANG_S = 25.0


@pytest.fixture(scope='module')
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behaving]:
    """A behavior node that the tests of this file share; it may use the network."""
    folder = tmp_path_factory.mktemp('behaving')
    with reserved_domain(), probe() as made, behaving(made, folder, network='true') as asked:
        yield asked


@pytest.fixture
def stage(shared: Behaving) -> Behaving:
    """The shared node, with no behavior running."""
    wait_until(lambda: shared.status.state == 'idle', 'no behavior')
    return shared


@contextmanager
def published(made: Probe, kind: Any, topic: str, quality: Any) -> Iterator[Any]:
    """Return a publisher that goes at the end of the block, so that the part is missing again."""
    publisher = made.make(lambda node: node.create_publisher(kind, topic, quality))
    try:
        yield publisher
    finally:
        made.make(lambda node: node.destroy_publisher(publisher))


def stamped(made: Probe, ago_s: float = 0.0) -> Any:
    return time_message(made.node.get_clock().now().nanoseconds * 1e-9 - ago_s)


def until_over(goal: Goal, publish: Callable[[], None]) -> Any:
    """Publish again and again until a behavior is over; return its result."""

    def look() -> bool:
        publish()
        return goal.over

    wait_until(look, 'the behavior ends')
    return goal.outcome()[1]


def transcript(made: Probe, text: str, *, final: bool = True, ago_s: float = 0.0) -> Transcript:
    message = Transcript(text=text, language='en', final=final, confidence=0.75)
    message.header.stamp = stamped(made, ago_s)
    return message


def test_what_is_said_next_is_heard_and_nobody_else_is_to_answer(stage: Behaving) -> None:
    made = stage.probe
    listening = made.collect(Bool, 'behavior/listening', qos.LATCHED)
    wait_until(lambda: listening, 'it is told whether a behavior listens')
    assert listening[-1].data is False
    with published(made, Transcript, 'speech/transcript', qos.STREAM) as said:
        goal = stage.begin('sense', what='listen')
        wait_until(lambda: listening[-1].data, 'the behavior listens')

        def speak() -> None:
            said.publish(transcript(made, 'not yet', final=False))
            said.publish(transcript(made, '   '))
            said.publish(transcript(made, 'too old', ago_s=60.0))
            said.publish(transcript(made, 'yes please'))

        result = until_over(goal, speak)
    assert result.message == "Heard(text='yes please', language='en', confidence=0.75)"
    wait_until(lambda: not listening[-1].data, 'nobody listens any more')


def test_one_that_hangs_while_it_listens_is_ended_and_listens_no_more(stage: Behaving) -> None:
    made = stage.probe
    listening = made.collect(Bool, 'behavior/listening', qos.LATCHED)
    with published(made, Transcript, 'speech/transcript', qos.STREAM):
        begun = time.monotonic()
        goal = stage.begin('sense', what='listen_stuck', seconds=HANG_S)
        wait_until(lambda: listening and listening[-1].data, 'the behavior listens')
        assert not goal.outcome()[1].success
        wait_until(lambda: not listening[-1].data, 'nobody listens any more')
        # Its thread hangs still, and ends nothing itself.
        assert time.monotonic() < begun + HANG_S


def test_only_what_was_said_while_a_behavior_listened_is_its_own(ros_probe: Probe) -> None:
    claim = ros_probe.make(BehaviorClaim)
    assert not claim.holds(transcript(ros_probe, 'hello'))
    with published(ros_probe, Bool, 'behavior/listening', qos.LATCHED) as listening:
        listening.publish(Bool(data=True))
        wait_until(lambda: claim.holds(transcript(ros_probe, 'yes')), 'the behavior listens')
        assert not claim.holds(transcript(ros_probe, 'before', ago_s=60.0))
        said = transcript(ros_probe, 'yes')
        listening.publish(Bool(data=False))
        wait_until(lambda: not claim.holds(transcript(ros_probe, 'after')), 'it listens no more')
        # What comes late was said to the behavior nevertheless.
        assert claim.holds(said)
        listening.publish(Bool(data=True))
        wait_until(lambda: claim.holds(transcript(ros_probe, 'yes')), 'it listens again')
    # The node has gone without a word.
    wait_until(lambda: not claim.holds(transcript(ros_probe, 'hello')), 'nobody listens')


def test_silence_is_heard_as_nothing(stage: Behaving) -> None:
    assert stage.sensed('listen', seconds=0.1) == 'None'
    assert stage.sensed('voice', seconds=0.1) == 'False'


def test_a_voice_is_heard(stage: Behaving) -> None:
    with published(stage.probe, VoiceActivity, 'speech/activity', qos.STREAM) as activity:
        goal = stage.begin('sense', what='voice', seconds=30.0)
        result = until_over(goal, lambda: activity.publish(VoiceActivity(speaking=True)))
    assert result.message == 'True'


def people() -> PersonArray:
    near = Person(id='3', distance=0.8, visible=True, smile=0.5, mouth_open=-1.0)
    near.position.x, near.position.y, near.position.z = 0.75, 0.25, 0.0
    return PersonArray(people=[near])


def things() -> Detection2DArray:
    def thing(label: str, score: float, width: float) -> Detection2D:
        hypothesis = ObjectHypothesis(class_id=label, score=score)
        return Detection2D(
            results=[ObjectHypothesisWithPose(hypothesis=hypothesis)],
            bbox=BoundingBox2D(size_x=width, size_y=10.0),
        )

    return Detection2DArray(detections=[thing('cup', 0.5, 64.0), thing('cat', 0.75, 320.0)])


THINGS = (
    "things=(SeenThing(label='cat', score=0.75, width=0.5),"
    " SeenThing(label='cup', score=0.5, width=0.1))"
)


@contextmanager
def sights(stage: Behaving) -> Iterator[Callable[[], None]]:
    """Publish one person, two things and a hand again and again, as a vision node does."""
    made = stage.probe
    with (
        published(made, PersonArray, 'vision/people', qos.SENSOR_DATA) as faces,
        published(made, Detection2DArray, 'vision/objects', qos.SENSOR_DATA) as objects,
        published(made, HandArray, 'vision/hands', qos.SENSOR_DATA) as hands,
        published(made, CameraInfo, 'camera/camera_info', qos.SENSOR_DATA) as infos,
    ):

        def publish() -> None:
            infos.publish(CameraInfo(width=WIDTH, height=480))
            objects.publish(things())
            hands.publish(
                HandArray(
                    hands=[
                        Hand(person='3', gesture=Hand.GESTURE_FIST),
                        Hand(person='', gesture=Hand.GESTURE_NONE),
                    ]
                )
            )
            faces.publish(people())

        stage.wait_available('spy')
        yield publish


def test_people_and_things_in_sight_are_seen(stage: Behaving) -> None:
    with sights(stage) as publish:
        goal = stage.begin('sense', what='see', seconds=20.0)
        message = until_over(goal, publish).message
    assert "SeenPerson(id='3', position=(0.75, 0.25, 0.0), distance=0.8" in message
    assert THINGS in message
    assert 'gestures=()' in message


def test_gestures_are_watched_with_those_who_make_them(stage: Behaving) -> None:
    with sights(stage) as publish:
        message = until_over(stage.begin('sense', what='watch'), publish).message
    assert "gesture='fist'" in message
    assert "gestures=('fist',)" in message


def test_without_a_vision_node_nothing_is_seen_and_the_reason_told(stage: Behaving) -> None:
    made = stage.probe
    wait_until(lambda: not stage.listed('spy')['spy'].available, 'nobody sees')
    assert 'no vision_node runs' in stage.refused('sense', what='see')
    assert 'no vision_node runs' in stage.refused('sense', what='watch')
    with published(made, PersonArray, 'vision/people', qos.SENSOR_DATA):
        stage.wait_available('spy')
        assert 'nothing came from the vision node within 0.2 s' in stage.refused(
            'sense', what='see', seconds=0.2
        )


@contextmanager
def action(made: Probe, kind: Any, name: str, execute: Any) -> Iterator[None]:
    """Serve an action in the probe's node."""
    server: Any = made.make(
        lambda node: ActionServer(
            node, kind, name, execute, cancel_callback=lambda _: CancelResponse.ACCEPT
        )
    )
    try:
        yield
    finally:
        made.make(lambda _: server.destroy())


def test_eyes_follow_until_the_block_is_left(stage: Behaving) -> None:
    ends: list[str] = []
    asked: list[Follow.Goal] = []

    async def follow(handle: Any) -> Follow.Result:
        asked.append(handle.request)
        handle.publish_feedback(
            Follow.Feedback(state='following', target='face:3', error=0.25, progress=-1.0)
        )
        return await ended(handle)

    async def ended(handle: Any) -> Follow.Result:
        made = stage.probe
        future: Any = made.node.executor.create_future()

        def look() -> None:
            if handle.is_cancel_requested and not future.done():
                future.set_result(None)

        timer = made.node.create_timer(0.01, look)
        await future
        made.node.destroy_timer(timer)
        handle.canceled()
        ends.append('cancelled')
        return Follow.Result(message='cancelled')

    with action(stage.probe, Follow, 'follow', follow):
        assert stage.sensed('follow', text='face:3') == 'following face:3 0.25'
        wait_until(lambda: ends, 'following has ended')
    assert (asked[0].target, asked[0].keep, asked[0].timeout) == ('face:3', True, 0.0)


def test_following_that_ends_by_itself_is_told(stage: Behaving) -> None:
    def follow(handle: Any) -> Follow.Result:
        handle.abort()
        return Follow.Result(message='no camera gives pictures')

    with action(stage.probe, Follow, 'follow', follow):
        assert stage.refused('sense', what='follow') == 'no camera gives pictures'


@pytest.mark.parametrize(
    ('message', 'goes_on'),
    [('not reached within 1.2 mm, 4.85 deg', True), ('replaced by cmd_body', False)],
)
def test_a_movement_that_ends_beside_its_target_is_good_enough(
    stage: Behaving, message: str, *, goes_on: bool
) -> None:
    def go_to(handle: Any) -> GoTo.Result:
        handle.abort()
        return GoTo.Result(message=message)

    with action(stage.probe, GoTo, 'go_to', go_to):
        _, result = stage.begin('sense', what='go').outcome()
    assert result.success is goes_on
    assert goes_on or result.message == message


def test_an_answer_of_the_conversation_is_had(stage: Behaving) -> None:
    asked: list[tuple[str, str]] = []

    def chat(handle: Any) -> Chat.Result:
        asked.append((handle.request.text, handle.request.conversation))
        handle.succeed()
        return Chat.Result(success=True, text='Fine, thanks.')

    with action(stage.probe, Chat, 'chat', chat):
        assert stage.sensed('chat', text='How are you?') == 'Fine, thanks.'
    assert asked == [('How are you?', 'speech')]


def test_an_action_that_nobody_serves_is_missed(stage: Behaving) -> None:
    wait_until(lambda: stage.probe.node.count_publishers('chat/_action/status') == 0, 'nobody')
    assert 'nobody serves the action chat' in stage.refused('sense', what='chat', text='hi')


@pytest.fixture
def musical(stage: Behaving) -> Behaving:
    """The shared node with its model of rhythm loaded, which takes seconds of work."""
    pytest.importorskip('librosa', reason='librosa is not installed')
    loading = Models(stage.probe).begin(
        LoadModel, 'behavior/load_model', LoadModel.Request(name='rhythm')
    )
    wait_until(loading.done, 'the model is loaded', LOADING_S)
    assert loading.result().success, loading.result().message
    return stage


def test_the_tempo_of_music_in_the_microphone_is_heard(musical: Behaving) -> None:
    stage, made = musical, musical.probe
    sound, _ = clicks(100.0, 30.0, RATE_HZ)
    chunk = RATE_HZ // 50
    begun = time.monotonic()
    sent = 0

    def play() -> None:
        """Publish what would have been recorded by now."""
        nonlocal sent
        while (sent + 1) * chunk < (time.monotonic() - begun) * RATE_HZ:
            samples = sound[sent * chunk : (sent + 1) * chunk]
            message = AudioChunk(
                sequence=sent, sample_rate=RATE_HZ, channels=1, samples=array('h', samples)
            )
            message.header.stamp = stamped(made, time.monotonic() - begun - sent * chunk / RATE_HZ)
            audio.publish(message)
            sent += 1

    with published(made, AudioChunk, 'audio', AUDIO_QOS) as audio:
        goal = stage.begin('sense', what='music', seconds=8.0)
        asked = time.monotonic() - begun
        message = until_over(goal, play).message
    tempo, first = map(float, message.split())
    assert tempo == pytest.approx(100.0, rel=0.02)
    # The beats are where the clicks were, counted from the call.
    beat_s = 60.0 / 100.0
    phase = (asked + first - 0.3) % beat_s
    assert min(phase, beat_s - phase) < 0.15


def test_without_sound_there_is_no_music(stage: Behaving) -> None:
    assert 'no sound came on the topic audio' in stage.refused('sense', what='music')
    assert 'allowed is 4 .. 60' in stage.refused('sense', what='music', seconds=1.0)


def test_the_tempo_of_a_file_is_found(musical: Behaving, tmp_path: Path) -> None:
    path = write_sound(tmp_path / 'clicks.wav', clicks(90.0, 10.0)[0], 22_050)
    assert float(musical.sensed('analyse', text=str(path))) == pytest.approx(90.0, rel=0.02)
    assert 'does not exist' in musical.refused('sense', what='analyse', text='/none.wav')


def test_it_is_known_whether_what_finds_rhythms_is_loaded(musical: Behaving) -> None:
    assert musical.sensed('rhythm_loaded') == 'True'
    unloaded = musical.probe.call(
        UnloadModel, 'behavior/unload_model', UnloadModel.Request(name='rhythm')
    )
    assert unloaded.success, unloaded.message
    assert musical.sensed('rhythm_loaded') == 'False'


@contextmanager
def heard(stage: Behaving) -> Iterator[Talker]:
    """Return a speech node that the behavior node has found."""
    with talker(stage.probe) as talking:
        stage.wait_available('talk')
        yield talking


@SPEAKS
def test_a_text_is_said_to_its_end_and_one_that_is_talked_over_is_no_failure(
    stage: Behaving,
) -> None:
    with heard(stage) as talking:
        assert stage.sensed('say', text='Hello robot.') == 'None'
        assert talking.words == 'hello robot'
        wait_until(lambda: not talking.speaking[-1].data, 'silence')
        goal = stage.begin('sense', what='say', text='This is a long sentence. ' * 5)
        talking.wait_for_sound()
        stage.probe.call(CancelGoal, 'say/_action/cancel_goal')
        assert goal.outcome()[1].success
        assert 'nothing to read' in stage.refused('sense', what='say', text='')


@SPEAKS
def test_a_sound_file_is_played_until_the_block_is_left(stage: Behaving, tmp_path: Path) -> None:
    path = write_sound(tmp_path / 'clicks.wav', clicks(90.0, 30.0)[0], 22_050)
    with heard(stage) as talking:
        position, done = stage.sensed('play', text=str(path), seconds=0.5).split()
        assert done == 'False'
        assert float(position) == pytest.approx(0.5, abs=0.2)
        wait_until(lambda: not talking.speaking[-1].data, 'silence')
        assert talking.duration_s < 3.0
        assert 'does not exist' in stage.refused('sense', what='play', text='/none.wav')


@SPEAKS
def test_cancelling_silences_what_a_behavior_says(stage: Behaving) -> None:
    with heard(stage) as talking:
        goal = stage.begin('sense', what='say', text='This is a long sentence. ' * 5)
        talking.wait_for_sound()
        goal.cancel()
        assert not goal.outcome()[1].success
        wait_until(lambda: not talking.speaking[-1].data, 'silence')


def test_a_web_page_is_fetched(stage: Behaving) -> None:
    with served({'/page': b'sunny'}) as address:
        assert stage.sensed('fetch', text=f'{address}/page') == 'sunny'
        assert '404' in stage.refused('sense', what='fetch', text=f'{address}/other')
    assert 'is no web address' in stage.refused('sense', what='fetch', text='ftp://x')
