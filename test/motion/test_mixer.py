"""The mixer: who is in charge, and that nothing ever jumps."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import BodyGoal
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.emotions import EmotionSet
from bbia_sim_ros.motion.emotions import plan_emotion
from bbia_sim_ros.motion.go_to import GoTo
from bbia_sim_ros.motion.go_to import plan_go_to
from bbia_sim_ros.motion.limits import MAX_STEP_S
from bbia_sim_ros.motion.mixer import MotionMixer
from bbia_sim_ros.motion.mixer_output import Refused
from bbia_sim_ros.motion.moves import SAFE_START
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.motion.rest import RESTING
from bbia_sim_ros.motion.rest import go_to_sleep
from bbia_sim_ros.motion.rest import wake_up
from bbia_sim_ros.robot.names import SLEEP_ANTENNAS_RAD
from bbia_sim_ros.robot.names import SLEEP_HEAD_POSE
from bbia_sim_ros.robot.poses import pose_from_euler
from support.stage import DT_S
from support.stage import Stage

SLEEP = BodyState.from_parts(head_pose=SLEEP_HEAD_POSE, antennas=SLEEP_ANTENNAS_RAD, body_yaw=0.0)


def go(
    stage: Stage,
    *,
    duration: float = 1.0,
    priority: int | None = None,
    interpolation: str = '',
    antennas: tuple[float, float] | None = None,
    **euler: float,
) -> GoTo:
    """Plan a go_to from where the stage's robot is."""
    return plan_go_to(
        BodyGoal(head_pose=pose_from_euler(**euler) if euler else None, antennas=antennas),
        current=stage.mixer.posture,
        limits=stage.mixer.limits,
        reach=stage.mixer.reach,
        duration=duration,
        priority=priority,
        interpolation=interpolation,
    )


@pytest.mark.parametrize('interpolation', ['minjerk', 'linear', 'ease_in_out', 'cartoon'])
def test_go_to_arrives_in_its_duration_and_follows_its_time_law(
    stage: Stage, interpolation: str
) -> None:
    move = go(stage, duration=0.8, yaw=0.5, pitch=0.2, z=0.01, interpolation=interpolation)
    stage.mixer.start(move)
    took = stage.run_until(lambda: move.state.final, at_most=1.0)
    assert move.state is MoveState.DONE
    assert took == pytest.approx(0.8, abs=3 * DT_S)
    assert np.abs(stage.positions[-1] - move.goal).max() < 1e-6
    assert move.reached is not None
    assert move.reached.close
    stage.assert_smooth()


def test_a_move_that_is_too_fast_is_stretched_and_says_so(stage: Stage) -> None:
    move = go(stage, duration=0.05, yaw=0.6)
    stage.mixer.start(move)
    assert move.clipped[0].startswith('duration 0.05 -> 0.3')
    stage.run_until(lambda: move.state.final, at_most=1.0)
    assert move.state is MoveState.DONE
    stage.assert_smooth()


def test_parts_that_a_goal_does_not_name_stay(stage: Stage) -> None:
    stage.mixer.start(go(stage, yaw=0.4, antennas=(0.8, -0.8)))
    stage.run(1.2)
    stage.mixer.start(go(stage, antennas=(0.1, -0.1)))
    stage.run(1.2)
    assert stage.positions[-1][5] == pytest.approx(0.4)
    assert stage.positions[-1][6:8] == pytest.approx([0.1, -0.1])


def test_an_equal_priority_replaces_without_a_jump_and_names_the_successor(stage: Stage) -> None:
    first = go(stage, yaw=0.6)
    stage.mixer.start(first)
    stage.run(0.5)
    speed = stage.velocities()[-1][5]
    second = go(stage, yaw=-0.5, antennas=(1.0, -1.0))
    stage.mixer.start(second)
    assert (first.state, first.reason) == (MoveState.ABORTED, 'replaced by go_to')
    stage.step()
    assert stage.velocities()[-1][5] == pytest.approx(speed, rel=0.02)
    stage.run(1.5)
    assert second.state is MoveState.DONE
    assert stage.positions[-1][5] == pytest.approx(-0.5)
    stage.assert_smooth()


