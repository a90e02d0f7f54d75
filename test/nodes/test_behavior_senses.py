"""What a behavior hears and sees, with the parts that give it."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Bool
from vision_msgs.msg import BoundingBox2D
from vision_msgs.msg import Detection2D
from vision_msgs.msg import Detection2DArray
from vision_msgs.msg import ObjectHypothesis
from vision_msgs.msg import ObjectHypothesisWithPose

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
from support.behaving import Behaving
from support.behaving import published
from support.behaving import stamped
from support.behaving import until_over
from support.models import Models
from support.rhythms import clicks
from support.ros import Probe
from support.sound_files import write_sound
from support.waiting import wait_until

RATE_HZ = 16_000
WIDTH = 640
LOADING_S = 100.0
HANG_S = 25.0


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
