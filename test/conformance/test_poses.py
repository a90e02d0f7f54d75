"""Head poses: how exactly they are reached, and by which legs"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from bbia_sim_ros.robot.names import LEGS_SLICE
from support.backends import REST_STATES
from support.backends import Backend
from support.simulator import errors
from support.simulator import head_pose
from support.simulator import pose_of

Report = Callable[[str], None]

# The official engine's legs for poses in mm and degrees, body yaw 0.
OFFICIAL_LEGS_RAD: tuple[tuple[dict[str, float], tuple[float, ...]], ...] = (
    ({'z': -20.0}, (0.17749, -0.17748, 0.17748, -0.17748, 0.17748, -0.17748)),
    ({'roll': 10.0}, (0.71481, -0.74862, 0.65597, -0.59969, 0.51636, -0.53917)),
    ({'yaw': 30.0}, (0.81914, -0.52842, 0.81914, -0.52841, 0.81914, -0.52841)),
    (
        {'x': 5.0, 'z': 5.0, 'roll': 8.0, 'pitch': 8.0, 'yaw': 20.0},
        (0.80529, -0.77538, 1.00597, -0.77874, 0.79079, -0.48941),
    ),
)
GRID: tuple[dict[str, float], ...] = (
    {'pitch': -15.0, 'z': 5.0},
    {'roll': 15.0, 'yaw': 20.0},
    {'roll': -15.0, 'yaw': -20.0},
    {'x': 8.0, 'y': -6.0, 'z': -10.0},
    {'x': -8.0, 'y': 6.0, 'z': 8.0},
)


def worst_errors(robot: Backend, wanted: np.ndarray) -> tuple[float, float]:
    """Return the largest errors of the last head poses, mm and degrees."""
    found = np.array([errors(pose_of(m), wanted) for m in robot.driver.head_poses[-REST_STATES:]])
    return float(found[:, 0].max()), float(found[:, 1].max())


def go(robot: Backend, wanted: np.ndarray, **fields: object) -> tuple[float, float]:
    """Stream a head pose until it is held; return the errors there, mm and degrees."""

    def is_there() -> bool:
        distance, angle = worst_errors(robot, wanted)
        return distance <= robot.kind.distance_mm and angle <= robot.kind.angle_deg

    robot.driver.stream_until(
        is_there, f'the head is at\n{wanted}, but is at\n{robot.driver.head}', head=wanted, **fields
    )
    return worst_errors(robot, wanted)


def test_a_grid_of_head_poses_is_reached(robot: Backend, report: Report) -> None:
    """The head reaches each of a grid of poses, and stays there"""
    found = np.array([go(robot, head_pose(**wanted)) for wanted in GRID])
    distance, angle = found.max(axis=0)
    report(f'within {distance:.2f} mm, {angle:.2f} deg')


def test_the_legs_are_those_of_the_official_engine(robot: Backend, report: Report) -> None:
    """The legs of a pose are those of the official engine"""
    worst = 0.0
    for wanted, legs in OFFICIAL_LEGS_RAD:
        go(robot, head_pose(**wanted))
        worst = max(worst, float(np.abs(robot.joints[LEGS_SLICE] - legs).max()))
    assert worst < robot.kind.joint_rad
    report(f'within {worst:.4f} rad')


def test_a_pose_in_base_link_is_the_same_place(robot: Backend) -> None:
    """The same place given in `base_link` is the same place"""
    wanted = head_pose(yaw=20.0, z=5.0)
    in_base = wanted.copy()
    in_base[2, 3] += 0.177
    robot.driver.stream_until(
        lambda: worst_errors(robot, wanted)[1] <= robot.kind.angle_deg,
        'the head is there',
        head=in_base,
        frame='base_link',
    )


def test_the_head_alone_turns_the_body_only_where_it_must(robot: Backend, report: Report) -> None:
    """The head alone turns up to 65 deg, beyond that the body turns with it"""
    go(robot, head_pose(yaw=50.0))
    assert abs(robot.joints[0]) < robot.kind.joint_rad
    wanted = head_pose(yaw=100.0)
    robot.driver.stream_until(
        lambda: worst_errors(robot, wanted)[1] < 5.0, 'the head looks back', head=wanted
    )
    turned = math.degrees(robot.joints[0])
    assert 33.0 < turned < 38.0
    report(f'body {turned:.1f} deg, head off by {worst_errors(robot, wanted)[1]:.2f} deg')


def test_a_head_pose_does_not_turn_with_the_body(robot: Backend, report: Report) -> None:
    """A head pose does not turn with the body"""
    wanted = head_pose(pitch=8.0)
    distance, angle = go(robot, wanted, body_yaw=0.5)
    robot.driver.stream_until(lambda: robot.at(yaw_body=0.5), 'the body', body_yaw=0.5)
    report(f'within {distance:.2f} mm, {angle:.2f} deg')
