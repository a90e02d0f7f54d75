"""Music for a `FakeRobot`, and by how much its steps miss the beat."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from bbia_sim_ros.behaviors.robot import Beats
from support.fake_port import FakePort
from support.fake_port import Order
from support.fake_robot import FakeRobot

SILENCE = Beats(tempo=0.0, times=(), strengths=(), duration=8.0)


def steady(tempo: float, seconds: float = 8.0, *, swing: float = 0.0) -> Beats:
    """Return a rhythm from 0.4 s on whose beats are by turns ``swing`` s late and early."""
    count = int(seconds * tempo / 60.0)
    times = (0.4 + number * 60.0 / tempo + (-1) ** number * swing for number in range(count))
    return Beats(tempo=tempo, times=tuple(times), strengths=(1.0,) * count, duration=seconds + 1.0)


class ListeningRobot(FakeRobot):
    """A robot whose microphone hears one rhythm after the other, then silence."""

    def __init__(self, folder: Path, heard: Sequence[Beats]) -> None:
        super().__init__(folder)
        self.coming = list(heard)

    def engage(self, name: str, priority: int) -> FakePort:
        """Return a port with these ears."""
        del name, priority
        return _ListeningPort(self)


class _ListeningPort(FakePort):
    _robot: ListeningRobot

    async def music(self, seconds: float) -> Beats:
        await super().music(seconds)
        return self._robot.coming.pop(0) if self._robot.coming else SILENCE


def steps_of_dance(robot: FakeRobot) -> list[Order]:
    """Return the moves of the head; the last one, which brings it to rest, is none."""
    moves = [order for order in robot.orders_of('go_to') if order.arguments['head'] is not None]
    return moves[:-1]


def off_the_beat(steps: Sequence[Order], beats: Sequence[float]) -> float:
    """Return by how much the worst step misses the beat that is nearest to it, s."""
    assert steps
    return max(min(abs(step.ended - beat) for beat in beats) for step in steps)


def off_what_was_heard(robot: FakeRobot) -> float:
    """Return by how much the worst step misses the rhythm that was heard the round before, s.

    Each time the same `steady` music was heard from its beginning; the last round has no steps.
    """
    worst = 0.0
    for heard, after in pairwise(robot.orders_of('music')):
        steps = [one for one in steps_of_dance(robot) if after.began <= one.began < after.ended]
        period = 60.0 / robot.beats.tempo
        going_on = [heard.began + robot.beats.times[0] + period * number for number in range(100)]
        worst = max(worst, off_the_beat(steps, going_on))
    return worst
