"""The twelve emotions, their signs, and files that are broken."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from bbia_sim_ros.marked_yaml import FileError
from bbia_sim_ros.motion.body import BODY_YAW
from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import PITCH
from bbia_sim_ros.motion.body import YAW
from bbia_sim_ros.motion.body import BodyGoal
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.choreography import FAINTEST
from bbia_sim_ros.motion.emotions import EMOTIONS
from bbia_sim_ros.motion.emotions import EmotionSet
from bbia_sim_ros.motion.emotions import plan_emotion
from bbia_sim_ros.motion.go_to import plan_go_to
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.robot.names import MAX_RELATIVE_YAW_RAD
from bbia_sim_ros.robot.poses import pose_from_euler
from support.stage import Stage

ALL = pytest.mark.parametrize('name', EMOTIONS)


def test_the_file_has_the_twelve_emotions(emotions: EmotionSet) -> None:
    assert emotions.names == EMOTIONS


@ALL
def test_an_emotion_starts_and_ends_at_neutral_and_moves_in_between(
    emotions: EmotionSet, name: str
) -> None:
    choreography = emotions.get(name).choreography
    assert not choreography.offset(0.0).any()
    assert np.abs(choreography.offset(choreography.duration)).max() < 1e-9
    assert 1.5 < choreography.duration < 6.0
    assert 0.2 < choreography.apex < choreography.duration
    way = np.array([choreography.offset(t) for t in np.linspace(0, choreography.duration, 200)])
    assert np.ptp(way[:, PITCH]) > math.radians(2.5)
    assert np.ptp(way[:, 6:8], axis=0).min() > math.radians(3.0)


@ALL
def test_an_emotion_at_full_intensity_is_played_exactly(
    stage: Stage, emotions: EmotionSet, name: str
) -> None:
    """It keeps the velocity and acceleration limits, or the filter would make it lag."""
    choreography = emotions.get(name).choreography
    stage.mixer.start(plan_emotion(emotions.get(name), intensity=1.0, limits=stage.mixer.limits))
    worst = 0.0
    for k in range(int(choreography.duration * 100)):
        output = stage.step()
        wanted = choreography.posture((k + 1) * 0.01)
        worst = max(worst, float(np.abs(output.body.values - wanted).max()))
    assert worst < 2e-3
    stage.assert_smooth()


@pytest.mark.parametrize('name', ['happy', 'excited', 'surprised', 'proud', 'nostalgic'])
def test_who_feels_well_looks_up(emotions: EmotionSet, name: str) -> None:
    emotion = emotions.get(name).choreography
    assert emotion.offset(emotion.apex)[PITCH] < math.radians(-9)


@pytest.mark.parametrize('name', ['sad', 'angry', 'fearful', 'determined'])
def test_who_is_low_or_fierce_looks_down(emotions: EmotionSet, name: str) -> None:
    emotion = emotions.get(name).choreography
    assert emotion.offset(emotion.apex)[PITCH] > math.radians(9)


def test_sad_and_fearful_let_the_antennas_hang_outwards(emotions: EmotionSet) -> None:
    for name in ('sad', 'fearful'):
        emotion = emotions.get(name).choreography
        right, left = emotion.posture(emotion.apex)[6:8]
        assert right > math.radians(100)
        assert left < math.radians(-100)


def test_no_two_emotions_look_alike_at_their_apex(emotions: EmotionSet) -> None:
    scale = np.array([0.01] * 3 + [0.15] * 3 + [0.5] * 2 + [0.15])
    postures = {
        name: (emotion.posture(emotion.apex) / scale)
        for name in EMOTIONS
        for emotion in [emotions.get(name).choreography]
    }
    for first in EMOTIONS:
        for second in EMOTIONS:
            if first < second:
                assert np.linalg.norm(postures[first] - postures[second]) > 1.2, (first, second)


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_offsets_grow_with_the_intensity_and_are_faint_at_zero(
    emotions: EmotionSet, data: st.DataObject
) -> None:
    emotion = emotions.get(data.draw(st.sampled_from(EMOTIONS)))
    intensity = data.draw(st.floats(0.0, 1.0))
    move = plan_emotion(emotion, intensity=intensity, limits=MotionLimits())
    offset = move.sample(emotion.choreography.apex) - NEUTRAL.values
    full = emotion.choreography.offset(emotion.choreography.apex)
    assert np.allclose(offset, (FAINTEST + (1.0 - FAINTEST) * intensity) * full)


@pytest.mark.parametrize('intensity', [-0.1, 1.1, math.nan, math.inf])
def test_an_intensity_out_of_range_is_refused(emotions: EmotionSet, intensity: float) -> None:
    with pytest.raises(GoalError, match=r'intensity is .*; allowed is 0 .. 1'):
        plan_emotion(emotions.get('happy'), intensity=intensity, limits=MotionLimits())


def test_an_unknown_emotion_is_answered_with_the_known_ones(emotions: EmotionSet) -> None:
    with pytest.raises(GoalError, match="unknown emotion 'hangry'; known: neutral, happy, sad"):
        emotions.get('hangry')


def test_an_emotion_is_played_to_where_the_robot_faces(stage: Stage, emotions: EmotionSet) -> None:
    turned = BodyGoal(head_pose=pose_from_euler(yaw=0.5), body_yaw=0.4)
    limits, reach = stage.mixer.limits, stage.mixer.reach
    stage.mixer.start(
        plan_go_to(turned, current=stage.mixer.posture, limits=limits, reach=reach, duration=0.5)
    )
    stage.run(1.0)
    move = plan_emotion(emotions.get('proud'), intensity=1.0, limits=limits)
    stage.mixer.start(move)
    stage.run_until(lambda: move.state.final, at_most=5.0)
    assert move.state is MoveState.DONE
    assert stage.positions[-1][[YAW, BODY_YAW]] == pytest.approx([0.5, 0.4])


@ALL
def test_heads_and_bodies_stay_within_their_relative_yaw(emotions: EmotionSet, name: str) -> None:
    choreography = emotions.get(name).choreography
    for t in np.linspace(0.0, choreography.duration, 100):
        posture = choreography.posture(float(t))
        assert abs(posture[YAW] - posture[BODY_YAW]) < MAX_RELATIVE_YAW_RAD / 2


GOOD = """\
calm:
  description: Breathes out.
  keys:
    - {at: 0.5, pitch: 4, antennas: 20}
    - {at: 1.5, pitch: -2, right_antenna: 10, law: ease_in_out}
  mood:
    waves: [{hz: 0.1, z: 3}]
