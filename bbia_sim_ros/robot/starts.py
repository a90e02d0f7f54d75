"""Where Newton's method begins when nothing is known of the head's pose but the legs.

Contract
    Pure functions of numbers; poses (4, 4) in the body frame, legs in rad. ``fit`` is called once
    at construction (about 10 ms) and always gives the same result for the same geometry.

Method
    Over the workspace the pose is nearly a quadratic function of the legs. Its coefficients come
    from least squares over a few hundred poses and their closed-form legs; it predicts the pose
    to a few millimetres and degrees.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.poses import rotation_from_vector
from bbia_sim_ros.robot.poses import vector_from_rotation

_SEED = 1
_SAMPLES = 600
_HIGH = np.array((0.03, 0.03, 0.018, 0.6, 0.6, 1.1))
_LOW = np.array((-0.04, -0.03, -0.042, -0.6, -0.6, -1.1))
_PAIRS = np.triu_indices(6)

# Towards each end of the workspace, for when the better guesses fail.
OTHER_STARTS = tuple(
    pose_from_euler(z=z, yaw=yaw, roll=roll, pitch=pitch)
    for z, roll, pitch, yaw in (
        (0.0, 0.0, 0.0, 0.8),
        (0.0, 0.0, 0.0, -0.8),
        (-0.03, 0.0, 0.0, 0.0),
        (0.0, 0.0, 0.5, 0.0),
        (0.0, 0.0, -0.5, 0.0),
        (0.0, 0.5, 0.0, 0.0),
        (0.0, -0.5, 0.0, 0.0),
    )
)


def fit(legs_of: Callable[[FloatArray], FloatArray | None]) -> FloatArray:
    """Return (28, 6), coefficients of (place in m, rotation vector in rad).

    ``legs_of`` gives the legs (6,) of a pose of the robot's own assembly, None for any other.
    """
    sample = np.random.default_rng(_SEED).uniform(_LOW, _HIGH, (_SAMPLES, 6))
    inputs, outputs = [], []
    for x, y, z, roll, pitch, yaw in sample.tolist():
        pose = pose_from_euler(x=x, y=y, z=z, roll=roll, pitch=pitch, yaw=yaw)
        legs = legs_of(pose)
        if legs is not None:
            inputs.append(legs)
            outputs.append((x, y, z, *vector_from_rotation(pose)))
    coefficients = np.linalg.lstsq(_features(np.array(inputs)), np.array(outputs))[0]
    return np.asarray(coefficients, dtype=np.float64)


def predict(coefficients: FloatArray, legs: FloatArray) -> FloatArray:
    """Return the predicted pose (4, 4) for legs (6,)."""
    x, y, z, *turn = predict_batch(coefficients, legs[None])[0].tolist()
    pose = np.eye(4)
    pose[:3, :3] = rotation_from_vector(turn)
    pose[:3, 3] = x, y, z
    return pose


def predict_batch(coefficients: FloatArray, legs: FloatArray) -> FloatArray:
    """Return (n, 6) predicted places and rotation vectors for legs (n, 6)."""
    return _features(legs) @ coefficients


def _features(legs: FloatArray) -> FloatArray:
    """Return (n, 28): 1, the angles and their products in pairs."""
    ones = np.ones((len(legs), 1))
    return np.concatenate((ones, legs, legs[:, _PAIRS[0]] * legs[:, _PAIRS[1]]), axis=1)
