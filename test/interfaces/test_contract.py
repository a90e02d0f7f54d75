"""The interfaces keep what programs outside this repository rely on.

Three promises: bbia_msgs has every field of the published contract, tf2_msgs, control_msgs,
hri_msgs and vision_msgs are on the wire what their released packages are, and every field says what
it means.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from ament_index_python.packages import get_package_share_directory
from rosidl_adapter.parser import parse_action_file
from rosidl_adapter.parser import parse_message_file
from rosidl_adapter.parser import parse_service_file

HERE = Path(__file__).parent
DEFINITIONS = HERE.parents[1] / 'bbia_msgs'
PARTS = {
    'msg': ('',),
    'srv': ('Request', 'Response'),
    'action': ('Goal', 'Result', 'Feedback'),
}


def data_lines(name: str) -> list[str]:
    """Lines of a data file beside this one, without comments."""
    lines = (HERE / name).read_text(encoding='utf-8').splitlines()
    return [line for line in lines if line and not line.startswith('#')]


def interface(package: str, kind: str, name: str) -> Any:
    """Import an interface class."""
    return getattr(import_module(f'{package}.{kind}'), name)


def fields_of(cls: Any, kind: str) -> list[list[tuple[str, str]]]:
    """Fields of each part of an interface as (type, name), in order."""
    parts = [getattr(cls, part) if part else cls for part in PARTS[kind]]
    return [
        [(type_, name) for name, type_ in part.get_fields_and_field_types().items()]
        for part in parts
    ]


def parsed_parts(path: Path) -> list[Any]:
    """Parse a definition file into its message specifications."""
    if path.suffix == '.msg':
        return [parse_message_file('bbia_msgs', path)]
    if path.suffix == '.srv':
        service = parse_service_file('bbia_msgs', path)
        return [service.request, service.response]
    action = parse_action_file('bbia_msgs', path)
    return [action.goal, action.result, action.feedback]


@pytest.mark.parametrize('line', data_lines('contract_fields.txt'), ids=lambda line: line[:24])
def test_contract_fields_come_first_with_their_types(line: str) -> None:
    head, _, body = line.partition(': ')
    kind, name = head.split()
    promised = [
        [tuple(field.split()) for field in part.split(' | ')] for part in body.split(' --- ')
    ]

    actual = fields_of(interface('bbia_msgs', kind, name), kind)

    assert [part[: len(want)] for part, want in zip(actual, promised, strict=True)] == promised


@pytest.mark.parametrize('line', data_lines('released_type_hashes.txt'), ids=str.split)
def test_standard_interface_has_the_type_hash_of_its_release(line: str) -> None:
    full_name, released = line.split()
    package, kind, name = full_name.split('/')
    interface(package, kind, name)

    description = Path(get_package_share_directory(package), kind, f'{name}.json')
    hashes = json.loads(description.read_text(encoding='utf-8'))['type_hashes']

    assert {entry['type_name']: entry['hash_string'] for entry in hashes}[full_name] == released


def test_constants_outside_the_type_hash_are_those_of_the_release() -> None:
    result = interface('control_msgs', 'action', 'FollowJointTrajectory').Result
    error = interface('tf2_msgs', 'msg', 'TF2Error')
    tolerance = interface('control_msgs', 'msg', 'JointComponentTolerance')

    assert [
        result.SUCCESSFUL,
        result.INVALID_GOAL,
        result.INVALID_JOINTS,
        result.OLD_HEADER_TIMESTAMP,
        result.PATH_TOLERANCE_VIOLATED,
        result.GOAL_TOLERANCE_VIOLATED,
    ] == [0, -1, -2, -3, -4, -5]
    assert [
        error.NO_ERROR,
        error.LOOKUP_ERROR,
        error.CONNECTIVITY_ERROR,
        error.EXTRAPOLATION_ERROR,
        error.INVALID_ARGUMENT_ERROR,
        error.TIMEOUT_ERROR,
        error.TRANSFORM_ERROR,
    ] == [0, 1, 2, 3, 4, 5, 6]
    assert [
        tolerance.X_AXIS,
        tolerance.Y_AXIS,
        tolerance.Z_AXIS,
        tolerance.TRANSLATION,
        tolerance.ROTATION,
    ] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    'path',
    sorted(path for kind in PARTS for path in (DEFINITIONS / kind).iterdir()),
    ids=lambda path: path.name,
)
def test_every_field_and_interface_is_explained(path: Path) -> None:
    assert path.read_text(encoding='utf-8').startswith('# ')
    unexplained = [
        field.name
        for part in parsed_parts(path)
        for field in part.fields
        if not field.annotations.get('comment')
    ]
    assert unexplained == []


def test_every_definition_file_is_built() -> None:
    listed = (DEFINITIONS / 'CMakeLists.txt').read_text(encoding='utf-8')
    names = [line.strip().strip('"') for line in listed.splitlines() if line.startswith('  "')]
    files = [f'{kind}/{path.name}' for kind in PARTS for path in (DEFINITIONS / kind).iterdir()]

    assert names == sorted(files)
