"""The newest picture wins, at no more than the wanted rate."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest

from bbia_sim_ros.camera.capture import Capture
from bbia_sim_ros.camera.capture import Schedule
from bbia_sim_ros.camera.errors import CameraError
from bbia_sim_ros.camera.readers import Pixels
from support.waiting import DEADLINE_S
from support.waiting import wait_until


class Ticker:
    """A camera that gives a picture whenever the test says so; picture n is filled with n."""

    live = True

    def __init__(self) -> None:
        self.decoded: list[int] = []
        self.closed = threading.Event()
        self._ticks = threading.Semaphore(0)
        self._broken = False
        self._number = 0

    def tick(self) -> None:
        """Let one picture come."""
        self._ticks.release()

    def pull(self) -> None:
        """Pull the plug."""
        self._broken = True
        self._ticks.release()

    def grab(self) -> None:
        self._ticks.acquire()
        if self._broken:
            raise CameraError('the plug is pulled')
        self._number += 1

    def decode(self) -> Pixels:
        self.decoded.append(self._number)
        return np.full((2, 2, 3), self._number, np.uint8)

    def close(self) -> None:
        self.closed.set()


def taken_while_ticking(capture: Capture, camera: Ticker) -> int:
    """Return the number of the next picture while pictures keep coming."""
    found: list[int] = []

    def take() -> None:
        shot = capture.take(DEADLINE_S, 1e-6)
        assert shot is not None
        found.append(int(shot.pixels[0, 0, 0]))

    taker = threading.Thread(target=take)
    taker.start()

    def tick() -> bool:
        camera.tick()
        return not taker.is_alive()

    wait_until(tick, 'a picture')
    return found[0]


def test_pictures_that_nobody_waits_for_are_counted_and_not_decoded() -> None:
    camera = Ticker()
    capture = Capture(lambda: camera)
    for _ in range(20):
        camera.tick()
    wait_until(lambda: capture.dropped == 20, 'all were dropped')
    assert camera.decoded == []
    assert taken_while_ticking(capture, camera) > 20
    assert len(camera.decoded) == 1


def test_a_source_that_is_silent_leaves_the_taker_free() -> None:
    capture = Capture(Ticker)
    assert capture.take(0.05, 0.1) is None


def test_the_error_that_ends_a_source_reaches_the_taker_and_the_source_is_closed() -> None:
    camera = Ticker()
    capture = Capture(lambda: camera)
    camera.pull()
    with pytest.raises(CameraError, match='the plug is pulled'):
        capture.take(DEADLINE_S, 0.1)
    assert camera.closed.wait(DEADLINE_S)


@pytest.mark.parametrize(
    ('source_hz', 'wanted_hz', 'expected'),
    [(30.0, 30.0, 300), (30.0, 20.0, 200), (30.0, 15.0, 150), (60.0, 1.0, 10), (5.0, 30.0, 50)],
)
def test_the_wanted_rate_is_kept_on_average(
    source_hz: float, wanted_hz: float, expected: int
) -> None:
    schedule = Schedule()
    jitter = itertools.cycle((0.0, 0.002, -0.002, 0.001))
    taken = 0
    for number in range(int(10 * source_hz)):
        now = 1000.0 + number / source_hz + next(jitter)
        if schedule.wait_s(now, 1.0 / wanted_hz) == 0.0:
            schedule.took(now, 1.0 / wanted_hz)
            taken += 1
    assert taken == pytest.approx(expected, abs=1)


def test_after_a_pause_nothing_is_made_up() -> None:
    schedule = Schedule()
    schedule.took(10.0, 1.0)
    schedule.took(100.0, 1.0)
    assert schedule.wait_s(100.2, 1.0) == pytest.approx(0.7)
