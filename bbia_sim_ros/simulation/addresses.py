"""Where the robot's numbers stand in the vectors of a compiled model, whatever the scene.

Contract
    The place of a joint in qpos is not its number: a ball joint takes four places in qpos and three
    in qvel, and a scene may put joints of its own before the robot's. So everything is looked up by
    name, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Final

import numpy as np
import numpy.typing as npt

from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.simulation.model import PREFIX
from bbia_sim_ros.simulation.model import robot_bodies

BALL_JOINTS: Final = tuple(f'passive_{k}' for k in range(1, 8))

IndexArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Addresses:
    """Indices of the nine actuated joints and their servos, of balls (7, 4), bodies and frames."""

    actuators: IndexArray
    qpos: IndexArray
    qvel: IndexArray
    balls: IndexArray
    bodies: IndexArray
    base: int
    head: int
    low: FloatArray
    high: FloatArray

    @classmethod
    def of(cls, model: Any) -> Addresses:
        """Look everything up in a compiled model."""
        names = [PREFIX + name for name in ACTUATED_JOINTS]
        actuators = np.array([model.actuator(name).id for name in names])
        starts = np.array([model.joint(PREFIX + name).qposadr[0] for name in BALL_JOINTS])
        low, high = model.actuator_ctrlrange[actuators].T.copy()
        return cls(
            actuators=actuators,
            qpos=np.array([model.joint(name).qposadr[0] for name in names]),
            qvel=np.array([model.joint(name).dofadr[0] for name in names]),
            balls=starts[:, None] + np.arange(4),
            bodies=robot_bodies(model),
            base=model.body(PREFIX + 'body_foot_3dprint').id,
            head=model.site(PREFIX + 'head').id,
            low=low,
            high=high,
        )
