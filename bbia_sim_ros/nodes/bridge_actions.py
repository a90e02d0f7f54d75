"""Actions that clients of the bridge offer, as action servers of ROS.

Everything that touches an action server is done in the executor's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from action_msgs.msg import GoalStatus
from rclpy.action.server import ActionServer
from rclpy.action.server import CancelResponse
from rclpy.action.server import GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node
from rclpy.task import Future

from bbia_sim_ros.bridge.interfaces import action_class
from bbia_sim_ros.nodes.bridge_handover import Handover
from bbia_sim_ros.nodes.polling import executor_of

# Results are fetched after a goal has ended; the server outlives its goals for that long.
_LINGER_S = 1.0


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
