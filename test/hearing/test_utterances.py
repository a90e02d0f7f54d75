"""Utterances that grow while they are read, and the queue they wait in."""

from __future__ import annotations

import threading

import numpy as np

from bbia_sim_ros.hearing.utterances import Utterance
from bbia_sim_ros.hearing.utterances import UtteranceEnd
from bbia_sim_ros.hearing.utterances import UtteranceQueue


def utterance(number: int) -> Utterance:
    """Return an utterance that has just begun."""
    return Utterance(number=number, start_s=1.0, speech_start_s=1.1)


def test_samples_can_be_read_while_more_come() -> None:
    one = utterance(1)
    one.grow(np.arange(10, dtype=np.int16))
    one.grow(np.arange(10, 15, dtype=np.int16))
    assert one.samples().tolist() == list(range(15))
    assert one.samples(12).tolist() == [12, 13, 14]
    assert one.samples(15).size == 0


def test_a_reader_wakes_for_more_samples_and_for_the_end() -> None:
    one = utterance(1)
    assert not one.wait(0, 0.0)
    threading.Timer(0.0, one.grow, [np.zeros(5, np.int16)]).start()
    assert one.wait(0, 30.0)
    threading.Timer(0.0, one.finish, [UtteranceEnd(speech_end_s=2.0)]).start()
    assert one.wait(5, 30.0)
    assert one.end is not None


def test_the_oldest_that_waits_is_dropped_counted_and_told() -> None:
    dropped: list[Utterance] = []
    queue = UtteranceQueue(2, dropped.append)
    for number in range(5):
        queue.put(utterance(number))
    assert [one.number for one in dropped] == [0, 1, 2]
    assert queue.dropped == 3
    assert [one.number for one in (queue.get(), queue.get()) if one] == [3, 4]


def test_closing_lets_who_waits_go() -> None:
    queue = UtteranceQueue(2, lambda _: None)
    threading.Timer(0.0, queue.close).start()
    assert queue.get() is None
