"""The typed parameters: single values, values against each other, and their documentation."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from dataclasses import dataclass

import pytest
import yaml

from bbia_sim_ros import parameter_docs
from bbia_sim_ros import stack_nodes
from bbia_sim_ros.parameters import ParameterError
from bbia_sim_ros.parameters import Parameters
from bbia_sim_ros.parameters import parameter


@dataclass(frozen=True, kw_only=True)
class Sample(Parameters):
    """One parameter of every kind."""

    gain: float = parameter(1.0, 'A number.', minimum=0.0, maximum=2.0)
    count: int = parameter(3, 'A whole number.', minimum=1)
    mode: str = parameter('fast', 'A choice.', choices=('fast', 'slow'))
    switch: bool = parameter(False, 'A switch.')
    low: float = parameter(0.0, 'Lower end.')
    high: float = parameter(1.0, 'Upper end.')
    weights: tuple[float, ...] = parameter((1.0, 2.0), 'Two numbers.', minimum=0.0, length=2)

    def conflicts(self) -> Iterable[str]:
        if self.low >= self.high:
            yield f'low ({self.low:g}) must be below high ({self.high:g})'


@pytest.mark.parametrize(
    ('name', 'value', 'reason'),
    [
        ('gain', 2.5, r'gain: 2.5 is outside 0 .. 2'),
        ('gain', math.nan, r'gain: nan is not a finite number'),
        ('gain', 'much', r"gain: 'much' is of type str, float is needed"),
        ('count', 0, r'count: 0 is outside 1 .. inf'),
        ('count', 1.5, r'count: 1.5 is of type float, int is needed'),
        ('count', True, r'count: True is of type bool, int is needed'),
        ('mode', 'warp', r"mode: 'warp' is not one of 'fast', 'slow'"),
        ('switch', 1, r'switch: 1 is of type int, bool is needed'),
        ('weights', [1.0], r'weights: 1 values given, exactly 2 are needed'),
        ('weights', [1.0, -1.0], r'weights: -1.0 is outside 0 .. inf'),
        ('weights', 'ab', r"weights: 'ab' is not a list"),
        ('low', 1.0, r'low \(1\) must be below high \(1\)'),
        ('lwo', 1.0, r'unknown parameter lwo; known are'),
    ],
)
def test_a_bad_value_is_refused_with_its_reason(name: str, value: object, reason: str) -> None:
    with pytest.raises(ParameterError, match=reason):
        Sample().with_changes({name: value})


def test_a_whole_number_is_taken_for_a_float() -> None:
    changed = Sample().with_changes({'gain': 2})
    assert isinstance(changed.gain, float)
    assert changed.gain == 2.0


def test_values_that_depend_on_each_other_can_change_together() -> None:
    changed = Sample().with_changes({'low': 5.0, 'high': 6.0})
    assert (changed.low, changed.high) == (5.0, 6.0)


@pytest.mark.parametrize('entry', stack_nodes.NODES, ids=lambda entry: entry.executable)
def test_every_parameter_says_in_a_sentence_what_it_means(entry: stack_nodes.NodeEntry) -> None:
    for spec in parameter_docs.parameters_of(entry).specs():
        assert spec.description.endswith('.'), spec.name
        assert len(spec.description.split()) >= 3, spec.name


def test_the_written_documents_are_those_of_the_code() -> None:
    assert parameter_docs.main(['--check']) == 0


def test_the_configuration_file_holds_the_defaults() -> None:
    written = yaml.safe_load(parameter_docs.yaml_text())
    declared: dict[str, set[str]] = {}
    for entry in stack_nodes.NODES:
        node = parameter_docs.parameters_of(entry)
        names = {spec.name for spec in node.specs()}
        values = written[f'/**/{entry.name}']['ros__parameters']
        assert node(**{name: values[name] for name in names}) == node()
        declared.setdefault(f'/**/{entry.name}', set()).update(names)
    assert declared == {node: set(body['ros__parameters']) for node, body in written.items()}


def test_two_nodes_of_one_name_cannot_declare_a_parameter_differently(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulator = stack_nodes.node_entry('simulator_node')
    motion = dataclasses.replace(stack_nodes.node_entry('motion_node'), name=simulator.name)
    monkeypatch.setattr(stack_nodes, 'NODES', (simulator, motion))
    with pytest.raises(ValueError, match='rate: motion_node declares it otherwise than'):
        parameter_docs.yaml_text()
