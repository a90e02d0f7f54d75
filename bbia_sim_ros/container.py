"""Run one or several nodes of the stack in one process: `container NODE ... [--ros-args ...]`.

One executor serves all nodes of the process; nodes that need a steady rhythm bring threads of their
own. The process ends with exit code 0 on Ctrl-C or SIGTERM, with 2 and one line of explanation when
a node cannot start, and with 1 and a traceback when a node fails later.
"""

from __future__ import annotations

import importlib
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack

import rclpy
from rclpy.experimental.events_executor import EventsExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from rclpy.utilities import remove_ros_args

from bbia_sim_ros import stack_nodes
from bbia_sim_ros.nodes.errors import StartError
from bbia_sim_ros.parameters import ParameterError
from bbia_sim_ros.stack_arguments import ArgumentError

PROGRAM = 'container'
EXIT_FAILED = 1
EXIT_CANNOT_START = 2
# EventsExecutor.spin() of rclpy 9.1.2 never wakes up; waits with a timeout do.
_SPIN_SLICE_S = 0.2


def load_node(executable: str) -> Node:
    """Return a new node for a row of the stack's table."""
    module, _, class_name = stack_nodes.node_entry(executable).target.partition(':')
    node: Node = getattr(importlib.import_module(module), class_name)()
    return node


def run(executables: Sequence[str], stop: threading.Event) -> None:
    """Run the nodes until `stop` is set, then close them in reverse order.

    The executor has a thread of its own, so that this one sees signals at once. Raises what a node
    raises while it starts; `rclpy.init` must have been called.
    """
    with ExitStack() as cleanup:
        executor = EventsExecutor()
        for executable in executables:
            node = load_node(executable)
            cleanup.callback(node.destroy_node)
            executor.add_node(node)
        stopped = executor.create_future()

        def spin() -> None:
            while not stop.is_set():
                executor.spin_until_future_complete(stopped, _SPIN_SLICE_S)

        spinner = threading.Thread(target=spin, name='executor')
        spinner.start()
        stop.wait()
        stopped.set_result(None)
        executor.wake()
        spinner.join()


class ThreadFailures:
    """Ends the process when a thread of a node fails, instead of leaving a node that pretends."""

    def __init__(self, stop: threading.Event) -> None:
        self.any = False
        self._stop = stop
        self._report = threading.excepthook
        threading.excepthook = self._on_failure

    def _on_failure(self, failure: threading.ExceptHookArgs) -> None:
        self._report(failure)
        self.any = True
        self._stop.set()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the nodes named on the command line; return the exit code."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    executables = remove_ros_args([PROGRAM, *argv])[1:]
    if not executables:
        known = ', '.join(entry.executable for entry in stack_nodes.NODES)
        print(f'{PROGRAM}: name at least one node of: {known}', file=sys.stderr)
        return EXIT_CANNOT_START
    # rclpy's own handlers invalidate the context first, under the feet of the nodes' threads.
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    failures = ThreadFailures(stop)
    rclpy.init(args=argv, signal_handler_options=SignalHandlerOptions.NO)
    try:
        run(executables, stop)
    except (StartError, ParameterError, ArgumentError) as error:
        print(f'{" ".join(executables)}: {error}', file=sys.stderr)
        return EXIT_CANNOT_START
    finally:
        rclpy.try_shutdown()
    return EXIT_FAILED if failures.any else 0


if __name__ == '__main__':
    sys.exit(main())
