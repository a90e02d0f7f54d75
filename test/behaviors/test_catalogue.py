"""Behaviors are found, checked and described, and parameters are checked against their schema."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.catalogue import MAX_PARAMETERS_B
from bbia_sim_ros.behaviors.catalogue import Catalogue
from bbia_sim_ros.behaviors.errors import UnknownBehavior
from bbia_sim_ros.behaviors.errors import WrongParameters
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from support.toy_behaviors import TOYS
from support.toy_behaviors import Bow


class Greet(Behavior):
    """Greets somebody.

    More than this line is not its description.
    """

    name = 'greet'
    requires = frozenset({Part.SPEECH, Part.MOTION})

    class Parameters(BehaviorParameters):
        """Whom and how."""

        who: str = Field(description='A name.', min_length=1, max_length=20)
        mood: Literal['happy', 'sad'] = 'happy'
        waves: int = Field(1, ge=0, le=5)
        speed: float = 1.0
        words: tuple[str, ...] = ()

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Greet."""
        await robot.say(f'Hello {parameters.who}')
        return 'greeted'


CATALOGUE = Catalogue([('here', Greet), ('toys', Bow)])


def test_an_entry_says_what_the_class_says_of_itself() -> None:
    entry = CATALOGUE.entry('greet')
    assert entry.description == 'Greets somebody.'
    assert entry.requires == (Part.MOTION, Part.SPEECH)
    schema = json.loads(entry.schema)
    assert schema['required'] == ['who']
    assert schema['properties']['waves']['maximum'] == 5
    assert list(CATALOGUE.entries) == ['bow', 'greet']


def test_an_unknown_name_is_answered_with_the_known() -> None:
    with pytest.raises(UnknownBehavior, match="no behavior 'gret', but greet; known are: bow, gr"):
        CATALOGUE.entry('gret')
    with pytest.raises(UnknownBehavior, match=r'known are: bow, greet$'):
        CATALOGUE.entry('x' * 10_000)
    with pytest.raises(UnknownBehavior, match='known are: none'):
        Catalogue([]).entry('')


def test_defaults_are_taken_for_no_text() -> None:
    assert CATALOGUE.parse('bow', '') == CATALOGUE.parse('bow', ' {} ') == Bow.Parameters(times=1)
    parameters = CATALOGUE.parse('greet', '{"who": "Anna", "words": ["a"], "speed": 2}')
    assert parameters == Greet.Parameters(who='Anna', words=('a',), speed=2.0)


@pytest.mark.parametrize(
    ('text', 'problem'),
    [
        ('{}', 'greet: who is needed'),
        ('{"who": ""}', "greet: who is '': String should have at least 1 character"),
        ('{"who": 3}', 'greet: who is 3: Input should be a valid string'),
        ('{"who": null}', 'greet: who is None'),
        ('{"who": "A", "waves": 6}', 'waves is 6: Input should be less than or equal to 5'),
        ('{"who": "A", "waves": "2"}', "waves is '2': Input should be a valid integer"),
        ('{"who": "A", "waves": true}', 'waves is True: Input should be a valid integer'),
        ('{"who": "A", "mood": "mad"}', "mood is 'mad': Input should be 'happy' or 'sad'"),
        ('{"who": "A", "speed": NaN}', 'speed is nan: Input should be a finite number'),
        ('{"who": "A", "speed": 1e999}', 'speed is inf'),
        ('{"who": "A", "words": [1]}', 'words.0 is 1: Input should be a valid string'),
        ('{"who": "A", "size": 2}', 'no parameter size; known are: who, mood, waves, speed, words'),
        ('[]', 'is no JSON object of parameters'),
        ('null', 'is no JSON object of parameters'),
        ('{"who": ', 'is no JSON object of parameters: Invalid JSON'),
        ('[' * 60_000, 'recursion limit exceeded'),
        ('\ud800', 'is no JSON object of parameters'),
        ('"' + 'x' * MAX_PARAMETERS_B + '"', 'at most 65536 are allowed'),
    ],
)
def test_an_error_names_the_field_the_value_and_what_is_allowed(text: str, problem: str) -> None:
    with pytest.raises(WrongParameters) as caught:
        CATALOGUE.parse('greet', text)
    assert problem in str(caught.value)
    assert len(str(caught.value)) < 2000


