"""A glance at who is there, for what goes on without."""

from __future__ import annotations

from pathlib import Path

from bbia_sim_ros.behaviors.looking import in_sight
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Scene
from support.fake_robot import ANNA
from support.fake_robot import FakeRobot
from support.virtual_time import run_virtually

SOMEBODY = Scene(people=(ANNA,))


def glance(robot: FakeRobot) -> Scene:
    async def look() -> Scene:
        return await in_sight(robot.handle())

    return run_virtually(look())


def test_who_is_there_is_seen(tmp_path: Path) -> None:
    assert glance(FakeRobot(tmp_path, sees=SOMEBODY)) == SOMEBODY


def test_without_eyes_nobody_is_seen_and_nothing_asked(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, sees=SOMEBODY, parts={Part.MOTION})
    assert glance(robot) == Scene()
    assert robot.orders == []


def test_eyes_that_give_nothing_see_nobody(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, sees=SOMEBODY, refuse_at=0)
    assert glance(robot) == Scene()
    assert robot.names == ['see']


class Blinded(FakeRobot):
    """A robot whose eyes go before they are used."""

    def obstacle(self, part: Part) -> str:
        return 'they have just gone' if part is Part.VISION else super().obstacle(part)


def test_eyes_that_go_meanwhile_see_nobody(tmp_path: Path) -> None:
    robot = Blinded(tmp_path, sees=SOMEBODY)
    assert glance(robot) == Scene()
    assert robot.orders == []
