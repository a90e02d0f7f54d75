"""The guessing game: fair numbers, true hints, words as guesses, an end for who does not answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from scipy.stats import chisquare

from bbia_sim_ros.behaviors.library.game_guess_number import GameGuessNumber
from support.courses import cancel_at_every_step
from support.courses import parameters_of
from support.courses import play
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import FakeRobot

GAMES = 500
HINT = re.compile(r'Mine is (higher|lower) than (\d+)\.')


class Bisector:
    """A player who believes every hint; ``spoken`` makes words of guesses."""

    def __init__(self, most: int = 100, spoken: Callable[[int], str] = str) -> None:
        self.low, self.high = 1, most
        self.spoken = spoken
        self.robot: FakeRobot | None = None
        self._seen = 0

    def __call__(self, question: str) -> str:
        assert self.robot is not None
        for said in self.robot.said[self._seen :]:
            if hint := HINT.fullmatch(said):
                guess = int(hint[2])
                self.low = guess + 1 if hint[1] == 'higher' else self.low
                self.high = guess - 1 if hint[1] == 'lower' else self.high
        self._seen = len(self.robot.said)
        return self.spoken((self.low + self.high) // 2)


def bisecting(tmp_path: Path, seed: int = 1, **player: object) -> FakeRobot:
    bisector = Bisector(**player)  # type: ignore[arg-type]
    bisector.robot = FakeRobot(tmp_path, hears=bisector, seed=seed)
    return bisector.robot


@pytest.mark.parametrize('seed', range(10))
def test_who_halves_the_range_always_wins(tmp_path: Path, seed: int) -> None:
    robot = bisecting(tmp_path, seed)
    course = run_course(GameGuessNumber(), {'tries': 7}, robot)
    assert re.fullmatch(r'the player found \d+ with guess [1-7]', course.sentence)
    assert robot.said[-1].startswith('Yes, ')
    assert robot.names[-1] in {'emotion', 'say'}


def test_guesses_may_be_words(tmp_path: Path) -> None:
    tens = ('', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety')
    units = ('', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine')

    def spoken(number: int) -> str:
        if number < 20 or number == 100:
            return f'is it {number}?'
        return f'is it {tens[number // 10]} {units[number % 10]}?'

    course = run_course(GameGuessNumber(), {}, bisecting(tmp_path, seed=3, spoken=spoken))
    assert course.sentence.startswith('the player found')


def test_numbers_are_drawn_fairly(tmp_path: Path) -> None:
    secrets: Counter[str] = Counter()
    given = parameters_of(GameGuessNumber, {'most': 5})
    for seed in range(GAMES):
        robot = FakeRobot(tmp_path, hears=['stop'], seed=seed)
        course = run_course(GameGuessNumber(), given, robot)
        secrets[course.sentence.rpartition(' ')[2]] += 1
    assert sorted(secrets, key=int) == [str(number) for number in range(1, 6)]
    assert chisquare(list(secrets.values())).pvalue > 0.001


def test_hints_show_with_the_head(tmp_path: Path) -> None:
    robot = bisecting(tmp_path)
    run_course(GameGuessNumber(), {}, robot)
    hints = [order for order in robot.orders_of('say') if HINT.match(order.arguments['text'])]
    tilts = {order.began: order.arguments['head'].pitch for order in robot.orders_of('go_to')}
    assert hints
    for hint in hints:
        assert (tilts[hint.began] < 0.0) == ('higher' in hint.arguments['text'])


def test_what_cannot_be_right_costs_no_guess(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, hears=['101', '0', '-3', '2.5', 'hm', '50 or 60', 'stop'])
    course = run_course(GameGuessNumber(), {}, robot)
    assert course.sentence.startswith('the player stopped; it was ')
    assert robot.said.count('It is a whole number from 1 to 100.') == 4
    assert robot.said.count('I did not hear one number. Please say just one.') == 2
    assert {stage for stage, _ in robot.stages} == {'guess 1 of 10'}


def test_silence_ends_it(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    course = run_course(GameGuessNumber(), {'answer_time': 5.0}, robot)
    assert course.sentence.startswith('nobody answered; it was ')
    assert len(robot.orders_of('listen')) == 3
    assert course.seconds < 60.0


def test_the_number_is_told_when_all_guesses_are_wrong(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, hears=lambda _: '1', seed=1)
    course = run_course(GameGuessNumber(), {'tries': 4, 'most': 999}, robot)
    assert course.sentence.startswith('4 guesses were wrong; it was ')
    assert re.fullmatch(r'It was \d+\. Another time!', robot.said[-1])


def test_french_is_played_in_french(tmp_path: Path) -> None:
    hears = [f'c’est {word}' for word in ('un', 'deux', 'trois')]
    robot = FakeRobot(tmp_path, hears=hears, language='fr')
    course = run_course(GameGuessNumber(), {'most': 3}, robot)
    assert course.sentence.startswith('the player found')
    assert robot.said[0].startswith('Je pense à un nombre')


def test_it_goes_on_with_the_same_number(tmp_path: Path) -> None:
    game = GameGuessNumber()
    first, then = bisecting(tmp_path), FakeRobot(tmp_path, hears=['stop'], seed=99)
    assert play(game, {}, first, cancel_at=15.0).cancelled
    secret = run_course(game, {}, then).sentence.rpartition(' ')[2]
    course = run_course(GameGuessNumber(), {}, bisecting(tmp_path))
    assert course.sentence.startswith(f'the player found {secret} ')
    assert not then.said[0].startswith('I am thinking')


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    hears = ['50', 'hm', '200', None, '25', 'stop']
    cancel_at_every_step(GameGuessNumber, {}, partial(FakeRobot, tmp_path, hears=hears))


def test_it_survives_or_reports_every_refusal(tmp_path: Path) -> None:
    hears = ['50', 'hm', '200', None, '25', 'stop']
    refuse_at_every_step(GameGuessNumber, {}, partial(FakeRobot, tmp_path, hears=hears))
