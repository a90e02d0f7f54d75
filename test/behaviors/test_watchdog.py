"""A loop that does not turn, or turns without waits, is told from one whose process did not run."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from types import SimpleNamespace

import pytest

from bbia_sim_ros.behaviors import watchdog
from bbia_sim_ros.behaviors.watchdog import TICK_S
from bbia_sim_ros.behaviors.watchdog import WaitCounter
from bbia_sim_ros.behaviors.watchdog import Watch
from bbia_sim_ros.behaviors.watchdog import interrupt
from bbia_sim_ros.behaviors.watchdog import place_of
from support.waiting import wait_until


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The clock that the watchdog sees, s."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(watchdog, 'time', SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_a_count_that_does_not_change_is_still(clock: SimpleNamespace) -> None:
    watch = Watch()
    watch.begin()
    for _ in range(10):
        clock.now += TICK_S
        watch.look(1)
    # The first look saw it change.
    assert watch.still_s == pytest.approx(9 * TICK_S)
    assert watch.ran_s == pytest.approx(10 * TICK_S)
    watch.look(2)
    assert watch.still_s == 0.0


def test_a_look_that_comes_late_counts_little(clock: SimpleNamespace) -> None:
    watch = Watch()
    watch.begin()
    watch.look(1)
    clock.now += 60.0
    watch.look(1)
    assert watch.still_s == pytest.approx(2.0 * TICK_S)


def test_a_loop_that_only_turns_does_not_wait() -> None:
    counter = WaitCounter()

    async def turn() -> None:
        for _ in range(100):
            await asyncio.sleep(0)

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(counter)) as runner:
        before = counter.waits
        runner.run(turn())
        assert counter.waits == before
        runner.run(asyncio.sleep(0.001))
        assert counter.waits > before


def test_a_thread_is_found_and_ended_where_it_spins() -> None:
    def spin() -> None:
        with suppress(SystemExit):
            while True:
                pass

    thread = threading.Thread(target=spin, daemon=True)
    thread.start()
    line = spin.__code__.co_firstlineno
    places = {f'test_watchdog.py:{line + 2}', f'test_watchdog.py:{line + 3}'}
    wait_until(lambda: place_of(thread) in places, 'it spins')
    interrupt(thread)
    wait_until(lambda: not thread.is_alive(), 'it ends')


def test_a_thread_that_has_not_begun_is_left_alone() -> None:
    thread = threading.Thread(target=time.time)
    interrupt(thread)
    assert place_of(thread) == '?'
