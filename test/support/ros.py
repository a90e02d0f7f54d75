"""Real nodes in processes of their own, and a probe that talks to them over DDS."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any
from typing import Self
from typing import TypeVar

import rclpy
from rclpy.context import Context
from rclpy.exceptions import InvalidHandle
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.qos import qos_profile_sensor_data

from bbia_sim_ros.cli.child import die_with_parent
from support.waiting import DEADLINE_S
from support.waiting import wait_until

T = TypeVar('T')
ROOT = Path(__file__).resolve().parents[2]
_TRIGGER_AGAIN_S = 1.0


class StackProcess:
    """A process of the stack: `container EXECUTABLE ... --ros-args ...`, its output kept.

    `module` takes the place of the container, for nodes that only tests have.
    """

    def __init__(
        self,
        *executables: str,
        ros_arguments: tuple[str, ...] = (),
        module: str = 'bbia_sim_ros.container',
        **environment: str,
    ) -> None:
        # Appending: the reader moves the place in the file that the process shares.
        self._output = tempfile.TemporaryFile('a+', encoding='utf-8')  # noqa: SIM115
        self.process = subprocess.Popen(
            [
                sys.executable,
                '-m',
                module,
                *executables,
                '--ros-args',
                *ros_arguments,
            ],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=self._output,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=die_with_parent(),  # noqa: PLW1509 - only a prctl
        )

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.wait()

    def wait(self) -> int:
        """Return the exit code; kill and fail if the process does not end."""
        try:
            return self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f'the process does not end; it said:\n{self.output}') from None

    @property
    def output(self) -> str:
        """All that it printed so far."""
        self._output.flush()
        self._output.seek(0)
        return self._output.read()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if error is not None:
            print(self.output)
        self._output.close()


class Probe:
    """A node that subscribes, publishes and calls; it is spun by a thread of its own."""

    def __init__(self, namespace: str = '') -> None:
        self._context = Context()
        rclpy.init(context=self._context)
        # Fuzzed requests would end it: rclpy's parameter services raise for an unknown type.
        self.node = Node(
            'probe',
            context=self._context,
            namespace=namespace,
            enable_rosout=False,
            start_parameter_services=False,
        )
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._clients: dict[str, Any] = {}
        self._closing = threading.Event()
        self._waiting: deque[Callable[[], None]] = deque()
        self._wake = self.node.create_guard_condition(self._run_waiting)
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def _spin(self) -> None:
        while not self._closing.is_set():
            try:
                self._executor.spin_once()
            except InvalidHandle:
                # A test destroyed a subscription while the executor looked at it.
                continue

    def _run_waiting(self) -> None:
        while self._waiting:
            self._waiting.popleft()()

    def make(self, factory: Callable[[Node], T]) -> T:
        """Return what `factory` makes of the node, made in the thread that spins.

        An action client that another thread makes is seen by the executor before it is whole.
        """
        made: Future[T] = Future()
        self._waiting.append(lambda: made.set_result(factory(self.node)))
        end = time.monotonic() + DEADLINE_S
        while True:
            # Now and then a trigger is lost between the wait sets of this executor (rclpy 9.1.2).
            self._wake.trigger()
            try:
                return made.result(_TRIGGER_AGAIN_S)
            except TimeoutError:
                if time.monotonic() >= end:
                    raise

    def collect(
        self, message_type: type[T], topic: str, qos: QoSProfile = qos_profile_sensor_data
    ) -> list[T]:
        """Return a list to which every message of a topic is appended as it comes."""
        received: list[T] = []
        self.node.create_subscription(message_type, topic, received.append, qos)
        return received

    def publisher(self, message_type: type[Any], topic: str, depth: int = 1) -> Any:
        """Return a publisher that already has a subscriber."""
        publisher = self.node.create_publisher(message_type, topic, depth)
        wait_until(
            lambda: publisher.get_subscription_count() > 0, f'somebody subscribes to {topic}'
        )
        return publisher

    def call(self, service_type: type[Any], name: str, request: Any = None) -> Any:
        """Call a service and return its response."""
        future = self.ask(service_type, name, request)
        wait_until(future.done, f'answer of {name}')
        return future.result()

    def ask(self, service_type: type[Any], name: str, request: Any = None) -> Any:
        """Call a service and return the future of its response."""
        client = self._clients.get(name)
        if client is None:
            client = self._clients[name] = self.node.create_client(service_type, name)
        wait_until(client.service_is_ready, f'service {name}')
        return client.call_async(service_type.Request() if request is None else request)

    def close(self) -> None:
        """Stop spinning and leave the domain."""
        # The context goes last: a wait set made after its end is an error in the thread.
        self._closing.set()
        self._wake.trigger()
        self._thread.join(DEADLINE_S)
        self._executor.shutdown()
        self.node.destroy_node()
        self._context.try_shutdown()


@contextmanager
def probe(namespace: str = '') -> Iterator[Probe]:
    """Return a probe that is closed at the end of the block."""
    made = Probe(namespace)
    try:
        yield made
    finally:
        made.close()
