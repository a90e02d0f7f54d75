"""Parameters of `monitor_node`."""

from __future__ import annotations

from dataclasses import dataclass

from bbia_sim_ros.parameters import Parameters
from bbia_sim_ros.parameters import parameter

_MB_B = 1_000_000


@dataclass(frozen=True, kw_only=True)
class MonitorParameters(Parameters):
    """Parameters of `monitor_node`."""

    memory_budget_mb: float = parameter(
        0.0,
        'Memory that the models of all nodes may take together, MB; above it the least recently'
        ' used idle model is unloaded; 0: no limit.',
        minimum=0.0,
        maximum=10_000_000.0,
    )
    owner_timeout: float = parameter(
        25.0,
        'Seconds without a word from a node that has loaded models after which it counts as gone;'
        ' such a node speaks every 10 s.',
        minimum=1.0,
        maximum=3600.0,
    )

    @property
    def memory_budget_b(self) -> int:
        """The budget in bytes; 0: no limit."""
        return round(self.memory_budget_mb * _MB_B)
