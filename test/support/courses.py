"""Running behaviors on a `FakeRobot` in virtual time: to the end, cancelled, and refused anywhere.

course = run_course(Dance(), {'times': 2}, FakeRobot(tmp_path))
assert course.sentence == 'danced twice'

cancel_at_every_step(Dance, {}, lambda: FakeRobot(tmp_path))
refuse_at_every_step(Dance, {}, lambda: FakeRobot(tmp_path))
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.catalogue import Catalogue
from bbia_sim_ros.behaviors.errors import BehaviorError
from support.fake_robot import FakeRobot
from support.virtual_time import VirtualLoop
from support.virtual_time import run_virtually

CALM_S = 0.5
# Of a longer course, the first half of these and as many others all over the rest.
MAX_STEPS = 60
_GRACE_S = 10.0

Given = Mapping[str, object] | BehaviorParameters


@dataclass(frozen=True, kw_only=True)
class Course:
    """How a course ended: in a sentence, by an error, cancelled, or by the limit of its time.

    ``seconds`` is how long it took, ``calming`` how long it went on after it was ended, s;
    ``moments`` are times in the midst of each of its waits, ``left`` are orders that go on.
    """

    sentence: str
    error: BaseException | None
    cancelled: bool
    timed_out: bool
    seconds: float
    calming: float
    moments: tuple[float, ...]
    left: tuple[str, ...]


def parameters_of(behavior: Behavior | type[Behavior], given: Given) -> BehaviorParameters:
    """Return checked parameters, as the JSON text of a goal would be."""
    if isinstance(given, BehaviorParameters):
        return given
    kind = behavior if isinstance(behavior, type) else type(behavior)
    return Catalogue([('the test', kind)]).given(kind.name, given)


def play(
    behavior: Behavior,
    given: Given,
    robot: FakeRobot,
    *,
    cancel_at: float | None = None,
    limit: float | None = None,
) -> Course:
    """Run a course and return how it ended, whichever way; ``cancel_at`` and ``limit`` in s.

    Without a limit it is the behavior's own. Ending it revokes its robot, as the director does.
    """
    parameters = parameters_of(behavior, given)
    end = behavior.limit(parameters) if limit is None else limit
    return run_virtually(_play(behavior, parameters, robot, end=end, cancel_at=cancel_at))


def run_course(
    behavior: Behavior, given: Given, robot: FakeRobot, *, limit: float | None = None
) -> Course:
    """Run a course to its end or to the limit of its time; its errors are raised here."""
    course = play(behavior, given, robot, limit=limit)
    if course.error is not None:
        raise course.error
    assert not course.cancelled, 'the course cancelled itself'
    _check_still(course, 'at its end')
    return course


def cancel_at_every_step(
    make: Callable[[], Behavior],
    given: Given,
    make_robot: Callable[[], FakeRobot],
    *,
    limit: float | None = None,
) -> None:
    """Check that a course can be cancelled in the midst of each of its waits: it ends calm."""
    moments = play(make(), given, make_robot(), limit=limit).moments
    assert moments, 'the course never waits: there is no step to cancel it at'
    for moment in _some(moments):
        robot = make_robot()
        course = play(make(), given, robot, limit=limit, cancel_at=moment)
        where = f'cancelled at {moment:.2f} s'
        assert course.cancelled, f'{where}: it went on: {course}'
        assert course.calming <= CALM_S, f'{where}: it took {course.calming} s'
        _check_still(course, where)


def refuse_at_every_step(
    make: Callable[[], Behavior],
    given: Given,
    make_robot: Callable[[], FakeRobot],
    *,
    limit: float | None = None,
) -> None:
    """Check that a course survives or reports the refusal of each order: it ends calm."""
    robot = make_robot()
    play(make(), given, robot, limit=limit)
    assert robot.orders, 'the course orders nothing: there is no step to refuse'
    for number in _some(range(len(robot.orders))):
        robot = make_robot()
        robot.refuse_at = int(number)
        course = play(make(), given, robot, limit=limit)
        where = f'order {number} refused'
        if course.error is not None and not isinstance(course.error, BehaviorError):
            raise AssertionError(f'{where}: {course.error!r}') from course.error
        assert not course.cancelled, f'{where}: it cancelled itself'
        assert course.error or course.sentence or course.timed_out, f'{where}: it says nothing'
        _check_still(course, where)


async def _play(
    behavior: Behavior,
    parameters: BehaviorParameters,
    robot: FakeRobot,
    *,
    end: float,
    cancel_at: float | None,
) -> Course:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    handle = robot.handle()
    task: asyncio.Task[Any] = asyncio.create_task(behavior.run(handle, parameters))
    await asyncio.wait({task}, timeout=end if cancel_at is None else cancel_at)
    ended = loop.time()
    is_over = task.done()
    handle.revoke()
    task.cancel()
    await asyncio.wait({task}, timeout=_GRACE_S)
    assert task.done(), f'it did not end within {_GRACE_S:g} s when it was cancelled'
    cancelled = task.cancelled()
    error = None if cancelled else task.exception()
    return Course(
        sentence='' if cancelled or error is not None else task.result(),
        error=error,
        cancelled=cancelled and (is_over or cancel_at is not None),
        timed_out=not is_over and cancel_at is None,
        seconds=ended,
        calming=loop.time() - ended,
        moments=tuple((start + stop) / 2 for start, stop in loop.jumps if stop <= ended),
        left=tuple(order.name for order in robot.unfinished),
    )


def _check_still(course: Course, where: str) -> None:
    assert not course.left, f'{where}: {", ".join(course.left)} goes on: {course}'


def _some(steps: Any) -> list[Any]:
    every = list(steps)
    if len(every) <= MAX_STEPS:
        return every
    half = MAX_STEPS // 2
    stride = -(-(len(every) - half) // half)
    return [*every[:half], *every[half::stride]]
