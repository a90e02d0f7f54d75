"""Random lives of a mixer: whatever happens, what leaves it is smooth and within limits."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import BodyGoal
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.emotions import EMOTIONS
from bbia_sim_ros.motion.emotions import EmotionSet
from bbia_sim_ros.motion.emotions import plan_emotion
from bbia_sim_ros.motion.go_to import plan_go_to
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.look_at import plan_look_at
from bbia_sim_ros.motion.mixer import MotionMixer
from bbia_sim_ros.motion.moves import Move
from bbia_sim_ros.motion.profiles import TIME_LAWS
from bbia_sim_ros.motion.profiles import Stop
from bbia_sim_ros.motion.recorded import Recording
from bbia_sim_ros.motion.recorded import RecordingMove
from bbia_sim_ros.motion.rest import go_to_sleep
from bbia_sim_ros.motion.rest import wake_up
from bbia_sim_ros.robot.names import SLEEP_ANTENNAS_RAD
from bbia_sim_ros.robot.names import SLEEP_HEAD_POSE
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_euler
from support.stage import Stage

SLEEP = BodyState.from_parts(head_pose=SLEEP_HEAD_POSE, antennas=SLEEP_ANTENNAS_RAD, body_yaw=0.0)

ANGLE = st.floats(-math.pi, math.pi)


def poses(place: float, tilt: float) -> st.SearchStrategy[FloatArray]:
    """Return head poses within +-place m and +-tilt rad, any yaw."""
    return st.builds(
        lambda x, y, z, roll, pitch, yaw: pose_from_euler(
            x=x, y=y, z=z, roll=roll, pitch=pitch, yaw=yaw
        ),
        *[st.floats(-place, place)] * 3,
        *[st.floats(-tilt, tilt)] * 2,
        ANGLE,
    )


POSES = st.one_of(poses(0.015, 0.4), poses(0.1, math.pi))
GOALS = st.builds(
    BodyGoal,
    head_pose=st.one_of(st.none(), POSES),
    antennas=st.tuples(ANGLE, ANGLE),
    body_yaw=st.one_of(st.none(), st.floats(-2.7, 2.7)),
)
POINTS = st.tuples(*[st.floats(-3.0, 3.0)] * 3)
PRIORITIES = st.sampled_from([None, 0, 50, 120, 255])


def random_recording(seed: int) -> Recording:
    """Return a second of a wild recording, some of it out of reach, broken off in motion."""
    rng = np.random.default_rng(seed)
    values = NEUTRAL.values + np.cumsum(rng.normal(0.0, 0.03, (50, 9)), axis=0)
    return Recording('wild', '', np.arange(50) / 50.0, values)


class Director:
    """Does random things to a stage's mixer."""

    def __init__(self, stage: Stage, emotions: EmotionSet, data: st.DataObject) -> None:
        """Take the stage, the known emotions and the source of randomness."""
        self.stage, self.emotions, self.data = stage, emotions, data

    def _plan(self) -> Move:
        mixer, draw = self.stage.mixer, self.data.draw
        limits, priority = mixer.limits, draw(PRIORITIES)
        match draw(st.sampled_from(['go_to', 'look_at', 'emotion', 'recording', 'sleep', 'wake'])):
            case 'go_to':
                return plan_go_to(
                    draw(GOALS),
                    current=mixer.posture,
                    limits=limits,
                    reach=mixer.reach,
                    duration=draw(st.floats(0.01, 2.0)),
                    interpolation=draw(st.sampled_from(sorted(TIME_LAWS))),
                    priority=priority,
                )
            case 'look_at':
                return plan_look_at(
                    draw(POINTS),
                    current=mixer.posture,
                    limits=limits,
                    reach=mixer.reach,
                    duration=draw(st.floats(0.01, 1.0)),
                    priority=priority,
                )
            case 'emotion':
                emotion = self.emotions.get(draw(st.sampled_from(EMOTIONS)))
                return plan_emotion(
                    emotion, intensity=draw(st.floats(0.0, 1.0)), limits=limits, priority=priority
                )
            case 'recording':
                recording = random_recording(draw(st.integers(0, 1000)))
                return RecordingMove(recording, limits=limits, priority=priority)
            case 'sleep':
                return go_to_sleep(limits, priority=priority)
            case _:
                return wake_up(limits, priority=priority)

    def act(self) -> None:
        """Do one thing."""
        mixer, draw, now = self.stage.mixer, self.data.draw, self.stage.now
        match draw(st.sampled_from(['start', 'start', 'start', 'cancel', 'push', 'gaze', 'mood'])):
            case 'start':
                try:
                    mixer.start(self._plan())
                except GoalError:
                    return
            case 'cancel':
                mixer.cancel_all()
            case 'push':
                mixer.teleoperation.push(draw(GOALS), now)
            case 'gaze':
                try:
                    mixer.gaze.push(draw(POINTS), now)
                except GoalError:
                    return
            case 'mood':
                mood = self.emotions.get(draw(st.sampled_from(EMOTIONS))).mood
                mixer.layers.idle.set_mood(mood, draw(st.floats(0.0, 1.0)))
                mixer.layers.speech.hear(draw(st.floats(0.0, 1.0)), now)


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_sequence_of_orders_makes_the_body_jump_or_leave_its_limits(
    new_mixer: Callable[[], MotionMixer],
    emotions: EmotionSet,
    limits: MotionLimits,
    data: st.DataObject,
) -> None:
    stage = Stage(new_mixer())
    stage.mixer.idle_delay = 0.1
    start = data.draw(st.sampled_from([NEUTRAL, SLEEP, BodyState(NEUTRAL.values + 0.1)]))
    stage.mixer.begin(start)
    stage.positions += [start.values, start.values]
    stage.steps += [0.01, 0.01]
    director = Director(stage, emotions, data)
    for _ in range(data.draw(st.integers(2, 8))):
        director.act()
        for _ in range(data.draw(st.integers(1, 60))):
            stage.step(data.draw(st.sampled_from([0.01, 0.01, 0.01, 0.008, 0.014])))
    stage.assert_smooth()


