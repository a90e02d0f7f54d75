"""Idle life begins by itself, gives way to anything, and is no news."""

from __future__ import annotations

from typing import Any

import pytest

from bbia_sim_ros.behaviors.errors import UnknownBehavior
from bbia_sim_ros.behaviors.robot import Part
from support.fake_robot import FakeRobot
from support.waiting import wait_until


def lively(make_theatre: Any, robot: FakeRobot | None = None, **parameters: Any) -> Any:
    values = {'idle_life': True, 'idle_after': 0.5, 'idle_pause': 1.0, **parameters}
    return make_theatre(robot, **values)


def test_idle_life_begins_by_itself_and_gives_way_to_anything(make_theatre) -> None:
    theatre = lively(make_theatre)
    wait_until(lambda: theatre.idles, 'idle life')
    assert theatre.director.status.priority == 10
    assert theatre.ending_of(theatre.run('bow', priority=1)).success
    assert theatre.director.status.last_end == 'bow: bowed 1 times'
    wait_until(lambda: theatre.idles, 'idle life again')
    wait_until(lambda: 'go_to' in theatre.robot.names[2:], 'it moves')


def test_idle_life_leaves_the_robot_to_whoever_else_moves_it(make_theatre) -> None:
    theatre = lively(make_theatre)
    wait_until(lambda: theatre.idles, 'idle life')
    theatre.robot.quiet_s = 0.1
    wait_until(lambda: theatre.director.status.state == 'idle', 'it ends')
    assert theatre.director.status.last_end == ''
    theatre.robot.quiet_s = 0.6
    wait_until(lambda: theatre.idles, 'idle life when it is quiet again')


def test_idle_life_is_not_bounded_by_the_limit_of_what_is_asked_for(make_theatre) -> None:
    theatre = lively(make_theatre, time_limit_max=1.0, glances=False)
    # Before the sixth there are three pauses of half a second or more.
    wait_until(lambda: len(theatre.robot.orders_of('go_to')) >= 6, 'it lives on')
    assert len(theatre.robot.ports) == 1
    assert theatre.director.status.last_end == ''


def test_a_refused_move_of_idle_life_is_nobody_s_news(make_theatre) -> None:
    theatre = lively(make_theatre)
    theatre.ending_of(theatre.run('bow'))
    theatre.robot.refuse_at = len(theatre.robot.orders)
    wait_until(lambda: len(theatre.robot.ports) == 3, 'it is refused and begins again')
    assert theatre.robot.orders[2].outcome == 'refused'
    assert theatre.director.status.last_end == 'bow: bowed 1 times'


def test_idle_life_needs_a_robot_that_can_move(make_theatre) -> None:
    theatre = lively(make_theatre)
    wait_until(lambda: theatre.idles, 'idle life')
    theatre.robot.parts.discard(Part.MOTION)
    wait_until(lambda: theatre.director.status.state == 'idle', 'it ends')


def test_idle_life_can_be_switched_off_while_it_goes_on(make_theatre) -> None:
    theatre = lively(make_theatre)
    wait_until(lambda: theatre.idles, 'idle life')
    theatre.director.parameters = theatre.director.parameters.with_changes({'idle_life': False})
    wait_until(lambda: theatre.director.status.state == 'idle', 'it ends')
    theatre.director.parameters = theatre.director.parameters.with_changes({'idle_life': True})
    wait_until(lambda: theatre.idles, 'idle life again')


def test_idle_life_cannot_be_asked_for(make_theatre) -> None:
    theatre = lively(make_theatre)
    with pytest.raises(UnknownBehavior):
        theatre.director.start('idle_life')
