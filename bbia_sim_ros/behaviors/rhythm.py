"""Moving to music: which beats a body can follow, and moves that land on them.

Contract
    Times in s. `along` is given moments on some clock and a step for each; it lands every step on
    its moment as long as the body can, and leaves out a moment that is too near. The robot is told
    `LEAD_S` early, which is what an order and the servos take. At its moment a step gives way to
    the next one, even if its last millimetre is still to come; what becomes of it then, such as
    that another order took its place, is of no account.

Sizes
    `size_of` makes steps that follow each other quickly smaller, so that the motion node's default
    limits allow them: the largest step at `MIN_STEP_S` is a turn of 0.3 rad, which 40 rad/s2 let
    take 0.22 s along a minimum-jerk profile.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace
from statistics import median
from typing import Final

from bbia_sim_ros.behaviors.robot import Beats
from bbia_sim_ros.behaviors.robot import HeadPose
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.robot.names import NEUTRAL_ANTENNAS_RAD

MIN_STEP_S: Final = 0.4
LEAD_S: Final = 0.03
LISTENING_S: Final = 8.0
"""How much music is listened to at a time."""
AHEAD_S: Final = 10.0
"""For how long what was heard is trusted: a tempo 0.5 % wrong is 50 ms off the beat then."""
_SHORTEST_S: Final = 0.2
_LONGEST_S: Final = 0.8
_FULL_SIZE_S: Final = 0.6
_LEAST_SIZE: Final = 0.6
_MAX_TRIES: Final = 2
_STALE_S: Final = 6.0


# How far the antennas stand off upright in neutral; the sign of the left joint is the other one.
_UPRIGHT: Final = (NEUTRAL_ANTENNAS_RAD[0], -NEUTRAL_ANTENNAS_RAD[1])


@dataclass(frozen=True, kw_only=True)
class Step:
    """A posture on a beat: head (m, rad), antennas (rad outwards from upright), body yaw, rad."""

    head: HeadPose
    right: float = _UPRIGHT[0]
    left: float = _UPRIGHT[1]
    body_yaw: float = 0.0

    def mirrored(self) -> Step:
        """Return the same to the other side."""
        head = replace(self.head, y=-self.head.y, roll=-self.head.roll, yaw=-self.head.yaw)
        return Step(head=head, right=self.left, left=self.right, body_yaw=-self.body_yaw)

    def sized(self, size: float) -> Step:
        """Return it nearer to neutral; ``size`` 0..1."""
        head = HeadPose(**{name: size * value for name, value in vars(self.head).items()})
        return Step(
            head=head,
            right=_nearer(self.right, _UPRIGHT[0], size),
            left=_nearer(self.left, _UPRIGHT[1], size),
            body_yaw=size * self.body_yaw,
        )


NEUTRAL: Final = Step(head=HeadPose())


def followable(beats: Beats) -> tuple[float, ...]:
    """Return the beats that a body can follow: all, or every n-th, the strongest ones, s."""
    every = _every(beats)
    return beats.times[_strongest(beats, every) :: every]


def continued(beats: Beats, now: float) -> tuple[float, ...]:
    """Return when, in the next `AHEAD_S`, the beats that a body can follow go on, s."""
    if not beats.times:
        return ()
    every = _every(beats)
    period = 60.0 / beats.tempo
    # One beat may be heard late: the middle of what all of them say is not.
    first = beats.times[0]
    late = median(time - first - period * round((time - first) / period) for time in beats.times)
    start, step = first + late + _strongest(beats, every) * period, every * period
    number = math.ceil((now - start) / step)
    return tuple(start + (number + more) * step for more in range(int(AHEAD_S / step)))


def size_of(beats: Beats) -> float:
    """Return how large steps may be that land on the beats that a body can follow, 0..1."""
    if not beats.times:
        return 1.0
    return min(1.0, max(_LEAST_SIZE, _every(beats) * 60.0 / beats.tempo / _FULL_SIZE_S))


def _every(beats: Beats) -> int:
    return max(1, math.ceil(MIN_STEP_S * beats.tempo / 60.0 - 1e-6))


def _strongest(beats: Beats, every: int) -> int:
    """Return with which of the first beats those begin that stand out."""
    return max(range(every), key=lambda first: sum(beats.strengths[first::every]))


async def along(
    robot: Robot, moments: Iterable[float], steps: Iterator[Step], clock: Callable[[], float]
) -> int:
    """Land a step on each moment of a clock; return how many were landed.

    Raises `OrderRefused` for a step that is refused before its moment.
    """
    landed = 0
    under_way: set[asyncio.Task[None]] = set()
    try:
        for moment in moments:
            left = moment - clock() - LEAD_S
            if left < _SHORTEST_S:
                continue
            if left > _LONGEST_S:
                await robot.wait(left - _LONGEST_S)
            under_way.add(await _land(robot, next(steps), min(left, _LONGEST_S)))
            under_way = {task for task in under_way if not task.done()}
            landed += 1
        if under_way:
            await asyncio.wait(under_way)
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
    return landed


async def _land(robot: Robot, step: Step, duration: float) -> asyncio.Task[None]:
    """Begin a step and return at its moment, when it may not quite have arrived."""
    task = asyncio.create_task(_go_to(robot, step, duration))
    task.add_done_callback(_looked_at)
    try:
        await asyncio.wait({task}, timeout=duration)
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
    if task.done():
        task.result()
    return task


def _looked_at(task: asyncio.Task[None]) -> None:
    """Let the loop not complain of an error that is of no account."""
    if not task.cancelled():
        task.exception()


async def settle(robot: Robot) -> None:
    """Come to rest in neutral."""
    await _go_to(robot, NEUTRAL, 1.0)


async def heard(robot: Robot) -> Beats:
    """Listen for a while; return the rhythm, its times on the clock of `Robot.elapsed`."""
    for _ in range(_MAX_TRIES):
        began = robot.elapsed()
        beats = await robot.music(LISTENING_S)
        # The first answer is late where a model has to be loaded: then the music has gone on.
        if robot.elapsed() < began + LISTENING_S + _STALE_S:
            break
    return replace(beats, times=tuple(began + time for time in beats.times))


async def heard_while(robot: Robot, beats: Beats, steps: Iterator[Step]) -> Beats:
    """Move as the music that was heard goes on, while listening again; return what was heard."""
    size = size_of(beats)
    sized = (step.sized(size) for step in steps)
    moments = continued(beats, robot.elapsed())
    again, _ = await robot.together(heard(robot), along(robot, moments, sized, robot.elapsed))
    assert isinstance(again, Beats)
    return again


async def _go_to(robot: Robot, step: Step, duration: float) -> None:
    await robot.go_to(
        head=step.head,
        antennas=(step.right, -step.left),
        body_yaw=step.body_yaw,
        duration=duration,
    )


def _nearer(value: float, middle: float, size: float) -> float:
    return middle + size * (value - middle)
