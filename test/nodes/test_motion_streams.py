"""The stream `cmd_body`, and what else reaches the body without a goal: sound and moods."""

from __future__ import annotations

import array

import numpy as np
import pytest

from bbia_msgs.msg import AudioChunk
from bbia_msgs.msg import BodyTarget
from bbia_msgs.msg import Emotion
from bbia_sim_ros.nodes import qos
from support.motion import ABORTED
from support.motion import SUCCEEDED
from support.motion import Robot
from support.motion import series
from support.ros import wait_until
from support.simulator import errors
from support.simulator import head_pose
from support.simulator import target

LEFT = head_pose(yaw=25)


@pytest.fixture(autouse=True)
def neutral(robot: Robot) -> None:
    """Begin each test at rest, looking straight ahead."""
    robot.straighten()


def stream_until(robot: Robot, condition: object, what: str, **fields: object) -> None:
    """Publish the same target on cmd_body again and again until a condition holds."""
    publisher = robot.probe.publisher(BodyTarget, 'cmd_body')

    def step() -> bool:
        publisher.publish(target(**fields))
        return bool(condition())

    wait_until(step, what)
    robot.probe.node.destroy_publisher(publisher)


def test_a_stream_leads_the_head_and_silence_leaves_it_there(robot: Robot) -> None:
    stream_until(robot, lambda: errors(robot.simulator.head, LEFT)[1] < 0.5, 'led', head=LEFT)
    assert robot.motion.status.active == 'cmd_body'
    wait_until(lambda: 'cmd_body: silent' in robot.motion.status.last_end, 'the loss is noted')
    robot.motion.wait_ready()
    assert errors(robot.simulator.head, LEFT)[1] < 3.0


def test_a_stream_takes_the_body_from_a_goal_and_a_goal_cannot_take_it_back(robot: Robot) -> None:
    goal = robot.motion.go_to(head=head_pose(yaw=-30), duration=3.0)
    stream_until(robot, lambda: goal.over, 'the goal ends', head=LEFT)
    status, result = goal.outcome()
    assert (status, result.message) == (ABORTED, 'replaced by cmd_body')
    rival = robot.motion.go_to(head=np.eye(4))
    assert rival.outcome()[0] == ABORTED
    assert 'cmd_body is in charge with priority 100' in rival.outcome()[1].message


def test_nonsense_on_the_stream_changes_nothing(robot: Robot) -> None:
    publisher = robot.probe.publisher(BodyTarget, 'cmd_body')
    bad = target(head=LEFT)
    bad.head.position.x = float('nan')

    def reported() -> bool:
        publisher.publish(bad)
        return 'cmd_body refused: the pose holds a NaN' in robot.process.output

    wait_until(reported, 'the refusal is logged')
    assert robot.motion.status.active == ''


def test_the_robot_breathes_when_idle_and_not_when_told_so(robot: Robot) -> None:
    wait_until(lambda: 'breathing' in robot.motion.status.layers, 'it breathes')
    assert robot.set_parameters('motion', idle=False) == ''
    wait_until(lambda: not robot.motion.status.layers, 'it holds its breath')
    assert robot.set_parameters('motion', idle=True) == ''
    wait_until(lambda: 'breathing' in robot.motion.status.layers, 'it breathes again')


def test_the_head_sways_with_the_sound_of_its_voice(robot: Robot) -> None:
    publisher = robot.probe.publisher(AudioChunk, 'speech/output')
    tone = 8000 * np.sin(2 * np.pi * 440 / 16000 * np.arange(1600))
    samples = array.array('h', tone.astype(np.int16).tobytes())
    count = 0

    def sways() -> bool:
        nonlocal count
        publisher.publish(
            AudioChunk(sequence=count, sample_rate=16000, channels=1, samples=samples)
        )
        count += 1
        return 'speech_wobble' in robot.motion.status.layers

    wait_until(sways, 'the head sways')
    wait_until(lambda: 'speech_wobble' not in robot.motion.status.layers, 'silence')


def test_a_played_emotion_is_told_to_everybody_and_a_mood_can_be_set(robot: Robot) -> None:
    moods = robot.probe.collect(Emotion, 'emotion', qos.LATCHED)
    goal = robot.motion.play_emotion('proud', 0.75)
    wait_until(lambda: moods and moods[-1].name == 'proud', 'the emotion is published')
    assert moods[-1].intensity == pytest.approx(0.75)
    goal.cancel()
    goal.outcome()
    publisher = robot.probe.node.create_publisher(Emotion, 'emotion', qos.LATCHED)
    wait_until(lambda: publisher.get_subscription_count() > 1, 'motion listens')
    publisher.publish(Emotion(name='grumpy', intensity=1.0))
    wait_until(lambda: "unknown emotion 'grumpy'" in robot.process.output, 'the refusal')
    publisher.publish(Emotion(name='sad', intensity=1.0))
    robot.motion.wait_ready()
    # The mood of sadness lets the head hang.
    wait_until(lambda: robot.simulator.head[0, 2] > np.sin(np.radians(2)), 'the head hangs')
    publisher.publish(Emotion(name='neutral', intensity=1.0))
    robot.probe.node.destroy_publisher(publisher)


def test_limits_can_be_changed_while_running_and_contradictions_are_refused(robot: Robot) -> None:
    assert robot.set_parameters('motion', turn_velocity=0.5) == ''
    before = len(robot.motion.targets)
    status, result = robot.motion.go_to(head=LEFT, duration=0.2).outcome()
    assert status == SUCCEEDED, result.message
    assert any('velocity and acceleration limits' in text for text in result.clipped)
    times, values = series(robot.motion.targets[before:])
    speeds = np.abs(np.diff(values[:, 5]) / np.diff(times))
    assert np.median(np.sort(speeds)[-10:]) <= 0.5 * 1.05
    assert robot.set_parameters('motion', turn_velocity=4.0) == ''
    assert 'cannot brake' in robot.set_parameters('motion', turn_acceleration=1.0)