def test_a_lower_priority_is_refused_and_told_why(stage: Stage) -> None:
    stage.mixer.start(go(stage, yaw=0.6, priority=60))
    stage.run(0.2)
    with pytest.raises(Refused, match='go_to is in charge with priority 60; go_to has 50'):
        stage.mixer.start(go(stage, yaw=-0.6))
    assert stage.mixer.active is not None
    assert stage.mixer.active.priority == 60


@pytest.mark.parametrize('when', [0.05, 0.25, 0.5, 0.95])
def test_cancel_comes_to_a_standstill_within_three_tenths_of_a_second(
    stage: Stage, when: float
) -> None:
    move = go(stage, duration=1.0, yaw=1.0, z=0.015, antennas=(2.5, -2.5))
    stage.mixer.start(move)
    stage.run(when)
    assert stage.mixer.cancel(move)
    assert move.state is MoveState.STOPPING
    stage.run(0.28)
    here = stage.positions[-1]
    assert (move.state, move.reason) == (MoveState.CANCELLED, 'cancelled')
    stage.run(0.5)
    assert np.abs(stage.positions[-1] - here).max() < 1e-9
    stage.assert_smooth()


def test_cancelling_what_is_not_in_charge_does_nothing(stage: Stage) -> None:
    move = go(stage, yaw=0.3)
    assert not stage.mixer.cancel(move)
    stage.mixer.start(move)
    stage.run(1.2)
    assert not stage.mixer.cancel(move)
    assert move.state is MoveState.DONE


def test_a_move_cannot_be_started_twice(stage: Stage) -> None:
    move = go(stage, yaw=0.3)
    stage.mixer.start(move)
    with pytest.raises(ValueError, match='was started before'):
        stage.mixer.start(move)


def test_limits_can_be_changed_while_moving(stage: Stage) -> None:
    stage.mixer.start(go(stage, duration=0.5, yaw=1.0))
    stage.run(0.25)
    stage.mixer.limits = replace(stage.mixer.limits, turn_velocity_rad_s=0.5)
    stage.run(0.2)
    slow = np.abs(stage.velocities()[-1][5])
    assert slow == pytest.approx(0.5)
    stage.run(3.0)
    assert stage.positions[-1][5] == pytest.approx(1.0)


def test_nothing_leaves_before_a_posture_was_measured(
    new_mixer: Callable[[], MotionMixer],
) -> None:
    mixer = new_mixer()
    assert mixer.step(DT_S, now=1.0) is None
    with pytest.raises(Refused, match='has not reported its posture yet'):
        _ = mixer.posture


def test_the_safe_start_leads_to_neutral_before_anything_else(
    new_mixer: Callable[[], MotionMixer],
) -> None:
    stage = Stage(new_mixer())
    stage.mixer.layers.idle_enabled = False
    stage.mixer.begin(SLEEP)
    first = stage.step()
    assert first.active == SAFE_START
    assert np.abs(first.body.values - SLEEP.values).max() < 0.002
    move = go(stage, yaw=0.5)
    stage.mixer.start(move)
    assert move.state is MoveState.WAITING
    stage.run_until(lambda: move.state is MoveState.RUNNING, at_most=4.0)
    assert np.abs(stage.positions[-1] - NEUTRAL.values).max() < 0.01
    stage.run_until(lambda: move.state.final, at_most=2.0)
    stage.assert_smooth()


def test_a_goal_that_waits_is_replaced_or_cancelled_like_one_that_runs(
    new_mixer: Callable[[], MotionMixer],
) -> None:
    stage = Stage(new_mixer())
    stage.mixer.begin(SLEEP)
    stage.step()
    first, second = go(stage, yaw=0.5), go(stage, yaw=-0.5)
    stage.mixer.start(first)
    stage.mixer.start(second)
    assert first.state is MoveState.ABORTED
    with pytest.raises(ValueError, match='was started before'):
        stage.mixer.start(second)
    with pytest.raises(Refused):
        stage.mixer.start(go(stage, yaw=0.1, priority=1))
    assert stage.mixer.cancel(second)
    assert second.state is MoveState.CANCELLED


