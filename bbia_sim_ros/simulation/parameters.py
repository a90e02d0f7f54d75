"""Parameters of `simulator_node`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bbia_sim_ros.parameters import parameter
from bbia_sim_ros.robot.driver_parameters import DriverParameters
from bbia_sim_ros.simulation.pictures import ASTRONAUT

_STEP_TOLERANCE = 1e-6


@dataclass(frozen=True, kw_only=True)
class SimulatorParameters(DriverParameters):
    """Parameters of `simulator_node`, beside those that every driver has."""

    scene: str = parameter(
        'empty',
        'Scene: empty, table (three objects on a table), people (two photographs of faces on'
        ' panels), or the path of your own MJCF file.',
        read_only=True,
    )
    photographs: tuple[str, ...] = parameter(
        (ASTRONAUT,),
        'One or two picture files whose faces the scene people shows; astronaut is the portrait'
        ' that comes with scikit-image.',
        read_only=True,
    )
    initial_pose: str = parameter(
        'neutral',
        'Pose at the start and after simulator/reset.',
        choices=('neutral', 'sleep'),
    )
    timestep: float = parameter(
        0.002, 'Physics step, s.', minimum=0.0005, maximum=0.005, read_only=True
    )
    speed: float = parameter(
        1.0,
        'Simulated seconds per second; 0 as fast as possible.',
        minimum=0.0,
        maximum=100.0,
    )
    max_steps: int = parameter(
        0,
        'Physics steps after which the simulator stops, says so and frees the model; 0 never.',
        minimum=0,
        maximum=10**12,
    )
    lock_step: bool = parameter(
        False,
        'Advance only by the service simulator/step; the simulator is then its own clock.',
        read_only=True,
    )
    publish_clock: bool = parameter(
        False, 'Publish /clock and stamp everything with simulated time.', read_only=True
    )
    camera_enabled: bool = parameter(True, 'Offer the head camera.', read_only=True)
    camera_width: int = parameter(
        640, 'Width of the picture, px.', minimum=16, maximum=1280, read_only=True
    )
    camera_height: int = parameter(
        480, 'Height of the picture, px.', minimum=16, maximum=1280, read_only=True
    )
    camera_rate: float = parameter(
        15.0, 'Pictures per second while somebody subscribes, Hz.', minimum=0.1, maximum=60.0
    )
    camera_quality: int = parameter(
        80, 'JPEG quality of camera/image_raw/compressed.', minimum=1, maximum=100, read_only=True
    )
    camera_shadows: bool = parameter(
        False, 'Render shadows and reflections; slow without a GPU.', read_only=True
    )
    camera_idle_timeout: float = parameter(
        10.0,
        'Seconds without a subscriber after which the renderer ends and frees its memory.',
        minimum=0.0,
        maximum=3600.0,
    )

    def conflicts(self) -> Iterable[str]:
        """Return what contradicts what."""
        steps = 1.0 / (self.rate * self.timestep)
        if round(steps) < 1 or abs(steps - round(steps)) > _STEP_TOLERANCE * steps:
            yield (
                f'one control period (1 / rate = {1.0 / self.rate:g} s) must be a whole number of'
                f' physics steps (timestep = {self.timestep:g} s)'
            )

    @property
    def steps_per_period(self) -> int:
        """Physics steps in one control period."""
        return round(1.0 / (self.rate * self.timestep))

    @property
    def is_own_clock(self) -> bool:
        """Whether the driver's time is simulated time."""
        return self.lock_step or self.publish_clock
