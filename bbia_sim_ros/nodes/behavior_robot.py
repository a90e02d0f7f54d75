"""The robot between behaviors, over ROS: which parts there are, and who moves it.

Implements `behaviors/port.Robots`. Whether a part is there is seen on the graph: who serves an
action, who publishes a topic. `motion/status` says who moves the body and why nobody may. Any
thread; made in the executor's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from rclpy.node import Node

from bbia_msgs.msg import Emotion
from bbia_msgs.msg import MotionStatus
from bbia_sim_ros.behaviors.errors import NETWORK_OFF
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.models.pool import ModelPool
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.behavior_hearing import AUDIO
from bbia_sim_ros.nodes.behavior_hearing import TRANSCRIPT
from bbia_sim_ros.nodes.behavior_hearing import Ears
from bbia_sim_ros.nodes.behavior_port import ACTIONS
from bbia_sim_ros.nodes.behavior_port import MOTION
from bbia_sim_ros.nodes.behavior_port import Parts
from bbia_sim_ros.nodes.behavior_port import RosPort
from bbia_sim_ros.nodes.behavior_sight import PEOPLE
from bbia_sim_ros.nodes.behavior_sight import PICTURE
from bbia_sim_ros.nodes.orders import Orders

GO_TO_SLEEP: Final = 'go_to_sleep'
# Behaviors of this priority or more move the body as a person's commands do; others give way.
USUAL_PRIORITY: Final = 100
# The status tells of the end of a move a little after its result has come.
_STATUS_LAG_S: Final = 0.5
_TOPICS: Final = {
    Part.CAMERA: (
        PICTURE.name,
        'no camera gives pictures: start the simulator, or camera_node with camera:=SOURCE',
    ),
    Part.VISION: (PEOPLE.name, 'no vision_node runs: start the stack with vision'),
    Part.MICROPHONE: (AUDIO.name, 'no microphone_node runs: start the stack with audio:=SOURCE'),
    Part.HEARING: (TRANSCRIPT, 'no hearing_node runs: start the stack with hearing'),
}
_SERVED: Final = {
    Part.MOTION: ('go_to', 'no motion_node runs: start the stack with control:=motion'),
    Part.SPEECH: ('say', 'no speech_node runs: start the stack with speech'),
    Part.CHAT: ('chat', 'no chat_node runs: start the stack with chat'),
}


class RosRobots:
    """See the module's docstring; ``network`` tells whether the network may be used."""

    def __init__(self, node: Node, pool: ModelPool, network: Callable[[], bool]) -> None:
        self._node = node
        self._network = network
        self._orders = Orders(node, ACTIONS)
        self._parts = Parts(
            node=node,
            orders=self._orders,
            ears=Ears(node),
            moods=node.create_publisher(Emotion, 'emotion', qos.LATCHED),
            pool=pool,
            network=network,
        )
        self._lock = threading.Lock()
        self._ports: list[RosPort] = []
        self._motion = MotionStatus()
        self._moved = self._moved_here = time.monotonic()
        self._is_asleep = False
        node.create_subscription(MotionStatus, 'motion/status', self._on_motion, qos.LATCHED)

    def obstacle(self, part: Part) -> str:
        """See `Robots`."""
        if part is Part.NETWORK:
            return '' if self._network() else NETWORK_OFF
        if part in _SERVED:
            action, absent = _SERVED[part]
            there = self._orders.there(action)
        else:
            topic, absent = _TOPICS[part]
            there = self._node.count_publishers(topic) > 0
        if not there:
            return absent
        if part is Part.MOTION:
            return str(self._motion.detail)
        if part is Part.HEARING:
            return self.obstacle(Part.MICROPHONE)
        return ''

    def engage(self, name: str, priority: int) -> RosPort:
        """See `Robots`."""
        del name
        port = RosPort(
            self._parts, motion_priority=0 if priority >= USUAL_PRIORITY else max(1, priority)
        )
        with self._lock:
            self._ports = [one for one in self._ports if not one.released()]
            self._ports.append(port)
        return port

    def quiet(self) -> float:
        """See `Robots`."""
        with self._lock:
            self._note()
            return time.monotonic() - self._moved

    def asleep(self) -> bool:
        """See `Robots`."""
        return self._is_asleep

    def _on_motion(self, status: MotionStatus) -> None:
        with self._lock:
            self._note()
            self._motion = status
            self._note()
        if status.active:
            self._is_asleep = status.name == GO_TO_SLEEP

    def _note(self) -> None:
        """Note who moves the body now; the caller holds the lock."""
        now = time.monotonic()
        if any(port.running(MOTION) for port in self._ports):
            self._moved_here = now
        elif self._motion.active and now > self._moved_here + _STATUS_LAG_S:
            self._moved = now
