"""The dashboard beside a player: the stack's own bridge, as a process that ends with the player.

It has a session of its own, so that Ctrl-C comes to it once, through us, and it cannot outlive us
(Linux). What it says goes where our errors go; its first line holds the address of the page. When
it ends by itself, the player is stopped. Ports: rosbridge takes any free one, which the page finds
by itself.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from collections.abc import Iterable
from types import TracebackType
from typing import Final
from typing import Self

from rclpy.node import Node

from bbia_sim_ros.cli.child import die_with_parent
from bbia_sim_ros.recording.errors import RecordingError

PAGE_TIMEOUT_S: Final = 60.0
_START_TIMEOUT_S: Final = 60.0
_END_TIMEOUT_S: Final = 8.0
_POLL_S: Final = 0.1


class DashboardProcess:
    """See the module's docstring; `stop` is set when it ends. A context manager."""

    def __init__(self, web_port: int, stop: threading.Event) -> None:
        self.node_name = f'bridge_{os.getpid()}'
        """Its name in the ROS graph, in no namespace."""
        self._stop = stop
        self._process = subprocess.Popen(
            [
                *(sys.executable, '-m', 'bbia_sim_ros.container', 'bridge_node', '--ros-args'),
                *('-r', f'__node:={self.node_name}'),
                *('-p', 'port:=0', '-p', f'web_port:={web_port}'),
            ],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent(),  # noqa: PLW1509 - only a prctl
        )
        threading.Thread(target=self._watch, name='dashboard', daemon=True).start()

    def wait_until_up(self, node: Node) -> None:
        """Wait until it is found, or stopped; raises RecordingError when it cannot start."""
        if not self._wait(lambda: self.node_name in node.get_node_names(), _START_TIMEOUT_S):
            self.check()
            if not self._stop.is_set():
                raise RecordingError(f'the bridge was not found within {_START_TIMEOUT_S:g} s')

    def wait_for_page(self, node: Node, topics: Iterable[str]) -> None:
        """Wait until a page reads one of these topics, for `PAGE_TIMEOUT_S` at most."""
        names = list(topics)
        self._wait(
            lambda: any(
                info.node_name == self.node_name
                for name in names
                for info in node.get_subscriptions_info_by_topic(name)
            ),
            PAGE_TIMEOUT_S,
        )

    def check(self) -> None:
        """Raise RecordingError when it has ended."""
        code = self._process.poll()
        if code is not None:
            raise RecordingError(f'the bridge ended with status {code}; it says why above')

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _watch(self) -> None:
        self._process.wait()
        self._stop.set()

    def _wait(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Return whether the condition came true before the time was over or we are stopped."""
        end = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > end or self._stop.wait(_POLL_S):
                return False
        return True
