"""What a test sees of the models of a stack, and asks of their owners or of the monitor."""

from __future__ import annotations

from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from std_srvs.srv import Trigger

from bbia_msgs.msg import ModelStatus
from bbia_msgs.srv import LoadModel
from bbia_msgs.srv import UnloadModel
from bbia_sim_ros.nodes import qos
from support.ros import Probe
from support.waiting import wait_until

OK = b'\x00'
WARN = b'\x01'


class Models:
    """A model is called `owner/name` here, as at the services of the monitor."""

    def __init__(self, seen: Probe) -> None:
        self._probe = seen
        self.statuses = seen.collect(ModelStatus, 'models/status', qos.LATCHED_MANY)
        self._diagnostics = seen.collect(DiagnosticArray, '/diagnostics', qos.STREAM)

    def status(self, key: str) -> ModelStatus | None:
        """Return the newest status of a model, None when there is none."""
        newest = reversed(self.statuses)
        return next((item for item in newest if f'{item.owner}/{item.name}' == key), None)

    def wait(self, key: str, **fields: Any) -> ModelStatus:
        """Wait until the newest status of a model has these fields, and return it."""

        def look() -> ModelStatus | None:
            status = self.status(key)
            matches = status is not None and all(
                getattr(status, field) == value for field, value in fields.items()
            )
            return status if matches else None

        return wait_until(look, f'{key} with {fields}')

    def wait_memory(self, key: str, least_mb: float) -> None:
        """Wait until a model is told to take at least so much."""
        wait_until(lambda: self.status(key).memory_mb >= least_mb, f'{key} takes {least_mb} MB')

    def load(self, key: str) -> Any:
        """Ask the owner itself; return the response."""
        owner, _, name = key.partition('/')
        request = LoadModel.Request(name=name)
        return self._probe.call(LoadModel, f'{owner}/load_model', request)

    def unload(self, key: str, **fields: bool) -> Any:
        """Ask the owner itself; return the response."""
        owner, _, name = key.partition('/')
        request = UnloadModel.Request(name=name, **fields)
        return self._probe.call(UnloadModel, f'{owner}/unload_model', request)

    def work(self, key: str) -> None:
        """Make a toy model busy."""
        owner, _, name = key.partition('/')
        self._probe.call(Trigger, f'{owner}/occupy/{name}')
        self.wait(key, state='busy')

    def begin(self, service_type: type[Any], service: str, request: Any) -> Any:
        """Call a service and return the future of its response."""
        client = self._probe.node.create_client(service_type, service)
        wait_until(client.service_is_ready, f'service {service}')
        return client.call_async(request)

    def set(self, node: str, parameter: str, value: float) -> Any:
        """Set a parameter of a running node and return the result."""
        wanted = Parameter(parameter, value=value).to_parameter_msg()
        request = SetParameters.Request(parameters=[wanted])
        return self._probe.call(SetParameters, f'{node}/set_parameters', request).results[0]

    def wait_diagnosis(self, node: str, level: bytes, text: str) -> str:
        """Wait until a node says this of its models, and return all that it says."""

        def look() -> str:
            newest = next(
                (
                    status
                    for array in reversed(self._diagnostics)
                    for status in array.status
                    if status.name == f'{node}: models'
                ),
                None,
            )
            matches = newest is not None and newest.level == level and text in newest.message
            return newest.message if matches else ''

        return wait_until(look, f'{text!r} on /diagnostics')
