"""What `record` and `replay` share as programs: arguments, signals and exit codes."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable
from collections.abc import Sequence

import rclpy
from rclpy.signals import SignalHandlerOptions
from rclpy.utilities import remove_ros_args

from bbia_sim_ros.cli.errors import UsageError
from bbia_sim_ros.end_signals import event_of_end_signals
from bbia_sim_ros.recording.errors import RecordingError

EXIT_FAILED = 1
EXIT_USAGE = 2


def run_program(
    name: str,
    parser: argparse.ArgumentParser,
    task: Callable[[argparse.Namespace, threading.Event], int],
    arguments: Sequence[str] | None,
) -> int:
    """Do a task as the command line says, with ROS there; return the exit code.

    SIGINT and SIGTERM set the task's event. Its `RecordingError` is told in one line.
    """
    argv = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = parser.parse_args(remove_ros_args(['', *argv])[1:])
    except UsageError as error:
        print(f'{name}: {error}', file=sys.stderr)
        return EXIT_USAGE
    stop = event_of_end_signals()
    rclpy.init(args=argv, signal_handler_options=SignalHandlerOptions.NO)
    try:
        return task(options, stop)
    except RecordingError as error:
        print(f'{name}: {error}', file=sys.stderr)
        return EXIT_FAILED
    finally:
        rclpy.try_shutdown()
