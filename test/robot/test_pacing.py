"""Pacing against a clock that only moves when it is told to."""

from __future__ import annotations

import math
from typing import Any

import pytest

from bbia_sim_ros.robot.pacing import Pacer


class Clock:
    """Time that passes by sleeping, or by work."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept = 0.0

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0.0
        self.now += seconds
        self.slept += seconds

    def work(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def make(clock: Clock, **options: Any) -> Pacer:
    return Pacer(period=0.01, clock=clock.read, sleep=clock.sleep, **options)


def test_periods_lie_on_one_grid_whatever_the_work_takes(clock: Clock) -> None:
    pacer = make(clock)
    starts = []
    for work in (0.001, 0.009, 0.004, 0.0, 0.003):
        pacer.wait()
        starts.append(clock.now)
        clock.work(work)
    assert starts == pytest.approx([1000.0 + 0.01 * index for index in range(5)])
    assert pacer.overruns == 0


def test_a_short_stall_is_caught_up_without_shifting_the_grid(clock: Clock) -> None:
    pacer = make(clock, max_catch_up=5)
    pacer.wait()
    clock.work(0.035)
    lateness = [pacer.wait() for _ in range(5)]
    assert lateness == pytest.approx([0.025, 0.015, 0.005, 0.0, 0.0], abs=1e-9)
    assert clock.now == pytest.approx(1000.05)
    assert pacer.overruns == 2
    assert pacer.lost_time == 0.0


def test_a_long_stall_is_given_up_and_counted(clock: Clock) -> None:
    pacer = make(clock, max_catch_up=5)
    pacer.wait()
    clock.work(1.0)
    assert pacer.wait() == pytest.approx(0.99)
    assert pacer.lost_time == pytest.approx(0.99)
    before = clock.now
    pacer.wait()
    assert clock.now - before == pytest.approx(0.01)


def test_a_machine_that_is_too_slow_never_builds_up_a_backlog(clock: Clock) -> None:
    pacer = make(clock, max_catch_up=3)
    for _ in range(200):
        assert pacer.wait() <= 0.045
        clock.work(0.015)
    assert clock.slept < 0.01 * 200 * 0.1
    assert pacer.lost_time > 0.5
    assert pacer.real_time_factor == pytest.approx(0.01 / 0.015, rel=0.02)


@pytest.mark.parametrize('speed', [0.25, 1.0, 4.0])
def test_speed_scales_the_clock_and_the_factor(clock: Clock, speed: float) -> None:
    pacer = make(clock, speed=speed)
    for _ in range(1001):
        pacer.wait()
    assert clock.now - 1000.0 == pytest.approx(10.0 / speed)
    assert pacer.real_time_factor == pytest.approx(speed)


def test_speed_zero_never_sleeps(clock: Clock) -> None:
    pacer = make(clock, speed=0.0)
    for _ in range(5000):
        assert pacer.wait() == 0.0
        clock.work(0.0005)
    assert clock.slept == 0.0
    assert pacer.real_time_factor == pytest.approx(20.0, rel=0.01)


def test_a_change_of_speed_starts_a_new_grid(clock: Clock) -> None:
    pacer = make(clock)
    for _ in range(10):
        pacer.wait()
    clock.work(0.02)
    pacer.speed = 2.0
    start = clock.now
    for _ in range(11):
        pacer.wait()
    assert clock.now - start == pytest.approx(0.05)


def test_nothing_is_caught_up_after_a_pause(clock: Clock) -> None:
    pacer = make(clock)
    pacer.wait()
    clock.work(60.0)
    pacer.speed = 1.0
    assert pacer.real_time_factor == 0.0
    start = clock.now
    assert pacer.wait() == 0.0
    pacer.wait()
    assert clock.now - start == pytest.approx(0.01)
    assert pacer.lost_time == 0.0
    assert pacer.overruns == 0


def test_the_factor_forgets_what_is_long_ago(clock: Clock) -> None:
    pacer = make(clock)
    for _ in range(300):
        pacer.wait()
        clock.work(0.02)
    assert pacer.real_time_factor == pytest.approx(0.5, rel=0.05)
    for _ in range(500):
        pacer.wait()
    assert pacer.real_time_factor == pytest.approx(1.0, rel=0.02)


@pytest.mark.parametrize('period', [0.0, -1.0, math.nan, math.inf])
def test_impossible_periods_are_refused(period: float) -> None:
    with pytest.raises(ValueError, match='period must be'):
        Pacer(period=period)


@pytest.mark.parametrize('speed', [-1.0, math.nan, math.inf])
def test_impossible_speeds_are_refused_and_the_old_one_stays(speed: float, clock: Clock) -> None:
    pacer = make(clock, speed=2.0)
    with pytest.raises(ValueError, match='speed must be'):
        pacer.speed = speed
    assert pacer.speed == 2.0
    with pytest.raises(ValueError, match='max_catch_up'):
        make(clock, max_catch_up=0)
