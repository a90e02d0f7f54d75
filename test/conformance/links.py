"""Where the URDF puts a link for measured joints: plain forward kinematics for the tests."""

from __future__ import annotations

import numpy as np
from sensor_msgs.msg import JointState

from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_message
from bbia_sim_ros.robot.transforms import TransformTree


def link_pose(tree: TransformTree, state: JointState, origin: str, link: str) -> FloatArray:
    """Return the pose (4, 4) of a link in another one, m, for the positions of a joint state."""
    turns = tree.moving(dict(zip(state.name, state.position, strict=True)))
    steps = {
        child: (parent, pose_from_message(place, turn))
        for parent, child, place, turn in zip(
            tree.parents, tree.children, tree.translations, turns, strict=True
        )
    }
    for fixed in tree.fixed:
        steps[fixed.child] = (fixed.parent, pose_from_message(fixed.translation, fixed.quaternion))

    def in_root(name: str) -> FloatArray:
        pose = np.eye(4)
        while name in steps:
            name, step = steps[name]
            pose = step @ pose
        return pose

    return np.linalg.inv(in_root(origin)) @ in_root(link)
