"""Idle life is small, bounded and switchable; it falls asleep and wakes at a voice or a face."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.behaviors.idle import ANTENNA_RAD
from bbia_sim_ros.behaviors.idle import DROWSY_HEAD
from bbia_sim_ros.behaviors.idle import GLANCE_PITCH_RAD
from bbia_sim_ros.behaviors.idle import GLANCE_YAW_RAD
from bbia_sim_ros.behaviors.idle import IdleLife
from bbia_sim_ros.behaviors.parameters import BehaviorNodeParameters
from bbia_sim_ros.behaviors.robot import HeadPose
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Scene
from bbia_sim_ros.parameters import ParameterError
from bbia_sim_ros.robot.names import NEUTRAL_ANTENNAS_RAD
from support.courses import Course
from support.courses import cancel_at_every_step
from support.courses import play
from support.fake_port import Order
from support.fake_robot import ANNA
from support.fake_robot import FakeRobot

HOUR_S = 3600.0
AWAKE = {'drowsy_after': 0.0, 'sleep_after': 0.0}
SLEEPY = {'drowsy_after': 60.0, 'sleep_after': 180.0}


def idle(robot: FakeRobot, **parameters: Any) -> IdleLife:
    return IdleLife(BehaviorNodeParameters(**parameters), robot.asleep)


def live(robot: FakeRobot, seconds: float = HOUR_S, **parameters: Any) -> Course:
    course = play(idle(robot, **parameters), {}, robot, limit=seconds)
    assert course.timed_out, course.error
    return course


def moves_of(robot: FakeRobot) -> list[Order]:
    """Return what it moves once the robot is at rest."""
    return robot.orders_of('go_to')[1:]


def heads_of(robot: FakeRobot) -> list[HeadPose]:
    heads = [order.arguments['head'] for order in moves_of(robot)]
    return [head for head in heads if head is not None]


def antennas_of(robot: FakeRobot) -> list[tuple[float, float]]:
    antennas = [order.arguments['antennas'] for order in moves_of(robot)]
    return [angles for angles in antennas if angles is not None]


def test_it_begins_with_a_robot_at_rest(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    live(robot, 60.0, **AWAKE)
    rest = robot.orders_of('go_to')[0].arguments
    assert (rest['head'], rest['antennas'], rest['body_yaw']) == (
        HeadPose(),
        NEUTRAL_ANTENNAS_RAD,
        0.0,
    )


def test_an_hour_awake_is_full_of_small_moves_that_come_back(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    live(robot, **AWAKE)
    heads, antennas = heads_of(robot), antennas_of(robot)
    assert len(heads) > 50
    assert len(antennas) > 50
    for there, back in zip(heads[::2], heads[1::2], strict=False):
        assert abs(there.yaw) <= GLANCE_YAW_RAD
        assert abs(there.pitch) <= GLANCE_PITCH_RAD
        assert back == HeadPose()
    assert {round(head.yaw, 3) for head in heads[::2]} != {0.0}
    for there, back in zip(antennas[::2], antennas[1::2], strict=False):
        moved = [abs(a - b) for a, b in zip(there, NEUTRAL_ANTENNAS_RAD, strict=True)]
        assert 0.0 < max(moved) <= ANTENNA_RAD
        assert back == NEUTRAL_ANTENNAS_RAD


def test_between_two_moves_there_is_a_pause(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    live(robot, idle_pause=20.0, **AWAKE)
    orders = robot.orders_of('go_to')
    gaps = [later.began - sooner.ended for sooner, later in pairwise(orders)]
    # Within a move, a glance lasts 2 s at most.
    pauses = [gap for gap in gaps if gap > 2.0]
    assert 10.0 <= min(pauses) < max(pauses) <= 30.0
    assert len(pauses) == pytest.approx(HOUR_S / 22.0, rel=0.2)


@pytest.mark.parametrize(
    ('glances', 'antenna_moves', 'parts'),
    [(True, False, {'head'}), (False, True, {'antennas'}), (False, False, set())],
)
def test_every_kind_of_move_can_be_switched_off(
    tmp_path: Path, glances: bool, antenna_moves: bool, parts: set[str]
) -> None:
    robot = FakeRobot(tmp_path)
    live(robot, glances=glances, antenna_moves=antenna_moves, **AWAKE)
    orders = [order.arguments for order in moves_of(robot)]
    moved = {part for order in orders for part in ('head', 'antennas') if order[part] is not None}
    assert moved == parts


def test_it_becomes_drowsy_and_falls_asleep_and_then_does_nothing(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    live(robot, idle_pause=5.0, **SLEEPY)
    drowsy = [order for order in robot.orders if order.arguments.get('head') == DROWSY_HEAD]
    assert 60.0 <= drowsy[0].began <= 70.0
    (asleep,) = robot.orders_of('move')
    assert asleep.arguments == {'name': 'go_to_sleep'}
    assert 180.0 <= asleep.began <= 190.0
    assert {order.name for order in robot.orders if order.began > asleep.began} == {'voice_heard'}
    assert [text for text, _ in robot.stages][-1] == 'asleep'


def test_zero_means_neither_drowsiness_nor_sleep(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    live(robot, **AWAKE)
    assert DROWSY_HEAD not in heads_of(robot)
    assert robot.orders_of('move') == []


def test_sleep_without_drowsiness_is_possible(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    live(robot, drowsy_after=0.0, sleep_after=100.0)
    assert DROWSY_HEAD not in heads_of(robot)
    assert [order.arguments['name'] for order in robot.orders_of('move')] == ['go_to_sleep']


def test_a_voice_wakes_it_at_once(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, voices=[1000.0])
    live(robot, 1100.0, **SLEEPY)
    sleep, wake = robot.orders_of('move')
    assert (sleep.arguments['name'], wake.arguments['name']) == ('go_to_sleep', 'wake_up')
    assert wake.began == pytest.approx(1000.0, abs=0.5)
    assert ('wakes up: a voice', -1.0) in robot.stages


def test_a_voice_in_drowsiness_lifts_the_head(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, voices=[100.0])
    live(robot, 140.0, idle_pause=5.0, **SLEEPY)
    roused = [order for order in robot.orders if 100.0 <= order.began < 101.0]
    assert roused[0].arguments['head'] == HeadPose()
    assert roused[0].arguments['antennas'] == NEUTRAL_ANTENNAS_RAD
    assert robot.orders_of('move') == []


def test_voices_keep_it_awake(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, voices=[30.0 * number for number in range(120)])
    live(robot, **SLEEPY)
    assert DROWSY_HEAD not in heads_of(robot)
    assert robot.orders_of('move') == []


def test_it_wakes_at_a_face_only_if_it_is_to_watch_for_faces(tmp_path: Path) -> None:
    def sight(time: float) -> Scene:
        return Scene(people=(ANNA,)) if time > 500.0 else Scene()

    watching = FakeRobot(tmp_path, sees=sight)
    live(watching, 520.0, watch_faces=True, **SLEEPY)
    wake = watching.orders_of('move')[1]
    assert wake.arguments['name'] == 'wake_up'
    assert wake.began == pytest.approx(500.0, abs=0.5)
    blind = FakeRobot(tmp_path, sees=sight)
    live(blind, 520.0, **SLEEPY)
    assert [order.arguments['name'] for order in blind.orders_of('move')] == ['go_to_sleep']
    assert blind.orders_of('watch') == []


def test_a_face_that_stays_keeps_it_awake_and_lets_it_move(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, sees=Scene(people=(ANNA,)))
    live(robot, 600.0, watch_faces=True, **SLEEPY)
    assert robot.orders_of('move') == []
    assert 20 < len(robot.orders_of('go_to')) < 120


def test_it_lets_a_sleeping_robot_sleep(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, asleep=True)
    live(robot, **AWAKE)
    assert robot.orders_of('go_to') == []
    assert robot.orders_of('move') == []


def test_it_lives_without_ears_and_hears_once_it_has_some(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, parts={Part.MOTION})
    live(robot, **AWAKE)
    assert 'voice_heard' not in robot.names
    assert 'go_to' in robot.names
    deaf = FakeRobot(tmp_path, voices=[50.0], asleep=True)
    live(deaf, 100.0, wake_at_voice=False)
    assert deaf.names == []


def test_a_sense_that_fails_is_tried_again(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, voices=[100.0], asleep=True, refuse_at=0)
    live(robot, 110.0)
    assert robot.orders[0].outcome == 'refused'
    assert [order.arguments['name'] for order in robot.orders_of('move')] == ['wake_up']


def test_the_refusal_of_a_move_ends_it(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, parts={Part.MOTION}, refuse_at=0)
    course = play(idle(robot, **AWAKE), {}, robot, limit=HOUR_S)
    assert isinstance(course.error, OrderRefused)


def test_it_can_be_ended_at_every_step(tmp_path: Path) -> None:
    settings = BehaviorNodeParameters(idle_pause=5.0, watch_faces=True, **SLEEPY)
    cancel_at_every_step(
        lambda: IdleLife(settings, lambda: False),
        {},
        lambda: FakeRobot(tmp_path, voices=[90.0, 300.0], takes={'scene': 1.0}),
        limit=400.0,
    )


@pytest.mark.parametrize('name', ['storage_folder', 'pictures_folder'])
def test_a_folder_in_an_unknown_home_is_refused(name: str) -> None:
    with pytest.raises(ParameterError, match=f"{name} is '~nobody-at-all/kept', but there is no"):
        BehaviorNodeParameters(**{name: '~nobody-at-all/kept'})


def test_sleep_has_to_come_after_drowsiness() -> None:
    with pytest.raises(ParameterError, match='sleep_after is 60 s; it must be longer than drowsy_'):
        BehaviorNodeParameters(drowsy_after=60.0, sleep_after=60.0)
