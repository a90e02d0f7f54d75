"""Threads that turn, rest and stand still, with a clock that is set by hand."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bbia_sim_ros.pulses import Pulses

LIMIT_S = 1.0
TURN_S = 0.25


@dataclass
class Clock:
    now_s: float = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pulses(clock: Clock) -> Pulses:
    return Pulses(clock)


def looks(pulses: Pulses, clock: Clock, seconds: float) -> list[str]:
    """Look as often as an executor does in some seconds; return what was found."""
    found = []
    for _ in range(round(seconds / TURN_S)):
        clock.now_s += TURN_S
        found.append(pulses.silent(LIMIT_S))
    return found


def test_a_thread_that_stands_still_is_named_once_the_limit_is_over(
    pulses: Pulses, clock: Clock
) -> None:
    with pulses.watched('turning') as turning, pulses.watched('stuck') as stuck:
        stuck.beat()
        for _ in range(5):
            turning.beat()
            assert looks(pulses, clock, TURN_S) == ['']
        turning.beat()
        assert looks(pulses, clock, TURN_S) == ["its thread 'stuck' silent for 1.2 s"]


def test_a_thread_that_turned_again_has_all_its_time_again(pulses: Pulses, clock: Clock) -> None:
    with pulses.watched('slow') as slow:
        for _ in range(5):
            assert not any(looks(pulses, clock, LIMIT_S))
            slow.beat()


def test_a_wait_that_ends_by_itself_is_no_silence_until_it_has_ended(
    pulses: Pulses, clock: Clock
) -> None:
    with pulses.watched('slow') as slow:
        slow.rest()
        assert not any(looks(pulses, clock, 100.0))
        slow.beat()
        assert any(looks(pulses, clock, 2 * LIMIT_S))


def test_what_has_ended_is_not_missed(pulses: Pulses, clock: Clock) -> None:
    with pytest.raises(RuntimeError), pulses.watched('failed'):
        raise RuntimeError
    assert not any(looks(pulses, clock, 2 * LIMIT_S))


def test_time_that_nobody_looked_does_not_count(pulses: Pulses, clock: Clock) -> None:
    with pulses.watched('suspended') as suspended:
        assert looks(pulses, clock, TURN_S) == ['']
        clock.now_s += 3600.0
        assert pulses.silent(LIMIT_S) == ''
        suspended.beat()
        assert not any(looks(pulses, clock, LIMIT_S))


def test_one_of_two_threads_of_the_same_name_may_go(pulses: Pulses, clock: Clock) -> None:
    with pulses.watched('twin'):
        with pulses.watched('twin'):
            pass
        assert any(looks(pulses, clock, 2 * LIMIT_S))
