"""Parameters that every node with models has."""

from __future__ import annotations

from dataclasses import dataclass

from bbia_sim_ros.models.limits import PoolLimits
from bbia_sim_ros.parameters import Parameters
from bbia_sim_ros.parameters import parameter

_DAY_S = 86_400.0


@dataclass(frozen=True, kw_only=True)
class ModelParameters(Parameters):
    """Base of the parameters of a node with models."""

    max_models: int = parameter(
        4,
        'Models of this node that may be loaded at the same time; for one more the least recently'
        ' used idle one is unloaded.',
        minimum=1,
        maximum=64,
    )
    model_inactivity_timeout: float = parameter(
        300.0,
        'Seconds without use after which a model is unloaded; 0: never. A busy one never is.',
        minimum=0.0,
        maximum=_DAY_S,
    )
    model_check_period: float = parameter(
        60.0,
        'Seconds between looks for models that have not been used for model_inactivity_timeout.',
        minimum=0.1,
        maximum=_DAY_S,
    )
    model_queue_size: int = parameter(
        8,
        'Requests that one model may have, with the one it works on; one more is refused.',
        minimum=1,
        maximum=1000,
    )

    def pool_limits(self) -> PoolLimits:
        """Return the values as limits of a `ModelPool`."""
        return PoolLimits(
            max_models=self.max_models,
            inactivity_timeout_s=self.model_inactivity_timeout,
            check_period_s=self.model_check_period,
            queue_size=self.model_queue_size,
        )
