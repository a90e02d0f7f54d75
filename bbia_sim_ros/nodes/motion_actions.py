"""The actions `go_to`, `look_at`, `play_emotion` and `play_move`. All in the executor's thread.

How a goal becomes a move and how it ends is in `nodes/goals.py`; here the messages are translated.
A priority, duration or speed of 0 in a goal stands for the default.
"""

from __future__ import annotations

from collections.abc import Callable

from bbia_msgs.action import GoTo
from bbia_msgs.action import LookAt
from bbia_msgs.action import PlayEmotion
from bbia_msgs.action import PlayMove
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.emotions import plan_emotion
from bbia_sim_ros.motion.go_to import GoTo as GoToMove
from bbia_sim_ros.motion.go_to import Reached
from bbia_sim_ros.motion.go_to import plan_go_to
from bbia_sim_ros.motion.look_at import gaze_error
from bbia_sim_ros.motion.look_at import plan_look_at
from bbia_sim_ros.motion.moves import Move
from bbia_sim_ros.nodes.goals import GoalRunner
from bbia_sim_ros.nodes.goals import Handle
from bbia_sim_ros.nodes.goals import end_goal
from bbia_sim_ros.nodes.messages import body_goal
from bbia_sim_ros.nodes.motion_context import MotionContext
from bbia_sim_ros.nodes.points import Point
from bbia_sim_ros.nodes.points import PointResolver
from bbia_sim_ros.robot.frames import FrameError

PublishEmotion = Callable[[str, float], None]
# A frame or a camera is heard of only some time after it was first asked for.
_TRANSFORM_WAIT_S = 1.0
_CAMERA_WAIT_S = 5.0
_NO_HEAD_M = -1.0


class MotionActions:
    """See the module's docstring; `publish_emotion` is called when an emotion begins."""

    def __init__(
        self,
        context: MotionContext,
        runner: GoalRunner,
        points: PointResolver,
        publish_emotion: PublishEmotion,
    ) -> None:
        self._context = context
        self._runner = runner
        self._points = points
        self._publish_emotion = publish_emotion
        self._servers = (
            runner.serve(GoTo, 'go_to', self._go_to),
            runner.serve(LookAt, 'look_at', self._look_at),
            runner.serve(PlayEmotion, 'play_emotion', self._play_emotion),
            runner.serve(PlayMove, 'play_move', self._play_move),
        )

    def destroy(self) -> None:
        """Withdraw the actions."""
        for server in self._servers:
            server.destroy()

    async def _go_to(self, handle: Handle) -> GoTo.Result:
        request = handle.request
        context = self._context
        try:
            goal = body_goal(request.target)
            move = await self._runner.run(
                handle,
                lambda posture: plan_go_to(
                    goal,
                    current=posture,
                    limits=context.limits,
                    reach=context.reach,
                    duration=request.duration or None,
                    speed=request.speed or context.parameters.value.default_speed,
                    interpolation=request.interpolation,
                    priority=request.priority or None,
                ),
                lambda move: GoTo.Feedback(progress=self._runner.progress(move)),
            )
        except ValueError as error:
            handle.abort()
            return GoTo.Result(message=str(error), position_error=_NO_HEAD_M)
        success, message, reached = self._arrival(handle, move)
        return GoTo.Result(
            success=success,
            message=message,
            position_error=reached.position_error if reached else _NO_HEAD_M,
            angle_error=reached.angle_error if reached else 0.0,
            clipped=list(move.clipped),
        )

    async def _look_at(self, handle: Handle) -> LookAt.Result:
        request = handle.request
        context = self._context
        try:
            point = await self._point_of(request)
            move = await self._runner.run(
                handle,
                lambda posture: plan_look_at(
                    point,
                    current=posture,
                    limits=context.limits,
                    reach=context.reach,
                    duration=request.duration or None,
                    speed=context.parameters.value.look_speed,
                    priority=request.priority or None,
                ),
                lambda move: LookAt.Feedback(progress=self._runner.progress(move)),
            )
        except ValueError as error:
            handle.abort()
            return LookAt.Result(message=str(error))
        success, message, _ = self._arrival(handle, move)
        measured = context.robot.measure()
        return LookAt.Result(
            success=success,
            message=message,
            angle_error=gaze_error(point, measured.body.values) if measured else 0.0,
            clipped=list(move.clipped),
        )

    async def _point_of(self, request: LookAt.Goal) -> Point:
        message = request.point
        if not request.has_pixel:
            return await self._runner.poller.patiently(
                lambda: self._points.point(message),
                seconds=_TRANSFORM_WAIT_S,
                error_type=FrameError,
            )
        return await self._runner.poller.patiently(
            lambda: self._points.pixel(request.pixel_x, request.pixel_y, message.header.stamp),
            seconds=_CAMERA_WAIT_S,
            error_type=FrameError,
        )

    def _arrival(self, handle: Handle, move: Move) -> tuple[bool, str, Reached | None]:
        """End the goal of a move to a posture: success, message, errors at the end."""
        reached = move.reached if isinstance(move, GoToMove) else None
        values = self._context.parameters.value
        close = reached is None or (
            reached.position_error <= values.arrival_position
            and reached.angle_error <= values.arrival_angle
        )
        success = end_goal(handle, move, reached=close)
        return success, move.reason if close else f'not {move.reason}', reached

    async def _play_emotion(self, handle: Handle) -> PlayEmotion.Result:
        request = handle.request
        context = self._context
        try:
            emotion = context.emotions.get(request.name)
            move = await self._runner.run(
                handle,
                lambda _: plan_emotion(
                    emotion,
                    intensity=request.intensity,
                    limits=context.limits,
                    priority=request.priority or None,
                ),
                lambda move: PlayEmotion.Feedback(progress=self._runner.progress(move)),
                on_begin=lambda: self._publish_emotion(request.name, request.intensity),
            )
        except ValueError as error:
            handle.abort()
            return PlayEmotion.Result(message=str(error))
        return PlayEmotion.Result(success=end_goal(handle, move), message=move.reason)

    async def _play_move(self, handle: Handle) -> PlayMove.Result:
        request = handle.request
        context = self._context
        try:
            if not request.name:
                known = ', '.join(context.library.names())
                raise GoalError(f'no name given; known are {known}, or the path of a file')
            move = await self._runner.run(
                handle,
                lambda _: context.library.plan(
                    request.name,
                    limits=context.limits,
                    lead=context.parameters.value.playback_lead,
                    priority=request.priority or None,
                ),
                lambda move: PlayMove.Feedback(progress=self._runner.progress(move)),
            )
        except ValueError as error:
            handle.abort()
            return PlayMove.Result(message=str(error))
        return PlayMove.Result(success=end_goal(handle, move), message=move.reason)
