"""A behavior of a second, installed package is found by its entry point, and run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from bbia_sim_ros.behaviors.catalogue import Catalogue
from bbia_sim_ros.behaviors.director import Director
from bbia_sim_ros.behaviors.parameters import BehaviorNodeParameters
from bbia_sim_ros.behaviors.robot import HeadPose
from support.fake_robot import FakeRobot
from support.waiting import wait_until

NODDING = '''
from pydantic import Field

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.robot import HeadPose
from bbia_sim_ros.behaviors.robot import Part


class Nod(Behavior):
    """Nods to what is said."""

    name = 'nod_to_it'
    requires = frozenset({Part.MOTION})

    class Parameters(BehaviorParameters):
        angle: float = Field(0.2, ge=0.0, le=0.4, description='How deep, rad.')

    async def run(self, robot, parameters):
        await robot.go_to(head=HeadPose(pitch=parameters.angle), duration=0.05)
        return 'nodded'
'''
NOTHING = ModuleType('nothing')
NOTHING.__path__ = []
EXITING = 'raise SystemExit(1)\n'
TAKEN = NODDING.replace('Nods to what is said', 'Is the second of its name')


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Install a distribution with one module and entry points, as pip lays it out."""
    site = tmp_path / 'site-packages'
    site.mkdir()
    modules: list[str] = []
    monkeypatch.syspath_prepend(site)

    def install(name: str, source: str, *points: str) -> None:
        module = name.replace('-', '_')
        modules.append(module)
        (site / f'{module}.py').write_text(source, encoding='utf-8')
        info = site / f'{module}-1.0.dist-info'
        info.mkdir()
        (info / 'METADATA').write_text(
            f'Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n', encoding='utf-8'
        )
        (info / 'entry_points.txt').write_text(
            '\n'.join(['[bbia_sim_ros.behaviors]', *points, '']), encoding='utf-8'
        )

    yield install
    for module in modules:
        sys.modules.pop(module, None)


def test_it_is_listed_and_runs(install, tmp_path: Path) -> None:
    install('nodding-robots', NODDING, 'nod = nodding_robots:Nod')
    catalogue = Catalogue.discover(NOTHING)
    entry = catalogue.entry('nod_to_it')
    assert entry.origin == 'nodding-robots (nod = nodding_robots:Nod)'
    assert entry.description == 'Nods to what is said.'
    robot = FakeRobot(tmp_path)
    parameters = BehaviorNodeParameters(idle_life=False, storage_folder=str(tmp_path / 'storage'))
    director = Director(catalogue, robot, parameters)
    try:
        performance = director.start('nod_to_it', '{"angle": 0.3}')
        wait_until(performance.ended.is_set, 'it ends')
    finally:
        director.close()
    assert performance.ending is not None
    assert performance.ending.message == 'nodded'
    assert robot.orders[0].arguments['head'] == HeadPose(pitch=0.3)


def test_broken_ones_are_named_with_their_errors_and_the_rest_live_on(install) -> None:
    points = ('nod = a_nodder:Nod', 'gone = a_nodder:Gone', 'no = a_nodder:Field')
    install('a-nodder', NODDING, *points)
    install('exiting-robots', EXITING, 'exit = exiting_robots:Exit')
    install('lost-robots', '', 'lost = no_such_module_anywhere:Lost')
    install('z-nodder', TAKEN, 'nod = z_nodder:Nod')
    catalogue = Catalogue.discover(NOTHING)
    assert catalogue.entry('nod_to_it').description == 'Nods to what is said.'
    problems = {problem.partition(': ')[0]: problem for problem in catalogue.problems}
    assert set(problems) == {
        'a-nodder (gone = a_nodder:Gone)',
        'a-nodder (no = a_nodder:Field)',
        'exiting-robots (exit = exiting_robots:Exit)',
        'lost-robots (lost = no_such_module_anywhere:Lost)',
        'z-nodder (nod = z_nodder:Nod)',
    }
    assert 'is taken by a-nodder' in problems['z-nodder (nod = z_nodder:Nod)']
    assert 'SystemExit: 1' in problems['exiting-robots (exit = exiting_robots:Exit)']
    assert 'is no subclass of Behavior' in problems['a-nodder (no = a_nodder:Field)']
