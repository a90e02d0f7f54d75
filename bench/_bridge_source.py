"""What is measured through a bridge: a program that publishes and serves until it is killed.

`/bench/joints` (JointState, 30 joints, 200 Hz), `/bench/picture` (CompressedImage, 30 kB, 30 Hz),
each stamped just before it is published, and the service `/bench/trigger` (std_srvs/Trigger). What
falls behind is left out, not sent in a burst. Publishing has a thread of its own.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import rclpy
from rclpy.experimental.events_executor import EventsExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import CompressedImage
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger

JOINTS = '/bench/joints'
JOINTS_HZ = 200.0
PICTURE = '/bench/picture'
PICTURE_HZ = 30.0
TRIGGER = '/bench/trigger'
_JOINTS = 30
_PICTURE_B = 30_000
_DEPTH = 10
_SLICE_S = 0.2


def publish(node: Node, topic: str, message: Any, rate_hz: float) -> None:
    """Publish a message at a rate until the process ends."""
    publisher = node.create_publisher(type(message), topic, _DEPTH)
    clock = node.get_clock()
    due = time.monotonic()
    while True:
        message.header.stamp = clock.now().to_msg()
        publisher.publish(message)
        now = time.monotonic()
        due = max(due + 1.0 / rate_hz, now)
        time.sleep(due - now)


def messages() -> tuple[JointState, CompressedImage]:
    """Return what is published."""
    draw = np.random.default_rng(0)
    joints = JointState(
        name=[f'joint_number_{index}' for index in range(_JOINTS)],
        position=draw.standard_normal(_JOINTS).tolist(),
        velocity=draw.standard_normal(_JOINTS).tolist(),
        effort=draw.standard_normal(_JOINTS).tolist(),
    )
    data = draw.integers(0, 256, _PICTURE_B, np.uint8).tobytes()
    return joints, CompressedImage(format='jpeg', data=data)


def serve(_: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
    """Answer at once."""
    response.success = True
    return response


def main() -> None:
    """Publish and serve."""
    # A signal ends the process at once, not only the context under the threads' feet.
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = Node('bench_source')
    node.create_service(Trigger, TRIGGER, serve)
    joints, picture = messages()
    for work in ((JOINTS, joints, JOINTS_HZ), (PICTURE, picture, PICTURE_HZ)):
        threading.Thread(target=publish, args=(node, *work), daemon=True).start()
    executor = EventsExecutor()
    executor.add_node(node)
    never = executor.create_future()
    while True:
        executor.spin_until_future_complete(never, _SLICE_S)


if __name__ == '__main__':
    main()
