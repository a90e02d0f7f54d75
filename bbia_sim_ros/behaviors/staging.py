"""What there is to be performed, what is on stage, and putting it there with all it needs.

That is a port to the robot, a handle, and other behaviors as parts. Stateless; any thread.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass

from bbia_sim_ros.behaviors.catalogue import Catalogue
from bbia_sim_ros.behaviors.checking import MAX_PRIORITY
from bbia_sim_ros.behaviors.checking import Entry
from bbia_sim_ros.behaviors.errors import MissingPart
from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.behaviors.errors import WrongParameters
from bbia_sim_ros.behaviors.handle import Circumstances
from bbia_sim_ros.behaviors.handle import Handle
from bbia_sim_ros.behaviors.idle import IdleLife
from bbia_sim_ros.behaviors.parameters import BehaviorNodeParameters
from bbia_sim_ros.behaviors.performance import Performance
from bbia_sim_ros.behaviors.performance import Status
from bbia_sim_ros.behaviors.port import Robots
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.stage import Stage


def obstacle_of(entry: Entry, robots: Robots) -> str:
    """Return all that keeps a behavior from being started now, '' if nothing does."""
    return '; '.join(filter(None, map(robots.obstacle, entry.requires)))


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A behavior and why it cannot be started now: '' if it can."""

    entry: Entry
    obstacle: str


def listing(catalogue: Catalogue, robots: Robots, containing: str) -> tuple[Listed, ...]:
    """Return the behaviors whose names contain a text, sorted by name."""
    return tuple(
        Listed(entry=entry, obstacle=obstacle_of(entry, robots))
        for name, entry in catalogue.entries.items()
        if containing in name
    )


def cast(
    catalogue: Catalogue, robots: Robots, name: str, parameters: str, priority: int
) -> Performance:
    """Return a performance of a behavior, with parameters as JSON and priority 0 (its own)..255.

    Raises what `Catalogue.parse` raises, `WrongParameters`, and `MissingPart` with all that is
    missing.
    """
    entry = catalogue.entry(name)
    given = catalogue.parse(name, parameters)
    if not 0 <= priority <= MAX_PRIORITY:
        raise WrongParameters(f'{name}: priority is {priority}; it is 0..{MAX_PRIORITY}')
    obstacle = obstacle_of(entry, robots)
    if obstacle:
        raise MissingPart(f'{name} cannot be started: {obstacle}')
    return Performance(entry.behavior, given, priority or entry.behavior.priority)


def status_of(stage: Stage | None, waiting: Sequence[Performance], last_end: str) -> Status:
    """Return what is on stage, what waits for it, and how the last one ended."""
    queue = tuple(one.name for one in waiting)
    if stage is None:
        return Status(queue=queue, last_end=last_end)
    performance = stage.performance
    return Status(
        state='cancelling' if stage.ending else 'running',
        name=performance.name,
        stage=performance.stage,
        progress=performance.progress,
        priority=performance.priority,
        queue=queue,
        last_end=last_end,
    )


def set_stage(
    performance: Performance,
    catalogue: Catalogue,
    robots: Robots,
    parameters: BehaviorNodeParameters,
    on_change: Callable[[], None],
) -> Stage:
    """Return a stage for a performance, ready to begin."""
    port = robots.engage(performance.name, performance.priority)
    circumstances = Circumstances(
        language=parameters.language,
        storage=parameters.storage() / performance.name,
        pictures=parameters.pictures(),
        chance=random.Random(),
        calls_per_s=parameters.calls_per_second,
    )

    def note(text: str, progress: float) -> None:
        performance.stage, performance.progress = text, progress

    async def perform(robot: Robot, name: str, given: dict[str, object]) -> None:
        await perform_part(catalogue, robots, robot, name, given)

    def make_handle(on_flood: Callable[[str], None]) -> Handle:
        return Handle(
            port,
            circumstances,
            has=lambda part: not robots.obstacle(part),
            on_stage=note,
            on_flood=on_flood,
            perform=perform,
        )

    return Stage(
        performance,
        port,
        make_handle,
        limit_s=math.inf if performance.behavior is IdleLife else parameters.time_limit_max,
        hang_s=parameters.hang_timeout,
        on_change=on_change,
    )


async def perform_part(
    catalogue: Catalogue, robots: Robots, robot: Robot, name: str, given: Mapping[str, object]
) -> None:
    """Run a behavior by name with a robot that is another's, to its end.

    Raises what `Catalogue.given` raises, `MissingPart`, `OrderRefused` when it takes longer than
    its limit, and what the behavior raises.
    """
    entry = catalogue.entry(name)
    parameters = catalogue.given(name, given)
    obstacle = obstacle_of(entry, robots)
    if obstacle:
        raise MissingPart(f'{name} cannot be run: {obstacle}')
    behavior = entry.behavior()
    limit_s = behavior.limit(parameters)
    try:
        async with asyncio.timeout(limit_s) as limit:
            await behavior.run(robot, parameters)
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise OrderRefused(f'{name} took longer than its limit of {limit_s:g} s') from error
