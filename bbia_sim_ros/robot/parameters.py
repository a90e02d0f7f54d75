"""Parameters of the nodes that show the robot's state."""

from __future__ import annotations

from dataclasses import dataclass

from bbia_sim_ros.parameters import Parameters
from bbia_sim_ros.parameters import parameter


@dataclass(frozen=True, kw_only=True)
class StateParameters(Parameters):
    """Parameters of `state_node`."""

    rate: float = parameter(
        50.0,
        'Most transforms per second on /tf, Hz; joint states that come faster are thinned out.',
        minimum=1.0,
        maximum=200.0,
    )
