"""What holds a robot back survives the driver that is killed.

The emergency stop and the motors are kept in a file (`robot/lasting_state.py`) before the service
that changed them answers. A driver that finds such a file restores them; one that cannot read it,
as after a disk that was full, starts stopped. A driver that ends as it should leaves none, so the
start after it is a fresh one. All with the driver's lock held, or while nobody else has the robot
yet or any more.
"""

from __future__ import annotations

from rclpy.node import Node

from bbia_sim_ros.nodes.lifetime import FAILED
from bbia_sim_ros.robot.driver import RobotBody
from bbia_sim_ros.robot.driver import Safeguards
from bbia_sim_ros.robot.lasting_state import LastingState
from bbia_sim_ros.robot.lasting_state import LastingStateError

_NOTHING = Safeguards()


class DriverMemory:
    """See the module's docstring."""

    def __init__(self, node: Node) -> None:
        """Take the node, which holds the lock of its name."""
        self._node = node
        self._file = LastingState(node.context.get_domain_id(), node.get_fully_qualified_name())
        # None: not what the file says.
        self._kept: Safeguards | None = _NOTHING

    def restore(self, body: RobotBody) -> None:
        """Hold the robot back as a driver did that was killed; before the first control period."""
        found = self._kept = self._left_behind()
        if found != _NOTHING:
            body.restore(found)

    def keep(self, body: RobotBody) -> None:
        """Keep what holds the robot back now; what cannot be written is logged."""
        now = body.safeguards
        if now == self._kept:
            return
        try:
            if now == _NOTHING:
                self._file.forget()
            else:
                self._file.save(now.plain)
            self._kept = now
        except LastingStateError as error:
            self._kept = None
            self._node.get_logger().error(str(error))

    def close(self) -> None:
        """Leave nothing behind, unless a thread of this process has failed."""
        if FAILED.is_set() or self._kept == _NOTHING:
            return
        try:
            self._file.forget()
        except LastingStateError as error:
            self._node.get_logger().error(str(error))

    def _left_behind(self) -> Safeguards:
        logger = self._node.get_logger()
        try:
            left = self._file.load()
            kept = _NOTHING if left is None else Safeguards.from_plain(left)
        except (LastingStateError, ValueError) as error:
            logger.error(
                f'what the driver before this one left behind cannot be used: {error}; the robot'
                ' starts stopped: look after it and call the service rearm'
            )
            return Safeguards(emergency_stopped=True)
        if kept != _NOTHING:
            stop = 'stopped, until the service rearm' if kept.emergency_stopped else 'not stopped'
            logger.warning(
                'the driver before this one did not end by itself; as it left the robot:'
                f' {stop}; motors {kept.motors}'
            )
        return kept
