"""Engines are chosen by name, or the best that can answer, and it is said why."""

from __future__ import annotations

import pytest

from bbia_sim_ros.chat.selection import AUTO
from bbia_sim_ros.chat.selection import COMMANDS
from bbia_sim_ros.chat.selection import OPENAI
from bbia_sim_ros.chat.selection import TRANSFORMERS
from bbia_sim_ros.chat.selection import Selection
from bbia_sim_ros.chat.selection import auto_order
from support.scripted_engine import ScriptedEngine

BOTH = (OPENAI, TRANSFORMERS)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Case:
    """A server, a local model, a clock and the choice between the two."""

    def __init__(self, wanted: str = AUTO) -> None:
        self.server = ScriptedEngine(OPENAI)
        self.local = ScriptedEngine(TRANSFORMERS)
        self.clock = Clock()
        self.selection = Selection(
            {OPENAI: self.server, TRANSFORMERS: self.local},
            wanted=wanted,
            order=BOTH,
            check_period_s=10.0,
            clock=self.clock,
        )

    def chosen(self) -> str:
        engine = self.selection.choose().engine
        return '' if engine is None else engine.name


def test_a_server_that_a_person_has_named_comes_before_a_local_model() -> None:
    assert auto_order(server_named=True) == BOTH
    assert auto_order(server_named=False) == (TRANSFORMERS,)


def test_auto_takes_the_first_that_can_and_says_why() -> None:
    case = Case()
    assert case.chosen() == OPENAI
    case.server.reason = 'connection refused'
    case.clock.now = 11.0
    assert case.chosen() == TRANSFORMERS
    report = case.selection.report()
    assert report.answers == TRANSFORMERS
    assert report.commands
    assert report.reason == 'the best that can answer (openai: connection refused)'
    assert report.obstacles == {OPENAI: 'connection refused'}


def test_with_no_engine_every_reason_is_told() -> None:
    case = Case()
    case.server.reason, case.local.reason = 'no server', 'no model'
    choice = case.selection.choose()
    assert choice.engine is None
    assert choice.reason == 'openai: no server; transformers: no model'
    assert case.selection.report().answers == ''


def test_an_engine_is_asked_once_in_a_period() -> None:
    case = Case()
    for _ in range(5):
        case.chosen()
        case.selection.report()
    assert case.server.times_asked == 1
    case.clock.now = 10.0
    case.chosen()
    assert case.server.times_asked == 2


def test_after_a_failure_auto_prefers_another_for_a_period() -> None:
    case = Case()
    case.selection.failed(OPENAI, 'timed out')
    assert case.chosen() == TRANSFORMERS
    assert case.selection.report().obstacles == {OPENAI: 'timed out'}
    case.clock.now = 10.0
    assert case.chosen() == OPENAI


def test_after_a_failure_auto_goes_back_when_nothing_else_can_answer() -> None:
    case = Case()
    case.local.reason = 'no model'
    case.selection.failed(OPENAI, 'timed out')
    assert case.chosen() == OPENAI


@pytest.mark.parametrize('wanted', BOTH)
def test_a_name_never_falls_back(wanted: str) -> None:
    case = Case(wanted)
    assert case.chosen() == wanted
    assert not case.selection.commands
    for engine in (case.server, case.local):
        engine.reason = '' if engine.name != wanted else 'it is gone'
    case.selection.failed(wanted, 'it failed')
    choice = case.selection.choose()
    assert choice.engine is None
    assert choice.reason == f'{wanted}: it is gone'


def test_commands_alone_are_no_engine_for_other_texts() -> None:
    case = Case(COMMANDS)
    assert case.selection.commands
    choice = case.selection.choose()
    assert choice.engine is None
    assert "set engine to 'auto'" in choice.reason
    assert case.server.times_asked == 0


@pytest.mark.parametrize('wanted', ['gpt', '', OPENAI])
def test_an_engine_that_is_not_there_is_refused(wanted: str) -> None:
    with pytest.raises(ValueError, match='allowed: auto, transformers, commands'):
        Selection({TRANSFORMERS: ScriptedEngine(TRANSFORMERS)}, wanted=wanted)
