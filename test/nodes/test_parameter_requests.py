"""Requests for parameters that rclpy itself would fail at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from rcl_interfaces.msg import Parameter
from rcl_interfaces.msg import ParameterValue
from rcl_interfaces.srv import GetParameters
from rcl_interfaces.srv import SetParameters
from rcl_interfaces.srv import SetParametersAtomically

from support.domains import reserved_domain
from support.ros import Probe
from support.ros import StackProcess
from support.ros import probe

SANE = Parameter(name='use_sim_time', value=ParameterValue(type=1, bool_value=False))
UNREADABLE = Parameter(name='use_sim_time', value=ParameterValue(type=86))


@pytest.fixture(scope='module')
def state() -> Iterator[Probe]:
    """A probe beside a node."""
    with reserved_domain(), StackProcess('state_node') as process, probe() as made:
        yield made
        assert process.process.poll() is None, process.output


def ask(state: Probe, class_: type[Any], name: str, *parameters: Parameter) -> Any:
    return state.call(class_, f'/state/{name}', class_.Request(parameters=list(parameters)))


def test_a_value_of_a_type_that_does_not_exist_is_refused_alone(state: Probe) -> None:
    refused, done = ask(state, SetParameters, 'set_parameters', UNREADABLE, SANE).results
    assert not refused.successful
    assert "'use_sim_time'" in refused.reason
    assert '86' in refused.reason
    assert done.successful


def test_set_together_none_is_set(state: Probe) -> None:
    name = 'set_parameters_atomically'
    refused = ask(state, SetParametersAtomically, name, SANE, UNREADABLE).result
    assert not refused.successful
    assert ask(state, SetParametersAtomically, name, SANE).result.successful


def test_the_node_goes_on(state: Probe) -> None:
    ask(state, SetParameters, 'set_parameters', UNREADABLE)
    request = GetParameters.Request(names=['use_sim_time'])
    (value,) = state.call(GetParameters, '/state/get_parameters', request).values
    assert value.type == 1
