"""From an accepted goal to a move, and on to its end: what all actions of the motion node share.

Planning may read files or solve a long trajectory, so it runs in a thread of its own, one goal
after the other; that thread also puts the move in charge, so nothing waits for the executor. The
end of a move is seen, and a cancel request is passed on, within 20 ms (`nodes/polling.py`).

A goal that cannot be met is accepted and aborted at once, because a rejected goal could carry no
reason.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Coroutine
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from typing import TypeVar

from rclpy.action.server import ActionServer
from rclpy.action.server import CancelResponse
from rclpy.action.server import GoalResponse
from rclpy.action.server import ServerGoalHandle

from bbia_sim_ros.motion.moves import Move
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.nodes.motion_context import MotionContext
from bbia_sim_ros.nodes.polling import Poller
from bbia_sim_ros.robot.names import FloatArray

T = TypeVar('T')
Handle = ServerGoalHandle[Any, Any, Any]
Plan = Callable[[FloatArray], Move]
Execute = Callable[[Handle], Coroutine[Any, Any, Any]]
_CAN_BE_CANCELLED = (MoveState.WAITING, MoveState.RUNNING)
MOTION_ENDS = 'the motion node ends'


class GoalRunner:
    """See the module's docstring; `close` must be called in the end."""

    def __init__(self, context: MotionContext, poller: Poller) -> None:
        self._context = context
        self.poller = poller
        self._running = 0
        self._planner = ThreadPoolExecutor(1, thread_name_prefix='planning')

    def serve(self, action_type: Any, name: str, execute: Execute) -> ActionServer[Any, Any, Any]:
        """Offer an action that accepts every goal and every cancel request."""

        async def counted(handle: Handle) -> Any:
            self._running += 1
            try:
                return await execute(handle)
            finally:
                self._running -= 1

        return ActionServer(
            self._context.node,
            action_type,
            name,
            counted,
            goal_callback=lambda _: GoalResponse.ACCEPT,
            cancel_callback=lambda _: CancelResponse.ACCEPT,
        )

    async def in_background(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, done in the planning thread; raises its ValueErrors."""
        future = self._planner.submit(work)
        return await self.poller.until(lambda: _answer(future))

    async def start(self, plan: Plan) -> Move:
        """Plan a move from the present posture and put it in charge; raises a ValueError."""
        context = self._context

        def work() -> Move:
            with context.lock:
                posture = context.mixer.posture
            move = plan(posture)
            with context.lock:
                context.mixer.start(move)
            context.stirred.set()
            return move

        return await self.in_background(work)

    async def run(
        self,
        handle: Handle,
        plan: Plan,
        feedback: Callable[[Move], Any],
        *,
        on_begin: Callable[[], None] | None = None,
    ) -> Move:
        """Start a move as `start` does, and return it when it has ended.

        `feedback` makes the action's feedback message, `on_begin` is called once when the move has
        begun to move the body.
        """
        move = await self.start(plan)
        begun = on_begin is None

        def look() -> Move | None:
            nonlocal begun
            if on_begin is not None and not begun and _has_begun(move):
                begun = True
                on_begin()
            if move.state.final:
                return move
            if handle.is_cancel_requested and move.state in _CAN_BE_CANCELLED:
                with self._context.lock:
                    self._context.mixer.cancel(move)
            handle.publish_feedback(feedback(move))
            return None

        return await self.poller.until(look)

    def progress(self, move: Move) -> float:
        """Return the share of a move that is done, 0 .. 1."""
        elapsed = self.elapsed(move)
        return 0.0 if elapsed is None else move.progress(elapsed)

    def elapsed(self, move: Move) -> float | None:
        """Return the seconds since a move took charge, None when it is not in charge."""
        with self._context.lock:
            return self._context.mixer.elapsed(move)

    def end_all(self) -> bool:
        """Suspend all motion for good; return whether goals wait for the executor to end them."""
        self.poller.closing = True
        with self._context.lock:
            self._context.mixer.suspend(MOTION_ENDS)
        self.poller.look()
        return self._running > 0

    def close(self) -> None:
        """Wait for the planning thread and end it."""
        self._planner.shutdown(cancel_futures=True)


def end_goal(handle: Handle, move: Move, *, reached: bool = True) -> bool:
    """Set the state of a goal whose move has ended; return whether it succeeded."""
    if move.state is MoveState.DONE and reached:
        handle.succeed()
        return True
    if move.state is MoveState.CANCELLED and handle.is_cancel_requested:
        handle.canceled()
    else:
        handle.abort()
    return False


def _has_begun(move: Move) -> bool:
    return move.state in (MoveState.RUNNING, MoveState.STOPPING, MoveState.DONE)


def _answer(future: Future[T]) -> T | None:
    return future.result() if future.done() else None
