"""The joint trajectory action and topic, with the behaviour of joint_trajectory_controller."""

from __future__ import annotations

import math

import pytest
from builtin_interfaces.msg import Duration
from control_msgs.action import FollowJointTrajectory
from control_msgs.msg import JointTolerance
from trajectory_msgs.msg import JointTrajectory
from trajectory_msgs.msg import JointTrajectoryPoint

from bbia_sim_ros.nodes.messages import time_message
from bbia_sim_ros.robot.names import NEUTRAL_LEGS_RAD
from support.motion import ABORTED
from support.motion import CANCELED
from support.motion import SUCCEEDED
from support.motion import Goal
from support.motion import Robot
from support.ros import wait_until
from support.simulator import errors
from support.simulator import head_pose

ACTION = 'head_controller/follow_joint_trajectory'
TOPIC = 'head_controller/joint_trajectory'
Result = FollowJointTrajectory.Result


@pytest.fixture(autouse=True)
def neutral(robot: Robot) -> None:
    """Begin each test at rest, looking straight ahead."""
    robot.straighten()


def seconds(time_s: float) -> Duration:
    whole = math.floor(time_s)
    return Duration(sec=whole, nanosec=round((time_s - whole) * 1e9))


def trajectory(joints: tuple[str, ...], *points: tuple[float, ...]) -> JointTrajectory:
    """Return a trajectory; each point is its time and the positions."""
    return JointTrajectory(
        joint_names=list(joints),
        points=[
            JointTrajectoryPoint(time_from_start=seconds(time_s), positions=list(positions))
            for time_s, *positions in points
        ],
    )


def follow(robot: Robot, wanted: JointTrajectory, **fields: object) -> Goal:
    return robot.motion.send(ACTION, FollowJointTrajectory.Goal(trajectory=wanted, **fields))


ANTENNAS = ('left_antenna', 'right_antenna')
LEGS = tuple(f'stewart_{leg}' for leg in range(1, 7))
SWING = trajectory(ANTENNAS, (0.3, -0.6, 0.6), (0.6, -0.2, 0.4))


