"""Nodes in a process one of whose threads stops for ever in the middle of its work.

python stuck_thread.py NODE ... --ros-args ...

The environment variable `STUCK_THREAD` names the thread. A hook for profilers, which Python calls
at every call in a thread, holds it up once it has got so far that nothing of its start is left.
"""

from __future__ import annotations

import os
import sys
import threading
from types import FrameType

import rclpy
from rclpy.signals import SignalHandlerOptions
from rclpy.utilities import remove_ros_args

from bbia_sim_ros.container import run
from bbia_sim_ros.end_signals import event_of_end_signals
from bbia_sim_ros.heartbeat import Heartbeat
from bbia_sim_ros.pulses import PULSES

NAME_VARIABLE = 'STUCK_THREAD'
LIMIT_S = 2.0
_CALLS = 2000


def main() -> None:
    """Run the nodes until a signal comes."""
    calls = 0

    def hold_up(_: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        if threading.current_thread().name == os.environ[NAME_VARIABLE]:
            calls += 1
            if calls == _CALLS:
                threading.Event().wait()

    threading.setprofile(hold_up)
    stop = event_of_end_signals()
    rclpy.init(args=sys.argv, signal_handler_options=SignalHandlerOptions.NO)
    heartbeat = Heartbeat(os.environ, silent=lambda: PULSES.silent(LIMIT_S))
    run(remove_ros_args(sys.argv)[1:], stop, heartbeat)


if __name__ == '__main__':
    main()
