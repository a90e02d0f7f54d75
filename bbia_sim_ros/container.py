"""Run one or several nodes of the stack in one process: `container NODE ... [--ros-args ...]`.

`NODE@/NAMESPACE` puts a node that can be there several times into a namespace of its own.

One executor serves all nodes of the process; nodes that need a steady rhythm bring threads of their
own. The process ends with exit code 0 on Ctrl-C or SIGTERM, with 2 and one line of explanation when
a node cannot start, and with 1 and a traceback when a node fails later.

The executor's thread gives a sign of life (`heartbeat.py`), and looks whether those threads turn
that nodes have watched (`pulses.py`). A process that was started again after
a crash says so in its log and on `/diagnostics`, as the part `process` of its first node.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from typing import NoReturn

import rclpy
from rclpy.experimental.events_executor import EventsExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from rclpy.utilities import remove_ros_args

from bbia_sim_ros import stack_nodes
from bbia_sim_ros.end_signals import event_of_end_signals
from bbia_sim_ros.heap import Sweeper
from bbia_sim_ros.heap import keep_heap_small
from bbia_sim_ros.heartbeat import LAST_END_VARIABLE
from bbia_sim_ros.heartbeat import RESTARTS_VARIABLE
from bbia_sim_ros.heartbeat import Heartbeat
from bbia_sim_ros.heartbeat import HeartbeatError
from bbia_sim_ros.nodes.diagnostics import Diagnostics
from bbia_sim_ros.nodes.diagnostics import Level
from bbia_sim_ros.nodes.errors import StartError
from bbia_sim_ros.nodes.lifetime import FAILED
from bbia_sim_ros.parameters import ParameterError
from bbia_sim_ros.pulses import PULSES
from bbia_sim_ros.stack_arguments import ArgumentError

PROGRAM = 'container'
EXIT_FAILED = 1
EXIT_CANNOT_START = 2
# EventsExecutor.spin() of rclpy 9.1.2 never wakes up; waits with a timeout do. Each of them keeps
# 24 bytes; `spin_once`, which does not, left events lying in our tests.
_SPIN_SLICE_S = 0.2


def load_node(text: str) -> Node:
    """Return a new node for a row of the stack's table: EXECUTABLE or EXECUTABLE@/NAMESPACE.

    Raises `ArgumentError` for an unknown node, and for one that cannot be there several times.
    """
    executable, _, namespace = text.partition('@')
    entry = stack_nodes.node_entry(executable)
    module, _, class_name = entry.target.partition(':')
    if namespace and not entry.repeatable:
        raise ArgumentError(f'{text}: {executable} takes its namespace from the whole process')
    options = {'cli_args': ['--ros-args', '-r', f'__ns:={namespace}']} if namespace else {}
    node: Node = getattr(importlib.import_module(module), class_name)(**options)
    return node


def run(executables: Sequence[str], stop: threading.Event, heartbeat: Heartbeat) -> None:
    """Run the nodes until `stop` is set, then close them in reverse order.

    The executor has a thread of its own, so that this one sees signals at once. Raises what a node
    raises while it starts; `rclpy.init` must have been called.
    """
    with ExitStack() as cleanup:
        executor = EventsExecutor()
        nodes = []
        for executable in executables:
            node = load_node(executable)
            cleanup.callback(node.destroy_node)
            executor.add_node(node)
            nodes.append(node)
        report_restarts(nodes[0])
        stopped = executor.create_future()
        sweeper = Sweeper()

        def spin() -> None:
            while not stop.is_set():
                executor.spin_until_future_complete(stopped, _SPIN_SLICE_S)
                heartbeat.beat()
                sweeper.turn()

        spinner = threading.Thread(target=spin, name='executor')
        spinner.start()
        stop.wait()
        stopped.set_result(None)
        executor.wake()
        spinner.join()
        heartbeat.close()


def report_restarts(node: Node) -> None:
    """Say in the log and on `/diagnostics` that the process was started again, if it was."""
    restarts = os.environ.get(RESTARTS_VARIABLE, '')
    if not restarts:
        return
    reason = os.environ.get(LAST_END_VARIABLE, 'unknown')
    text = f'started again; restarts so far: {restarts}; the last end: {reason}'
    node.get_logger().warning(text)
    Diagnostics(node, hardware_id='none').update(
        'process', Level.WARN, text, {'restarts': restarts, 'last_end': reason}
    )


class ThreadFailures:
    """Ends the process when a thread of a node fails, instead of leaving a node that pretends.

    `nodes/lifetime.py` knows then that the end is not a clean one.
    """

    def __init__(self, stop: threading.Event) -> None:
        self.any = False
        self._stop = stop
        self._report = threading.excepthook
        threading.excepthook = self._on_failure

    def _on_failure(self, failure: threading.ExceptHookArgs) -> None:
        self._report(failure)
        self.any = True
        FAILED.set()
        self._stop.set()


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the nodes named on the command line, and end the process."""
    code = conduct(sys.argv[1:] if arguments is None else arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    # All is closed by now. A usual end runs destructors of Fast DDS 3.2 beside threads of its own:
    # a crash, and a wait of 14 s in that of SharedMemWatchdog, were seen there.
    os._exit(code)


def conduct(arguments: Sequence[str]) -> int:
    """Run the nodes of these arguments until a signal comes; return the exit code."""
    argv = list(arguments)
    executables = remove_ros_args([PROGRAM, *argv])[1:]
    if not executables:
        known = ', '.join(entry.executable for entry in stack_nodes.NODES)
        print(f'{PROGRAM}: name at least one node of: {known}', file=sys.stderr)
        return EXIT_CANNOT_START
    keep_heap_small()
    # rclpy's own handlers invalidate the context first, under the feet of the nodes' threads.
    stop = event_of_end_signals()
    failures = ThreadFailures(stop)
    rclpy.init(args=argv, signal_handler_options=SignalHandlerOptions.NO)
    try:
        run(executables, stop, Heartbeat(os.environ, silent=PULSES.silent))
    except (StartError, ParameterError, ArgumentError, HeartbeatError) as error:
        print(f'{" ".join(executables)}: {error}', file=sys.stderr)
        return EXIT_CANNOT_START
    finally:
        rclpy.try_shutdown()
    return EXIT_FAILED if failures.any else 0


if __name__ == '__main__':
    main()
