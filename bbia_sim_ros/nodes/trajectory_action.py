"""The joint trajectory interface of ros2_control's joint_trajectory_controller, on the mixer.

The action `head_controller/follow_joint_trajectory` and the topic
`head_controller/joint_trajectory` take what the controller of that name takes: any subset of the
joints, times from the start, path and goal tolerances; a new goal aborts the old one, a violated
tolerance or a cancel request leaves the body where it is, an empty trajectory on the topic ends
what runs. The velocities that reach the robot stay within the motion limits. All in the executor's
thread; planning in that of `nodes/goals.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from builtin_interfaces.msg import Duration
from control_msgs.action import FollowJointTrajectory
from control_msgs.msg import JointTolerance
from std_msgs.msg import Header
from trajectory_msgs.msg import JointTrajectory
from trajectory_msgs.msg import JointTrajectoryPoint

from bbia_sim_ros.motion.moves import Measured
from bbia_sim_ros.motion.moves import Move
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.motion.trajectory import INVALID_GOAL
from bbia_sim_ros.motion.trajectory import MAX_TIME_S
from bbia_sim_ros.motion.trajectory import SUCCESSFUL
from bbia_sim_ros.motion.trajectory import TrajectoryError
from bbia_sim_ros.motion.trajectory import TrajectoryPoint
from bbia_sim_ros.motion.trajectory import checked_trajectory
from bbia_sim_ros.motion.trajectory_move import Tolerances
from bbia_sim_ros.motion.trajectory_move import TrajectoryMove
from bbia_sim_ros.motion.trajectory_plan import plan_trajectory
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.clocks import ros_seconds
from bbia_sim_ros.nodes.goals import GoalRunner
from bbia_sim_ros.nodes.goals import Handle
from bbia_sim_ros.nodes.goals import end_goal
from bbia_sim_ros.nodes.messages import seconds
from bbia_sim_ros.nodes.messages import time_message
from bbia_sim_ros.nodes.motion_context import MotionContext
from bbia_sim_ros.nodes.polling import executor_of
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import FloatArray

_LOG_PERIOD_S = 2.0


class TrajectoryAction:
    """See the module's docstring."""

    def __init__(self, context: MotionContext, runner: GoalRunner) -> None:
        self._context = context
        self._runner = runner
        self._server = runner.serve(
            FollowJointTrajectory, 'head_controller/follow_joint_trajectory', self._follow
        )
        context.node.create_subscription(
            JointTrajectory, 'head_controller/joint_trajectory', self._on_trajectory, qos.STREAM
        )

    def destroy(self) -> None:
        """Withdraw the action."""
        self._server.destroy()

    async def _follow(self, handle: Handle) -> FollowJointTrajectory.Result:
        goal = handle.request
        try:
            if goal.multi_dof_trajectory.joint_names or goal.multi_dof_trajectory.points:
                raise TrajectoryError('multi_dof_trajectory is given; the robot has no such joints')
            tolerances = self._tolerances(goal)
            move = await self._runner.run(
                handle,
                lambda posture: self._plan(goal.trajectory, posture, tolerances),
                self._feedback,
            )
        except ValueError as error:
            handle.abort()
            code = error.code if isinstance(error, TrajectoryError) else INVALID_GOAL
            return FollowJointTrajectory.Result(error_code=code, error_string=str(error))
        end_goal(handle, move)
        return FollowJointTrajectory.Result(error_code=_code(move), error_string=move.reason)

    def _on_trajectory(self, message: JointTrajectory) -> None:
        context = self._context
        if not message.points:
            with context.lock:
                context.mixer.cancel_all('an empty trajectory came on the topic')
        else:
            executor_of(context.node).create_task(self._obey, message)

    async def _obey(self, message: JointTrajectory) -> None:
        try:
            await self._runner.start(
                lambda posture: self._plan(message, posture, self._tolerances())
            )
        except ValueError as error:
            self._context.node.get_logger().warning(
                f'joint_trajectory refused: {error}', throttle_duration_sec=_LOG_PERIOD_S
            )

    def _plan(
        self, message: JointTrajectory, posture: FloatArray, tolerances: Tolerances
    ) -> TrajectoryMove:
        context = self._context
        trajectory = checked_trajectory(
            message.joint_names,
            [
                TrajectoryPoint(
                    _duration(point.time_from_start),
                    point.positions,
                    point.velocities,
                    point.accelerations,
                    point.effort,
                )
                for point in message.points
            ],
        )
        stamp = seconds(message.header.stamp)
        delay = 0.0 if stamp is None else context.clock.from_ros(stamp) - context.clock.now
        if delay > MAX_TIME_S:
            raise TrajectoryError(
                f'header.stamp lies {delay:.0f} s ahead; allowed is up to {MAX_TIME_S:g} s'
            )
        return plan_trajectory(
            trajectory,
            current=posture,
            kinematics=context.kinematics,
            reach=context.reach,
            limits=context.limits,
            tolerances=tolerances,
            delay=delay,
        )

    def _tolerances(self, goal: FollowJointTrajectory.Goal | None = None) -> Tolerances:
        values = self._context.parameters.value
        defaults = Tolerances(
            path=_same_for_all(values.path_tolerance),
            goal=_same_for_all(values.goal_tolerance),
            stopped_velocity=values.stopped_velocity,
        )
        if goal is None:
            return defaults
        return defaults.overridden(
            path=_positions(goal.path_tolerance),
            goal=_positions(goal.goal_tolerance),
            goal_time=_duration(goal.goal_time_tolerance),
        )

    def _feedback(self, move: Move) -> FollowJointTrajectory.Feedback:
        feedback = FollowJointTrajectory.Feedback()
        if not isinstance(move, TrajectoryMove):
            return feedback
        feedback.joint_names = list(move.joints)
        stamp = ros_seconds(self._context.node)
        feedback.header = Header(stamp=time_message(stamp))
        elapsed = self._runner.elapsed(move)
        measured = self._context.robot.measure()
        if elapsed is None or measured is None or measured.joints is None:
            return feedback
        wanted, rate = move.desired(elapsed)
        actual, speed = _of_joints(move.joints, measured)
        at = Duration(sec=int(elapsed), nanosec=int(elapsed % 1.0 * 1e9))
        feedback.desired = _point(wanted, rate, at)
        feedback.actual = _point(actual, speed, at)
        feedback.error = _point(wanted - actual, rate - speed, at)
        feedback.index = move.index(elapsed)
        return feedback


