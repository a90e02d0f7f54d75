"""Joint trajectories: joint_trajectory_controller's rules."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.moves import Measured
from bbia_sim_ros.motion.moves import Motion
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.motion.reach import BoxReach
from bbia_sim_ros.motion.trajectory import GOAL_TOLERANCE_VIOLATED
from bbia_sim_ros.motion.trajectory import INVALID_GOAL
from bbia_sim_ros.motion.trajectory import INVALID_JOINTS
from bbia_sim_ros.motion.trajectory import OLD_HEADER_TIMESTAMP
from bbia_sim_ros.motion.trajectory import PATH_TOLERANCE_VIOLATED
from bbia_sim_ros.motion.trajectory import SUCCESSFUL
from bbia_sim_ros.motion.trajectory import JointCurve
from bbia_sim_ros.motion.trajectory import TrajectoryError
from bbia_sim_ros.motion.trajectory import TrajectoryPoint
from bbia_sim_ros.motion.trajectory import checked_trajectory
from bbia_sim_ros.motion.trajectory_move import MAX_GOAL_WAIT_S
from bbia_sim_ros.motion.trajectory_move import Tolerances
from bbia_sim_ros.motion.trajectory_move import TrajectoryMove
from bbia_sim_ros.motion.trajectory_plan import plan_trajectory
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import NEUTRAL_JOINTS_RAD
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_euler
from support.stage import DT_S
from support.stage import Stage

ANTENNAS = ('right_antenna', 'left_antenna')


def point(time: float, positions: Sequence[float], **fields: Sequence[float]) -> TrajectoryPoint:
    """Return one point."""
    return TrajectoryPoint(time=time, positions=list(positions), **fields)


def plan(
    kinematics: Kinematics,
    joints: Sequence[str],
    *points: TrajectoryPoint,
    tolerances: Tolerances | None = None,
    delay: float = 0.0,
) -> TrajectoryMove:
    """Plan from neutral."""
    return plan_trajectory(
        checked_trajectory(joints, points),
        current=NEUTRAL.values,
        kinematics=kinematics,
        reach=BoxReach(),
        limits=MotionLimits(),
        tolerances=tolerances,
        delay=delay,
    )


def joints_of(kinematics: Kinematics, values: FloatArray) -> FloatArray:
    """Return the nine joints of a body vector."""
    body = BodyState(values)
    legs = kinematics.inverse(body.head_pose, body.body_yaw)
    return np.array([body.body_yaw, *legs, *body.antennas])


@pytest.mark.parametrize(
    ('joints', 'points', 'complaint', 'code'),
    [
        ((), [point(1, [])], 'no joint names; known: yaw_body, stewart_1', INVALID_JOINTS),
        (('elbow',), [point(1, [0])], "unknown joint 'elbow'; known: yaw_body", INVALID_JOINTS),
        (('yaw_body',) * 2, [point(1, [0, 0])], 'named twice: yaw_body', INVALID_JOINTS),
        (('yaw_body',), [], 'is empty', INVALID_GOAL),
        (('yaw_body',), [point(1, [])], 'point 0: 0 positions for 1 joints', INVALID_GOAL),
        (('yaw_body',), [point(1, [0, 0])], '2 positions for 1 joints', INVALID_GOAL),
        (
            ('yaw_body',),
            [point(1, [0]), point(2, [math.nan])],
            'point 1: positions of yaw_body is nan',
            INVALID_GOAL,
        ),
        (
            ('yaw_body',),
            [point(1, [0], velocities=[math.inf])],
            'velocities of yaw_body is inf',
            INVALID_GOAL,
        ),
        (
            ('yaw_body',),
            [point(1, [0], velocities=[0, 0])],
            '2 velocities for 1 joints',
            INVALID_GOAL,
        ),
        (('yaw_body',), [point(1, [0], effort=[1])], 'effort is given', INVALID_GOAL),
        (('yaw_body',), [point(1, [3.0])], 'yaw_body at 3.0000 rad; its range', INVALID_GOAL),
        (
            ('yaw_body',),
            [point(1, [0]), point(1, [0.1])],
            'point 1: time_from_start 1 s is not after the 1 s',
            INVALID_GOAL,
        ),
        (('yaw_body',), [point(2, [0]), point(1, [0])], 'times must increase', INVALID_GOAL),
        (('yaw_body',), [point(-1, [0])], 'time_from_start is -1', INVALID_GOAL),
        (('yaw_body',), [point(math.nan, [0])], 'time_from_start is nan', INVALID_GOAL),
        (('yaw_body',), [point(1, [0], velocities=[1])], 'must end at rest', INVALID_GOAL),
    ],
)
def test_an_unsound_trajectory_is_refused_with_reason_and_code(
    joints: tuple[str, ...], points: list[TrajectoryPoint], complaint: str, code: int
) -> None:
    with pytest.raises(TrajectoryError, match=complaint) as raised:
        checked_trajectory(joints, points)
    assert raised.value.code == code


def curve(*points: TrajectoryPoint, delay: float = 0.0) -> JointCurve:
    """Return the curve of yaw_body through ``points`` from 0."""
    return JointCurve(checked_trajectory(('yaw_body',), points), np.zeros(1), delay)


def test_the_curve_goes_through_the_points_at_their_times() -> None:
    path = curve(point(0.5, [0.3]), point(1.0, [0.5]), point(2.0, [-0.2]), point(2.5, [0.0]))
    for time, wanted in ((0.0, 0.0), (0.5, 0.3), (1.0, 0.5), (2.0, -0.2), (2.5, 0.0), (9.0, 0.0)):
        assert path.sample(time)[0][0] == pytest.approx(wanted, abs=1e-12)


def test_positions_alone_give_a_curve_that_never_goes_beyond_a_point() -> None:
    path = curve(point(0.1, [0.5]), point(1.0, [0.55]), point(1.1, [1.0]), point(3.0, [0.9]))
    values = np.array([path.sample(t)[0][0] for t in np.linspace(0.0, 3.0, 3001)])
    assert values.max() <= 1.0 + 1e-12
    assert (np.diff(values[:1101]) >= -1e-12).all()
    assert np.abs(np.diff(values, 2)).max() < 1e-3


def test_given_velocities_are_met_with_a_cubic() -> None:
    path = curve(point(1.0, [0.5], velocities=[0.4]), point(2.0, [0.8], velocities=[0.0]))
    assert path.sample(1.0)[1][0] == pytest.approx(0.4)
    position, velocity = path.sample(1.5)
    assert position[0] == pytest.approx(0.5 * 0.5 + 0.8 * 0.5 + 0.4 / 8)
    assert velocity[0] == pytest.approx(1.5 * 0.3 - 0.4 / 4)


def test_given_accelerations_are_met_with_a_quintic() -> None:
    path = curve(
        point(1.0, [0.5], velocities=[0.4], accelerations=[0.7]),
        point(2.0, [0.8], velocities=[0.0], accelerations=[0.0]),
    )
    step = 1e-4
    before, at, after = (path.sample(1.0 + k * step)[1][0] for k in (0, 1, 2))
    assert (at - before) / step == pytest.approx(0.7, abs=1e-2)
    assert (after - at) / step == pytest.approx(0.7, abs=1e-2)
    assert path.sample(2.0 - 1e-9)[1][0] == pytest.approx(0.0, abs=1e-6)


def test_a_start_in_the_future_waits_and_one_in_the_past_drops_what_is_over() -> None:
    late = curve(point(1.0, [0.5]), delay=0.5)
    assert late.sample(0.5)[0][0] == 0.0
    assert late.end == pytest.approx(1.5)
    early = curve(point(1.0, [0.5]), point(2.0, [0.2]), delay=-1.5)
    assert early.end == pytest.approx(0.5)
    with pytest.raises(TrajectoryError, match=r'ended 1.00 s ago') as raised:
        curve(point(1.0, [0.5]), delay=-2.0)
    assert raised.value.code == OLD_HEADER_TIMESTAMP


def test_partial_joints_leave_the_others_alone(stage: Stage, kinematics: Kinematics) -> None:
    move = plan(kinematics, ['left_antenna'], point(0.5, [-1.2]))
    stage.mixer.start(move)
    stage.run_until(lambda: move.state.final, at_most=1.0)
    assert (move.state, move.code) == (MoveState.DONE, SUCCESSFUL)
    wanted = NEUTRAL.values.copy()
    wanted[7] = -1.2
    assert np.abs(stage.positions[-1] - wanted).max() < 1e-6


def test_turning_the_body_joint_alone_takes_the_head_along(
    stage: Stage, kinematics: Kinematics
) -> None:
    move = plan(kinematics, ['yaw_body'], point(0.8, [0.6]))
    stage.mixer.start(move)
    stage.run_until(lambda: move.state.final, at_most=1.2)
    assert stage.positions[-1][[5, 8]] == pytest.approx([0.6, 0.6], abs=1e-5)


def test_a_trajectory_of_all_joints_is_followed_joint_by_joint(
    stage: Stage, kinematics: Kinematics
) -> None:
    poses = (
        pose_from_euler(pitch=0.2, yaw=0.3, z=0.005),
        pose_from_euler(roll=-0.2, yaw=-0.1, x=0.01),
    )
    points = [
        point(
            0.8 * (k + 1),
            [0.2 * k, *kinematics.inverse(pose, 0.2 * k), 0.5, -0.3 * k],
        )
        for k, pose in enumerate(poses)
    ]
    move = plan(kinematics, ACTUATED_JOINTS, *points)
    stage.mixer.start(move)
    worst = 0.0
    for k in range(160):
        output = stage.step()
        wanted, _ = move.desired((k + 1) * DT_S)
        got = joints_of(kinematics, output.body.values)
        worst = max(worst, float(np.abs(got - wanted).max()))
    assert worst < 1e-3
    stage.run(0.1)
    assert move.state is MoveState.DONE
    stage.assert_smooth()


def test_joints_may_come_in_any_order(kinematics: Kinematics) -> None:
    move = plan(kinematics, ['left_antenna', 'right_antenna'], point(1.0, [-0.7, 0.9]))
    move.begin(Motion(NEUTRAL.values, np.zeros(9)))
    assert move.sample(2.0)[6:8] == pytest.approx([0.9, -0.7])


def test_legs_that_cannot_be_assembled_or_reached_are_refused_with_the_time(
    kinematics: Kinematics,
) -> None:
    legs = (2.0 * NEUTRAL_JOINTS_RAD[1:7]).tolist()
    with pytest.raises(TrajectoryError, match=r'^at \d\.\d\d s'):
        plan(kinematics, ACTUATED_JOINTS[1:7], point(2.0, legs))


def test_a_trajectory_that_is_too_fast_is_refused_with_the_limit(kinematics: Kinematics) -> None:
    with pytest.raises(TrajectoryError, match=r'too fast at .*: body_yaw at .* limit 3'):
        plan(kinematics, ['yaw_body'], point(0.1, [1.0]))


def measured(kinematics: Kinematics, values: FloatArray, **off: float) -> Measured:
    """Return a measurement of ``values`` whose named joints are off by an angle (rad)."""
    joints = joints_of(kinematics, values)
    for name, angle in off.items():
        joints[ACTUATED_JOINTS.index(name)] += angle
    return Measured(BodyState(values), joints, np.zeros(9))


def test_leaving_the_path_aborts_and_holds(stage: Stage, kinematics: Kinematics) -> None:
    tolerances = Tolerances(path={'yaw_body': 0.05})
    move = plan(kinematics, ['yaw_body'], point(1.0, [0.6]), tolerances=tolerances)
    stage.mixer.start(move)
    for _ in range(50):
        last = stage.positions[-1]
        stage.now += DT_S
        seen = measured(kinematics, last, yaw_body=-0.045)
        output = stage.mixer.step(DT_S, now=stage.now, measure=lambda seen=seen: seen)
        assert output is not None
        stage.positions.append(output.body.values)
        stage.steps.append(DT_S)
        if move.state.final:
            break
    assert move.state is MoveState.ABORTED
    assert move.code == PATH_TOLERANCE_VIOLATED
    assert move.reason.startswith('path tolerance violated at 0.')
    stage.run(0.3)
    here = stage.positions[-1]
    stage.run(0.5)
    assert np.abs(stage.positions[-1] - here).max() < 1e-9
    stage.assert_smooth()


def test_missing_the_goal_aborts_after_its_time(kinematics: Kinematics) -> None:
    tolerances = Tolerances(goal={'yaw_body': 0.01}, goal_time=0.5)
    move = plan(kinematics, ['yaw_body'], point(1.0, [0.6]), tolerances=tolerances)
    move.begin(Motion(NEUTRAL.values, np.zeros(9)))
    end = move.sample(1.0)
    off = measured(kinematics, end, yaw_body=0.02)
    assert move.judge(1.4, lambda: off) is None
    ending = move.judge(1.6, lambda: off)
    assert ending is not None
    assert ending.state is MoveState.ABORTED
    assert ending.reason == 'goal tolerance violated: yaw_body is off by 0.0200 rad, allowed 0.01'
    assert move.code == GOAL_TOLERANCE_VIOLATED
    near = move.judge(1.4, lambda: measured(kinematics, end, yaw_body=0.005))
    assert near is not None
    assert near.state is MoveState.DONE


def test_a_joint_that_does_not_stop_is_not_at_the_goal(kinematics: Kinematics) -> None:
    move = plan(kinematics, ['yaw_body'], point(1.0, [0.6]))
    move.begin(Motion(NEUTRAL.values, np.zeros(9)))
    moving = Measured(BodyState(move.sample(1.0)), np.zeros(9), np.full(9, 0.2))
    assert move.judge(1.5, lambda: moving) is None
    ending = move.judge(1.1 + MAX_GOAL_WAIT_S, lambda: moving)
    assert ending is not None
    assert 'yaw_body still moves at 0.200 rad/s' in ending.reason


def test_a_goals_own_tolerances_replace_remove_or_keep_the_defaults() -> None:
    defaults = Tolerances(path={'yaw_body': 0.1, 'stewart_1': 0.2}, goal_time=1.0)
    merged = defaults.overridden(
        path=[('yaw_body', 0.3), ('stewart_1', -1.0)],
        goal=[('left_antenna', 0.0), ('right_antenna', 0.4)],
        goal_time=0.0,
    )
    assert merged.path == {'yaw_body': 0.3}
    assert merged.goal == {'right_antenna': 0.4}
    assert merged.goal_time == 1.0
    with pytest.raises(TrajectoryError, match="tolerance for unknown joint 'tail'"):
        defaults.overridden(path=[('tail', 0.1)], goal=[], goal_time=0.0)


def test_a_new_goal_aborts_the_old_one_on_its_way(stage: Stage, kinematics: Kinematics) -> None:
    first = plan(kinematics, ANTENNAS, point(1.0, [1.2, -1.2]))
    stage.mixer.start(first)
    stage.run(0.5)
    second = plan(kinematics, ANTENNAS, point(1.0, [0.0, 0.0]))
    stage.mixer.start(second)
    assert (first.state, first.reason) == (MoveState.ABORTED, 'replaced by head_controller')
    stage.run(1.2)
    assert second.state is MoveState.DONE
    assert stage.positions[-1][6:8] == pytest.approx([0.0, 0.0], abs=1e-6)
    stage.assert_smooth()


def test_a_first_point_at_time_zero_away_from_here_is_led_into(
    stage: Stage, kinematics: Kinematics
) -> None:
    move = plan(kinematics, ANTENNAS, point(0.0, [0.6, -0.6]), point(1.0, [0.8, -0.8]))
    stage.mixer.start(move)
    stage.run_until(lambda: move.state.final, at_most=1.5)
    assert move.state is MoveState.DONE
    stage.assert_smooth()
