"""Lead the head by the keyboard: `python -m bbia_sim_ros.examples.teleoperate`.

Arrow keys or w a s d turn the head, q and e tilt it, space looks straight ahead, x or Ctrl-C ends.
The target is streamed on `cmd_body` at 50 Hz; when the stream ends, the head stays where it is.
Where the input is no terminal, the head draws an eight for ten seconds.
"""

from __future__ import annotations

import math
import os
import select
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager

import rclpy

from bbia_msgs.msg import BodyTarget
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.messages import pose_message
from bbia_sim_ros.robot.poses import pose_from_euler

_PERIOD_S = 0.02
_DEMONSTRATION_S = 10.0
_STEP_RAD = math.radians(4.0)
_LIMITS_RAD = {'yaw': 1.0, 'pitch': 0.35, 'roll': 0.3}
_LEFT, _RIGHT, _UP, _DOWN = ('yaw', 1.0), ('yaw', -1.0), ('pitch', -1.0), ('pitch', 1.0)
_KEYS = {b'a': _LEFT, b'd': _RIGHT, b'w': _UP, b's': _DOWN}
_KEYS |= {b'q': ('roll', -1.0), b'e': ('roll', 1.0)}
_KEYS |= {b'\x1b[D': _LEFT, b'\x1b[C': _RIGHT, b'\x1b[A': _UP, b'\x1b[B': _DOWN}


@contextmanager
def single_keys() -> Iterator[None]:
    """Read keys without waiting for Enter, and put the terminal back afterwards."""
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def keyboard() -> Iterator[dict[str, float]]:
    """Yield roll, pitch and yaw (rad) every `_PERIOD_S` until x is pressed."""
    angles = dict.fromkeys(_LIMITS_RAD, 0.0)
    print(__doc__)
    with single_keys():
        while True:
            ready, _, _ = select.select([sys.stdin], [], [], _PERIOD_S)
            key = os.read(sys.stdin.fileno(), 8) if ready else b''
            if key == b'x':
                return
            if key == b' ':
                angles = dict.fromkeys(_LIMITS_RAD, 0.0)
            if key in _KEYS:
                angle, sign = _KEYS[key]
                limit = _LIMITS_RAD[angle]
                angles[angle] = min(max(angles[angle] + sign * _STEP_RAD, -limit), limit)
            yield angles


def eight() -> Iterator[dict[str, float]]:
    """Yield a lying eight every `_PERIOD_S` for `_DEMONSTRATION_S`."""
    for step in range(round(_DEMONSTRATION_S / _PERIOD_S)):
        time.sleep(_PERIOD_S)
        phase = math.tau * step * _PERIOD_S / 4.0
        yield {'yaw': 0.5 * math.sin(phase), 'pitch': 0.2 * math.sin(2.0 * phase)}


def main() -> int:
    """Stream targets until the person ends it."""
    rclpy.init()
    node = rclpy.create_node('teleoperate')
    publisher = node.create_publisher(BodyTarget, 'cmd_body', qos.NEWEST_COMMAND)
    target = BodyTarget(has_head=True)
    target.header.frame_id = 'head_neutral'
    try:
        for angles in keyboard() if sys.stdin.isatty() else eight():
            target.head = pose_message(pose_from_euler(**angles))
            publisher.publish(target)
    except KeyboardInterrupt:
        print()
    finally:
        node.destroy_node()
        rclpy.try_shutdown()
    return 0


if __name__ == '__main__':
    sys.exit(main())
