"""How many models one owner may keep, and for how long."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bbia_sim_ros.models.transport import DEFAULT_MAX_MESSAGE_B


@dataclass(frozen=True, kw_only=True)
class PoolLimits:
    """Limits of a `ModelPool`. Raises ValueError for values that make no sense.

    Attributes
    ----------
    max_models:
        Processes at a time, 1 or more, with those that are loading or ending.
    inactivity_timeout_s:
        A model that was idle for longer is unloaded; s, 0 for never.
    check_period_s:
        How often that is looked at, and memory measured; s, above 0.
    queue_size:
        Requests that one model may have at a time, with the one it works on; 1 or more.
    unload_timeout_s:
        Within this an ending process is gone, by force if need be; s, above 0.
    max_message_b:
        Arguments or answer of a request; bytes, above 0. Holds for models loaded from then on.

    """

    max_models: int = 4
    inactivity_timeout_s: float = 300.0
    check_period_s: float = 60.0
    queue_size: int = 8
    unload_timeout_s: float = 2.0
    max_message_b: int = DEFAULT_MAX_MESSAGE_B

    def __post_init__(self) -> None:
        for name in ('max_models', 'queue_size', 'max_message_b'):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f'{name} is {value!r}; it is a whole number of at least 1')
        for name in ('check_period_s', 'unload_timeout_s'):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0.0):
                raise ValueError(f'{name} is {value!r}; it is a number of seconds above 0')
        timeout = self.inactivity_timeout_s
        if not (math.isfinite(timeout) and timeout >= 0.0):
            raise ValueError(
                f'inactivity_timeout_s is {timeout!r}; it is a number of seconds, or 0 for never'
            )
