"""Actions of the bridge in ROS: goals that clients send, and actions that they offer.

Everything that touches an action client or server is done in the executor's thread; a goal's course
is followed by a task of the event loop. A goal whose server vanishes ends with an error instead of
waiting for ever.

An action client is made for the first goal of an action and kept until the end, for at most
`_MOST_CLIENTS` actions: destroying one while feedback comes crashes rclpy 9.1.2.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from action_msgs.msg import GoalStatus
from rclpy.action.client import ActionClient
from rclpy.action.client import ClientGoalHandle
from rclpy.action.server import ActionServer
from rclpy.action.server import CancelResponse
from rclpy.action.server import GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node
from rclpy.task import Future

from bbia_sim_ros.bridge.gateway import GatewayError
from bbia_sim_ros.bridge.gateway import GoalOutcome
from bbia_sim_ros.bridge.interfaces import action_class
from bbia_sim_ros.nodes.bridge_handover import Handover
from bbia_sim_ros.nodes.bridge_handover import comes_true
from bbia_sim_ros.nodes.polling import executor_of

_LOOK_PERIOD_S = 1.0
_MOST_CLIENTS = 64
_SEND_GOAL_SERVICE = '/_action/send_goal'
_SEND_GOAL_TYPE = '_SendGoal'
_ACCEPT_TIMEOUT_S = 10.0
# Results are fetched after a goal has ended; the server outlives its goals for that long.
_LINGER_S = 1.0

_Key = tuple[str, str]


class GoalSender:
    """Sends goals; see the module's docstring."""

    def __init__(self, node: Node, handover: Handover) -> None:
        self._node = node
        self._handover = handover
        self._clients: dict[_Key, ActionClient[Any, Any, Any]] = {}
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
        result = self._handover.awaitable(await self._handover.in_executor(handle.get_result_async))
        while not running.abandoned:
            done, _ = await asyncio.wait({result}, timeout=_LOOK_PERIOD_S)
            if done:
                wrapped = result.result()
                return GoalOutcome(wrapped.status, wrapped.result)
            if not client.server_is_ready():
                raise GatewayError(f'the action server {action} has gone')
        raise GatewayError('the client has gone')

    async def _accepted(
        self, running: RunningGoal, client: ActionClient[Any, Any, Any], action: str, goal: Any
    ) -> ClientGoalHandle[Any, Any, Any]:
        sent = await self._handover.in_executor(
            lambda: client.send_goal_async(goal, feedback_callback=running.on_feedback)
        )
        try:
            async with asyncio.timeout(_ACCEPT_TIMEOUT_S):
                handle: ClientGoalHandle[Any, Any, Any] = await self._handover.awaitable(sent)
        except TimeoutError:
            raise GatewayError(f'{action} did not take the goal') from None
        return handle

    def _exists(self, action: str) -> bool:
        services = dict(self._node.get_service_names_and_types())
        return action + _SEND_GOAL_SERVICE in services

    def _check_type(self, action: str, type_name: str) -> None:
        """Refuse another type than the action has, if it is known."""
        types = dict(self._node.get_service_names_and_types()).get(action + _SEND_GOAL_SERVICE, ())
        known = [name.removesuffix(_SEND_GOAL_TYPE) for name in types]
        if known and type_name not in known:
            raise GatewayError(f'{action} is of type {", ".join(known)}, not {type_name}')

    def _client(self, key: _Key) -> ActionClient[Any, Any, Any]:
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


@dataclass(frozen=True, eq=False)
class _Goal:
    handle: ServerGoalHandle[Any, Any, Any]
    ended: Future[tuple[int, Any]]


class RosAction:
    """An action that a client of the bridge offers; goals that it leaves unfinished are aborted."""

    def __init__(
        self,
        node: Node,
        handover: Handover,
        *,
        action: str,
        type_name: str,
        on_goal: Callable[[int, Any], None],
        on_cancel: Callable[[int], None],
    ) -> None:
        self._node = node
        self._handover = handover
        self._name = action
        self._type = action_class(type_name)
        self._on_goal = on_goal
        self._on_cancel = on_cancel
        self._number = 0
        self._goals: dict[int, _Goal] = {}
        self._closed = False
        self._server: ActionServer[Any, Any, Any] | None = None

    def open(self) -> None:
        """Offer the action; in the executor's thread."""
        self._server = ActionServer(
            self._node,
            self._type,
            self._name,
            self._execute,
            goal_callback=self._goal_asked,
            cancel_callback=self._cancel_asked,
        )

    async def _execute(self, handle: ServerGoalHandle[Any, Any, Any]) -> Any:
        self._number += 1
        number = self._number
        goal = self._goals[number] = _Goal(handle, executor_of(self._node).create_future())
        request = handle.request
        self._handover.to_loop(lambda: self._on_goal(number, request))
        ended = await goal.ended
        status, result = ended or (GoalStatus.STATUS_ABORTED, None)
        if status == GoalStatus.STATUS_SUCCEEDED:
            handle.succeed()
        elif status == GoalStatus.STATUS_CANCELED and handle.is_cancel_requested:
            handle.canceled()
        else:
            handle.abort()
        return self._type.Result() if result is None else result

    def _goal_asked(self, _: Any) -> GoalResponse:
        return GoalResponse.REJECT if self._closed else GoalResponse.ACCEPT

    def _cancel_asked(self, asked: ServerGoalHandle[Any, Any, Any]) -> CancelResponse:
        for number, goal in self._goals.items():
            if goal.handle.goal_id == asked.goal_id:
                self._handover.to_loop(partial(self._on_cancel, number))
        return CancelResponse.ACCEPT

    def feedback(self, goal: int, feedback: Any) -> bool:
        """Publish feedback on a goal; false when it does not run."""
        running = self._goals.get(goal)
        if running is None:
            return False
        self._handover.post(lambda: self._publish_feedback(goal, feedback))
        return True

    def _publish_feedback(self, goal: int, feedback: Any) -> None:
        running = self._goals.get(goal)
        if running is not None and running.handle.is_active:
            running.handle.publish_feedback(feedback)

    def finish(self, goal: int, status: int, result: Any | None) -> bool:
        """End a goal; false when it does not run."""
        runs = goal in self._goals
        self._handover.post(lambda: self._finish(goal, status, result))
        return runs

    def _finish(self, goal: int, status: int, result: Any | None) -> None:
        running = self._goals.get(goal)
        if running is not None:
            del self._goals[goal]
            self._handover.answer(running.ended, (status, result))

    def close(self) -> None:
        """Offer the action no more."""
        self._closed = True
        self._handover.post(self._abort_all)
        asyncio.get_running_loop().call_later(_LINGER_S, self._handover.post, self._destroy)

    def _abort_all(self) -> None:
        for goal in list(self._goals):
            self._finish(goal, GoalStatus.STATUS_ABORTED, None)

    def _destroy(self) -> None:
        if self._server is not None:
            self._server.destroy()
            self._server = None
