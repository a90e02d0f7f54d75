"""Send a joint trajectory: `python -m bbia_sim_ros.examples.trajectory`.

The body turns to both sides while the antennas swing, as any program for ros2_control's
joint_trajectory_controller would command it. Ctrl-C ends it.
"""

from __future__ import annotations

import sys

import rclpy
from builtin_interfaces.msg import Duration
from control_msgs.action import FollowJointTrajectory
from rclpy.signals import SignalHandlerOptions
from trajectory_msgs.msg import JointTrajectory
from trajectory_msgs.msg import JointTrajectoryPoint

from bbia_sim_ros.examples.follow import follow

JOINTS = ('yaw_body', 'right_antenna', 'left_antenna')
# Seconds from the start; rad.
POINTS = ((1, 0.6, 0.8, 0.2), (3, -0.6, -0.2, -0.8), (4, 0.0, 0.17, -0.17))


def main() -> int:
    """Send the trajectory; return 1 when it was not followed to its end."""
    points = [
        JointTrajectoryPoint(time_from_start=Duration(sec=time), positions=positions)
        for time, *positions in POINTS
    ]
    trajectory = JointTrajectory(joint_names=JOINTS, points=points)
    goal = FollowJointTrajectory.Goal(trajectory=trajectory)
    name = 'head_controller/follow_joint_trajectory'
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node('trajectory')
    try:
        return 0 if follow(node, FollowJointTrajectory, name, goal, 'trajectory') else 1
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == '__main__':
    sys.exit(main())
