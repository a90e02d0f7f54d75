"""Wait in a coroutine of the executor by looking again and again.

A future wakes an rclpy coroutine only when it is set in the executor's thread, but what a goal
waits for is finished elsewhere: a move by the control loop, a file by the planning thread, a
transform by whoever publishes it. So one timer looks, 50 times a second, and only while somebody
waits. All in the executor's thread; the timer runs on a steady clock, so a paused simulation does
not stop it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from typing import TypeVar

from rclpy.executors import Executor
from rclpy.node import Node
from rclpy.task import Future

from bbia_sim_ros.nodes.clocks import steady_clock

T = TypeVar('T')
Look = Callable[[], T | None]
_PERIOD_S = 0.02


def executor_of(node: Node) -> Executor:
    """Return the executor that serves a node; RuntimeError when there is none."""
    executor = node.executor
    if executor is None:
        raise RuntimeError(f'no executor serves {node.get_fully_qualified_name()}')
    return executor


class Poller:
    """See the module's docstring."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._waits: list[tuple[Look[Any], Future[Any]]] = []
        self._timer = node.create_timer(_PERIOD_S, self.look, clock=steady_clock())
        self._timer.cancel()
        self.closing = False
        """Set when the node ends: what may be waited for is then to come to an end."""

    async def until(self, look: Look[T]) -> T:
        """Return the first answer of `look` that is not None.

        A ValueError of `look` is raised here; anything else that it raises ends the process.
        """
        answer = look()
        if answer is not None:
            return answer
        future: Future[Any] = executor_of(self._node).create_future()
        self._waits.append((look, future))
        self._timer.reset()
        awaited: T = await future  # type: ignore[assignment]
        return awaited

    def look(self) -> None:
        """Look once at everything that is waited for."""
        for wait in list(self._waits):
            look, future = wait
            try:
                answer = look()
            except ValueError as error:
                self._waits.remove(wait)
                future.set_exception(error)
                continue
            if answer is not None:
                self._waits.remove(wait)
                future.set_result(answer)
        if not self._waits:
            self._timer.cancel()

    async def patiently(self, look: Look[T], *, seconds: float, error_type: type[ValueError]) -> T:
        """Wait as `until` does, but for some seconds take errors of one type for 'not yet'."""
        deadline = time.monotonic() + seconds

        def patient() -> T | None:
            try:
                return look()
            except error_type:
                if self.closing or time.monotonic() > deadline:
                    raise
                return None

        return await self.until(patient)
