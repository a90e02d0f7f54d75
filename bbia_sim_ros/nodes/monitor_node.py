"""Watches over the whole stack: its models, what it uses and moves, and how its parts are.

See `nodes/monitor_models.py`, `nodes/monitor_metrics.py` and `nodes/monitor_health.py`. All in the
executor's thread; nothing here needs a steady rhythm.
"""

from __future__ import annotations

import sys

from rclpy.node import Node

from bbia_sim_ros.container import main as run_container
from bbia_sim_ros.monitor.parameters import MonitorParameters
from bbia_sim_ros.nodes.diagnostics import Diagnostics
from bbia_sim_ros.nodes.monitor_health import MonitorHealth
from bbia_sim_ros.nodes.monitor_metrics import MonitorMetrics
from bbia_sim_ros.nodes.monitor_models import MonitorModels
from bbia_sim_ros.nodes.node_parameters import NodeParameters


class MonitorNode(Node):
    """The node `monitor`; see the module's docstring."""

    def __init__(self) -> None:
        super().__init__('monitor')
        self.parameters = NodeParameters(self, MonitorParameters, on_change=self._on_parameters)
        diagnostics = Diagnostics(self, hardware_id='none')
        self._models = MonitorModels(self, lambda: self.parameters.value, diagnostics)
        health = MonitorHealth(self, lambda: self.parameters.value, diagnostics)
        self._metrics = MonitorMetrics(
            self, lambda: self.parameters.value, lambda: self._models.known, health
        )

    def _on_parameters(self, before: MonitorParameters, after: MonitorParameters) -> None:
        self._models.keep_budget()
        self._metrics.reconfigure(before, after)

    def destroy_node(self) -> None:
        """Stop listening, destroy the node."""
        self._metrics.close()
        super().destroy_node()


def main() -> int:
    """Run this node alone; return the exit code."""
    return run_container(['monitor_node', *sys.argv[1:]])
