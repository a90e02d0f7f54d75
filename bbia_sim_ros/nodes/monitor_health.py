"""How the whole stack is: all parts on `/diagnostics`, the nodes of the graph and the processes.

In: `/diagnostics`. Out: the part `stack` of this node on `/diagnostics`, which is as bad as the
worst part of the namespace and names all that are not OK, those of which nothing is heard, the
nodes that vanished from the graph and the processes that are gone or stopped. All in the
executor's thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Sequence

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node

from bbia_sim_ros.monitor.health import LEVELS
from bbia_sim_ros.monitor.health import Health
from bbia_sim_ros.monitor.health import Part
from bbia_sim_ros.monitor.health import summed
from bbia_sim_ros.monitor.parameters import MonitorParameters
from bbia_sim_ros.monitor.process_usage import ProcessSample
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.diagnostics import TOPIC
from bbia_sim_ros.nodes.diagnostics import Diagnostics
from bbia_sim_ros.nodes.diagnostics import Level
from bbia_sim_ros.stack_nodes import NODES

PART = 'stack'
_NODE_NAMES = frozenset(entry.name for entry in NODES)
# A node that is started again is missing for a moment.
_GRACE_S = 3.0


class MonitorHealth:
    """See the module's docstring."""

    def __init__(
        self, node: Node, parameters: Callable[[], MonitorParameters], diagnostics: Diagnostics
    ) -> None:
        self._node = node
        self._parameters = parameters
        self._diagnostics = diagnostics
        own = f'{node.get_fully_qualified_name().lstrip("/")}: {PART}'
        self._health = Health(namespace=node.get_namespace(), own=own)
        self._node_seen_s: dict[str, float] = {}
        self.level = Level.OK
        """How the stack was at the last look."""
        self.nodes = 0
        """Nodes in the graph at the last look, of all namespaces."""
        node.create_subscription(DiagnosticArray, TOPIC, self._on_diagnostics, qos.STREAM)

    def look(self, processes: Sequence[ProcessSample]) -> tuple[Part, ...]:
        """Say how the stack is; return its parts."""
        now, values = time.monotonic(), self._parameters()
        lost_nodes = self._lost_nodes(now)
        if values.forget_after:
            self._health.forget(before_s=now - values.forget_after)
        parts = self._health.parts(timeout_s=values.diagnostics_timeout, now=now)
        whole = summed(
            parts,
            lost_nodes=lost_nodes,
            lost_processes=[item.name for item in processes if not item.pid],
            stopped_processes=[item.name for item in processes if item.stopped],
        )
        self.level = Level(whole.level)
        self._diagnostics.update(
            PART,
            self.level,
            whole.message,
            {
                'parts': str(len(parts)),
                **{
                    f'parts {name}': str(sum(part.level == level for part in parts))
                    for level, name in enumerate(LEVELS)
                },
                'nodes': str(self.nodes),
                'nodes gone': ', '.join(lost_nodes),
                'processes': str(sum(item.pid > 0 for item in processes)),
                'restarts': str(sum(item.restarts for item in processes)),
                'parts left out': str(self._health.dropped),
            },
        )
        return parts

    def _lost_nodes(self, now: float) -> list[str]:
        """Return the nodes of the stack that were there once and are not, without leading slash."""
        present = self._node.get_node_names_and_namespaces()
        self.nodes = len(present)
        namespace = self._node.get_namespace()
        prefix = namespace.strip('/') + '/' if namespace != '/' else ''
        for name, place in present:
            if place == namespace and name in _NODE_NAMES:
                self._node_seen_s[prefix + name] = now
        forget_after = self._parameters().forget_after
        if forget_after:
            self._node_seen_s = {
                name: seen_s
                for name, seen_s in self._node_seen_s.items()
                if now - seen_s < forget_after
            }
        return [name for name, seen_s in self._node_seen_s.items() if now - seen_s > _GRACE_S]

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        now = time.monotonic()
        for status in message.status:
            self._health.put(
                status.name,
                int.from_bytes(status.level, 'little'),
                status.message,
                ((pair.key, pair.value) for pair in status.values),
                now,
            )