def test_many_errors_are_told_shortly() -> None:
    text = json.dumps({f'unknown_{number}': 'x' * 500 for number in range(100)})
    with pytest.raises(WrongParameters) as caught:
        CATALOGUE.parse('greet', text)
    assert len(str(caught.value)) < 1000


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with suppress(WrongParameters):
        assert isinstance(CATALOGUE.parse('bow', text), Bow.Parameters)


def test_values_of_python_obey_the_same_rules() -> None:
    given_values = {'who': 'Anna', 'words': ('a', 'b')}
    assert CATALOGUE.given('greet', given_values) == Greet.Parameters(who='Anna', words=('a', 'b'))
    with pytest.raises(WrongParameters, match='waves is 9'):
        CATALOGUE.given('greet', {'who': 'Anna', 'waves': 9})
    with pytest.raises(WrongParameters, match='no JSON values'):
        CATALOGUE.given('greet', {'who': object()})


def _changed(**attributes: object) -> type[Behavior]:
    members = {'__doc__': Bow.__doc__, '__module__': __name__, **attributes}
    return type('Changed', (Bow,), members)


class NoSchema(BehaviorParameters):
    """Has a field whose type JSON does not know."""

    when: Callable[[], int] = Field()


@pytest.mark.parametrize(
    ('candidate', 'problem'),
    [
        (3, '3 is no subclass of Behavior'),
        (Robot, 'is no subclass of Behavior'),
        (Behavior, 'it has no coroutine'),
        (_changed(name='Bow!'), "its name is 'Bow!'"),
        (_changed(name='b' * 65), '64 at most'),
        (_changed(name=None), 'its name is None'),
        (_changed(__doc__=''), 'it has no docstring'),
        (_changed(run=lambda self, robot, parameters: ''), 'it has no coroutine'),
        (_changed(priority=0), 'from 1 to 255'),
        (_changed(priority=True), 'from 1 to 255'),
        (_changed(requires='motion'), 'it is a set of motion, camera'),
        (_changed(requires={'motion'}), 'it is a set of motion, camera'),
        (_changed(when_preempted='resume'), 'it is a WhenPreempted'),
        (_changed(time_limit=float('inf')), 'seconds above 0'),
        (_changed(time_limit=0.0), 'seconds above 0'),
        (_changed(Parameters=dict), 'no subclass of BehaviorParameters'),
        (_changed(Parameters=NoSchema), 'Changed: Parameters: '),
    ],
)
def test_what_is_no_behavior_is_named_and_the_rest_live_on(candidate: object, problem: str) -> None:
    catalogue = Catalogue([('bad', candidate), ('good', Greet)])
    assert list(catalogue.entries) == ['greet']
    assert len(catalogue.problems) == 1
    assert catalogue.problems[0].startswith('bad: ')
    assert problem in catalogue.problems[0]


def test_a_name_is_given_once() -> None:
    catalogue = Catalogue([('first', Bow), ('second', _changed())])
    assert catalogue.entry('bow').behavior is Bow
    assert catalogue.problems == ('second: bow is taken by first',)


def test_toys_are_behaviors() -> None:
    assert Catalogue([('toys', toy) for toy in TOYS]).problems == ()


def test_the_behaviors_of_this_package_are_all_sound() -> None:
    catalogue = Catalogue.discover()
    assert catalogue.problems == ()


def test_a_module_that_cannot_be_imported_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / 'some_behaviors'
    package.mkdir()
    (package / '__init__.py').touch()
    (package / 'broken.py').write_text('import no_such_module_anywhere\n', encoding='utf-8')
    (package / 'garbage.py').write_text('def (:\n', encoding='utf-8')
    (package / 'fine.py').write_text(
        'from support.toy_behaviors import Bow\n'
        'class Deep(Bow):\n    "Bows deeply."\n    name = "deep"\n',
        encoding='utf-8',
    )
    monkeypatch.syspath_prepend(tmp_path)
    try:
        catalogue = Catalogue.discover(importlib.import_module('some_behaviors'))
    finally:
        for name in [name for name in sys.modules if name.startswith('some_behaviors')]:
            del sys.modules[name]
    assert catalogue.entry('deep').description == 'Bows deeply.'
    assert catalogue.entry('deep').origin == 'some_behaviors.fine'
    # What a module only imports is another's.
    assert 'bow' not in catalogue.entries
    assert [problem.split(':')[0] for problem in catalogue.problems] == [
        'some_behaviors.broken',
        'some_behaviors.garbage',
    ]
    assert "No module named 'no_such_module_anywhere'" in catalogue.problems[0]
