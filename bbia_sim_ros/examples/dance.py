"""Play a move: `python -m bbia_sim_ros.examples.dance NAME_OR_FILE`.

A name such as groove, waltz, robot_pop, wake_up, go_to_sleep, one of your own, or the path of a
YAML choreography or a recorded JSON move. Ctrl-C ends it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import rclpy
from rclpy.signals import SignalHandlerOptions

from bbia_msgs.action import PlayMove
from bbia_sim_ros.examples.follow import follow


def main() -> int:
    """Play the move; return 1 when it was not played to its end."""
    name = sys.argv[1] if len(sys.argv) > 1 else 'groove'
    if Path(name).is_file():
        # The motion node may run in another folder.
        name = str(Path(name).resolve())
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node('dance')
    try:
        return 0 if follow(node, PlayMove, 'play_move', PlayMove.Goal(name=name), name) else 1
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == '__main__':
    sys.exit(main())
