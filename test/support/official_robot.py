"""The official wheel as a reference: its files, and its MuJoCo model placed by joint angles."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.robot.names import LEG_JOINTS
from bbia_sim_ros.robot.names import FloatArray


def official_package() -> Path:
    """Return the folder of the installed official package; skip the test where it is absent."""
    found = importlib.util.find_spec('reachy_mini')
    if found is None or found.origin is None:
        pytest.skip('needs the package reachy-mini (robot assets)')
    return Path(found.origin).parent


class OfficialModel:
    """The official MJCF, its loops closed by setting every joint, no physics."""

    def __init__(self, package: Path) -> None:
        """Compile the official scene without objects."""
        self._mujoco: Any = pytest.importorskip('mujoco')
        scene = package / 'descriptions/reachy_mini/mjcf/scenes/empty.xml'
        self._model = self._mujoco.MjModel.from_xml_path(str(scene))
        self._data = self._mujoco.MjData(self._model)
        self._head = self._geoms('xl_330')
        self._body = self._geoms('body_down_3dprint')

    def _geoms(self, name: str) -> list[int]:
        body = self._model.body(name).id
        geoms = np.flatnonzero(self._model.geom_bodyid == body)
        return [int(geom) for geom in geoms if self._model.geom_contype[geom]]

    def place(self, body_yaw: float, legs: FloatArray, passive: FloatArray) -> None:
        """Set the hinges to body yaw and legs, the balls to the URDF's passive angles (21,)."""
        self._set('yaw_body', body_yaw)
        for name, leg in zip(LEG_JOINTS, legs, strict=True):
            self._set(name, leg)
        for k, angles in enumerate(passive.reshape(7, 3)):
            start = self._model.joint(f'passive_{k + 1}').qposadr[0]
            self._data.qpos[start : start + 4] = _quaternion(*angles)
        self._mujoco.mj_kinematics(self._model, self._data)

    def _set(self, joint: str, angle: float) -> None:
        self._data.qpos[self._model.joint(joint).qposadr[0]] = angle

    def head_pose(self) -> FloatArray:
        """Return the head site's pose in ``head_neutral``."""
        site = self._data.site('head')
        pose = np.eye(4)
        pose[:3, :3] = site.xmat.reshape(3, 3)
        pose[:3, 3] = site.xpos - (0.0, 0.0, 0.177)
        return pose

    def largest_loop_gap(self) -> float:
        """Return the largest distance in m between the two halves of a rod's ball joint."""
        return max(
            float(
                np.linalg.norm(
                    self._data.site(f'closing_{k}_1').xpos - self._data.site(f'closing_{k}_2').xpos
                )
            )
            for k in range(1, 6)
        )

    def head_body_distance(self) -> float:
        """Return the signed distance in m of the collision shapes of head and body, at most 0.1."""
        segment = np.zeros(6)
        return min(
            float(self._mujoco.mj_geomDistance(self._model, self._data, one, other, 0.1, segment))
            for one in self._head
            for other in self._body
        )


def _quaternion(about_x: float, about_y: float, about_z: float) -> FloatArray:
    """Return (w, x, y, z) of Rx Ry Rz."""
    (cx, sx), (cy, sy), (cz, sz) = (
        (math.cos(angle / 2), math.sin(angle / 2)) for angle in (about_x, about_y, about_z)
    )
    return np.array(
        (
            cx * cy * cz - sx * sy * sz,
            sx * cy * cz + cx * sy * sz,
            cx * sy * cz - sx * cy * sz,
            cx * cy * sz + sx * sy * cz,
        )
    )