def test_an_emergency_stop_ends_everything_and_refuses_until_a_new_start(stage: Stage) -> None:
    move = go(stage, yaw=0.6)
    stage.mixer.start(move)
    stage.run(0.4)
    stage.mixer.suspend('emergency stop; call rearm')
    assert (move.state, move.reason) == (MoveState.ABORTED, 'emergency stop; call rearm')
    assert stage.mixer.step(DT_S, now=stage.now) is None
    with pytest.raises(Refused, match='does not move: emergency stop; call rearm'):
        stage.mixer.start(move)
    where = BodyState(stage.positions[-1] + 0.01)
    stage.mixer.begin(where)
    output = stage.mixer.step(DT_S, now=stage.now)
    assert output is not None
    assert np.abs(output.body.values - where.values).max() < 0.002


def test_a_late_loop_delays_the_motion_instead_of_making_it_jump(stage: Stage) -> None:
    move = go(stage, duration=1.0, yaw=0.8)
    stage.mixer.start(move)
    stage.run(0.4)
    before = stage.positions[-1][5]
    stage.mixer.step(3.0, now=stage.now + 3.0)
    output = stage.mixer.step(0.0, now=stage.now + 3.0)
    assert output is not None
    assert output.body.values[5] - before <= stage.mixer.limits.velocity[5] * MAX_STEP_S
    assert move.state is MoveState.RUNNING


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


def test_sleep_is_still_and_anything_else_rises_first(
    new_mixer: Callable[[], MotionMixer],
) -> None:
    stage = Stage(new_mixer())
    stage.mixer.begin(NEUTRAL)
    sleep = go_to_sleep(stage.mixer.limits)
    stage.mixer.start(sleep)
    stage.run_until(lambda: sleep.state.final, at_most=8.0)
    assert stage.mixer.asleep
    assert stage.run(5.0).layers == ()
    assert np.abs(stage.positions[-1] - RESTING.values).max() < 1e-6
    stage.mixer.gaze.push((1.0, 0.5, 0.0), stage.now)
    assert stage.run(0.3).active == ''
    move = go(stage, yaw=0.3)
    stage.mixer.start(move)
    assert stage.step().active == SAFE_START
    stage.run_until(lambda: move.state.final, at_most=6.0)
    assert move.state is MoveState.DONE
    stage.assert_smooth()


def test_waking_up_needs_no_safe_start_and_ends_looking_ahead(
    new_mixer: Callable[[], MotionMixer],
) -> None:
    stage = Stage(new_mixer())
    stage.mixer.begin(SLEEP)
    stage.mixer.asleep = True
    stage.run(3.5)
    sleep = go_to_sleep(stage.mixer.limits)
    stage.mixer.start(sleep)
    stage.run_until(lambda: sleep.state.final, at_most=8.0)
    wake = wake_up(stage.mixer.limits)
    stage.mixer.start(wake)
    assert stage.step().label == 'wake_up'
    stage.run_until(lambda: wake.state.final, at_most=6.0)
    assert not stage.mixer.asleep
    assert np.abs(stage.positions[-1] - NEUTRAL.values).max() < 1e-6
    stage.assert_smooth()


def test_a_body_left_out_of_reach_by_a_stream_is_clipped_and_says_so(stage: Stage) -> None:
    output = None
    for _ in range(100):
        stage.mixer.teleoperation.push(BodyGoal(head_pose=pose_from_euler(z=0.1)), stage.now)
        output = stage.step()
    assert output is not None
    assert output.body.values[2] == pytest.approx(0.015)
    assert any('z' in clip for clip in output.clipped)
