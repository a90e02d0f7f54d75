"""Declare a `Parameters` dataclass on a node and keep it in step with the parameter server.

Every value is checked by the dataclass before it takes effect, single ones and combinations alike;
a refused change leaves the node as it was and the answer says why. `on_change` runs in the thread
that set the parameter, after the new values are in `value`. An empty list of texts is [''] in ROS,
which cannot tell the type of an empty list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from typing import Generic
from typing import TypeVar

from rcl_interfaces.msg import FloatingPointRange
from rcl_interfaces.msg import IntegerRange
from rcl_interfaces.msg import ParameterDescriptor
from rcl_interfaces.msg import SetParametersResult
from rclpy.exceptions import InvalidParameterTypeException
from rclpy.exceptions import InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter

from bbia_sim_ros.nodes.parameter_requests import check_parameter_requests
from bbia_sim_ros.parameters import ParameterError
from bbia_sim_ros.parameters import Parameters
from bbia_sim_ros.parameters import ParameterSpec

P = TypeVar('P', bound=Parameters)

_TYPES = {
    (bool, False): Parameter.Type.BOOL,
    (int, False): Parameter.Type.INTEGER,
    (float, False): Parameter.Type.DOUBLE,
    (str, False): Parameter.Type.STRING,
    (bool, True): Parameter.Type.BOOL_ARRAY,
    (int, True): Parameter.Type.INTEGER_ARRAY,
    (float, True): Parameter.Type.DOUBLE_ARRAY,
    (str, True): Parameter.Type.STRING_ARRAY,
}
_INT64_MAX = 2**63 - 1
_DOUBLE_MAX = 1.7976931348623157e308


class NodeParameters(Generic[P]):
    """The parameters of one node.

    Raises `ParameterError` from the constructor when an override from the command line or a YAML
    file is of the wrong type, out of range or contradicts another one.
    """

    def __init__(
        self,
        node: Node,
        parameters_class: type[P],
        *,
        on_change: Callable[[P, P], None] | None = None,
    ) -> None:
        check_parameter_requests(node)
        self._node = node
        self._on_change = on_change
        self.value: P = parameters_class(**self._declare(parameters_class))
        node.add_on_set_parameters_callback(self._check)
        node.add_post_set_parameters_callback(self._apply)

    def _declare(self, parameters_class: type[P]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for spec in parameters_class.specs():
            given = spec.default
            default: Any = (list(given) or ['']) if isinstance(given, tuple) else given
            try:
                declared: Parameter[Any] = self._node.declare_parameter(
                    spec.name, default, _descriptor(spec)
                )
            except (InvalidParameterTypeException, InvalidParameterValueException) as error:
                raise ParameterError(f'{spec.name}: {error}') from error
            values[spec.name] = declared.value
        return values

    def _own(self, parameters: list[Parameter[Any]]) -> dict[str, Any]:
        names = {spec.name for spec in self.value.specs()}
        return {item.name: item.value for item in parameters if item.name in names}

    def _check(self, parameters: list[Parameter[Any]]) -> SetParametersResult:
        try:
            self.value.with_changes(self._own(parameters))
        except ParameterError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _apply(self, parameters: list[Parameter[Any]]) -> None:
        changes = self._own(parameters)
        if not changes:
            return
        before = self.value
        self.value = before.with_changes(changes)
        if self._on_change is not None:
            self._on_change(before, self.value)


def _descriptor(spec: ParameterSpec) -> ParameterDescriptor:
    descriptor = ParameterDescriptor(
        name=spec.name,
        type=_TYPES[spec.kind, spec.is_array].value,
        description=spec.description,
        additional_constraints=spec.range_text() if spec.choices or spec.is_array else '',
        read_only=spec.read_only,
    )
    bounded = spec.minimum is not None or spec.maximum is not None
    if bounded and not spec.is_array and spec.kind is int:
        descriptor.integer_range = [
            IntegerRange(
                from_value=-_INT64_MAX if spec.minimum is None else int(spec.minimum),
                to_value=_INT64_MAX if spec.maximum is None else int(spec.maximum),
            )
        ]
    elif bounded and not spec.is_array and spec.kind is float:
        descriptor.floating_point_range = [
            FloatingPointRange(
                from_value=-_DOUBLE_MAX if spec.minimum is None else float(spec.minimum),
                to_value=_DOUBLE_MAX if spec.maximum is None else float(spec.maximum),
            )
        ]
    return descriptor
