"""Play emotions: `python -m bbia_sim_ros.examples.emotions [NAME ...] [intensity:=0..1]`.

Without a name all twelve, one after the other. Ctrl-C ends the one that is played.
"""

from __future__ import annotations

import sys

import rclpy
from rclpy.signals import SignalHandlerOptions

from bbia_msgs.action import PlayEmotion
from bbia_sim_ros.examples.follow import follow
from bbia_sim_ros.motion.emotions import EMOTIONS

_INTENSITY = 'intensity:='


def main() -> int:
    """Play what the command line names; return 1 when one was not played to its end."""
    names = [word for word in sys.argv[1:] if not word.startswith(_INTENSITY)] or list(EMOTIONS)
    given = [word for word in sys.argv[1:] if word.startswith(_INTENSITY)]
    intensity = float(given[-1].removeprefix(_INTENSITY)) if given else 1.0
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node('emotions')
    try:
        for name in names:
            goal = PlayEmotion.Goal(name=name, intensity=intensity)
            if not follow(node, PlayEmotion, 'play_emotion', goal, name):
                return 1
    finally:
        node.destroy_node()
        rclpy.try_shutdown()
    return 0


if __name__ == '__main__':
    sys.exit(main())
