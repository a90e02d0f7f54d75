"""What of the motion node survives when it is killed: that it was there, and the emotion.

A file (`robot/lasting_state.py`) says so as long as the node lives; one that ends as it should
leaves none. A node that finds one was started again in the middle of things: it tells the emotion
once more with its old stamp, since the latched message of the killed node is gone, and does not
move the robot to neutral. The lock of the node's name is held meanwhile. Executor's thread.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rclpy.node import Node
from std_msgs.msg import Header

from bbia_msgs.msg import Emotion
from bbia_sim_ros.nodes.clocks import ros_seconds
from bbia_sim_ros.nodes.lifetime import FAILED
from bbia_sim_ros.nodes.messages import seconds
from bbia_sim_ros.nodes.messages import time_message
from bbia_sim_ros.robot.lasting_state import LastingState
from bbia_sim_ros.robot.lasting_state import LastingStateError


class MotionMemory:
    """See the module's docstring."""

    def __init__(self, node: Node) -> None:
        """Read what a killed node left behind, if one did."""
        self._node = node
        self._file = LastingState(node.context.get_domain_id(), node.get_fully_qualified_name())
        self.found = False
        """Whether the node before this one did not end by itself."""
        self.emotion: Emotion | None = None
        """Its last emotion."""
        self._stamp = -math.inf
        try:
            left = self._file.load()
            if left is not None:
                self.found = True
                self.emotion = _emotion(left)
        except (LastingStateError, ValueError) as error:
            self.found = True
            node.get_logger().warning(f'the last emotion is forgotten: {error}')
        if self.emotion is not None:
            self._stamp = seconds(self.emotion.header.stamp) or -math.inf
        self._save({} if self.emotion is None else _plain(self.emotion))

    def is_outdated(self, message: Emotion) -> bool:
        """Whether another node's latched emotion is older than the one that was restored.

        Those come in any order. Not after the clock was set back: then stamps say nothing.
        """
        stamp = seconds(message.header.stamp)
        return stamp is not None and stamp < self._stamp <= ros_seconds(self._node)

    def keep(self, message: Emotion) -> None:
        """Keep the emotion that is felt from now on."""
        self._save(_plain(message))

    def close(self) -> None:
        """Leave nothing behind, unless a thread of this process has failed."""
        if FAILED.is_set():
            return
        try:
            self._file.forget()
        except LastingStateError as error:
            self._node.get_logger().error(str(error))

    def _save(self, content: dict[str, Any]) -> None:
        try:
            self._file.save(content)
        except LastingStateError as error:
            self._node.get_logger().error(str(error))


def _plain(message: Emotion) -> dict[str, Any]:
    return {
        'emotion': message.name,
        'intensity': message.intensity,
        'stamp': seconds(message.header.stamp),
    }


def _emotion(plain: Mapping[str, Any]) -> Emotion | None:
    """Read what `_plain` gave; None without an emotion, ValueError for something else."""
    if not plain:
        return None
    try:
        header = Header() if plain['stamp'] is None else Header(stamp=time_message(plain['stamp']))
        return Emotion(header=header, name=plain['emotion'], intensity=plain['intensity'])
    except (KeyError, TypeError, AssertionError, OverflowError) as error:
        raise ValueError(f'it is no emotion: {error!r}') from error
