"""Publish `/tf`, `/tf_static` and `robot_description` where robot_state_publisher is not installed.

In: `joint_states` with the nine actuated and the 21 passive joints of the URDF, heard only while
somebody subscribes to `/tf`.
Out: `/tf` at no more than `rate` and while somebody subscribes, stamped as the joint states;
`/tf_static` and `robot_description` latched. All work is done in the executor's thread; a joint
state that lacks a joint of the URDF is counted and reported once per distinct lack.
"""

from __future__ import annotations

import sys

from geometry_msgs.msg import Quaternion
from geometry_msgs.msg import Transform
from geometry_msgs.msg import TransformStamped
from geometry_msgs.msg import Vector3
from rclpy.event_handler import PublisherEventCallbacks
from rclpy.event_handler import QoSPublisherMatchedInfo
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.qos import QoSPresetProfiles
from rclpy.serialization import deserialize_message
from rclpy.subscription import Subscription
from sensor_msgs.msg import JointState
from std_msgs.msg import Header
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage

from bbia_sim_ros.container import main as run_container
from bbia_sim_ros.description import robot_description
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.errors import StartError
from bbia_sim_ros.nodes.node_parameters import NodeParameters
from bbia_sim_ros.robot.parameters import StateParameters
from bbia_sim_ros.robot.transforms import TransformTree
from bbia_sim_ros.simulation.errors import AssetError

# Joint states come at 100 Hz; a little slack keeps every second one when 50 Hz are wanted.
_RATE_SLACK = 0.9
_NANOSECONDS = 1_000_000_000


class StateNode(Node):
    """The node `state`; see the module's docstring."""

    def __init__(self, *, cli_args: list[str] | None = None) -> None:
        super().__init__('state', cli_args=cli_args)
        self.parameters = NodeParameters(self, StateParameters)
        try:
            description = robot_description()
        except AssetError as error:
            raise StartError(str(error)) from error
        self._tree = TransformTree(description)
        self._last_stamp_ns: int | None = None
        self._reported_missing: set[str] = set()
        self._description_publisher = self.create_publisher(
            String, 'robot_description', qos.LATCHED
        )
        self._static_publisher = self.create_publisher(TFMessage, '/tf_static', qos.LATCHED)
        self._joint_states: Subscription[JointState] | None = None
        self._publisher = self.create_publisher(
            TFMessage,
            '/tf',
            qos.TRANSFORMS,
            event_callbacks=PublisherEventCallbacks(matched=self._on_audience),
        )
        self._description_publisher.publish(String(data=description))
        self._static_publisher.publish(self._static_message())
        self._message = TFMessage(transforms=self._blank_transforms())

    def _on_audience(self, _: QoSPublisherMatchedInfo) -> None:
        """Hear the joints when the first subscriber has come, and until the last one has gone."""
        wanted = self._publisher.get_subscription_count() > 0
        if not wanted and self._joint_states is not None:
            self.destroy_subscription(self._joint_states)
            self._joint_states = None
        elif wanted and self._joint_states is None:
            # rclpy 9.1.2: the executor breaks when an event waits in what is destroyed.
            self._joint_states = self.create_subscription(
                JointState,
                'joint_states',
                self._on_joint_states,
                QoSPresetProfiles.SENSOR_DATA.value,
                raw=True,
                event_callbacks=SubscriptionEventCallbacks(use_default_callbacks=False),
            )

    def _static_message(self) -> TFMessage:
        stamp = self.get_clock().now().to_msg()
        return TFMessage(
            transforms=[
                TransformStamped(
                    header=Header(stamp=stamp, frame_id=fixed.parent),
                    child_frame_id=fixed.child,
                    transform=Transform(
                        translation=Vector3(
                            x=fixed.translation[0], y=fixed.translation[1], z=fixed.translation[2]
                        ),
                        rotation=Quaternion(
                            x=fixed.quaternion[0],
                            y=fixed.quaternion[1],
                            z=fixed.quaternion[2],
                            w=fixed.quaternion[3],
                        ),
                    ),
                )
                for fixed in self._tree.fixed
            ]
        )

    def _blank_transforms(self) -> list[TransformStamped]:
        """Return one transform a moving joint, to be filled again and again."""
        tree = self._tree
        return [
            TransformStamped(
                header=Header(frame_id=parent),
                child_frame_id=child,
                transform=Transform(translation=Vector3(x=place[0], y=place[1], z=place[2])),
            )
            for parent, child, place in zip(
                tree.parents, tree.children, tree.translations.tolist(), strict=True
            )
        ]

    def _on_joint_states(self, serialised: bytes) -> None:
        message = deserialize_message(serialised, JointState)
        stamp = message.header.stamp
        stamp_ns = stamp.sec * _NANOSECONDS + stamp.nanosec
        if not self._is_due(stamp_ns):
            return
        try:
            rotations = self._tree.moving(dict(zip(message.name, message.position, strict=True)))
        except (KeyError, ValueError) as error:
            self._report_unusable(error)
            return
        self._last_stamp_ns = stamp_ns
        for transform, (x, y, z, w) in zip(
            self._message.transforms, rotations.tolist(), strict=True
        ):
            transform.header.stamp = stamp
            rotation = transform.transform.rotation
            rotation.x, rotation.y, rotation.z, rotation.w = x, y, z, w
        self._publisher.publish(self._message)

    def _is_due(self, stamp_ns: int) -> bool:
        last = self._last_stamp_ns
        period_ns = _RATE_SLACK * _NANOSECONDS / self.parameters.value.rate
        # A stamp before the last one means that simulated time was reset.
        return last is None or stamp_ns < last or stamp_ns - last >= period_ns

    def _report_unusable(self, error: Exception) -> None:
        text = str(error)
        if text not in self._reported_missing and len(self._reported_missing) < len(
            self._tree.joint_names
        ):
            self._reported_missing.add(text)
            self.get_logger().error(
                f'joint_states cannot be turned into transforms: {text}; its names must be those'
                f' of the URDF ({len(self._tree.joint_names)} joints) with one position each'
            )


def main() -> int:
    """Run this node alone; return the exit code."""
    return run_container(['state_node', *sys.argv[1:]])
