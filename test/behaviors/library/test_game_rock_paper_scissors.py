"""Rock, paper, scissors: the rules, fair shapes that ignore the hand, steady hands only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from scipy.stats import chi2_contingency
from scipy.stats import chisquare

from bbia_sim_ros.behaviors.library.game_rock_paper_scissors import SHAPES
from bbia_sim_ros.behaviors.library.game_rock_paper_scissors import GameRockPaperScissors
from bbia_sim_ros.behaviors.library.game_rock_paper_scissors import Shape
from bbia_sim_ros.behaviors.library.game_rock_paper_scissors import points
from bbia_sim_ros.behaviors.robot import Scene
from support.courses import cancel_at_every_step
from support.courses import parameters_of
from support.courses import play
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import FakeRobot

SEEDS = 20
ROUNDS = 30
NAMES = {'rock': Shape.ROCK, 'paper': Shape.PAPER, 'scissors': Shape.SCISSORS}


def hand(*gestures: str) -> Scene:
    return Scene(gestures=gestures)


def shapes_of(robot: FakeRobot) -> list[tuple[Shape, Shape]]:
    """Return the robot's and the player's shape of each round, from what was said."""
    rounds = []
    for said in robot.said:
        names = [
            NAMES[word] for word in said.replace(',', '').replace('.', '').split() if word in NAMES
        ]
        if said.startswith('I have '):
            rounds.append((names[0], names[1]))
        elif said.startswith('We both'):
            rounds.append((names[0], names[0]))
    return rounds


@pytest.mark.parametrize(
    ('mine', 'theirs', 'result'),
    [
        (Shape.ROCK, Shape.SCISSORS, 1),
        (Shape.PAPER, Shape.ROCK, 1),
        (Shape.SCISSORS, Shape.PAPER, 1),
        (Shape.SCISSORS, Shape.ROCK, -1),
        (Shape.ROCK, Shape.PAPER, -1),
        (Shape.PAPER, Shape.SCISSORS, -1),
        (Shape.ROCK, Shape.ROCK, 0),
    ],
)
def test_the_rules_are_the_usual_ones(mine: Shape, theirs: Shape, result: int) -> None:
    assert points(mine, theirs) == result


@pytest.mark.parametrize('gesture', ['fist', 'open_palm', 'point'])
def test_the_players_hand_is_what_counts(tmp_path: Path, gesture: str) -> None:
    robot = FakeRobot(tmp_path, sees=hand(gesture))
    course = run_course(GameRockPaperScissors(), {'rounds': 5}, robot)
    rounds = shapes_of(robot)
    assert [theirs for _, theirs in rounds] == [Shape(gesture)] * 5
    mine = sum(points(*shapes) > 0 for shapes in rounds)
    theirs = sum(points(*shapes) < 0 for shapes in rounds)
    assert course.sentence == f'5 rounds: robot {mine}, player {theirs}'
    assert robot.said[-1].startswith(f'That makes {theirs} for you and {mine} for me.')


def test_the_robot_shows_with_its_antennas_what_it_says(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, sees=hand('fist'))
    run_course(GameRockPaperScissors(), {'rounds': 10}, robot)
    shown = [
        order.arguments['antennas'][0]
        for order in robot.orders_of('go_to')
        if order.arguments['antennas'] is not None and order.arguments['head'] is None
    ]
    by_shape: dict[Shape, set[float]] = {shape: set() for shape in SHAPES}
    for (mine, _), lean in zip(shapes_of(robot), shown, strict=True):
        by_shape[mine].add(lean)
    assert all(len(leans) == 1 for leans in by_shape.values())
    assert len(set.union(*by_shape.values())) == 3


def test_shapes_are_drawn_fairly_and_not_by_the_players_hand(tmp_path: Path) -> None:
    table = []
    given = parameters_of(GameRockPaperScissors, {'rounds': ROUNDS})
    for gesture in ('fist', 'open_palm', 'point'):
        drawn: Counter[Shape] = Counter()
        for seed in range(SEEDS):
            robot = FakeRobot(tmp_path, sees=hand(gesture), seed=seed)
            run_course(GameRockPaperScissors(), given, robot)
            drawn.update(mine for mine, _ in shapes_of(robot))
        assert drawn.total() == SEEDS * ROUNDS
        assert chisquare([drawn[shape] for shape in SHAPES]).pvalue > 0.001
        table.append([drawn[shape] for shape in SHAPES])
    assert chi2_contingency(table).pvalue > 0.001


@pytest.mark.parametrize(
    'sees',
    [
        lambda time: Scene(),
        lambda time: hand('none'),
        lambda time: hand('thumbs_up'),
        lambda time: hand('fist', 'point'),
        lambda time: hand('fist' if int(time * 10) % 2 else 'point'),
    ],
    ids=['no hand', 'no gesture', 'another gesture', 'two hands', 'a hand that changes'],
)
def test_an_unclear_hand_does_not_count(tmp_path: Path, sees: Callable[[float], Scene]) -> None:
    robot = FakeRobot(tmp_path, sees=sees)
    course = run_course(GameRockPaperScissors(), {'rounds': 2, 'show_time': 3.0}, robot)
    assert course.sentence == 'saw no hand; 0 rounds: robot 0, player 0'
    assert sum('cannot see your hand' in said for said in robot.said) == 2
    assert robot.said[-1] == 'I see no hand. Let us play later.'


def test_hands_are_looked_at_only_after_the_count(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, sees=hand('fist'))
    run_course(GameRockPaperScissors(), {'rounds': 2}, robot)
    counts = [order for order in robot.orders_of('say') if 'now!' in order.arguments['text']]
    looks = robot.orders_of('watch')
    assert len(looks) == len(counts) == 2
    assert all(look.arguments['gestures'] for look in looks)
    assert all(look.began >= count.ended for look, count in zip(looks, counts, strict=True))


def test_it_goes_on_with_its_score(tmp_path: Path) -> None:
    game, given = GameRockPaperScissors(), {'rounds': 4}
    first = FakeRobot(tmp_path, sees=hand('fist'))
    whole = run_course(GameRockPaperScissors(), given, FakeRobot(tmp_path, sees=hand('fist')))
    assert play(game, given, first, cancel_at=whole.seconds * 0.6).cancelled
    assert shapes_of(first)
    then = FakeRobot(tmp_path, sees=hand('fist'), seed=5)
    rounds = run_course(game, given, then).sentence
    assert rounds.startswith('4 rounds: ')
    assert len(shapes_of(then)) < 4
    assert then.said[0] == 'Rock, paper, scissors, now!'


def test_french_is_played_in_french(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, sees=hand('point'), language='fr')
    run_course(GameRockPaperScissors(), {'rounds': 1}, robot)
    assert robot.said[0].startswith('Pierre, feuille, ciseaux !')
    assert robot.said[-1].endswith('Merci pour la partie !')


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    make_robot = partial(FakeRobot, tmp_path, sees=hand('open_palm'))
    cancel_at_every_step(GameRockPaperScissors, {'rounds': 2}, make_robot)


def test_it_can_be_cancelled_while_nobody_plays(tmp_path: Path) -> None:
    cancel_at_every_step(GameRockPaperScissors, {'show_time': 1.0}, partial(FakeRobot, tmp_path))


def test_it_survives_or_reports_every_refusal(tmp_path: Path) -> None:
    make_robot = partial(FakeRobot, tmp_path, sees=hand('open_palm'))
    refuse_at_every_step(GameRockPaperScissors, {'rounds': 2}, make_robot)
