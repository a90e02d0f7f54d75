"""The node `hearing` with sound over DDS: texts, times, what the robot does meanwhile, its end."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rcl_interfaces.srv import SetParameters
from rclpy.action import ActionClient
from rclpy.action import ActionServer
from rclpy.action import CancelResponse
from rclpy.parameter import Parameter
from std_msgs.msg import Bool

from bbia_msgs.action import Say
from bbia_msgs.msg import AudioChunk
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.messages import time_message
from bbia_sim_ros.nodes.polling import executor_of
from support.domains import reserved_domain
from support.listener import Talker
from support.listener import talker
from support.listener import times_of
from support.motion import ABORTED
from support.motion import CANCELED
from support.motion import SUCCEEDED
from support.motion import Goal
from support.ros import Probe
from support.ros import StackProcess
from support.ros import probe
from support.spoken import RATE_HZ
from support.spoken import noise
from support.spoken import phrases
from support.spoken import resampled
from support.spoken import silence
from support.spoken import spoken
from support.waiting import wait_until

ORDERS = ('look left', 'what do you see', 'go to sleep')


@pytest.fixture(scope='module')
def shared() -> Iterator[Talker]:
    """A hearing node of the whole module, with the recogniser that is always there."""
    with (
        reserved_domain(),
        probe() as made,
        talker(made, engine='auto', stream_timeout=1.0) as someone,
    ):
        yield someone


@pytest.fixture
def listened(shared: Talker) -> Talker:
    """The same, with nothing said and nothing set yet."""
    shared.transcripts.clear()
    shared.activity.clear()
    set_parameters(shared.probe, while_speaking='barge_in', while_moving='keep')
    return shared


def set_parameters(made: Probe, **values: object) -> None:
    """Set parameters of the node; all must be taken."""
    request = SetParameters.Request(
        parameters=[
            Parameter(name, value=value).to_parameter_msg() for name, value in values.items()
        ]
    )
    answer = made.call(SetParameters, 'hearing/set_parameters', request)
    assert all(result.successful for result in answer.results), answer


def test_commands_are_heard_word_for_word_with_their_times(listened: Talker) -> None:
    begun = listened.now_s
    listened.play(phrases(*ORDERS))
    assert listened.texts(3) == list(ORDERS), listened.finals
    expected = begun + 1.0
    for order, text in zip(ORDERS, listened.finals, strict=True):
        duration = spoken(order).size / RATE_HZ
        start, end = times_of(text)
        assert expected - 0.1 < start < end < expected + duration + 0.1
        assert end - start > 0.5 * duration
        assert (text.engine, text.language) == ('pocketsphinx', 'en')
        assert text.header.frame_id == 'microphone'
        assert 0.0 <= text.confidence <= 1.0
        assert text.audio_duration == pytest.approx(duration, abs=0.7)
        assert text.processing_time > 0.0
        assert [segment.text for segment in text.segments] == [order]
        expected += duration + 1.2
    numbers = [text.utterance for text in listened.finals]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    changes = [message.speaking for message in listened.activity]
    assert sum(now and not before for before, now in pairwise(changes)) == 3


def test_partial_texts_come_while_somebody_speaks_and_share_the_number(listened: Talker) -> None:
    listened.play(
        phrases('please open the window and look at the red ball on the table'), speed=1.0
    )
    (text,) = listened.texts(1)
    assert text.split()[0] == 'please'
    partials = [message for message in listened.transcripts if not message.final]
    assert partials
    assert {message.utterance for message in partials} == {listened.finals[0].utterance}
    assert all(message.text and not message.segments for message in partials)


def test_silence_and_noise_give_no_text(listened: Talker) -> None:
    listened.play(np.concatenate([silence(5.0), noise(5.0, 0.1), silence(1.0)]))
    listened.play(phrases('stop'))
    assert listened.texts(1) == ['stop']


def test_a_stream_that_stops_in_mid_word_ends_the_utterance(listened: Talker) -> None:
    listened.play(phrases('go to sleep')[: -round(1.25 * RATE_HZ)])
    assert listened.texts(1)[0].startswith('go')
    wait_until(lambda: not listened.activity[-1].speaking, 'nobody speaks any more')


def test_what_is_not_the_sound_that_was_agreed_is_refused_and_named(listened: Talker) -> None:
    listened.send(silence(0.1), sample_rate=44_100)
    listened.send(silence(0.1), channels=2)
    listened.send(silence(0.0))
    wait_until(
        lambda: int(listened.value('sound', 'chunks refused')) >= 3, 'the refusals are counted'
    )
    status = listened.status('sound')
    assert status is not None
    for part in ('44100 samples per second', '2 channels', 'empty'):
        assert part in status.message
    listened.play(phrases('look right'))
    assert listened.texts(1) == ['look right']


def test_lost_chunks_are_counted_and_a_restarted_microphone_is_heard(listened: Talker) -> None:
    lost = int(listened.value('sound', 'chunks lost'))
    listened.play(silence(0.5))
    listened.skip(3)
    listened.play(silence(0.5))
    listened.begin_anew()
    listened.play(phrases('wake up'))
    assert listened.texts(1) == ['wake up']
    wait_until(
        lambda: int(listened.value('sound', 'chunks lost')) >= lost + 3, 'the loss is counted'
    )


def test_what_is_said_while_the_robot_speaks_can_be_ignored(listened: Talker) -> None:
    set_parameters(listened.probe, while_speaking='ignore')
    with speaking(listened):
        listened.play(phrases('go to sleep'))
    listened.now_s += 5.0
    listened.play(phrases('look right'))
    assert listened.texts(1) == ['look right']


def test_talking_over_the_robot_ends_what_it_says_and_is_transcribed(listened: Talker) -> None:
    before = int(listened.value('sound', 'barge-ins'))
    with said_goal(listened) as goal, speaking(listened):
        listened.play(phrases('stop talking'))
        wait_until(lambda: int(listened.value('sound', 'barge-ins')) > before, 'it is counted')
        assert goal.outcome()[0] == CANCELED
    assert listened.texts(1) == ['stop talking']


def test_the_robot_is_not_interrupted_by_its_own_voice(listened: Talker) -> None:
    own = phrases('my sister lives in london', 'what time is it now')
    output = listened.probe.publisher(AudioChunk, 'speech/output')
    before = listened.value('sound', 'barge-ins')
    with speaking(listened):
        message = AudioChunk(sample_rate=RATE_HZ, channels=1, samples=own)
        message.header.stamp = time_message(listened.now_s - 0.1)
        output.publish(message)
        assert output.wait_for_all_acked()
        # A loudspeaker is heard more quietly, and late.
        listened.play(np.concatenate([silence(0.1), (own * 0.3).astype(np.int16)]))
    listened.now_s += 5.0
    listened.play(phrases('look right'))
    assert listened.texts(1) == ['look right']
    assert listened.value('sound', 'barge-ins') == before


@contextmanager
def speaking(someone: Talker) -> Iterator[None]:
    """Let the robot speak, as far as the node can tell, at the times of what is played now."""
    topic = someone.probe.publisher(Bool, 'speech/speaking', qos.LATCHED)
    now_s = someone.probe.node.get_clock().now().nanoseconds * 1e-9
    someone.now_s = max(someone.now_s, now_s) + 5.0
    topic.publish(Bool(data=True))
    assert topic.wait_for_all_acked()
    # Both have come when the node answers; the executor takes them in the order of their coming.
    wait_until(lambda: someone.value('sound', 'robot speaks') == 'True', 'it knows')
    try:
        yield
        someone.play(silence(1.0))
        judged = int(someone.value('sound', 'chunks'))
        wait_until(lambda: int(someone.value('sound', 'chunks')) > judged, 'it was judged')
    finally:
        topic.publish(Bool(data=False))
        wait_until(lambda: someone.value('sound', 'robot speaks') == 'False', 'it knows')
        someone.probe.node.destroy_publisher(topic)


@contextmanager
def said_goal(someone: Talker) -> Iterator[Goal]:
    """Yield a goal of the action say that goes on until it is cancelled."""
    with probe() as robot:
        cancelled: Any = robot.make(lambda node: executor_of(node).create_future())

        async def say(handle: Any) -> Say.Result:
            await cancelled
            handle.canceled()
            return Say.Result()

        def on_cancel(_: object) -> CancelResponse:
            cancelled.set_result(None)
            return CancelResponse.ACCEPT

        robot.make(lambda node: ActionServer(node, Say, 'say', say, cancel_callback=on_cancel))
        client: Any = someone.probe.make(lambda node: ActionClient(node, Say, 'say'))
        wait_until(client.server_is_ready, 'the action say')
        sent = client.send_goal_async(Say.Goal(text='and so on'))
        wait_until(sent.done, 'the goal is answered')
        yield Goal('say', sent.result(), [])


@pytest.mark.parametrize('rate', [RATE_HZ, 44_100])
def test_samples_of_a_goal_are_transcribed(listened: Talker, rate: int) -> None:
    sound = resampled(phrases('look left', 'be happy'), RATE_HZ, rate)
    status, result = listened.ask(samples=sound, sample_rate=rate).outcome(60.0)
    assert (status, result.text) == (SUCCEEDED, 'look left be happy')
    assert result.audio_duration == pytest.approx(sound.size / rate, abs=0.01)
    assert [segment.text for segment in result.segments] == ['look left', 'be happy']
    assert result.segments[1].start > result.segments[0].end
    assert result.engine == 'pocketsphinx'


def test_a_file_is_transcribed_with_progress(listened: Talker, tmp_path: Path) -> None:
    pytest.importorskip('soundfile')
    path = tmp_path / 'said.wav'
    _write(path, phrases('look left', 'be happy', 'stop'))
    goal = listened.ask(path=str(path))
    status, result = goal.outcome(60.0)
    assert (status, result.text) == (SUCCEEDED, 'look left be happy stop'), result.message
    shares = [message.progress for message in goal.feedback]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize(
    ('goal', 'named'),
    [
        ({}, 'give the path'),
        ({'samples': [0] * 100, 'sample_rate': 7}, 'sample_rate is 7'),
        ({'samples': [0] * 100, 'sample_rate': 16_000, 'engine': 'magic'}, "'magic'"),
        ({'samples': [0] * 100, 'sample_rate': 16_000, 'engine': 'whisper'}, 'download'),
        ({'samples': [0] * 100, 'sample_rate': 16_000, 'language': 'fr'}, 'English'),
    ],
)
def test_what_cannot_be_transcribed_is_refused_with_a_remedy(
    listened: Talker, goal: dict[str, object], named: str
) -> None:
    status, result = listened.ask(**goal).outcome()
    assert (status, result.success, result.text) == (ABORTED, False, '')
    assert named in result.message


def test_transcribing_can_be_cancelled(listened: Talker) -> None:
    sound = np.concatenate([phrases('please open the window')] * 20)
    goal = listened.ask(samples=sound, sample_rate=RATE_HZ)
    wait_until(lambda: goal.feedback, 'it has begun')
    goal.cancel()
    assert goal.outcome()[0] == CANCELED


def test_the_engine_and_why_it_was_chosen_are_told(listened: Talker) -> None:
    status = listened.status('engine')
    assert status is not None
    assert status.message.startswith('pocketsphinx transcribes')
    assert 'faster_whisper' in status.message


def test_a_second_node_of_the_name_is_refused(listened: Talker) -> None:
    with StackProcess('hearing_node') as second:
        assert second.wait() != 0
        assert 'already runs' in second.output


def test_nothing_is_loaded_or_judged_without_sound_and_it_ends_cleanly(ros_probe: Probe) -> None:
    with talker(ros_probe) as someone:
        assert someone.value('sound', 'chunks') == '0'
        assert all(not model.loads for model in someone.models)
        assert someone.process.stop() == 0
        assert 'Traceback' not in someone.process.output


def _write(path: Path, sound: np.ndarray) -> None:
    with wave.open(str(path), 'wb') as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(sound.tobytes())