def test_a_trajectory_of_some_joints_is_followed_and_reported(robot: Robot) -> None:
    goal = follow(robot, SWING)
    status, result = goal.outcome()
    assert (status, result.error_code) == (SUCCEEDED, Result.SUCCESSFUL), result.error_string
    assert robot.simulator.position('left_antenna') == pytest.approx(-0.2, abs=0.02)
    assert robot.simulator.position('right_antenna') == pytest.approx(0.4, abs=0.02)
    told = [feedback for feedback in goal.feedback if feedback.desired.positions]
    assert told[-1].joint_names == list(ANTENNAS)
    assert {feedback.index for feedback in told} == {0, 1}
    middle = told[len(told) // 2]
    assert middle.error.positions[0] == pytest.approx(
        middle.desired.positions[0] - middle.actual.positions[0]
    )
    # A busy client may hear them in another order.
    times = [feedback.desired.time_from_start for feedback in told]
    assert len({(t.sec, t.nanosec) for t in times}) == len(times)


def test_a_trajectory_of_the_legs_moves_the_head(robot: Robot) -> None:
    lifted = tuple(angle + math.copysign(0.15, angle) for angle in NEUTRAL_LEGS_RAD.tolist())
    status, result = follow(robot, trajectory(LEGS, (0.6, *lifted))).outcome()
    assert status == SUCCEEDED, result.error_string
    assert abs(robot.simulator.head[2, 3]) > 0.003
    for joint, angle in zip(LEGS, lifted, strict=True):
        assert robot.simulator.position(joint) == pytest.approx(angle, abs=0.02)


@pytest.mark.parametrize(
    ('wanted', 'code', 'reason'),
    [
        (trajectory(ANTENNAS), Result.INVALID_GOAL, 'the trajectory is empty'),
        (
            trajectory(ANTENNAS, (0.5, 0.1, 0.1), (0.4, 0.2, 0.2)),
            Result.INVALID_GOAL,
            'times must increase',
        ),
        (trajectory(('elbow',), (0.5, 0.1)), Result.INVALID_JOINTS, "unknown joint 'elbow'; known"),
        (trajectory(ANTENNAS, (0.5, 0.1)), Result.INVALID_GOAL, '1 positions for 2 joints'),
        (trajectory(ANTENNAS, (0.5, 0.1, math.nan)), Result.INVALID_GOAL, 'is nan'),
        (trajectory(('yaw_body',), (0.5, 4.0)), Result.INVALID_GOAL, 'its range is'),
        (trajectory(('yaw_body',), (0.05, 1.0)), Result.INVALID_GOAL, 'too fast at'),
        (trajectory(LEGS, (1.0, -0.8, 1.2, -0.8, 0.8, -1.2, 0.8)), Result.INVALID_GOAL, 's'),
    ],
)
def test_a_trajectory_that_cannot_be_followed_is_refused_with_code_and_reason(
    robot: Robot, wanted: JointTrajectory, code: int, reason: str
) -> None:
    status, result = follow(robot, wanted).outcome()
    assert (status, result.error_code) == (ABORTED, code)
    assert reason in result.error_string


def test_a_trajectory_that_is_over_already_is_refused(robot: Robot) -> None:
    old = trajectory(ANTENNAS, (0.5, 0.1, 0.1))
    old.header.stamp.sec = 1
    status, result = follow(robot, old).outcome()
    assert (status, result.error_code) == (ABORTED, Result.OLD_HEADER_TIMESTAMP)


def test_a_trajectory_can_be_told_to_begin_later(robot: Robot) -> None:
    later = trajectory(('yaw_body',), (0.3, 0.3))
    now = robot.probe.node.get_clock().now().nanoseconds * 1e-9
    later.header.stamp = time_message(now + 2.0)
    goal = follow(robot, later)
    wait_until(lambda: len(goal.feedback) > 10, 'it waits')
    assert abs(robot.simulator.position('yaw_body')) < 0.005
    assert goal.outcome()[0] == SUCCEEDED
    assert robot.simulator.position('yaw_body') == pytest.approx(0.3, abs=0.01)


def test_a_violated_path_tolerance_ends_the_goal_and_holds(robot: Robot) -> None:
    fast = trajectory(('yaw_body',), (0.8, 0.9))
    status, result = follow(
        robot, fast, path_tolerance=[JointTolerance(name='yaw_body', position=0.001)]
    ).outcome()
    assert (status, result.error_code) == (ABORTED, Result.PATH_TOLERANCE_VIOLATED)
    assert 'yaw_body is off by' in result.error_string
    robot.motion.wait_ready()
    wait_until(robot.simulator.at_rest, 'it holds')
    assert robot.simulator.position('yaw_body') < 0.8


def test_a_missed_goal_tolerance_ends_the_goal(robot: Robot) -> None:
    robot.straighten()
    status, result = follow(
        robot,
        trajectory(('yaw_body',), (0.4, 0.3)),
        goal_tolerance=[JointTolerance(name='yaw_body', position=1e-9)],
        goal_time_tolerance=seconds(0.2),
    ).outcome()
    assert (status, result.error_code) == (ABORTED, Result.GOAL_TOLERANCE_VIOLATED)


def test_a_tolerance_of_an_unknown_joint_is_refused(robot: Robot) -> None:
    status, result = follow(
        robot, SWING, goal_tolerance=[JointTolerance(name='elbow', position=0.1)]
    ).outcome()
    assert status == ABORTED
    assert "tolerance for unknown joint 'elbow'" in result.error_string


def test_a_new_trajectory_aborts_the_old_one_and_cancelling_holds(robot: Robot) -> None:
    turn = trajectory(('yaw_body',), (3.0, 1.0))
    first = follow(robot, turn)
    wait_until(lambda: robot.simulator.position('yaw_body') > 0.1, 'it is under way')
    second = follow(robot, turn)
    status, result = first.outcome()
    assert (status, result.error_code) == (ABORTED, Result.INVALID_GOAL)
    assert result.error_string == 'replaced by head_controller'
    second.cancel()
    status, result = second.outcome()
    assert (status, result.error_code) == (CANCELED, Result.SUCCESSFUL)
    assert robot.simulator.position('yaw_body') < 0.9


def test_the_topic_is_obeyed_and_an_empty_trajectory_ends_what_runs(robot: Robot) -> None:
    publisher = robot.probe.publisher(JointTrajectory, TOPIC)
    publisher.publish(SWING)
    wait_until(lambda: 'goal reached' in robot.motion.status.last_end, 'it is followed')
    assert robot.simulator.position('right_antenna') == pytest.approx(0.4, abs=0.02)
    goal = follow(robot, trajectory(('yaw_body',), (3.0, 1.0)))
    robot.motion.wait_active('head_controller')
    publisher.publish(JointTrajectory())
    status, result = goal.outcome()
    assert status == ABORTED
    assert 'empty trajectory' in result.error_string
    publisher.publish(trajectory(('elbow',), (1.0, 0.0)))
    wait_until(
        lambda: "joint_trajectory refused: unknown joint 'elbow'" in robot.process.output,
        'the refusal is logged',
    )


def test_the_head_can_be_taken_from_a_trajectory_in_full_motion(robot: Robot) -> None:
    goal = follow(robot, trajectory(('yaw_body',), (2.0, 1.0)))
    wait_until(lambda: robot.simulator.position('yaw_body') > 0.3, 'it is under way')
    robot.at_rest_at('down', head=head_pose(pitch=10), body_yaw=0.0, duration=0.6)
    assert goal.outcome()[0] == ABORTED
    assert errors(robot.simulator.head, head_pose(pitch=10))[1] < 0.5
