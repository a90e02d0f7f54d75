"""What can be read of the physics of a scene with the robot in it; nothing here changes it.

Contract
    See `simulation.physics`: one thread, joint vectors in the order of `ACTUATED_JOINTS`, rad.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bbia_sim_ros.robot.names import HEAD_HEIGHT_M
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.simulation.addresses import Addresses
from bbia_sim_ros.simulation.errors import SimulationClosed
from bbia_sim_ros.simulation.moving_bodies import placements
from bbia_sim_ros.simulation.readings import hinge_angles
from bbia_sim_ros.simulation.readings import pose_in
from bbia_sim_ros.simulation.windowless import mujoco


class PhysicsState:
    """The readings of a model and its data; they raise `SimulationClosed` after `_data` is None.

    Attributes
    ----------
    scene:
        The name or path it was loaded from.

    """

    def __init__(self, scene: str, model: Any) -> None:
        self.scene = scene
        self._model = model
        self._data: Any = mujoco.MjData(model)
        self._at = Addresses.of(model)

    @property
    def time(self) -> float:
        """Simulated seconds since the last reset."""
        return float(self._alive().time)

    @property
    def targets(self) -> FloatArray:
        """The nine servo targets in force, rad."""
        chosen: FloatArray = self._alive().ctrl.take(self._at.actuators)
        return chosen

    @property
    def joint_positions(self) -> FloatArray:
        """The nine joint angles, rad."""
        chosen: FloatArray = self._alive().qpos.take(self._at.qpos)
        return chosen

    @property
    def joint_velocities(self) -> FloatArray:
        """The nine joint velocities, rad/s."""
        chosen: FloatArray = self._alive().qvel.take(self._at.qvel)
        return chosen

    @property
    def joint_efforts(self) -> FloatArray:
        """The nine servo torques of the last step, N m."""
        chosen: FloatArray = self._alive().actuator_force.take(self._at.actuators)
        return chosen

    @property
    def passive_angles(self) -> FloatArray:
        """The angles of `PASSIVE_JOINTS` (21,), rad."""
        return hinge_angles(self._alive().qpos.take(self._at.balls))

    @property
    def head_pose(self) -> FloatArray:
        """The head's pose (4, 4) in `head_neutral`, metres."""
        data = self._alive()
        # mj_step leaves the poses of the state before its last step.
        mujoco.mj_kinematics(self._model, data)
        at = self._at
        pose = pose_in(
            data.xmat[at.base], data.xpos[at.base], data.site_xmat[at.head], data.site_xpos[at.head]
        )
        pose[2, 3] -= HEAD_HEIGHT_M
        return pose

    @property
    def qpos(self) -> FloatArray:
        """A copy of the whole position vector (nq,): robot and scene, for the camera."""
        return np.array(self._alive().qpos)

    @property
    def mocap(self) -> FloatArray:
        """A copy of the placements of the bodies that paths move (nmocap, 7), for the camera.

        Each in the world: x y z, m, and quaternion w x y z.
        """
        return placements(self._alive())

    @property
    def qvel(self) -> FloatArray:
        """A copy of the whole velocity vector (nv,)."""
        return np.array(self._alive().qvel)

    def object_pose(self, body: str) -> FloatArray:
        """Return the pose (4, 4) of a body of the scene in the world, metres.

        Raises
        ------
        ValueError
            The scene has no such body.

        """
        data = self._alive()
        index = mujoco.mj_name2id(self._model, mujoco.mjtObj.mjOBJ_BODY, body)
        if index < 0:
            raise ValueError(f'scene {self.scene!r} has no body {body!r}')
        mujoco.mj_kinematics(self._model, data)
        pose = np.eye(4)
        pose[:3, :3] = data.xmat[index].reshape(3, 3)
        pose[:3, 3] = data.xpos[index]
        return pose

    @property
    def model(self) -> Any:
        """The `mujoco.MjModel`, for benches and tests."""
        self._alive()
        return self._model

    @property
    def data(self) -> Any:
        """The `mujoco.MjData`, for benches and tests."""
        return self._alive()

    @property
    def closed(self) -> bool:
        """Whether the model was released."""
        return self._data is None

    def _alive(self) -> Any:
        if self._data is None:
            raise SimulationClosed('the simulation was closed and its model released')
        return self._data
