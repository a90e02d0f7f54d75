"""Lead the head with the keyboard: `python -m bbia_sim_ros.examples.teleoperate`.

Arrow keys or w a s d turn the head, q and e tilt it, space looks straight ahead, Ctrl-C ends. The
target is streamed on `cmd_body` at 50 Hz, and the head stays where it is when the stream ends.
Without a terminal it draws an eight for ten seconds.
"""

from __future__ import annotations

import math
import select
import sys
import termios
import time
import tty
from contextlib import contextmanager
from collections.abc import Iterator

import rclpy

from bbia_msgs.msg import BodyTarget
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.messages import pose_message
from bbia_sim_ros.robot.poses import pose_from_euler

_PERIOD_S = 0.02
_STEP_RAD = math.radians(4.0)
_LIMITS_RAD = {'yaw': 1.0, 'pitch': 0.35, 'roll': 0.35}
_KEYS = {
    'a': ('yaw', 1), 'd': ('yaw', -1), 'w': ('pitch', -1), 's': ('pitch', 1),
    'q': ('roll', -1), 'e': ('roll', 1),
    'D': ('yaw', 1), 'C': ('yaw', -1), 'A': ('pitch', -1), 'B': ('pitch', 1),
}  # fmt: skip
