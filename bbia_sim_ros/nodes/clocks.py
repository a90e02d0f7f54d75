"""The clocks of a node: its ROS time in seconds, whether that is simulated, and a steady clock."""

from __future__ import annotations

import time

from rclpy.clock import Clock
from rclpy.clock import ROSClock
from rclpy.clock_type import ClockType
from rclpy.node import Node

# The system clock is slewed by less than this in the time between two looks at it.
_SAME_CLOCK_S = 0.002


def ros_seconds(node: Node) -> float:
    """Return the node's ROS time in seconds, as in the stamps of messages."""
    nanoseconds: int = node.get_clock().now().nanoseconds
    return nanoseconds * 1e-9


def is_simulated(node: Node) -> bool:
    """Whether the node takes its time from `/clock`."""
    clock = node.get_clock()
    return isinstance(clock, ROSClock) and clock.ros_time_is_active


def steady_clock() -> Clock:
    """Return a clock for timers that go on while simulated time stands still."""
    return Clock(clock_type=ClockType.STEADY_TIME)


class MotionClock:
    """The time that motion lives in, s: simulated time where it is used, else the monotonic clock.

    ROS time without a simulator jumps whenever the system clock is set; motion must not. Stamps
    keep a constant distance from the monotonic clock until that happens, so that the difference of
    two stamps is the time that passed between them, however long it took to read the clocks. Any
    thread.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._offset: float | None = None

    @property
    def now(self) -> float:
        """The present time."""
        return ros_seconds(self._node) if is_simulated(self._node) else time.monotonic()

    def to_ros(self, now: float) -> float:
        """Return a time of this clock as ROS time, s."""
        return now if is_simulated(self._node) else now + self._offset_to_ros()

    def from_ros(self, stamp: float) -> float:
        """Return a ROS time as a time of this clock."""
        return stamp if is_simulated(self._node) else stamp - self._offset_to_ros()

    def _offset_to_ros(self) -> float:
        before = time.monotonic()
        offset = ros_seconds(self._node) - before
        # Another thread may have run between the two looks; then the offset seems larger.
        disturbed = time.monotonic() - before > _SAME_CLOCK_S
        if self._offset is None or (abs(offset - self._offset) > _SAME_CLOCK_S and not disturbed):
            self._offset = offset
        return self._offset