def assert_stands_still_soon(stage: Stage) -> None:
    """Fail unless the body stands still three tenths of a second from now."""
    stage.run(0.28)
    here = stage.positions[-1]
    stage.run(0.3)
    assert np.abs(stage.positions[-1] - here).max() < 1e-6


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_move_can_be_cancelled_to_a_standstill_within_three_tenths_of_a_second(
    new_stage: Callable[[], Stage], emotions: EmotionSet, data: st.DataObject
) -> None:
    stage = new_stage()
    # Layers (a voice, a turn to a person that fades) may go on: it is the move that stands still.
    stage.mixer.layers.speech_enabled = stage.mixer.layers.gaze_enabled = False
    director = Director(stage, emotions, data)
    for _ in range(data.draw(st.integers(1, 4))):
        director.act()
        stage.run(0.01 * data.draw(st.integers(1, 60)))
    stage.mixer.gaze.silence()
    stage.mixer.teleoperation.silence()
    stage.mixer.cancel_all()
    if stage.mixer.active is not None:
        return  # a safe start is not to be cancelled
    assert_stands_still_soon(stage)


def test_a_move_that_is_cancelled_too_fast_to_run_out_within_reach_stands_still_as_soon(
    new_stage: Callable[[], Stage],
) -> None:
    stage = new_stage()
    mixer = stage.mixer
    mixer.teleoperation.push(BodyGoal(head_pose=pose_from_euler(yaw=-1.75)), stage.now)
    stage.run(0.5)
    mixer.start(RecordingMove(random_recording(18), limits=mixer.limits))
    stage.run(0.04)
    mixer.teleoperation.silence()
    before = len(stage.positions)
    assert mixer.reach.clip(stage.positions[-1])[1] == ()
    run_out = Stop(stage.positions[-1], stage.velocities()[-1]).end
    assert mixer.reach.clip(run_out)[1] != ()
    mixer.cancel_all()
    assert_stands_still_soon(stage)
    for values in stage.positions[before:]:
        nearest, _ = mixer.reach.clip(values)
        assert np.abs(nearest - values).max() < 1e-9
    stage.assert_smooth()
