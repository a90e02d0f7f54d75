"""Goals for other nodes' actions, awaited by coroutines of loops in other threads.

Contract
    `PortOrders` keeps the goals of one performance of a behavior. `perform` and `kept` are used in
    that performance's event loop; `release` and `released` by any thread, also when the loop hangs
    or is gone. A coroutine that is cancelled has its goal cancelled, and waits for its end for
    `nodes/orders.CANCEL_S` at most. Waits for a server are bounded as there, for its answer by
    `_ATTEMPTS` times `_ANSWER_S`; a goal whose server goes away ends within `_LOOK_S` after
    `nodes/orders.GONE_S`.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from collections.abc import Callable
from collections.abc import Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from typing import Final
from typing import TypeVar

from action_msgs.msg import GoalStatus

from bbia_sim_ros.behaviors.errors import MissingPart
from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.nodes.orders import CANCEL_S
from bbia_sim_ros.nodes.orders import GONE_S
from bbia_sim_ros.nodes.orders import READY_S
from bbia_sim_ros.nodes.orders import Order
from bbia_sim_ros.nodes.orders import Orders

T = TypeVar('T')
_LOOK_S: Final = 0.5
_ATTEMPTS: Final = 3
_ANSWER_S: Final = 2.0
_READY_LOOK_S: Final = 0.05


def wake(loop: asyncio.AbstractEventLoop, work: Callable[[], object]) -> None:
    """Have a loop of another thread do something; nothing if it has been closed."""
    try:
        loop.call_soon_threadsafe(work)
    except RuntimeError:
        # Only a closed loop raises it: the performance is over, nobody waits there any more.
        if not loop.is_closed():
            raise


def settle(future: asyncio.Future[T], value: T) -> None:
    """Give a future its result, unless it has one or nobody waits; in its loop."""
    if not future.done():
        future.set_result(value)


@dataclass(eq=False)
class PortOrder:
    """A goal of a port: the action's name, the order, and what is set in the loop as it changes."""

    name: str
    changed: asyncio.Event
    order: Order | None = None

    @property
    def sent(self) -> Order:
        """The order; it is there from `PortOrders._begin` on."""
        assert self.order is not None
        return self.order

    @property
    def ended(self) -> bool:
        """Whether its result is there, or it was rejected."""
        return self.sent.ended.is_set()

    @property
    def cancelled_by_others(self) -> bool:
        """Whether somebody else had it cancelled."""
        return self.sent.status == GoalStatus.STATUS_CANCELED and not self.sent.withdrawn

    def result(self) -> Any:
        """Return the result message; raises `OrderRefused` where it has none."""
        if self.sent.result is None:
            raise OrderRefused(f'{self.name} was rejected')
        return self.sent.result


def _is_answered(order: Order) -> bool:
    return order.accepted.is_set() or order.ended.is_set()


class PortOrders:
    """See the module's docstring."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._lock = threading.Lock()
        self._under_way: set[PortOrder] = set()
        self._is_released = False

    def release(self) -> None:
        """Have everything ended that runs, and let nothing begin; any thread."""
        with self._lock:
            self._is_released = True
            under_way = list(self._under_way)
        for one in under_way:
            self._orders.withdraw(one.sent)

    def released(self) -> bool:
        """Whether nothing runs any more; any thread."""
        return not self._running(None)

    def running(self, names: Collection[str]) -> bool:
        """Whether a goal of one of these actions runs; any thread."""
        return self._running(names)

    def _running(self, names: Collection[str] | None) -> bool:
        with self._lock:
            return any(
                not one.ended and self._orders.there(one.name)
                for one in self._under_way
                if names is None or one.name in names
            )

    async def perform(
        self, name: str, goal: Any, on_feedback: Callable[[Any], None] | None = None
    ) -> PortOrder:
        """Return a goal that has ended, well or badly.

        Raises `MissingPart` when nobody serves the action, `OrderRefused` when the server does not
        answer or goes away.
        """
        async with self.kept(name, goal, on_feedback) as one:
            await self._until(lambda: one.ended, one)
        return one

    @asynccontextmanager
    async def kept(
        self, name: str, goal: Any, on_feedback: Callable[[Any], None] | None = None
    ) -> AsyncIterator[PortOrder]:
        """Let a goal run until the block ends; it may end before. Raises as `perform`."""
        await self._ready(name)
        one = await self._taken(name, goal, on_feedback)
        try:
            yield one
        finally:
            await self._finish(one)

    def _begin(self, name: str, goal: Any, on_feedback: Callable[[Any], None] | None) -> PortOrder:
        loop = asyncio.get_running_loop()
        one = PortOrder(name, asyncio.Event())

        def on_change() -> None:
            wake(loop, one.changed.set)

        with self._lock:
            if self._is_released:
                raise asyncio.CancelledError('the behavior has ended')
            one.order = self._orders.dispatch(
                name, goal, on_change=on_change, on_feedback=on_feedback
            )
            self._under_way.add(one)
        return one

    async def _ready(self, name: str) -> None:
        end = time.monotonic() + READY_S
        while not self._orders.there(name):
            if time.monotonic() > end:
                raise MissingPart(f'nobody serves the action {name}')
            await asyncio.sleep(_READY_LOOK_S)

    async def _taken(
        self, name: str, goal: Any, on_feedback: Callable[[Any], None] | None
    ) -> PortOrder:
        """Return a goal that the server has answered.

        The answer of a server that has just come is lost when it knows this client too late: then
        the goal is withdrawn and sent again.
        """
        for _ in range(_ATTEMPTS):
            one = self._begin(name, goal, on_feedback)
            try:
                async with asyncio.timeout(_ANSWER_S):
                    await self._until(partial(_is_answered, one.sent), one)
            except TimeoutError:
                self._orders.withdraw(one.sent)
                with self._lock:
                    self._under_way.discard(one)
            except (asyncio.CancelledError, OrderRefused):
                self._orders.withdraw(one.sent)
                raise
            else:
                return one
        raise OrderRefused(f'{name} did not take the goal within {_ATTEMPTS * _ANSWER_S:g} s')

    async def _until(self, condition: Callable[[], bool], one: PortOrder) -> None:
        """Wait for a change after which a condition holds; raises `OrderRefused`."""
        last_seen = time.monotonic()
        while True:
            one.changed.clear()
            if condition():
                return
            if self._orders.there(one.name):
                last_seen = time.monotonic()
            elif time.monotonic() > last_seen + GONE_S:
                raise OrderRefused(f'{one.name} was lost: the node that serves it has gone')
            try:
                async with asyncio.timeout(_LOOK_S):
                    await one.changed.wait()
            except TimeoutError:
                continue

    async def _finish(self, one: PortOrder) -> None:
        """Have a goal ended if it has not, and wait for that."""
        try:
            if not one.ended:
                self._orders.withdraw(one.sent)
                async with asyncio.timeout(CANCEL_S):
                    await self._until(lambda: one.ended, one)
        except (TimeoutError, OrderRefused):
            # Its server is gone or hangs, which the next order will say.
            pass
        finally:
            if one.ended or not self._orders.there(one.name):
                with self._lock:
                    self._under_way.discard(one)
