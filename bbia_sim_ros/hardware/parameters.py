"""Parameters of `hardware_node`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bbia_sim_ros.parameters import parameter
from bbia_sim_ros.robot.driver_parameters import DriverParameters

# The robot's own loop runs at 50 Hz; above 100 Hz its motion becomes jerky
# (pollen-robotics/reachy_mini, issue 1344).
MAX_RATE_HZ = 100.0


@dataclass(frozen=True, kw_only=True)
class HardwareParameters(DriverParameters):
    """Parameters of `hardware_node`, beside those that every driver has."""

    host: str = parameter(
        'localhost',
        "Name or address of the robot's daemon, such as reachy-mini.local.",
        read_only=True,
    )
    port: int = parameter(8000, 'TCP port of the daemon.', minimum=1, maximum=65535, read_only=True)
    stale_after: float = parameter(
        0.2,
        'Age of the newest state, s, after which the robot counts as absent: nothing is published'
        ' as fresh, commands are refused and nothing is sent.',
        minimum=0.05,
        maximum=5.0,
    )
    neutral_duration: float = parameter(
        2.0,
        'Seconds for the way to the neutral pose after the motors were switched on.',
        minimum=0.5,
        maximum=20.0,
    )

    def conflicts(self) -> Iterable[str]:
        """Return what contradicts what."""
        if self.rate > MAX_RATE_HZ:
            yield f'rate is {self.rate:g} Hz; the robot takes at most {MAX_RATE_HZ:g} Hz'
