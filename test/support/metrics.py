"""What a test sees of the monitor's samples and of how it finds the stack."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus

from bbia_msgs.msg import Metrics
from bbia_msgs.msg import ProcessMetrics
from bbia_msgs.msg import TopicMetrics
from bbia_sim_ros.nodes import qos
from support.ros import Probe
from support.ros import StackProcess
from support.waiting import wait_until


@contextmanager
def monitor(*other_nodes: str, namespace: str = '', **parameters: object) -> Iterator[StackProcess]:
    """Run a monitor with these parameters, in one process with other nodes."""
    pairs = [('-p', f'{name}:={value}') for name, value in parameters.items()]
    arguments = tuple(text for pair in pairs for text in pair)
    if namespace:
        arguments += ('-r', f'__ns:=/{namespace}')
    with StackProcess(*other_nodes, 'monitor_node', ros_arguments=arguments) as process:
        yield process


class Watcher:
    """Collects the samples of one monitor, and all of `/diagnostics`."""

    def __init__(self, seen: Probe) -> None:
        self.samples = seen.collect(Metrics, 'metrics', qos.STREAM)
        self._diagnostics = seen.collect(DiagnosticArray, '/diagnostics', qos.STREAM)

    def wait_sample(self) -> Metrics:
        """Return the newest sample once there is one."""
        return wait_until(lambda: self.samples[-1:], 'a sample')[0]

    def wait_process(
        self, name: str, holds: Callable[[ProcessMetrics], Any] = lambda item: True
    ) -> ProcessMetrics:
        """Return a process of the newest sample once this holds for it."""
        return self._wait(name, 'processes', holds)

    def wait_topic(
        self, name: str, holds: Callable[[TopicMetrics], Any] = lambda item: True
    ) -> TopicMetrics:
        """Return a topic of the newest sample once this holds for it."""
        return self._wait(name, 'topics', holds)

    def wait_stack(self, level: bytes, text: str) -> DiagnosticStatus:
        """Return what the monitor says of the whole stack once it says this."""

        def look() -> DiagnosticStatus | None:
            newest = self._stack()
            matches = newest is not None and newest.level == level and text in newest.message
            return newest if matches else None

        return wait_until(look, f'{text!r} of the stack')

    def wait_nodes(self, count: int) -> None:
        """Wait until the monitor sees at least so many nodes in the graph."""

        def look() -> bool:
            newest = self._stack()
            values = [] if newest is None else newest.values
            return any(pair.key == 'nodes' and int(pair.value) >= count for pair in values)

        wait_until(look, f'{count} nodes')

    def _stack(self) -> DiagnosticStatus | None:
        """Return what the monitor said last of the whole stack."""
        said = (
            status
            for array in reversed(self._diagnostics)
            for status in array.status
            if status.name.endswith('monitor: stack')
        )
        return next(said, None)

    def _wait(self, name: str, kind: str, holds: Callable[[Any], Any]) -> Any:
        def look() -> Any:
            if not self.samples:
                return None
            found = (item for item in getattr(self.samples[-1], kind) if item.name == name)
            item = next(found, None)
            return item if item is not None and holds(item) else None

        return wait_until(look, f'{name} among the {kind}')
