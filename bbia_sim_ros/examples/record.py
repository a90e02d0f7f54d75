"""Record what the robot does: `python -m bbia_sim_ros.examples.record NAME [SECONDS]`.

Without seconds until Ctrl-C. The move is then known by that name; the example `dance` plays it.
"""

from __future__ import annotations

import sys

import rclpy
from rclpy.signals import SignalHandlerOptions

from bbia_msgs.action import RecordMove
from bbia_sim_ros.examples.follow import follow


def main() -> int:
    """Record the move; return 1 when there is no name, 0 otherwise."""
    if len(sys.argv) < 2:
        print(__doc__)
        return 1
    duration = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    goal = RecordMove.Goal(name=sys.argv[1], duration=duration)
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node('record')
    try:
        follow(node, RecordMove, 'record_move', goal, 'recording')
    finally:
        node.destroy_node()
        rclpy.try_shutdown()
    return 0


if __name__ == '__main__':
    sys.exit(main())
