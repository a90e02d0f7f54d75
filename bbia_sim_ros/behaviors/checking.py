"""What a class has to be to be taken for a behavior, and what it says of itself."""

from __future__ import annotations

import inspect
import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pydantic.errors import PydanticUserError

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.behavior import WhenPreempted
from bbia_sim_ros.behaviors.robot import Part

MAX_NAME: Final = 64
MAX_PRIORITY: Final = 255
_NAME = re.compile(r'[a-z][a-z0-9_]*')


class NotABehavior(ValueError):
    """Something is no usable behavior; the message says all that is wrong with it."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A known behavior: its class, what it says of itself, and whose it is.

    ``schema`` is the JSON schema of its parameters as text, ``origin`` the distribution or module
    that it comes from.
    """

    behavior: type[Behavior]
    description: str
    schema: str
    origin: str

    @property
    def name(self) -> str:
        """What it is started by."""
        return self.behavior.name

    @property
    def requires(self) -> tuple[Part, ...]:
        """The parts that it needs, in the order of `Part`."""
        return tuple(part for part in Part if part in self.behavior.requires)


def checked(candidate: object, origin: str) -> Entry:
    """Return what a class says of itself; raises `NotABehavior` if it is no usable behavior."""
    if not inspect.isclass(candidate) or not issubclass(candidate, Behavior):
        raise NotABehavior(f'{candidate!r} is no subclass of Behavior')
    problems = tuple(_problems(candidate))
    if problems:
        raise NotABehavior(f'{candidate.__qualname__}: {"; ".join(problems)}')
    try:
        schema = candidate.Parameters.model_json_schema()
    except PydanticUserError as error:
        raise NotABehavior(f'{candidate.__qualname__}: Parameters: {error.message}') from error
    return Entry(
        behavior=candidate,
        description=_description(candidate),
        schema=json.dumps(schema, ensure_ascii=False),
        origin=origin,
    )


def _description(behavior: type[Behavior]) -> str:
    own = inspect.cleandoc(behavior.__dict__.get('__doc__') or '')
    return own.partition('\n')[0]


def _problems(behavior: type[Behavior]) -> Iterable[str]:
    name = getattr(behavior, 'name', None)
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > MAX_NAME:
        yield (
            f'its name is {name!r}; a name is a lower-case letter, then such letters, digits and'
            f' underscores, {MAX_NAME} at most'
        )
    if not _description(behavior):
        yield 'it has no docstring; its first line is the description'
    if inspect.isabstract(behavior) or not inspect.iscoroutinefunction(behavior.run):
        yield 'it has no coroutine "async def run(self, robot, parameters)"'
    priority = behavior.priority
    if type(priority) is not int or not 1 <= priority <= MAX_PRIORITY:
        yield f'its priority is {priority!r}; it is a whole number from 1 to {MAX_PRIORITY}'
    requires = behavior.requires
    if type(requires) not in (set, frozenset) or not all(isinstance(p, Part) for p in requires):
        yield f'its requires is {requires!r}; it is a set of {", ".join(map(str, Part))} as Part'
    if type(behavior.when_preempted) is not WhenPreempted:
        yield f'its when_preempted is {behavior.when_preempted!r}; it is a WhenPreempted'
    limit = behavior.time_limit
    if type(limit) not in (int, float) or not math.isfinite(limit) or limit <= 0.0:
        yield f'its time_limit is {limit!r}; it is a number of seconds above 0'
    parameters = behavior.Parameters
    if not inspect.isclass(parameters) or not issubclass(parameters, BehaviorParameters):
        yield 'its Parameters are no subclass of BehaviorParameters'
