"""A director with toy behaviors on a fake robot."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

import pytest

from bbia_sim_ros.behaviors.catalogue import Catalogue
from bbia_sim_ros.behaviors.director import Director
from bbia_sim_ros.behaviors.parameters import BehaviorNodeParameters
from bbia_sim_ros.behaviors.performance import Ending
from bbia_sim_ros.behaviors.performance import Performance
from bbia_sim_ros.behaviors.performance import Phase
from bbia_sim_ros.behaviors.performance import Status
from support.fake_robot import FakeRobot
from support.toy_behaviors import TOYS
from support.waiting import wait_until


@dataclass
class Theatre:
    """A director, the robot that it has, and all that it told."""

    director: Director
    robot: FakeRobot
    told: list[Status] = field(default_factory=list)

    def run(self, name: str, parameters: str = '', priority: int = 0) -> Performance:
        """Start a behavior and return once it has the body."""
        performance = self.director.start(name, parameters, priority)
        wait_until(lambda: performance.phase is not Phase.WAITING, f'{name} begins')
        return performance

    def at_work(self, name: str, priority: int = 0) -> Performance:
        """Start a behavior and return once it says in which step it is."""
        performance = self.run(name, priority=priority)
        wait_until(lambda: performance.stage, f'{name} is at work')
        return performance

    def ending_of(self, performance: Performance) -> Ending:
        """Return how a performance ends."""
        wait_until(performance.ended.is_set, f'{performance.name} ends')
        assert performance.ending is not None
        return performance.ending

    @property
    def idles(self) -> bool:
        """Whether idle life has the body."""
        return self.director.status.name == 'idle_life'


@pytest.fixture
def make_theatre(tmp_path: Path) -> Iterator[Callable[..., Theatre]]:
    """Make theatres; keyword arguments are parameters of the node."""
    with ExitStack() as cleanup:

        def make(robot: FakeRobot | None = None, **parameters: Any) -> Theatre:
            told: list[Status] = []
            values = {'idle_life': False, 'hang_timeout': 1.0, **parameters}
            given = BehaviorNodeParameters(
                storage_folder=str(tmp_path / 'storage'),
                pictures_folder=str(tmp_path / 'pictures'),
                **values,
            )
            stage = FakeRobot(tmp_path, takes={'go_to': 0.05}) if robot is None else robot
            catalogue = Catalogue([('toys', toy) for toy in TOYS])
            assert not catalogue.problems
            director = Director(catalogue, stage, given, on_status=told.append)
            cleanup.callback(director.close)
            return Theatre(director, stage, told)

        yield make


@pytest.fixture
def theatre(make_theatre: Callable[..., Theatre]) -> Theatre:
    """A theatre without idle life, in which nobody may hang for long."""
    return make_theatre()
