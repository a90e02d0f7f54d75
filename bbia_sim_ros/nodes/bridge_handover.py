"""Work handed from the bridge's thread to the executor's and back, with few wake-ups.

Entities of ROS are made and destroyed in the executor's thread only, because the executor may be
looking at them. Calls into the event loop are collected: the loop is woken once for all that come
while it is busy. After `close` nothing runs in the executor any more, and nothing is handed over.

A coroutine of the executor that awaits a future goes on at once only when the future is set in the
callback of a timer (rclpy 9.1.2, EventsExecutor; otherwise at its next slice, 0.2 s later), so
`answer` sets it there.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any
from typing import TypeVar

from rclpy.node import Node
from rclpy.task import Future

from bbia_sim_ros.bridge.gateway import GatewayError
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.polling import executor_of

T = TypeVar('T')
_SLICE_S = 0.005


class Handover:
    """See the module's docstring; made in the event loop's thread."""

    def __init__(self, node: Node, loop: asyncio.AbstractEventLoop) -> None:
        self._node = node
        self._loop = loop
        self._calls: deque[Callable[[], None]] = deque()
        self._scheduled = False
        self._closed = False
        self._answers: deque[tuple[Future[Any], Any]] = deque()
        self._answer_timer = node.create_timer(0.0, self._set_answers, clock=steady_clock())
        self._answer_timer.cancel()

    def post(self, work: Callable[[], object]) -> None:
        """Do something in the executor's thread, after what was posted before."""
        if not self._closed:
            executor_of(self._node).create_task(work)

    async def in_executor(self, work: Callable[[], T]) -> T:
        """Do something in the executor's thread and return its result.

        A ValueError or RuntimeError of it is raised here as `GatewayError`.
        """
        done: asyncio.Future[T] = self._loop.create_future()

        def run() -> None:
            try:
                result = work()
            except (RuntimeError, ValueError) as error:
                refusal = GatewayError(str(error))
                self.to_loop(lambda: _fail(done, refusal))
            else:
                self.to_loop(lambda: _finish(done, result))

        if self._closed:
            raise GatewayError('the bridge ends')
        self.post(run)
        return await done

    def answer(self, future: Future[T], value: T) -> None:
        """Set a future that a coroutine of the executor awaits; in the executor's thread."""
        self._answers.append((future, value))
        self._answer_timer.reset()

    def _set_answers(self) -> None:
        self._answer_timer.cancel()
        while self._answers:
            future, value = self._answers.popleft()
            future.set_result(value)

    def awaitable(self, ros_future: Future[T]) -> asyncio.Future[T]:
        """Return what may be awaited in the event loop for a future of ROS."""
        done: asyncio.Future[Any] = self._loop.create_future()

        def on_done(finished: Future[T]) -> None:
            error = finished.exception()
            if error is not None:
                refusal = GatewayError(str(error))
                self.to_loop(lambda: _fail(done, refusal))
            else:
                result = finished.result()
                self.to_loop(lambda: _finish(done, result))

        ros_future.add_done_callback(on_done)
        return done

    def to_loop(self, call: Callable[[], None]) -> None:
        """Call something in the event loop; from any thread."""
        if self._closed:
            return
        self._calls.append(call)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        # Before the calls: what comes meanwhile wakes the loop again. It waits until the sockets
        # had their turn: if topics bring more than the loop can do, clients still can unsubscribe.
        self._scheduled = False
        for _ in range(len(self._calls)):
            self._calls.popleft()()

    def close(self) -> None:
        """Hand over nothing any more."""
        self._closed = True


async def comes_true(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Wait for something of ROS that nobody announces, such as a match; whether it came true."""
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout_s
    while not condition():
        if loop.time() >= end:
            return False
        await asyncio.sleep(_SLICE_S)
    return True


def _finish(done: asyncio.Future[T], result: T) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: asyncio.Future[Any], error: GatewayError) -> None:
    if not done.done():
        done.set_exception(error)
