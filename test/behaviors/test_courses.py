"""The helpers with which behaviors are tested find what they are for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.errors import OrderRefused
from support import virtual_time
from support.courses import cancel_at_every_step
from support.courses import play
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import FakeRobot
from support.toy_behaviors import Bow
from support.toy_behaviors import Broken
from support.toy_behaviors import Guard
from support.toy_behaviors import Littering
from support.toy_behaviors import Stubborn
from support.virtual_time import run_virtually


class Careless(Behavior):
    """Takes its own mistake for a refusal."""

    name = 'careless'

    async def run(self, robot, parameters) -> str:
        """Divide."""
        try:
            await robot.move('nod')
        except OrderRefused as error:
            raise ZeroDivisionError from error
        return 'done'


class Deaf(Behavior):
    """Returns when it is cancelled."""

    name = 'deaf'

    async def run(self, robot, parameters) -> str:
        """Wait, whatever is said."""
        try:
            await robot.wait(1.0)
        except asyncio.CancelledError:
            return 'no'
        return 'done'


def test_a_course_takes_no_time_and_says_how_long_it_would_have(tmp_path: Path) -> None:
    course = run_course(Bow(), {'times': 3}, FakeRobot(tmp_path))
    assert course.sentence == 'bowed 3 times'
    assert course.seconds == pytest.approx(3.0)
    assert course.moments == pytest.approx((0.25, 0.75, 1.25, 1.75, 2.25, 2.75))


def test_an_endless_course_runs_to_its_limit(tmp_path: Path) -> None:
    course = run_course(Guard(), {}, FakeRobot(tmp_path), limit=100.0)
    assert course.timed_out
    assert course.seconds == pytest.approx(100.0)


def test_errors_are_raised_and_kept(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        run_course(Broken(), {}, FakeRobot(tmp_path))
    assert isinstance(play(Broken(), {}, FakeRobot(tmp_path)).error, KeyError)


def test_a_sound_course_passes(tmp_path: Path) -> None:
    cancel_at_every_step(Bow, {'times': 2}, lambda: FakeRobot(tmp_path))
    refuse_at_every_step(Bow, {'times': 2}, lambda: FakeRobot(tmp_path))


def test_a_course_that_does_not_obey_is_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r'cancelled at 0\.50 s: it went on'):
        cancel_at_every_step(Deaf, {}, lambda: FakeRobot(tmp_path))


def test_a_course_that_hides_refusals_behind_other_errors_is_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match='order 0 refused: ZeroDivisionError'):
        refuse_at_every_step(Careless, {}, lambda: FakeRobot(tmp_path))


def test_what_goes_on_after_the_end_is_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match='at its end: emotion goes on'):
        run_course(Littering(), {}, FakeRobot(tmp_path))


def test_a_course_that_never_ends_after_being_cancelled_is_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match='did not end'):
        play(Stubborn(), {}, FakeRobot(tmp_path), cancel_at=0.1)


def test_a_loop_that_waits_for_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_time, 'THREADS_S', 0.05)

    async def course() -> None:
        await asyncio.Event().wait()

    with pytest.raises(AssertionError, match='waits for what never comes'):
        run_virtually(course())
