"""Goals that clients of the bridge send to action servers of ROS.

Everything that touches an action client is done in the executor's thread; a goal's course is
followed by a task of the event loop. A goal whose server goes away, or is started again and knows
nothing of it, ends with an error after two looks, `_LOOK_PERIOD_S` apart, that saw it.

An action client is made for the first goal of an action and kept until the end, for at most
`_MOST_CLIENTS` actions: destroying one while feedback comes crashes rclpy 9.1.2.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from typing import TypeVar

from action_msgs.msg import GoalStatus
from rclpy.action.client import ClientGoalHandle
from rclpy.node import Node
from rclpy.task import Future

from bbia_sim_ros.bridge.gateway import GatewayError
from bbia_sim_ros.bridge.gateway import GoalOutcome
from bbia_sim_ros.bridge.interfaces import action_class
from bbia_sim_ros.nodes.action_client import ActionClient
from bbia_sim_ros.nodes.action_servers import servers_of
from bbia_sim_ros.nodes.bridge_handover import Handover
from bbia_sim_ros.nodes.bridge_handover import comes_true

T = TypeVar('T')
_LOOK_PERIOD_S = 0.5
_MOST_CLIENTS = 64
_SEND_GOAL_SERVICE = '/_action/send_goal'
_SEND_GOAL_TYPE = '_SendGoal'
_ACCEPT_TIMEOUT_S = 10.0

_Key = tuple[str, str]


class GoalSender:
    """Sends goals; see the module's docstring."""

    def __init__(self, node: Node, handover: Handover) -> None:
        self._node = node
        self._handover = handover
        self._clients: dict[_Key, ActionClient] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def send(
        self,
        action: str,
        type_name: str,
        goal: Any,
        on_feedback: Callable[[Any], None] | None,
        on_end: Callable[[GoalOutcome], None],
        *,
        ready_s: float,
    ) -> RunningGoal:
        """Send a goal; see `Gateway.send_goal`."""
        running = RunningGoal(self._handover, on_feedback, on_end)
        task = asyncio.get_running_loop().create_task(
            self._follow(running, (action, type_name), goal, ready_s)
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return running

    async def _follow(self, running: RunningGoal, key: _Key, goal: Any, ready_s: float) -> None:
        try:
            end = await self._course(running, key, goal, ready_s)
        except GatewayError as error:
            end = GoalOutcome(GoalStatus.STATUS_UNKNOWN, None, str(error))
        running.end(end)

    async def _course(
        self,
        running: RunningGoal,
        key: _Key,
        goal: Any,
        ready_s: float,
    ) -> GoalOutcome:
        """Follow a goal from its sending to its end."""
        action, type_name = key
        if not await comes_true(lambda: self._exists(action), ready_s):
            raise GatewayError(f'there is no action server {action}')
        self._check_type(action, type_name)
        client = await self._handover.in_executor(lambda: self._client(key))
        if not await comes_true(client.server_is_ready, ready_s):
            raise GatewayError(f'there is no action server {action}')
        handle = await self._accepted(running, client, action, goal)
        if not handle.accepted:
            raise GatewayError(f'{action} rejected the goal')
        running.begin(handle)
        result = await self._handover.in_executor(handle.get_result_async)
        server = _Server(self._node, client, action)
        wrapped = await self._answer(result, server, lambda: not running.abandoned)
        return GoalOutcome(wrapped.status, wrapped.result)

    async def _accepted(
        self, running: RunningGoal, client: ActionClient, action: str, goal: Any
    ) -> ClientGoalHandle[Any, Any, Any]:
        server = _Server(self._node, client, action)
        sent = await self._handover.in_executor(
            lambda: client.send_goal_async(goal, feedback_callback=running.on_feedback)
        )
        try:
            async with asyncio.timeout(_ACCEPT_TIMEOUT_S):
                # Wanted also by a client that has gone: to be cancelled.
                return await self._answer(sent, server, lambda: True)
        except TimeoutError:
            raise GatewayError(f'{action} did not take the goal') from None

    async def _answer(self, asked: Future[T], server: _Server, is_wanted: Callable[[], bool]) -> T:
        """Wait for an answer while the server is there and somebody wants it."""
        answer = self._handover.awaitable(asked)
        loss = ''
        while is_wanted():
            done, _ = await asyncio.wait({answer}, timeout=_LOOK_PERIOD_S)
            if done:
                return answer.result()
            # The last answer of a server that ended may still be on its way.
            before, loss = loss, server.loss()
            if before and loss:
                # Or its client would keep the request for ever.
                self._handover.post(asked.cancel)
                raise GatewayError(loss)
        raise GatewayError('the client has gone')

    def _exists(self, action: str) -> bool:
        services = dict(self._node.get_service_names_and_types())
        return action + _SEND_GOAL_SERVICE in services

    def _check_type(self, action: str, type_name: str) -> None:
        """Refuse another type than the action has, if it is known."""
        types = dict(self._node.get_service_names_and_types()).get(action + _SEND_GOAL_SERVICE, ())
        known = [name.removesuffix(_SEND_GOAL_TYPE) for name in types]
        if known and type_name not in known:
            raise GatewayError(f'{action} is of type {", ".join(known)}, not {type_name}')

    def _client(self, key: _Key) -> ActionClient:
        client = self._clients.get(key)
        if client is None:
            if len(self._clients) >= _MOST_CLIENTS:
                raise ValueError(
                    f'goals were sent to {_MOST_CLIENTS} different actions since the start of the'
                    ' bridge, the most there may be'
                )
            action, type_name = key
            client = ActionClient(self._node, action_class(type_name), action)
            self._clients[key] = client
        return client


class _Server:
    """The server that a goal is sent to; in the event loop."""

    def __init__(self, node: Node, client: ActionClient, action: str) -> None:
        self._node = node
        self._client = client
        self._action = action
        self._known = servers_of(node, action)

    def loss(self) -> str:
        """Return how it was lost, '' while it is there."""
        if not self._client.server_is_ready():
            return f'the action server {self._action} has gone'
        if servers_of(self._node, self._action) - self._known:
            return f'the action server {self._action} was started again: the goal is lost'
        return ''


class RunningGoal:
    """A goal of a client of the bridge, from its sending to its end."""

    def __init__(
        self,
        handover: Handover,
        on_feedback: Callable[[Any], None] | None,
        on_end: Callable[[GoalOutcome], None],
    ) -> None:
        self._handover = handover
        self._report_feedback = on_feedback
        self._report_end = on_end
        self._handle: ClientGoalHandle[Any, Any, Any] | None = None
        self._cancel_wanted = False
        self.abandoned = False
        """Whether nobody waits for its end any more."""

    def begin(self, handle: ClientGoalHandle[Any, Any, Any]) -> None:
        """Take note that the goal was accepted."""
        self._handle = handle
        if self._cancel_wanted:
            self.cancel()

    def on_feedback(self, message: Any) -> None:
        """Pass feedback on; in the executor's thread."""
        report = self._report_feedback
        if report is not None and not self.abandoned:
            self._handover.to_loop(lambda: None if self.abandoned else report(message.feedback))

    def end(self, outcome: GoalOutcome) -> None:
        """Report the end."""
        if not self.abandoned:
            self._report_end(outcome)

    def cancel(self) -> None:
        """Ask the server to cancel the goal, now or as soon as it has accepted it."""
        self._cancel_wanted = True
        if self._handle is not None:
            self._handover.post(self._handle.cancel_goal_async)

    def close(self) -> None:
        """Cancel the goal and report nothing any more."""
        self.abandoned = True
        self.cancel()
