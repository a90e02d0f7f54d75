"""How far the head is from the body: a fast lower bound of the distance.

Contract
    ``ContactModel.clearance`` returns metres that the head is certainly away from the body's rim;
    never more than the distance between the official collision shapes, up to the rounding of the
    table, and below 0 where the two may touch. Pure functions of the head's pose in the body
    frame; immutable, safe from any thread.

Method
    A plane that leaves the head on one side and a piece of the rim on the other separates the
    two. The head is known by its extent along fixed directions, each of the seven pieces of the
    body's rim by a few points. The clearance is the smallest over pieces of the largest over
    directions of the smallest over points of (distance of the point from the head's supporting
    plane). It can only err on the safe side: a separating plane that is not among the directions
    is missed. ``bench/fit_contact.py`` measures the table from the official collision shapes with
    MuJoCo, checks it against MuJoCo's distances and prints how much free space it refuses.
"""

from __future__ import annotations

import math

import numpy as np

from bbia_sim_ros.robot.contact_table import DIRECTION_COUNT
from bbia_sim_ros.robot.contact_table import HEAD_EXTENTS_MM
from bbia_sim_ros.robot.contact_table import RIM_POINTS_MM
from bbia_sim_ros.robot.names import FloatArray

_MM = 1e-3
# Poses at a time; more would only fill the memory (47 kB each).
_CHUNK = 64


def sphere_directions(count: int) -> FloatArray:
    """Return (count, 3) unit vectors spread evenly on the sphere (Fibonacci lattice)."""
    index = np.arange(count) + 0.5
    z = 1.0 - 2.0 * index / count
    angle = math.pi * (1.0 + math.sqrt(5.0)) * index
    radius = np.sqrt(1.0 - z * z)
    return np.stack((radius * np.cos(angle), radius * np.sin(angle), z), axis=1)


class ContactModel:
    """Head and rim shapes of the table; poses are relative to the neutral head, body frame.

    Attributes
    ----------
    reach_m:
        Distance of the rim's farthest point from the neutral head's origin.

    """

    def __init__(self) -> None:
        """Unpack the table; every piece is padded to the same number of points."""
        index = [item[0] for item in HEAD_EXTENTS_MM]
        self._normals = sphere_directions(DIRECTION_COUNT)[index]
        self._normals_t = np.ascontiguousarray(self._normals.T)
        self._extents = np.array([item[1] for item in HEAD_EXTENTS_MM]) * _MM
        width = max(len(piece) for piece in RIM_POINTS_MM)
        padded = [[*piece, *[piece[-1]] * (width - len(piece))] for piece in RIM_POINTS_MM]
        self._points = np.array(padded).reshape(-1, 3) * _MM
        self._shape = (len(padded), width, len(index))
        self.reach_m = float(np.linalg.norm(self._points, axis=1).max())

    def clearance(self, pose: FloatArray) -> float:
        """Return the clearance in m for a head pose (4, 4) in the body frame."""
        points = (self._points - pose[:3, 3]) @ pose[:3, :3]
        beyond = (points @ self._normals_t).reshape(self._shape).min(axis=1)
        beyond -= self._extents
        return float(beyond.max(axis=1).min())

    def clearance_batch(self, poses: FloatArray) -> FloatArray:
        """Return the clearances (n,) in m for head poses (n, 4, 4) in the body frame."""
        clearances = np.empty(len(poses))
        for start in range(0, len(poses), _CHUNK):
            chunk = poses[start : start + _CHUNK]
            points = (self._points - chunk[:, None, :3, 3]) @ chunk[:, :3, :3]
            beyond = (points @ self._normals_t).reshape(-1, *self._shape).min(axis=2)
            beyond -= self._extents
            clearances[start : start + _CHUNK] = beyond.max(axis=2).min(axis=1)
        return clearances

    def gradients(self, pose: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return clearances (7,) of the pieces and (7, 6) d(clearance) / d(head twist).

        Metres; the twist is (m/s, rad/s) in the body frame about the head's origin.
        """
        rotation, place = pose[:3, :3], pose[:3, 3]
        points = (self._points - place) @ rotation
        beyond = (points @ self._normals_t).reshape(self._shape)
        nearest = beyond.min(axis=1)
        nearest -= self._extents
        normal = nearest.argmax(axis=1)
        pieces = np.arange(self._shape[0])
        point = beyond[pieces, :, normal].argmin(axis=1)
        outward = self._normals[normal] @ rotation.T
        lever = self._points.reshape(*self._shape[:2], 3)[pieces, point] - place
        slopes = np.empty((len(pieces), 6))
        slopes[:, :3] = -outward
        (nx, ny, nz), (px, py, pz) = outward.T, lever.T
        slopes[:, 3], slopes[:, 4] = ny * pz - nz * py, nz * px - nx * pz
        slopes[:, 5] = nx * py - ny * px
        return nearest[pieces, normal], slopes
