"""What tools accept, what they refuse, and what a model is told about it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.chat.motion_tools import DIRECTIONS
from bbia_sim_ros.chat.motion_tools import HEAD_REACH
from bbia_sim_ros.chat.motion_tools import largest_turn_deg
from bbia_sim_ros.chat.tool_arguments import ArgumentError
from bbia_sim_ros.chat.tools import TOOL_NAMES
from bbia_sim_ros.chat.tools import ToolTable
from bbia_sim_ros.robot.geometry import load_geometry
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.workspace import SOFT
from bbia_sim_ros.robot.workspace import Workspace
from support.official_robot import official_package

TABLE = ToolTable(emotions=('happy', 'sad'), moves=('wave_hello',), behaviors=('follow_me',))
MILLIMETRES, DEGREES = 1e-3, math.radians(1.0)


def refusal(name: str, arguments: dict[str, Any]) -> str:
    with pytest.raises(ArgumentError) as caught:
        TABLE.check(name, arguments)
    return str(caught.value)


@pytest.fixture(scope='module')
def workspace() -> Workspace:
    package: Path = official_package()
    return Workspace(Kinematics(load_geometry(package / 'assets/kinematics_data.json')))


@pytest.mark.parametrize('axis', ['x', 'y', 'z', 'roll', 'pitch'])
def test_the_range_of_each_axis_is_the_reach_of_the_head(workspace: Workspace, axis: str) -> None:
    unit = MILLIMETRES if axis in 'xyz' else DEGREES

    def inside(value: float) -> bool:
        place = {'x': 0.0, 'y': 0.0, 'z': 0.0, 'roll': 0.0, 'pitch': 0.0, 'yaw': 0.0}
        return workspace.contains(pose_from_euler(**{**place, axis: value * unit}), margins=SOFT)

    low, high = HEAD_REACH[axis]
    assert inside(low)
    assert inside(high)
    assert not inside(low - 2.5)
    assert not inside(high + 2.5)


def test_every_tool_has_a_schema_that_is_json() -> None:
    specs = TABLE.specs()
    assert tuple(spec.name for spec in specs) == TOOL_NAMES
    for spec in specs:
        assert spec.parameters['type'] == 'object'
        assert spec.parameters['additionalProperties'] is False
        assert set(spec.parameters['required']) <= set(spec.parameters['properties'])
        assert json.loads(json.dumps(spec.parameters, allow_nan=False)) == spec.parameters


def test_schemas_tell_the_ranges_and_names_that_are_checked() -> None:
    specs = {spec.name: spec.parameters['properties'] for spec in TABLE.specs()}
    assert specs['emotion']['name']['enum'] == ['happy', 'sad']
    assert specs['look']['direction']['enum'] == list(DIRECTIONS)
    pitch = specs['go_to']['pitch']
    assert (pitch['minimum'], pitch['maximum']) == HEAD_REACH['pitch']
    assert (specs['go_to']['body_yaw']['minimum'], specs['go_to']['body_yaw']['maximum']) == (
        -160.0,
        160.0,
    )


def test_only_allowed_tools_are_told_of() -> None:
    assert [spec.name for spec in TABLE.specs({'stop', 'look'})] == ['look', 'stop']


def test_a_tool_without_anything_to_choose_is_not_offered_and_is_refused() -> None:
    table = ToolTable(emotions=('happy',))
    assert not {'move', 'behave'} & {spec.name for spec in table.specs()}
    with pytest.raises(ArgumentError, match='the robot knows none at present'):
        table.check('move', {'name': '/etc/passwd.json'})


@pytest.mark.parametrize(
    ('name', 'arguments', 'checked'),
    [
        ('look', {'direction': 'left'}, {'direction': 'left'}),
        ('look', {'direction': ' LEFT ', 'degrees': '30'}, {'direction': 'left', 'degrees': 30.0}),
        ('look', {'x': 1, 'y': 0, 'z': -0.2}, {'x': 1.0, 'y': 0.0, 'z': -0.2}),
        ('look', {'person': 'nearest'}, {'person': 'nearest'}),
        ('look', {'person': '3'}, {'person': 3}),
        ('look', {'person': 0, 'direction': None}, {'person': 0}),
        ('go_to', {'yaw': -180, 'duration': 2}, {'yaw': -180.0, 'duration': 2.0}),
        ('go_to', {'left_antenna': '-1.5e1'}, {'left_antenna': -15.0}),
        ('emotion', {'name': 'Happy'}, {'name': 'happy'}),
        ('behave', {'name': 'follow_me', 'parameters': {'a': [1]}}, None),
        ('say', {'text': ' hi\x00 ', 'language': 'fr'}, {'text': 'hi', 'language': 'fr'}),
        ('what_do_you_see', {}, {}),
        ('recall', {}, {}),
    ],
)
def test_good_arguments_come_back_in_their_own_types(
    name: str, arguments: dict[str, Any], checked: dict[str, Any] | None
) -> None:
    assert TABLE.check(name, arguments) == (arguments if checked is None else checked)


@pytest.mark.parametrize(
    ('name', 'arguments', 'parts'),
    [
        ('look', {}, ['exactly one of']),
        ('look', {'direction': 'left', 'person': 1}, ['exactly one of']),
        ('look', {'direction': 'backwards'}, ['direction', '"backwards"', 'left', 'up_right']),
        ('look', {'direction': 'up', 'degrees': 41}, ['degrees is 41', '0 .. 40 for up']),
        ('look', {'direction': 'down_left', 'degrees': 36}, ['0 .. 35 for down_left']),
        ('look', {'direction': 'left', 'degrees': -5}, ['degrees is -5', '0 .. 180']),
        ('look', {'x': 1, 'y': 2}, ['missing: z']),
        ('look', {'x': 1e9, 'y': 0, 'z': 0}, ['x is 1000000000', '-100 .. 100']),
        ('look', {'person': 1, 'frame': 'base_link'}, ['frame belongs to a point']),
        ('look', {'person': 1, 'degrees': 3}, ['degrees belongs to a direction']),
        ('look', {'person': 1.5}, ['person is 1.5', 'whole number', 'nearest']),
        ('look', {'person': True}, ['person is true']),
        ('go_to', {}, ['moves nothing', 'left_antenna']),
        ('go_to', {'duration': 1}, ['moves nothing']),
        ('go_to', {'yaw': True}, ['yaw must be a number, not true']),
        ('go_to', {'yaw': math.nan}, ['yaw must be a number']),
        ('go_to', {'yaw': 'Infinity'}, ['yaw must be a number']),
        ('go_to', {'yaw': '30 degrees'}, ['not "30 degrees"', '-180 .. 180']),
        ('go_to', {'yaw': 10**400}, ['yaw must be a number']),
        ('go_to', {'yaw': [1]}, ['yaw must be a number, not [1]']),
        ('go_to', {'speed': 3}, ['no argument "speed"', 'pitch', 'duration']),
        ('emotion', {}, ['needs name', 'happy, sad']),
        ('emotion', {'name': 'bored'}, ['"bored"', 'allowed: happy, sad']),
        ('emotion', {'name': 'sad', 'intensity': 1.1}, ['intensity is 1.1', '0 .. 1']),
        ('move', {'name': '../../etc/passwd'}, ['allowed: wave_hello']),
        ('behave', {'name': 'follow_me', 'parameters': []}, ['must be an object']),
        ('behave', {'name': 'follow_me', 'parameters': {'a': math.inf}}, ['plain JSON']),
        ('behave', {'name': 'follow_me', 'parameters': {'a': 'x' * 5000}}, ['at most 4000']),
        ('say', {'text': 'x' * 1001}, ['1001 characters', 'at most 1000']),
        ('say', {'text': ' \x00 '}, ['text is blank']),
        ('say', {'text': 5}, ['text must be text, not 5']),
        ('say', {'text': 'a', 'language': 'fr; rm'}, ['language']),
        ('stop', {'now': True}, ['no argument "now"']),
        ('shell', {}, ['no tool "shell"', 'what_do_you_see']),
    ],
)
def test_a_refusal_names_argument_value_and_what_is_allowed(
    name: str, arguments: dict[str, Any], parts: list[str]
) -> None:
    message = refusal(name, arguments)
    for part in parts:
        assert part in message
    assert len(message) < 700


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
ARGUMENT_NAMES = st.sampled_from(
    sorted({key for spec in TABLE.specs() for key in spec.parameters['properties']} | {'other'})
)
PLAUSIBLE = st.sampled_from(['left', 'happy', 'follow_me', 'nearest', '12', 'base_link', 3, -0.5])


@given(
    name=st.sampled_from(TOOL_NAMES),
    arguments=st.dictionaries(ARGUMENT_NAMES, PLAUSIBLE | ANYTHING, max_size=5),
)
def test_whatever_is_given_is_refused_or_within_the_ranges(
    name: str, arguments: dict[str, Any]
) -> None:
    try:
        checked = TABLE.check(name, arguments)
    except ArgumentError:
        return
    properties = next(s.parameters['properties'] for s in TABLE.specs() if s.name == name)
    assert set(checked) <= set(properties)
    for key, value in checked.items():
        schema = properties[key]
        if schema.get('type') == 'number':
            assert isinstance(value, float)
            assert schema['minimum'] <= value <= schema['maximum']
        elif 'enum' in schema:
            assert value in schema['enum']
        elif schema.get('type') == 'string':
            assert 0 < len(value) <= schema['maxLength']


@given(direction=st.sampled_from(sorted(DIRECTIONS)), degrees=st.floats(0.0, 180.0))
def test_a_direction_takes_no_more_degrees_than_its_axes_reach(
    direction: str, degrees: float
) -> None:
    if degrees <= largest_turn_deg(direction):
        assert TABLE.check('look', {'direction': direction, 'degrees': degrees})
    else:
        refusal('look', {'direction': direction, 'degrees': degrees})
