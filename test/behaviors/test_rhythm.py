"""Which beats a body follows, how they go on, and steps that land on them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import cycle
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.behaviors.rhythm import AHEAD_S
from bbia_sim_ros.behaviors.rhythm import LEAD_S
from bbia_sim_ros.behaviors.rhythm import MIN_STEP_S
from bbia_sim_ros.behaviors.rhythm import NEUTRAL
from bbia_sim_ros.behaviors.rhythm import Step
from bbia_sim_ros.behaviors.rhythm import along
from bbia_sim_ros.behaviors.rhythm import continued
from bbia_sim_ros.behaviors.rhythm import followable
from bbia_sim_ros.behaviors.rhythm import heard
from bbia_sim_ros.behaviors.rhythm import size_of
from bbia_sim_ros.behaviors.robot import Beats
from bbia_sim_ros.behaviors.robot import HeadPose
from support.fake_port import FakePort
from support.fake_robot import FakeRobot
from support.virtual_time import run_virtually

_NOTHING = Beats(tempo=0.0, times=(), strengths=(), duration=8.0)


def _beats(tempo: float, *, first: float = 0.3, count: int = 16, strong: int = 0) -> Beats:
    """Return a steady rhythm; every fourth beat from number ``strong`` on is the strongest."""
    return Beats(
        tempo=tempo,
        times=tuple(first + number * 60.0 / tempo for number in range(count)),
        strengths=tuple(1.0 if number % 4 == strong else 0.5 for number in range(count)),
        duration=first + count * 60.0 / tempo,
    )


@pytest.mark.parametrize(('tempo', 'every'), [(60, 1), (120, 1), (150, 1), (151, 2), (240, 2)])
def test_a_body_follows_as_many_beats_as_it_has_time_for(tempo: float, every: int) -> None:
    beats = _beats(tempo)
    assert followable(beats) == beats.times[::every]


def test_of_a_fast_rhythm_the_strong_beats_are_followed() -> None:
    beats = _beats(180.0, strong=1)
    assert followable(beats) == beats.times[1::2]


def test_silence_has_no_beats_to_follow_nor_to_go_on() -> None:
    assert followable(_NOTHING) == ()
    assert continued(_NOTHING, 10.0) == ()
    assert size_of(_NOTHING) == 1.0


@pytest.mark.parametrize('tempo', [50.0, 97.3, 120.0, 188.0])
def test_a_rhythm_goes_on_where_it_would_be_heard(tempo: float) -> None:
    moments = continued(_beats(tempo), 20.0)
    period = 60.0 / tempo
    assert 20.0 <= moments[0] < 20.0 + max(period, 2 * MIN_STEP_S)
    assert AHEAD_S - 2.0 < moments[-1] - 20.0 < AHEAD_S + 1.0
    for moment in moments:
        beat = (moment - 0.3) / period
        assert abs(beat - round(beat)) < 1e-6
    for earlier, later in pairwise(moments):
        assert later - earlier >= MIN_STEP_S - 1e-9


def test_one_beat_that_was_heard_late_does_not_shift_what_follows() -> None:
    steady = _beats(120.0)
    late = replace(steady, times=(*steady.times[:-1], steady.times[-1] + 0.1))
    assert continued(late, 20.0) == pytest.approx(continued(steady, 20.0))


def test_steps_are_smaller_the_faster_they_follow_each_other() -> None:
    sizes = [size_of(_beats(tempo)) for tempo in (60.0, 120.0, 145.0)]
    assert sizes == sorted(sizes, reverse=True)
    assert all(0.5 < size <= 1.0 for size in sizes)


def test_a_step_mirrored_twice_is_itself() -> None:
    step = Step(
        head=HeadPose(x=0.01, y=0.02, z=0.03, roll=0.1, pitch=0.2, yaw=0.3),
        right=0.5,
        left=-0.1,
        body_yaw=0.2,
    )
    mirrored = step.mirrored()
    assert mirrored.head == HeadPose(x=0.01, y=-0.02, z=0.03, roll=-0.1, pitch=0.2, yaw=-0.3)
    assert (mirrored.right, mirrored.left, mirrored.body_yaw) == (-0.1, 0.5, -0.2)
    assert mirrored.mirrored() == step


def test_half_a_step_goes_half_as_far() -> None:
    step = Step(head=HeadPose(y=0.02, yaw=0.3), right=0.5, body_yaw=0.2)
    half = step.sized(0.5)
    assert half.head == HeadPose(y=0.01, yaw=0.15)
    assert half.right == pytest.approx(0.5 * (0.5 + NEUTRAL.right))
    assert (half.left, half.body_yaw) == (NEUTRAL.left, 0.1)
    assert NEUTRAL.sized(0.5) == NEUTRAL


def test_beats_that_are_heard_are_told_on_the_clock_of_the_course(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)

    async def course() -> Beats:
        handle = robot.handle()
        await handle.wait(5.0)
        return await heard(handle)

    assert run_virtually(course()).times == tuple(5.0 + time for time in robot.beats.times)


class _SettlingPort(FakePort):
    """Moves settle for half a second, or are told that another one took their place."""

    async def last(self, name: str, arguments: dict[str, Any], seconds: float = 0.0) -> None:
        await super().last(name, arguments, seconds)
        await asyncio.sleep(0.5)
        raise OrderRefused('another goal took its place')


class _SettlingRobot(FakeRobot):
    def engage(self, name: str, priority: int) -> FakePort:
        del name, priority
        return _SettlingPort(self)


def _landings(robot: FakeRobot, moments: list[float]) -> list[float]:
    """Return when each step arrived."""

    async def course() -> int:
        handle = robot.handle()
        return await along(handle, moments, cycle([NEUTRAL]), handle.elapsed)

    landed = run_virtually(course())
    steps = robot.orders_of('go_to')
    assert len(steps) == landed
    return [order.ended for order in steps]


def test_steps_land_on_their_moments(tmp_path: Path) -> None:
    moments = [0.5, 0.9, 1.3, 4.0, 4.6]
    landings = _landings(FakeRobot(tmp_path), moments)
    assert landings == pytest.approx([moment - LEAD_S for moment in moments])


def test_a_moment_that_is_too_near_is_left_out(tmp_path: Path) -> None:
    landings = _landings(FakeRobot(tmp_path), [0.1, 1.0, 1.1, 2.0])
    assert landings == pytest.approx([1.0 - LEAD_S, 2.0 - LEAD_S])


def test_a_step_that_still_settles_gives_way_to_the_next(tmp_path: Path) -> None:
    moments = [1.0, 1.4, 1.8]
    landings = _landings(_SettlingRobot(tmp_path), moments)
    assert landings == pytest.approx([moment - LEAD_S for moment in moments])


def test_a_step_that_is_refused_before_its_moment_ends_all(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, refuse_at=1)
    with pytest.raises(OrderRefused, match='go_to is refused by the test'):
        _landings(robot, [1.0, 1.5, 2.0])
    assert len(robot.orders) == 2
    assert robot.unfinished == []


def test_music_that_is_analysed_too_late_is_listened_to_again(tmp_path: Path) -> None:
    class LoadingPort(FakePort):
        async def music(self, seconds: float) -> Beats:
            beats = await super().music(seconds)
            if len(self._robot.orders) == 1:
                await asyncio.sleep(60.0)
            return beats

    class LoadingRobot(FakeRobot):
        def engage(self, name: str, priority: int) -> FakePort:
            del name, priority
            return LoadingPort(self)

    robot = LoadingRobot(tmp_path)

    async def course() -> Beats:
        return await heard(robot.handle())

    beats = run_virtually(course())
    assert beats.times[0] == pytest.approx(68.0 + robot.beats.times[0])
