"""Print what the robot says of itself: `python -m bbia_sim_ros.examples.status [NAMESPACE]`."""

from __future__ import annotations

import sys
import time

import rclpy

from bbia_msgs.msg import RobotStatus
from bbia_sim_ros.nodes import qos

_DEADLINE_S = 5.0


def main() -> int:
    """Wait for the latched status and print it; 1 when no robot is heard."""
    rclpy.init()
    namespace = sys.argv[1] if len(sys.argv) > 1 else ''
    node = rclpy.create_node('status', namespace=namespace)
    received: list[RobotStatus] = []
    node.create_subscription(RobotStatus, 'robot_status', received.append, qos.LATCHED)
    end = time.monotonic() + _DEADLINE_S
    while not received and time.monotonic() < end:
        rclpy.spin_once(node, timeout_sec=0.1)
    node.destroy_node()
    rclpy.try_shutdown()
    if not received:
        print(f'no robot_status within {_DEADLINE_S:g} s: is the robot up, in this ROS domain?')
        return 1
    for name, value in received[0].get_fields_and_field_types().items():
        if name != 'header':
            print(f'{name:>20}  {getattr(received[0], name)}  ({value})')
    return 0


if __name__ == '__main__':
    sys.exit(main())
