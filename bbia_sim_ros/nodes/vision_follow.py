"""The action `follow`: keeps the head's camera on something that moves.

One goal at a time; a new one takes the place of the one before. While a goal runs `cmd_gaze` gets a
point in `head_neutral` `RATE_HZ` times a second (`vision/follower.py` says which), unless the head
is at rest; what has to be looked for is wanted from the detectors. Nothing counts as lost before a
picture was looked at since the goal began, so that a model may take its time to load, unless no
pictures come at all. A goal that cannot be taken is accepted and aborted at once, because a
rejected goal could carry no reason. All in the executor's thread.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Final

from geometry_msgs.msg import PointStamped
from rclpy.action.server import ActionServer
from rclpy.action.server import CancelResponse
from rclpy.action.server import GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node

from bbia_msgs.action import Follow
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.clocks import ros_seconds
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.messages import time_message
from bbia_sim_ros.nodes.polling import Poller
from bbia_sim_ros.robot.names import HEAD_NEUTRAL
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.vision.follower import Follower
from bbia_sim_ros.vision.follower import FollowerSettings
from bbia_sim_ros.vision.follower import FollowState
from bbia_sim_ros.vision.follower import Gaze
from bbia_sim_ros.vision.sight import Seen
from bbia_sim_ros.vision.targets import Found
from bbia_sim_ros.vision.targets import Target
from bbia_sim_ros.vision.targets import TargetError
from bbia_sim_ros.vision.targets import TargetKind
from bbia_sim_ros.vision.targets import find
from bbia_sim_ros.vision.targets import parse_target

RATE_HZ: Final = 25.0
_FEEDBACK_S: Final = 0.2
_UNSEEN: Final = -1.0
_REPLACED: Final = 'another goal took its place'
_ENDING: Final = 'the node ends'

Handle = ServerGoalHandle[Any, Any, Any]


@dataclass(eq=False)
class _Chase:
    """A goal that runs: what it follows, and what came of it so far."""

    handle: Handle
    target: Target
    follower: Follower
    begun_s: float
    looks: int
    """Pictures that had been looked at when it began."""
    has_looked: bool = False
    found: Found | None = None
    """Where it was last; None: nothing is followed."""
    told_s: float = -math.inf
    """Of `time.monotonic`: feedback goes on while the time of ROS stands still."""
    errors: list[float] = field(default_factory=lambda: [0.0, 0.0])
    """Sum and number of the angles between axis and target while it was seen."""
    stopped: str = ''


class FollowAction:
    """See the module's docstring.

    ``seen`` tells what is in sight, ``head_pose`` where the head is (4, 4), ``obstacle`` why a kind
    of target cannot be seen at all, '' if it can, ``looks`` how many pictures were looked at for
    it, even in vain, and ``blind`` whether the camera is missed.
    """

    def __init__(
        self,
        node: Node,
        poller: Poller,
        *,
        settings: Callable[[], FollowerSettings],
        seen: Callable[[], Seen],
        head_pose: Callable[[], FloatArray],
        obstacle: Callable[[TargetKind], str],
        looks: Callable[[TargetKind], int],
        blind: Callable[[], bool],
    ) -> None:
        self._node = node
        self._poller = poller
        self._settings = settings
        self._seen = seen
        self._head_pose = head_pose
        self._obstacle = obstacle
        self._looks = looks
        self._blind = blind
        self._chase: _Chase | None = None
        self._closing = False
        self.running = 0
        self._gaze = node.create_publisher(PointStamped, 'cmd_gaze', qos.NEWEST_COMMAND)
        self._timer = node.create_timer(1.0 / RATE_HZ, self._step, clock=steady_clock())
        self._timer.cancel()
        self._server: ActionServer[Any, Any, Any] = ActionServer(
            node,
            Follow,
            'follow',
            self._execute,
            goal_callback=lambda _: GoalResponse.ACCEPT,
            cancel_callback=lambda _: CancelResponse.ACCEPT,
        )

    @property
    def wanted(self) -> TargetKind | None:
        """What has to be looked for now."""
        return None if self._chase is None else self._chase.target.kind

    def destroy(self) -> None:
        """Withdraw the action."""
        self._server.destroy()

    def cancel_all(self) -> None:
        """End the goal that runs, and take no more."""
        self._closing = True
        if self._chase is not None:
            self._chase.stopped = _ENDING

    async def _execute(self, handle: Handle) -> Follow.Result:
        self.running += 1
        try:
            return await self._follow(handle)
        finally:
            self.running -= 1

    async def _follow(self, handle: Handle) -> Follow.Result:
        try:
            target = self._checked(handle.request)
        except TargetError as error:
            handle.abort()
            return Follow.Result(message=str(error), mean_error=_UNSEEN)
        if self._chase is not None:
            self._chase.stopped = _REPLACED
        chase = _Chase(
            handle,
            target,
            Follower(self._settings()),
            begun_s=ros_seconds(self._node),
            looks=self._looks(target.kind),
        )
        self._chase = chase
        self._timer.reset()
        ended = await self._poller.until(lambda: self._end_of(chase))
        if self._chase is chase:
            self._chase = None
            self._timer.cancel()
        return ended

    def _checked(self, goal: Follow.Goal) -> Target:
        if self._closing:
            raise TargetError(_ENDING)
        if not (math.isfinite(goal.timeout) and goal.timeout >= 0.0):
            raise TargetError(f'timeout is {goal.timeout} s; it is 0 (never) or more')
        target = parse_target(goal.target)
        if problem := self._obstacle(target.kind):
            raise TargetError(problem)
        return target

    def _end_of(self, chase: _Chase) -> Follow.Result | None:
        """Return the result of a goal that has come to its end."""
        handle, timeout = chase.handle, chase.handle.request.timeout
        if handle.is_cancel_requested:
            handle.canceled()
            return _result(chase, 'it was cancelled')
        if chase.stopped:
            handle.abort()
            return _result(chase, chase.stopped)
        if timeout and ros_seconds(self._node) - chase.begun_s >= timeout:
            handle.succeed()
            return _result(chase, f'followed for {timeout:g} s', success=True)
        return None

    def _step(self) -> None:
        """Look where the target is, and look there."""
        chase = self._chase
        if chase is None:
            return
        now = ros_seconds(self._node)
        if not self._has_looked(chase):
            self._tell(chase, Gaze(state=FollowState.WAITING, point=None, error=None), now)
            return
        chase.follower.settings = self._settings()
        found = find(chase.target, self._seen(), chase.found)
        if found is not None and chase.follower.observe(
            found.point, found.stamp_s, target=found.name
        ):
            chase.found = found
        gaze = chase.follower.step(now, self._head_pose())
        if gaze.error is not None:
            chase.errors[0] += gaze.error
            chase.errors[1] += 1.0
        if gaze.point is not None:
            self._publish(gaze.point, now)
        elif gaze.state is FollowState.RESTING:
            chase.found = None
            if not chase.handle.request.keep:
                never = '' if chase.errors[1] else 'never seen, and '
                chase.stopped = f'the target was {never}not found by searching'
        self._tell(chase, gaze, now)

    def _has_looked(self, chase: _Chase) -> bool:
        """Whether the target could have been seen since the goal began."""
        chase.has_looked = (
            chase.has_looked or self._blind() or self._looks(chase.target.kind) > chase.looks
        )
        return chase.has_looked

    def _publish(self, point: tuple[float, float, float], now: float) -> None:
        message = PointStamped()
        message.header.frame_id = HEAD_NEUTRAL
        message.header.stamp = time_message(now)
        message.point.x, message.point.y, message.point.z = point
        self._gaze.publish(message)

    def _tell(self, chase: _Chase, gaze: Gaze, now: float) -> None:
        if time.monotonic() - chase.told_s < _FEEDBACK_S:
            return
        chase.told_s = time.monotonic()
        timeout = chase.handle.request.timeout
        chase.handle.publish_feedback(
            Follow.Feedback(
                state=gaze.state,
                target='' if chase.found is None else chase.found.name,
                error=_UNSEEN if gaze.error is None else gaze.error,
                progress=min(1.0, (now - chase.begun_s) / timeout) if timeout else _UNSEEN,
            )
        )


def _result(chase: _Chase, message: str, *, success: bool = False) -> Follow.Result:
    total, count = chase.errors
    return Follow.Result(
        success=success,
        message=message,
        mean_error=total / count if count else _UNSEEN,
        seen=count / RATE_HZ,
    )
