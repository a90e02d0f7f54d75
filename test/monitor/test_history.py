"""The samples that are kept."""

from __future__ import annotations

from bbia_sim_ros.monitor.history import MOST_ANSWER_B
from bbia_sim_ros.monitor.history import History


def filled(count: int, size: int = 100) -> History:
    history = History(size)
    for number in range(count):
        history.add(number, str(number).encode())
    return history


def numbers(history: History, *, most: int = 0, since: int = -1) -> list[int]:
    return [int(sample) for sample in history.newest(most=most, since_ns=since)]


def test_the_newest_are_kept_and_told_oldest_first() -> None:
    assert numbers(filled(7, size=3)) == [4, 5, 6]
    assert numbers(filled(0)) == []


def test_as_many_as_are_asked_for() -> None:
    assert numbers(filled(7), most=2) == [5, 6]
    assert numbers(filled(7), most=2**32 - 1) == list(range(7))


def test_only_those_after_a_time() -> None:
    assert numbers(filled(7), since=4) == [5, 6]
    assert numbers(filled(7), since=10**18) == []


def test_a_clock_that_was_set_back_hides_nothing_that_is_newer() -> None:
    history = filled(3)
    history.add(0, b'30')
    history.add(5, b'31')
    assert numbers(history, since=1) == [2, 31]
    assert numbers(history) == [0, 1, 2, 30, 31]


def test_the_newest_stay_when_fewer_are_kept() -> None:
    history = filled(7)
    history.resize(2)
    assert numbers(history) == [5, 6]
    history.resize(3)
    history.add(9, b'9')
    history.add(10, b'10')
    assert numbers(history) == [6, 9, 10]


def test_an_answer_has_a_limit() -> None:
    history = History(100)
    for number in range(5):
        history.add(number, bytes([number]) * (MOST_ANSWER_B // 2 - 1))
    chosen = history.newest(most=0, since_ns=-1)
    assert [sample[0] for sample in chosen] == [3, 4]
