"""Parameter values on their way between JSON and the parameter services of a node."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bbia_sim_ros.bridge.definitions import full_text
from bbia_sim_ros.bridge.errors import Refused
from bbia_sim_ros.bridge.gateway import GatewayError
from bbia_sim_ros.bridge.rosapi_parameters import RosapiParameters


class OneNode:
    """A node with one parameter, behind its parameter services."""

    def __init__(self, **value: Any) -> None:
        self.value = value
        self.was_set: dict[str, Any] = {}

    async def __call__(
        self, service: str, type_name: str, request: dict[str, Any], timeout_s: float
    ) -> dict[str, Any]:
        if not service.startswith('/node/'):
            raise GatewayError(f'there is no service {service}')
        if service.endswith('get_parameters'):
            return {'values': [self.value]}
        if service.endswith('list_parameters'):
            return {'result': {'names': ['one', 'two']}}
        self.was_set = request['parameters'][0]['value']
        return {'results': [{'successful': True, 'reason': ''}]}


def parameters(node: OneNode) -> RosapiParameters:
    return RosapiParameters(node, lambda: ['/gone', '/node'])


@pytest.mark.parametrize(
    ('json', 'present', 'sent'),
    [
        ('true', 0, {'type': 1, 'bool_value': True}),
        ('5', 2, {'type': 2, 'integer_value': 5}),
        ('5', 3, {'type': 3, 'double_value': 5.0}),
        ('0.5', 3, {'type': 3, 'double_value': 0.5}),
        ('"text"', 4, {'type': 4, 'string_value': 'text'}),
        ('[true, false]', 6, {'type': 6, 'bool_array_value': [True, False]}),
        ('[1, 2]', 7, {'type': 7, 'integer_array_value': [1, 2]}),
        ('[1, 2]', 8, {'type': 8, 'double_array_value': [1.0, 2.0]}),
        ('[1, 2.5]', 8, {'type': 8, 'double_array_value': [1.0, 2.5]}),
        ('["a"]', 9, {'type': 9, 'string_array_value': ['a']}),
        ('[]', 9, {'type': 9, 'string_array_value': []}),
    ],
)
def test_json_becomes_a_parameter_of_the_type_that_it_has(
    json: str, present: int, sent: dict[str, Any]
) -> None:
    node = OneNode(type=present)
    assert asyncio.run(parameters(node).set('/node:one', json)) == {}
    assert node.was_set == sent


@pytest.mark.parametrize('json', ['null', '{}', '[[1]]', '[1, "a"]', '[]', 'x'])
def test_what_cannot_be_a_parameter_is_refused(json: str) -> None:
    with pytest.raises(Refused, match="field 'value'"):
        asyncio.run(parameters(OneNode(type=0)).set('/node:one', json))


@pytest.mark.parametrize(
    ('value', 'json'),
    [
        ({'type': 3, 'double_value': 0.5}, '0.5'),
        ({'type': 4, 'string_value': 'a"b'}, '"a\\"b"'),
        ({'type': 7, 'integer_array_value': [1, 2]}, '[1,2]'),
        ({'type': 0}, '"plain"'),
    ],
)
def test_a_parameter_becomes_json(value: dict[str, Any], json: str) -> None:
    answer = asyncio.run(parameters(OneNode(**value)).get('node:one', 'plain'))
    assert answer == {'value': json}


def test_a_node_that_is_not_there_has_no_parameters() -> None:
    made = parameters(OneNode(type=1, bool_value=True))
    assert asyncio.run(made.has('/gone:one')) == {'exists': False}
    assert asyncio.run(made.get('/gone:one', '[1]')) == {'value': '[1]'}
    assert asyncio.run(made.names()) == {'names': ['/node:one', '/node:two']}


def test_the_text_of_a_definition_brings_those_inside_it() -> None:
    text = full_text('geometry_msgs/msg/PointStamped')
    assert text.startswith('# ')
    assert 'MSG: std_msgs/Header' in text
    assert 'MSG: builtin_interfaces/Time' in text
    assert full_text('no_such/msg/Type') == ''