"""


def test_a_file_of_ones_own_adds_to_the_emotions(config: Path, tmp_path: Path) -> None:
    path = tmp_path / 'mine.yaml'
    path.write_text(GOOD)
    emotions = EmotionSet.load([config / 'emotions.yaml', path])
    assert emotions.names == (*EMOTIONS, 'calm')
    offset = emotions.get('calm').choreography.posture(0.5)
    assert math.degrees(offset[PITCH]) == pytest.approx(4.0)
    assert np.degrees(offset[6:8]) == pytest.approx([20.0, -20.0])


@pytest.mark.parametrize(
    ('old', 'new', 'complaint'),
    [
        ('pitch: 4', 'pitch: up', r':4: pitch must be a number'),
        ('pitch: 4', 'pitch: .nan', r':4: pitch (is|must be a number)'),
        ('pitch: 4', 'pitch: 400', r':4: pitch is 400; allowed is -40 .. 40'),
        ('pitch: 4', 'tilt: 4', r":4: unknown key 'tilt' in keys\[0\]; known: at, law, x"),
        ('pitch: 4', 'pitch: 4, pitch: 5', r':4: pitch is repeated'),
        ('at: 1.5', 'at: 0.2', r':5: at is 0.2 s; it must be at least 0.02 s after 0.5'),
        ('at: 1.5, ', '', r':5: keys\[1\] has no time'),
        ('ease_in_out', 'slowly', r":5: law is 'slowly'; allowed: minjerk, linear"),
        ('antennas: 20', 'antennas: 20, left_antenna: 3', r':4: left_antenna is given next to'),
        ('{at: 0.5, pitch: 4, antennas: 20}', '{at: 0.5}', r':4: keys\[0\] moves nothing'),
        ('{at: 0.5, pitch: 4, antennas: 20}', '7', r':4: keys\[0\] must be a mapping'),
        ('hz: 0.1, ', '', r':7: waves\[0\] has no hz'),
        ('hz: 0.1', 'hz: 99', r':7: hz is 99; allowed is 0.01 .. 2'),
        ('  mood:', '  mud:', r":6: unknown key 'mud'"),
        ('calm:', 'calm: [', r': is not YAML|:\d+: is not YAML'),
    ],
)
def test_a_broken_file_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    path = tmp_path / 'mine.yaml'
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(FileError, match=rf'{path}{complaint}'):
        EmotionSet.load([path])


@pytest.mark.parametrize(
    ('content', 'complaint'),
    [
        (b'', 'is empty'),
        (b'\xff\xfe\x00', 'is not UTF-8'),
        (b'- 1\n', ':1: the file must be a mapping'),
        (b'x: !!python/object/apply:os.system [ls]\n', ':1: x must be a mapping'),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / 'mine.yaml'
    path.write_bytes(content)
    with pytest.raises(FileError, match=complaint):
        EmotionSet.load([path])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r'none.yaml: cannot be read \(No such file'):
        EmotionSet.load([tmp_path / 'none.yaml'])