def _code(move: Move) -> int:
    if isinstance(move, TrajectoryMove) and move.code:
        return move.code
    # As joint_trajectory_controller answers for a goal that another one replaced.
    return INVALID_GOAL if move.state is MoveState.ABORTED else SUCCESSFUL


def _duration(message: Duration) -> float:
    return float(message.sec + message.nanosec * 1e-9)


def _same_for_all(tolerance: float) -> dict[str, float]:
    return dict.fromkeys(ACTUATED_JOINTS, tolerance) if tolerance > 0.0 else {}


def _positions(tolerances: Iterable[JointTolerance]) -> list[tuple[str, float]]:
    pairs = [(item.name, float(item.position)) for item in tolerances]
    for name, value in pairs:
        if not math.isfinite(value):
            raise TrajectoryError(f'the tolerance of {name!r} is {value}; it must be finite')
    return pairs


def _of_joints(joints: tuple[str, ...], measured: Measured) -> tuple[FloatArray, FloatArray]:
    indices = [ACTUATED_JOINTS.index(name) for name in joints]
    if measured.joints is None:
        raise RuntimeError('the joints were not measured')
    speeds = measured.joint_velocities
    return measured.joints[indices], np.zeros(len(indices)) if speeds is None else speeds[indices]


def _point(positions: FloatArray, velocities: FloatArray, at: Duration) -> JointTrajectoryPoint:
    return JointTrajectoryPoint(
        positions=positions.tolist(), velocities=velocities.tolist(), time_from_start=at
    )
