"""The rhythm of a control loop: absolute deadlines, or simulated time where that is used.

Without simulated time periods begin on a grid of the monotonic clock (`robot/pacing.py`); one
that is late by more than a period moves the grid, since a loop that sends targets gains nothing by
catching up. With simulated time a period begins when `/clock` has moved on by one. `wait` is called
by the loop's thread, `close` by any.
"""

from __future__ import annotations

import threading

from rclpy.clock import JumpThreshold
from rclpy.clock import TimeJump
from rclpy.duration import Duration
from rclpy.node import Node

from bbia_sim_ros.nodes.clocks import is_simulated
from bbia_sim_ros.robot.pacing import Pacer

# A paused simulation does not stop the loop: it still has a status to publish.
_LONGEST_WAIT_S = 0.1


class RosPacer:
    """Waits for the start of each period of `period` seconds."""

    def __init__(self, node: Node, period: float) -> None:
        self._node = node
        self._clock = node.get_clock()
        self._pacer = Pacer(period=period, max_catch_up=1)
        # Stamps are rounded, so a period of the simulator may be a little shorter than nominal.
        self._period_ns = round(0.9e9 * period)
        self._due_ns = 0
        self._moved = threading.Event()
        nanosecond = Duration(nanoseconds=1)
        self._jumps = self._clock.create_jump_callback(
            JumpThreshold(
                min_forward=nanosecond, min_backward=Duration(nanoseconds=-1), on_clock_change=True
            ),
            post_callback=self._on_jump,
        )

    def wait(self) -> None:
        """Return when the next period begins, or after a tenth of a second at most."""
        if not is_simulated(self._node):
            self._pacer.wait()
            return
        self._moved.wait(_LONGEST_WAIT_S)
        self._moved.clear()

    def close(self) -> None:
        """End a wait at once, and hear no more of the clock."""
        self._jumps.unregister()
        self._moved.set()

    def _on_jump(self, jump: TimeJump) -> None:
        now_ns = self._clock.now().nanoseconds
        if jump.delta.nanoseconds < 0 or now_ns >= self._due_ns:
            self._due_ns = now_ns + self._period_ns
            self._moved.set()
