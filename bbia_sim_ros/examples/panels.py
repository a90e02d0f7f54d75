"""Let two faces pass each other: `python -m bbia_sim_ros.examples.panels [SECONDS]`.

For a robot started with `scene:=people`. The photographs go round before the robot, one behind the
other when they meet, in SECONDS a round (24 without it); 0 stops them where they are. They go on
after this program has ended; the service simulator/reset puts them back.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import rclpy
from geometry_msgs.msg import Quaternion
from geometry_msgs.msg import Transform
from geometry_msgs.msg import Vector3
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from trajectory_msgs.msg import MultiDOFJointTrajectoryPoint

from bbia_msgs.srv import SetPaths

_WAIT_S = 5.0
_ROUND_S = 24.0
_POINTS = 96
# Each face: distance from the robot's axis and height over the table (m), and where it begins.
_PANELS = {'panel_1': (0.72, 0.34, 0.0), 'panel_2': (0.95, 0.40, math.pi)}
_SWING_RAD = math.radians(26.0)
_BOB_M = 0.03


def main() -> int:
    """Set the faces going; return 1 when they do not move."""
    round_s = float(sys.argv[1]) if len(sys.argv) > 1 else _ROUND_S
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node('panels')
    try:
        return _send(node, paths(round_s))
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


def paths(round_s: float) -> SetPaths.Request:
    """Return a round of so many seconds, or a request that stops all with 0."""
    request = SetPaths.Request(loop=True)
    if round_s <= 0.0:
        return request
    request.trajectory.header.frame_id = 'base_link'
    request.trajectory.joint_names = list(_PANELS)
    for number in range(_POINTS + 1):
        angle = math.tau * number / _POINTS
        # One second to come to the beginning of the round.
        when = Duration(seconds=1.0 + round_s * number / _POINTS)
        request.trajectory.points.append(
            MultiDOFJointTrajectoryPoint(
                transforms=[_place(*panel, angle) for panel in _PANELS.values()],
                time_from_start=when.to_msg(),
            )
        )
    return request


def _place(distance_m: float, height_m: float, phase: float, angle: float) -> Transform:
    """Return where a face is, looking at the robot, when the round has come to an angle (rad)."""
    azimuth = _SWING_RAD * math.sin(angle + phase)
    half_turn = (azimuth + math.pi) / 2.0
    return Transform(
        translation=Vector3(
            x=distance_m * math.cos(azimuth),
            y=distance_m * math.sin(azimuth),
            z=height_m + _BOB_M * math.sin(2.0 * (angle + phase)),
        ),
        rotation=Quaternion(z=math.sin(half_turn), w=math.cos(half_turn)),
    )


def _send(node: Node, request: SetPaths.Request) -> int:
    client: Any = node.create_client(SetPaths, 'simulator/set_paths')
    if not client.wait_for_service(_WAIT_S):
        print('nobody offers simulator/set_paths: is a simulated robot up, in this ROS domain?')
        return 1
    sent = client.call_async(request)
    rclpy.spin_until_future_complete(node, sent)
    answer = sent.result()
    if not answer.success:
        print(f'{answer.message} - start the robot with scene:=people')
        return 1
    print('the faces move' if request.trajectory.points else 'the faces stand still')
    return 0


if __name__ == '__main__':
    sys.exit(main())
