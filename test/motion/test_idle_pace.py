"""Few steps while nobody moves the body, every step as soon as somebody does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import BodyGoal
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.emotions import EmotionSet
from bbia_sim_ros.motion.go_to import plan_go_to
from bbia_sim_ros.motion.idle_pace import IdlePace
from bbia_sim_ros.motion.mixer import MotionMixer
from bbia_sim_ros.robot.names import SLEEP_ANTENNAS_RAD
from bbia_sim_ros.robot.names import SLEEP_HEAD_POSE
from support.stage import DT_S

SLEEP = BodyState.from_parts(head_pose=SLEEP_HEAD_POSE, antennas=SLEEP_ANTENNAS_RAD, body_yaw=0.0)


class Loop:
    """A control loop of 100 Hz that steps the mixer when it is due."""

    def __init__(self, mixer: MotionMixer, rate: float) -> None:
        self.mixer = mixer
        self.pace = IdlePace(rate)
        self.now = 50.0
        self.wall = 1000.0
        self.last = self.now
        self.stepped: list[float] = []
        self.targets: list[np.ndarray] = []

    def run(self, seconds: float, *, paused: bool = False) -> int:
        """Go on for a time; return how often the mixer stepped."""
        before = len(self.stepped)
        for _ in range(round(seconds / DT_S)):
            self.wall += DT_S
            self.now += 0.0 if paused else DT_S
            if self.pace.is_due(self.mixer, now=self.now, wall=self.wall):
                output = self.mixer.step(self.now - self.last, now=self.now)
                self.pace.stepped(output, now=self.now, wall=self.wall)
                self.last = self.now
                self.stepped.append(self.wall)
                if output is not None:
                    self.targets.append(output.body.values)
        return len(self.stepped) - before


@pytest.fixture
def loop(new_mixer: Callable[[], MotionMixer]) -> Loop:
    made = Loop(new_mixer(), 25.0)
    made.mixer.begin(NEUTRAL)
    made.run(6.0)
    assert made.mixer.active is None
    return made


def test_a_hundred_steps_a_second_while_it_gets_up(new_mixer: Callable[[], MotionMixer]) -> None:
    loop = Loop(new_mixer(), 25.0)
    loop.mixer.begin(SLEEP)
    assert loop.run(0.5) == 50


@pytest.mark.parametrize(('rate', 'steps'), [(25.0, 50), (50.0, 100), (100.0, 200), (20.0, 40)])
def test_breathing_takes_the_idle_rate(
    new_mixer: Callable[[], MotionMixer], rate: float, steps: int
) -> None:
    loop = Loop(new_mixer(), rate)
    loop.mixer.begin(NEUTRAL)
    loop.run(8.0)
    assert loop.run(2.0) == pytest.approx(steps, abs=1)
    assert loop.mixer.layers.names == ('breathing',)


def test_breathing_at_the_idle_rate_is_as_wide_as_before_and_its_steps_are_small(
    loop: Loop, new_mixer: Callable[[], MotionMixer]
) -> None:
    loop.targets.clear()
    loop.run(20.0)
    seldom = np.array(loop.targets)
    always = Loop(new_mixer(), 100.0)
    always.mixer.begin(NEUTRAL)
    always.run(6.0)
    always.targets.clear()
    always.run(20.0)
    assert np.ptp(seldom, axis=0) == pytest.approx(
        np.ptp(np.array(always.targets), axis=0), rel=0.05
    )
    steps = np.abs(np.diff(seldom, axis=0)).max(axis=0)
    assert steps[:3].max() < 1e-3
    assert np.degrees(steps[3:]).max() < 1.0


def test_a_move_is_stepped_at_once_and_every_time(loop: Loop) -> None:
    mixer = loop.mixer
    loop.run(0.01)
    move = plan_go_to(
        BodyGoal(antennas=(0.5, -0.5)),
        current=mixer.posture,
        limits=mixer.limits,
        reach=mixer.reach,
        duration=0.5,
    )
    mixer.start(move)
    assert loop.run(0.4) == 40


def test_a_stream_and_speech_are_stepped_at_once(loop: Loop) -> None:
    loop.mixer.teleoperation.push(BodyGoal(antennas=(0.3, -0.3)), loop.now)
    assert loop.run(0.3) == 30
    loop.run(4.0)
    assert loop.run(1.0) < 30
    loop.mixer.layers.speech.hear(0.8, loop.now)
    assert loop.run(0.2) == 20


def test_a_fast_mood_is_stepped_every_time(loop: Loop, emotions: EmotionSet) -> None:
    mood = emotions.get('sad').mood
    loop.mixer.layers.idle.set_mood(mood, 1.0)
    # The way from one mood's posture to the other is fast in its middle.
    assert loop.run(1.5) > 1.5 * 30


def test_a_paused_clock_is_looked_at_and_one_that_went_back_too(loop: Loop) -> None:
    assert 20 <= loop.run(1.0, paused=True) <= 26
    loop.now -= 5.0
    assert loop.run(0.01) == 1


def test_nothing_is_lost_while_it_is_suspended(loop: Loop) -> None:
    loop.mixer.suspend('emergency stop')
    assert 20 <= loop.run(1.0) <= 26
