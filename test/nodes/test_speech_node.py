"""The node `speech` over DDS: sound, feedback, cancelling, the head that sways, its end."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter

from support.chat import alive
from support.chat import children
from support.chat import person
from support.domains import reserved_domain
from support.motion import ABORTED
from support.motion import CANCELED
from support.motion import SUCCEEDED
from support.motion import Robot
from support.openai_server import OpenAiServer
from support.openai_server import text_reply
from support.openai_server import tool_reply
from support.ros import Probe
from support.ros import StackProcess
from support.ros import probe
from support.speech_ear import plain_words
from support.speech_node import Talker
from support.speech_node import talker
from support.waiting import wait_until

pytestmark = pytest.mark.skipif(
    shutil.which('flite') is None or shutil.which('espeak-ng') is None,
    reason='flite or espeak-ng is not installed',
)
LONG = 'This sentence is long enough to be given up before anybody has heard the end of it. ' * 3
# Of any element of the head pose: metres, or parts of a rotation matrix.
LEAST_SWAY = 0.003


@pytest.fixture(scope='module')
def shared() -> Iterator[Talker]:
    """A node that the tests of this file share."""
    with reserved_domain(), probe() as made, talker(made) as talking:
        yield talking


@pytest.fixture
def talking(shared: Talker) -> Talker:
    """The shared node, silent, with nothing kept of earlier tests."""
    wait_until(lambda: not shared.speaking[-1].data, 'silence')
    shared.chunks.clear()
    del shared.speaking[:-1]
    return shared


def set_parameters(made: Probe, **values: object) -> str:
    """Set parameters of the node; return '' or the reason of the first refusal."""
    wanted = [Parameter(name, value=value).to_parameter_msg() for name, value in values.items()]
    request = SetParameters.Request(parameters=wanted)
    answer = made.call(SetParameters, 'speech/set_parameters', request)
    return next((result.reason for result in answer.results if not result.successful), '')


def test_a_text_is_heard_word_for_word_and_told_as_it_is_heard(talking: Talker) -> None:
    sentences = ['Look left.', 'Turn your head.']
    goal = talking.say(' '.join(sentences))
    status, result = goal.outcome()
    assert (status, result.success, result.engine) == (SUCCEEDED, True, 'flite')
    assert 0.0 < result.first_sound_time < result.duration
    talking.wait_for_all(result.duration)
    assert talking.duration_s == pytest.approx(result.duration, abs=1e-3)
    assert talking.words.split() == plain_words(sentences)
    assert plain_words([said.word for said in goal.feedback]) == plain_words(sentences)


def test_chunks_are_numbered_and_stamped_without_a_gap(talking: Talker) -> None:
    talking.wait_for_all(talking.said('Hello robot.').duration)
    numbers = [chunk.sequence for chunk in talking.chunks]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert {chunk.header.frame_id for chunk in talking.chunks} == {'speaker'}
    assert {chunk.channels for chunk in talking.chunks} == {1}
    gaps = sorted(start - end for (_, end), (start, _) in pairwise(talking.spans))
    assert gaps[0] > -1e-5
    # A machine that stands still for long makes a gap, which is an underrun.
    assert gaps[len(gaps) // 2] < 1e-5


def test_french_is_spoken_by_the_engine_that_knows_it(talking: Talker) -> None:
    result = talking.said('Bonjour tout le monde.', language='fr')
    assert result.engine == 'espeak_ng'
    assert 0.8 < result.duration < 4.0


def test_cancelling_makes_silence(talking: Talker) -> None:
    goal = talking.say(LONG)
    talking.wait_for_sound()
    goal.cancel()
    status, result = goal.outcome()
    assert (status, result.message) == (CANCELED, 'cancelled')
    assert result.first_sound_time >= 0.0
    wait_until(lambda: len(talking.speaking) >= 3, 'beginning and end are told')
    both_s = result.duration + talking.said('stop').duration
    talking.wait_for_all(both_s)
    # No sound of the first text came after it had ended.
    assert talking.duration_s == pytest.approx(both_s, abs=2e-3)
    assert [message.data for message in talking.speaking[:3]] == [False, True, False]


def test_a_text_can_wait_be_replaced_or_be_refused(talking: Talker) -> None:
    first = talking.say(LONG)
    talking.wait_for_sound()
    waiting = talking.say('no')
    refused = talking.say('no', when_busy='refuse')
    assert refused.outcome()[0] == ABORTED
    assert 'something is being said' in refused.outcome()[1].message
    talking.said('stop', when_busy='replace')
    for goal in (first, waiting):
        status, result = goal.outcome()
        assert (status, result.message) == (ABORTED, 'another text took its place')


@pytest.mark.parametrize(
    ('text', 'fields', 'reason'),
    [
        ('hi', {'voice': 'nobody'}, 'unknown voice'),
        ('hi', {'language': 'xx'}, 'known languages'),
        ('hi', {'speed': float('inf')}, 'speed is inf'),
        ('', {}, 'nothing to read'),
        ('a' * 20_001, {}, '20001 characters; 20000 are allowed'),
    ],
)
def test_what_cannot_be_said_is_aborted_with_the_reason(
    talking: Talker, text: str, fields: dict[str, object], reason: str
) -> None:
    status, result = talking.say(text, **fields).outcome()
    assert status == ABORTED
    assert reason in result.message
    assert result.first_sound_time == -1.0
    assert not talking.chunks


def test_parameters_hold_from_the_next_text_on_and_bad_ones_are_refused(talking: Talker) -> None:
    made = talking.probe
    assert 'speed out of range' in set_parameters(made, speed=9.0)
    assert 'file is empty' in set_parameters(made, output='file')
    assert set_parameters(made, engine='espeak_ng', sample_rate=16_000, speed=2.0) == ''
    try:
        assert talking.said('hello').engine == 'espeak_ng'
        assert talking.chunks[-1].sample_rate == 16_000
    finally:
        assert set_parameters(made, engine='auto', sample_rate=24_000, speed=1.0) == ''


def test_diagnostics_say_which_engine_speaks_and_where_the_sound_goes(talking: Talker) -> None:
    engine = wait_until(lambda: talking.part('engine'), 'the engine')
    values = {pair.key: pair.value for pair in engine.values}
    assert values['engine of en'] == 'flite, rms'
    assert values['engine of fr'] == 'espeak_ng, fr'
    assert 'piper_voice' in values['obstacle of piper']
    output = wait_until(lambda: talking.part('output'), 'the output')
    assert 'nowhere, in real time' in output.message


def test_without_any_engine_the_node_says_what_to_install(ros_probe: Probe) -> None:
    with talker(ros_probe, environment={'PATH': '/nowhere'}, engine='flite') as mute:
        assert 'apt install flite' in mute.say('hi').outcome()[1].message
        part = wait_until(lambda: mute.part('engine'), 'the engine')
        assert part.level == DiagnosticStatus.ERROR
        assert 'apt install flite' in part.message


def test_ctrl_c_ends_every_goal_with_a_result_and_leaves_no_process(ros_probe: Probe) -> None:
    with talker(ros_probe) as made:
        goals = [made.say(LONG), made.say('no')]
        made.wait_for_sound()
        begun = children(made.process.process.pid)
        assert made.process.stop() == 0
        for goal in goals:
            status, result = goal.outcome()
            assert (status, result.message) == (ABORTED, 'the speaker ends')
        wait_until(lambda: not any(map(alive, begun)), 'no process is left')


def test_a_second_speech_node_is_refused(ros_probe: Probe) -> None:
    with talker(ros_probe), StackProcess('speech_node') as second:
        assert second.wait() == 2
        assert 'already runs' in second.output


def test_the_head_sways_while_it_speaks_and_rests_afterwards(robot: Robot) -> None:
    robot.straighten()
    # It would breathe, and move the head by that.
    assert robot.set_parameters('motion', idle=False) == ''
    try:
        with talker(robot.probe) as talking:
            wait_until(lambda: not robot.motion.status.layers, 'rest')
            goal = talking.say('Here is a sentence to which the head sways a little.')
            wait_until(lambda: 'speech_wobble' in robot.motion.status.layers, 'the layer of speech')
            poses: list[np.ndarray] = []

            def over() -> bool:
                poses.append(robot.simulator.head.copy())
                return goal.over

            wait_until(over, 'the end of the sentence')
            wait_until(lambda: 'speech_wobble' not in robot.motion.status.layers, 'rest')
    finally:
        assert robot.set_parameters('motion', idle=True) == ''
    assert np.ptp(np.array(poses), axis=0).max() > LEAST_SWAY


def test_a_model_can_have_something_said(robot: Robot) -> None:
    script = [tool_reply(('say', {'text': 'Hello robot.'})), text_reply('Done.')]
    with (
        talker(robot.probe) as talking,
        OpenAiServer(script) as server,
        person(robot.probe, openai_url=server.base_url) as made,
    ):
        assert list(made.said('Would you greet my robot?').tools) == ['say']
        assert 'were said' in server.requests[-1].body['messages'][-1]['content']
        wait_until(lambda: not talking.speaking[-1].data, 'silence')
        assert talking.words == 'hello robot'


def test_a_file_keeps_what_was_said(ros_probe: Probe, tmp_path: Path) -> None:
    file = tmp_path / 'said.wav'
    with talker(ros_probe, output='file', file=file) as talking:
        begin = time.monotonic()
        result = talking.said('hello', speed=2.0)
        assert time.monotonic() - begin >= result.duration
    assert file.stat().st_size == pytest.approx(44 + 2 * 24_000 * result.duration, abs=4)
