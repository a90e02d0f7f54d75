"""Listen to `/tf` and `/tf_static`, but only while somebody asks for transforms.

tf2_ros is not among the ROS wheels, and of what it does only the newest transform is needed here.
The first question starts the subscriptions; half a minute after the last one they end again, since
taking in fifty transforms fifty times a second costs a few per cent of a core. All in the
executor's thread.
"""

from __future__ import annotations

import math
import time

from rclpy.node import Node
from rclpy.subscription import Subscription
from tf2_msgs.msg import TFMessage

from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.clocks import ros_seconds
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.messages import matrix
from bbia_sim_ros.nodes.messages import seconds
from bbia_sim_ros.robot.frames import FrameTree
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import PoseError

_IDLE_S = 30.0
_CHECK_PERIOD_S = 5.0


class TransformListener:
    """See the module's docstring."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._tree = FrameTree()
        self._subscriptions: list[Subscription[TFMessage]] = []
        self._asked = -math.inf
        self._timer = node.create_timer(_CHECK_PERIOD_S, self._rest, clock=steady_clock())
        self._timer.cancel()

    def lookup(self, target: str, source: str) -> FloatArray:
        """Return the newest pose (4, 4) of `source` in `target`; raises `FrameError`.

        The first question always fails, since nothing was heard yet: ask again.
        """
        self._asked = time.monotonic()
        if not self._subscriptions:
            self._tree = FrameTree()
            self._subscriptions = [
                self._node.create_subscription(TFMessage, '/tf', self._on_moving, qos.TRANSFORMS),
                self._node.create_subscription(
                    TFMessage, '/tf_static', self._on_static, qos.LATCHED_MANY
                ),
            ]
            self._timer.reset()
        return self._tree.lookup(target, source, now=ros_seconds(self._node))

    def _rest(self) -> None:
        if time.monotonic() - self._asked > _IDLE_S:
            for subscription in self._subscriptions:
                self._node.destroy_subscription(subscription)
            self._subscriptions = []
            self._timer.cancel()

    def _on_moving(self, message: TFMessage) -> None:
        self._keep(message, static=False)

    def _on_static(self, message: TFMessage) -> None:
        self._keep(message, static=True)

    def _keep(self, message: TFMessage, *, static: bool) -> None:
        for item in message.transforms:
            try:
                pose = matrix(item.transform)
            except PoseError as error:
                self._node.get_logger().warning(
                    f'transform of {item.child_frame_id!r} ignored: {error}',
                    throttle_duration_sec=10.0,
                )
                continue
            stamp = math.inf if static else seconds(item.header.stamp)
            self._tree.put(
                item.header.frame_id.lstrip('/'),
                item.child_frame_id.lstrip('/'),
                pose,
                stamp=ros_seconds(self._node) if stamp is None else stamp,
            )
