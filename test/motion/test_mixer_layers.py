"""The mixer with streams, and with what is added on top of what is in charge."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import BodyGoal
from bbia_sim_ros.motion.emotions import EmotionSet
from bbia_sim_ros.motion.emotions import plan_emotion
from bbia_sim_ros.motion.mixer import MotionMixer
from bbia_sim_ros.motion.mixer_output import Refused
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.robot.poses import pose_from_euler
from support.stage import DT_S
from support.stage import Stage
from support.stage import go


def test_the_joystick_outranks_moves_and_hands_back_when_it_falls_silent(stage: Stage) -> None:
    move = go(stage, duration=3.0, yaw=0.8)
    stage.mixer.start(move)
    stage.run(0.5)
    for k in range(60):
        angle = 0.3 * math.sin(0.1 * k)
        stage.mixer.teleoperation.push(BodyGoal(head_pose=pose_from_euler(yaw=angle)), stage.now)
        output = stage.run(0.03)
    assert output.active == 'cmd_body'
    assert output.progress == -1.0
    assert (move.state, move.reason) == (MoveState.ABORTED, 'replaced by cmd_body')
    with pytest.raises(Refused, match='cmd_body is in charge with priority 100'):
        stage.mixer.start(go(stage, yaw=0.1))
    stage.run(0.6)
    assert stage.mixer.active is None
    assert stage.mixer.last_end == 'cmd_body: silent for more than 0.5 s'
    here = stage.positions[-1]
    stage.run(0.4)
    assert np.abs(stage.positions[-1] - here).max() < 0.05
    stage.mixer.start(go(stage, yaw=0.1))
    stage.assert_smooth()


def test_a_stream_is_followed_one_period_late_and_without_a_staircase(stage: Stage) -> None:
    period, speed = 0.03, 0.5
    for k in range(50):
        goal = BodyGoal(head_pose=pose_from_euler(yaw=speed * period * k))
        stage.mixer.teleoperation.push(goal, stage.now)
        stage.run(period)
    steady = stage.velocities()[-60:, 5]
    assert steady.min() > 0.8 * speed
    assert steady.max() < 1.2 * speed
    assert speed * period * 49 - stage.positions[-1][5] < 2.0 * speed * period


def test_the_gaze_follows_a_point_and_goes_on_after_an_emotion(
    stage: Stage, emotions: EmotionSet
) -> None:
    point = (1.0, 0.8, 0.2)

    def watch(seconds: float) -> str:
        active = ''
        for _ in range(round(seconds / DT_S / 5)):
            stage.mixer.gaze.push(point, stage.now)
            active = stage.run(5 * DT_S).active
        return active

    assert watch(1.5) == 'cmd_gaze'
    assert stage.positions[-1][5] == pytest.approx(math.atan2(0.8, 1.0), abs=0.01)
    move = plan_emotion(emotions.get('happy'), intensity=1.0, limits=stage.mixer.limits)
    stage.mixer.start(move)
    assert watch(0.5) == 'play_emotion'
    assert watch(3.5) == 'cmd_gaze'
    assert move.state is MoveState.DONE
    stage.assert_smooth()


def test_a_person_is_kept_in_view_while_an_emotion_plays(
    stage: Stage, emotions: EmotionSet
) -> None:
    stage.mixer.start(
        plan_emotion(emotions.get('neutral'), intensity=1.0, limits=stage.mixer.limits)
    )
    output = None
    for _ in range(100):
        stage.mixer.gaze.push((1.0, 0.15, 0.05), stage.now)
        output = stage.step()
    assert output is not None
    assert 'gaze_correction' in output.layers
    assert stage.positions[-1][5] == pytest.approx(math.atan2(0.15, 1.0), abs=0.03)


def test_breathing_comes_up_when_idle_and_goes_when_something_starts(
    new_mixer: Callable[[], MotionMixer],
) -> None:
    stage = Stage(new_mixer())
    stage.mixer.begin(NEUTRAL)
    assert stage.run(0.5).layers == ()
    assert stage.run(8.0).layers == ('breathing',)
    breath = np.array(stage.positions)[-500:, 2]
    assert 0.003 < np.ptp(breath) < 0.008
    move = go(stage, duration=1.0, yaw=0.4)
    stage.mixer.start(move)
    assert stage.run(0.6).layers == ()
    stage.run_until(lambda: move.state.final, at_most=1.0)
    assert np.abs(stage.positions[-1] - move.goal).max() < 1e-4
    stage.assert_smooth()


def test_the_mood_shows_in_the_idle_posture(
    new_mixer: Callable[[], MotionMixer], emotions: EmotionSet
) -> None:
    stage = Stage(new_mixer())
    stage.mixer.begin(NEUTRAL)
    stage.run(4.0)
    for name in ('happy', 'angry', 'sad'):
        stage.mixer.layers.idle.set_mood(emotions.get(name).mood, 1.0)
    stage.run(6.0)
    assert stage.mixer.layers.idle.mood == ('sad', 1.0)
    recent = np.array(stage.positions)[-200:].mean(axis=0)
    assert math.degrees(recent[4]) > 5.0
    assert math.degrees(recent[6]) > 60.0
    stage.assert_smooth()


def test_speech_moves_the_head_and_silence_lets_it_rest(stage: Stage) -> None:
    stage.mixer.layers.speech_enabled = True
    for _ in range(100):
        stage.mixer.layers.speech.hear(1.0, stage.now)
        output = stage.step()
    assert output.layers == ('speech_wobble',)
    assert 0.01 < np.ptp(np.array(stage.positions)[-100:, 4]) < 0.12
    assert stage.run(2.5).layers == ()
    assert np.abs(stage.positions[-1] - NEUTRAL.values).max() < 1e-3
    stage.assert_smooth()


def test_a_body_left_out_of_reach_by_a_stream_is_clipped_and_says_so(stage: Stage) -> None:
    output = None
    for _ in range(100):
        stage.mixer.teleoperation.push(BodyGoal(head_pose=pose_from_euler(z=0.1)), stage.now)
        output = stage.step()
    assert output is not None
    assert output.body.values[2] == pytest.approx(0.015)
    assert any('z' in clip for clip in output.clipped)
