"""Random head poses for tests."""

from __future__ import annotations

import numpy as np

from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import euler_poses
from bbia_sim_ros.robot.workspace import Workspace

# Reachable poses lie in this box: m and rad (x, y, z, roll, pitch, yaw).
LOW = np.array((-0.055, -0.055, -0.045, -1.05, -1.05, -1.13))
HIGH = np.array((0.045, 0.055, 0.02, 1.05, 1.05, 1.13))


def random_poses(count: int, seed: int, *, scale: float = 1.0) -> FloatArray:
    """Return (count, 4, 4) poses, many of them out of reach."""
    values = np.random.default_rng(seed).uniform(scale * LOW, scale * HIGH, (count, 6))
    return euler_poses(values[:, :3], values[:, 3:])


def reachable_poses(workspace: Workspace, count: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return (count, 4, 4) poses inside the hard workspace and their legs, body yaw 0.

    Directions are uniform in the box, distances from neutral denser inside; the edges included.
    """
    draw = np.random.default_rng(seed)
    poses: list[FloatArray] = []
    legs: list[FloatArray] = []
    while sum(map(len, poses)) < count:
        values = draw.uniform(LOW, HIGH, (4000, 6)) * draw.uniform(0.0, 1.0, (4000, 1)) ** 0.5
        candidates = euler_poses(values[:, :3], values[:, 3:])
        found, inside = workspace.contains_batch(candidates)
        poses.append(candidates[inside])
        legs.append(found[inside])
    return np.concatenate(poses)[:count], np.concatenate(legs)[:count]
