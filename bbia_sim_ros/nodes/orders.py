"""Goals for other nodes' actions, followed to their end by threads that may block.

Contract
    `Orders` is made in the executor's thread; `perform`, `begin` and `cancel_all` are called from
    any other thread and block it; `dispatch` and `withdraw` are called from any and block none.
    Goals are sent, and clients are used, in the executor's thread
    alone: an answer that comes before the request is noted would be lost. Every wait is bounded: an
    action that is not there is missed after `READY_S`, a goal that is not answered after
    `ACCEPT_S`, one that does not end after it was cancelled after `CANCEL_S`, and one whose server
    goes away, or is started again and knows nothing of it, within `GONE_S` of its being seen. An
    order that runs has no other limit than what sets ``cancelled``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from collections.abc import Mapping
from functools import partial
from typing import Any
from typing import Final
from uuid import uuid4

from action_msgs.msg import GoalInfo
from action_msgs.msg import GoalStatus
from action_msgs.srv import CancelGoal
from rclpy.client import Client
from rclpy.node import Node
from rclpy.task import Future
from unique_identifier_msgs.msg import UUID

from bbia_sim_ros.nodes.action_client import ActionClient
from bbia_sim_ros.nodes.action_servers import servers_of
from bbia_sim_ros.nodes.polling import executor_of

READY_S: Final = 2.0
ACCEPT_S: Final = 5.0
CANCEL_S: Final = 2.0
GONE_S: Final = 1.0
_LOOK_S = 0.02


class OrderError(RuntimeError):
    """An order did not come to its end; the message says why."""


class Order:
    """One goal on its way. All but `ended` and the plain attributes in the executor's thread.

    ``on_change`` is called there when it was accepted and when it has ended, ``on_feedback`` with
    each feedback message; neither may block or raise.
    """

    def __init__(
        self,
        name: str,
        client: ActionClient,
        goal: Any,
        *,
        on_change: Callable[[], None] = lambda: None,
        on_feedback: Callable[[Any], None] | None = None,
    ) -> None:
        self.name = name
        self.goal_id = UUID(uuid=list(uuid4().bytes))
        self.accepted = threading.Event()
        self.ended = threading.Event()
        self.status = GoalStatus.STATUS_UNKNOWN
        self.result: Any = None
        self._client = client
        self._goal = goal
        self._on_change = on_change
        self._on_feedback = on_feedback
        self._handle: Any = None
        self.withdrawn = False
        """Whether it was asked to end from here."""

    def send(self) -> None:
        """Send the goal."""
        on_feedback = self._on_feedback
        hear = None if on_feedback is None else lambda message: on_feedback(message.feedback)
        sent = self._client.send_goal_async(self._goal, hear, self.goal_id)
        sent.add_done_callback(self._on_answer)

    def cancel(self) -> None:
        """Ask the server to end it, now or as soon as it has answered."""
        self.withdrawn = True
        if self._handle is not None and not self.ended.is_set():
            self._handle.cancel_goal_async()

    def _on_answer(self, answer: Future[Any]) -> None:
        handle: Any = answer.result()
        if not handle.accepted:
            self.ended.set()
            self._on_change()
            return
        self._handle = handle
        self.accepted.set()
        self._on_change()
        handle.get_result_async().add_done_callback(self._on_result)
        if self.withdrawn:
            self.cancel()

    def _on_result(self, answer: Future[Any]) -> None:
        response: Any = answer.result()
        self.status, self.result = response.status, response.result
        self.ended.set()
        self._on_change()


class Orders:
    """See the module's docstring; `actions` are names and types."""

    def __init__(self, node: Node, actions: Mapping[str, Any]) -> None:
        self._node = node
        self._clients: dict[str, ActionClient] = {
            name: ActionClient(node, action_type, name) for name, action_type in actions.items()
        }
        self._cancels: dict[str, Client[Any, Any]] = {
            name: node.create_client(CancelGoal, f'{name}/_action/cancel_goal') for name in actions
        }

    def there(self, name: str) -> bool:
        """Whether somebody serves the action now."""
        return self._clients[name].server_is_ready()

    def perform(self, name: str, goal: Any, cancelled: threading.Event) -> Any:
        """Return the result message of a goal that has ended, well or badly.

        Once ``cancelled`` is set the goal is cancelled; raises `OrderError` when it was, when the
        action is not there, and when it does not answer.
        """
        order = self._send(name, goal, cancelled)
        known, last_seen = servers_of(self._node, name), time.monotonic()
        look_at = last_seen + GONE_S
        while not order.ended.wait(_LOOK_S):
            if cancelled.is_set():
                self._cancel(order)
                raise OrderError(f'{name} was stopped')
            if self.there(name):
                last_seen = time.monotonic()
            elif time.monotonic() > last_seen + GONE_S:
                raise OrderError(f'{name} was lost: the node that serves it has gone')
            # What was killed seems to be there for long; but there is another one beside it.
            if time.monotonic() > look_at:
                look_at = time.monotonic() + GONE_S
                if servers_of(self._node, name) - known:
                    raise OrderError(f'{name} was lost: the node that serves it was started again')
        if order.result is None:
            raise OrderError(f'{name} was rejected')
        return order.result

    def begin(
        self, name: str, goal: Any, cancelled: threading.Event, *, patience_s: float
    ) -> Any | None:
        """Start a goal that goes on by itself; return its result if it ends within a patience."""
        order = self._send(name, goal, cancelled)
        if not order.ended.wait(patience_s):
            return None
        if order.result is None:
            raise OrderError(f'{name} was rejected')
        return order.result

    def dispatch(
        self,
        name: str,
        goal: Any,
        *,
        on_change: Callable[[], None],
        on_feedback: Callable[[Any], None] | None = None,
    ) -> Order:
        """Send a goal and return at once; the callbacks are those of `Order`."""
        order = Order(name, self._clients[name], goal, on_change=on_change, on_feedback=on_feedback)
        self._post(order.send)
        return order

    def withdraw(self, order: Order) -> None:
        """Have an order ended, and return at once; also one whose answer was lost."""
        self._post(partial(self._end, order))

    def cancel_all(self, timeout_s: float) -> int:
        """End every goal of every action, whoever gave it; return how many servers answered."""
        answered: list[threading.Event] = []
        for name, client in self._cancels.items():
            if self.there(name) and client.service_is_ready():
                done = threading.Event()
                answered.append(done)
                self._post(partial(_cancel_goals, client, done))
        end = time.monotonic() + timeout_s
        return sum(done.wait(max(0.0, end - time.monotonic())) for done in answered)

    def _send(self, name: str, goal: Any, cancelled: threading.Event) -> Order:
        """Return the order when it was accepted or has ended."""
        self._wait(lambda: self.there(name), cancelled, READY_S, f'nothing serves {name}')
        order = Order(name, self._clients[name], goal)
        self._post(order.send)
        try:
            self._wait(
                lambda: order.accepted.is_set() or order.ended.is_set(),
                cancelled,
                ACCEPT_S,
                f'{name} did not take the goal within {ACCEPT_S:g} s',
            )
        except OrderError:
            self.withdraw(order)
            raise
        return order

    def _end(self, order: Order) -> None:
        order.cancel()
        client = self._cancels[order.name]
        if not (order.accepted.is_set() or order.ended.is_set()) and client.service_is_ready():
            client.call_async(CancelGoal.Request(goal_info=GoalInfo(goal_id=order.goal_id)))

    def _cancel(self, order: Order) -> None:
        self.withdraw(order)
        order.ended.wait(CANCEL_S)

    def _wait(
        self, condition: Callable[[], bool], cancelled: threading.Event, limit_s: float, lack: str
    ) -> None:
        end = time.monotonic() + limit_s
        while not condition():
            if cancelled.wait(_LOOK_S):
                raise OrderError('it was stopped before it began')
            if time.monotonic() > end:
                raise OrderError(lack)

    def _post(self, work: Callable[[], object]) -> None:
        executor_of(self._node).create_task(work)


def _cancel_goals(client: Client[Any, Any], done: threading.Event) -> None:
    # A request without an id and without a stamp stands for all goals.
    client.call_async(CancelGoal.Request()).add_done_callback(lambda _: done.set())
