"""What torque the legs need to carry the head, by how firmly they hold it.

Random head poses free of contact and within the joint ranges. The torques follow from the head's
weight by virtual work, tau = J^-T w, J being d(legs) / d(head), and are held against the servos'
0.52 N m. Where the bound of the workspace should be is read from the table: no pose that servos
cannot carry is any use.

    ./bbia bench holding_torque [--poses 400000]
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools

import mujoco
import numpy as np

from bbia_sim_ros.robot.geometry import load_geometry
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import euler_poses
from bbia_sim_ros.robot.workspace import HARD
from bbia_sim_ros.robot.workspace import Workspace
from bbia_sim_ros.simulation import servos
from bbia_sim_ros.simulation.addresses import PREFIX
from bbia_sim_ros.simulation.assets import Assets
from bbia_sim_ros.simulation.assets import prepare
from bbia_sim_ros.simulation.physics import Physics

GRAVITY_M_S2 = 9.81
FARTHEST_M, MOST_TURNED_RAD = 0.06, 1.2
BANDS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 10.0)


def weight_of_head(assets: Assets) -> tuple[float, FloatArray]:
    """Return the mass of the head with its antennas, kg, and its centre (3,) in the head, m."""
    physics = Physics.load('empty', assets)
    model, data = physics.model, physics.data
    site = model.site(PREFIX + 'head').id
    body = model.site_bodyid[site]
    while model.body_weldid[body] != body:
        body = model.body_parentid[body]
    mujoco.mj_forward(model, data)
    rotation = data.site_xmat[site].reshape(3, 3)
    centre: FloatArray = rotation.T @ (data.subtree_com[body] - data.site_xpos[site])
    return float(model.body_subtreemass[body]), centre


def torques(
    kinematics: Kinematics, pose: FloatArray, mass: float, centre: FloatArray
) -> FloatArray:
    """Return the torques (6,), N m, that hold a pose of the body frame against gravity."""
    force = np.array([0.0, 0.0, -GRAVITY_M_S2 * mass])
    wrench = np.concatenate([force, np.cross(pose[:3, :3] @ centre, force)])
    return np.asarray(np.linalg.solve(kinematics.jacobian(pose).T, -wrench))


def main() -> None:
    """Read the arguments and print one line per band of stiffness."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument('--poses', type=int, default=400_000)
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    assets = prepare()
    kinematics = Kinematics(load_geometry(assets.kinematics_data))
    mass, centre = weight_of_head(assets)
    draw = np.random.default_rng(options.seed)
    poses = euler_poses(
        draw.uniform(-FARTHEST_M, FARTHEST_M, (options.poses, 3)),
        draw.uniform(-MOST_TURNED_RAD, MOST_TURNED_RAD, (options.poses, 3)),
    )
    any_hold = dataclasses.replace(HARD, stiffness=BANDS[0])
    legs, inside = Workspace(kinematics).contains_batch(poses, any_hold)
    poses, legs = poses[inside], legs[inside]
    stiffness = kinematics.stiffness_batch(poses, legs)
    most = np.array([np.abs(torques(kinematics, pose, mass, centre)).max() for pose in poses])
    print(f'{len(poses)} poses; head of {mass:.3f} kg; servos of {servos.TORQUE_LIMIT_NM} N m')
    print('stiffness      share of poses   torque of the most loaded leg, N m: median, 95 %, most')
    for low, high in itertools.pairwise(BANDS):
        band = most[(stiffness >= low) & (stiffness < high)]
        median, high_share = np.quantile(band, (0.5, 0.95))
        print(
            f'{low:4.2f} .. {high:5.2f} {len(band) / len(most):14.3f}'
            f' {median:24.3f} {high_share:8.3f} {band.max():8.3f}'
        )


if __name__ == '__main__':
    main()
