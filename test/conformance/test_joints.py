"""Each joint: its sign and its range"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from urllib.request import ProxyHandler
from urllib.request import build_opener

import numpy as np
import pytest

from bbia_sim_ros.description import robot_description
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import JOINT_LIMITS_RAD
from bbia_sim_ros.robot.names import JOINT_LOWER_RAD
from bbia_sim_ros.robot.names import JOINT_UPPER_RAD
from bbia_sim_ros.robot.names import LEG_JOINTS
from bbia_sim_ros.robot.names import NEUTRAL_JOINTS_RAD
from bbia_sim_ros.robot.transforms import TransformTree
from conformance.links import link_pose
from support.backends import Ability
from support.backends import Backend

Report = Callable[[str], None]
STEP_RAD = 0.2
BEYOND_RAD = 0.3
# A servo overshoots the end of its range a little.
OVERSHOOT_RAD = 0.05
NEAR_RAD = 0.1


def test_each_joint_goes_where_it_is_commanded(robot: Backend, report: Report) -> None:
    """Each of the nine joints alone goes where `joint_commands` sends it, the others stay"""
    worst = 0.0
    with robot.parameters(command_source='joint_commands'):
        for index, name in enumerate(ACTUATED_JOINTS):
            wanted = NEUTRAL_JOINTS_RAD.copy()
            wanted[index] += STEP_RAD if index % 2 else -STEP_RAD
            robot.stream_joints(
                wanted, lambda wanted=wanted: robot.is_at(wanted, robot.kind.joint_rad), name
            )
            worst = max(worst, float(np.abs(robot.joints - wanted).max()))
    report(f'within {worst:.4f} rad')


def test_body_and_antennas_reach_the_ends_of_their_ranges(robot: Backend, report: Report) -> None:
    """Body and antennas turn to both ends of their ranges, and what is beyond is cut and said"""
    ends = ('yaw_body', 'right_antenna', 'left_antenna')
    furthest = {}
    with robot.parameters(command_source='joint_commands'):
        for end, sign in ((JOINT_UPPER_RAD, 1.0), (JOINT_LOWER_RAD, -1.0)):
            wanted = NEUTRAL_JOINTS_RAD.copy()
            places = {name: float(end[ACTUATED_JOINTS.index(name)]) for name in ends}
            for name, place in places.items():
                wanted[ACTUATED_JOINTS.index(name)] = place + sign * BEYOND_RAD
            before = len(robot.driver.joint_states)
            robot.stream_joints(wanted, lambda places=places: robot.at(**places), 'the ends')
            clipped = ' '.join(robot.wait_status(lambda now: now.clipped, 'the cut').clipped)
            assert all(name in clipped for name in ends)
            passed = robot.last_joints(len(robot.driver.joint_states) - before)
            assert (passed <= JOINT_UPPER_RAD + OVERSHOOT_RAD).all()
            assert (passed >= JOINT_LOWER_RAD - OVERSHOOT_RAD).all()
            furthest[sign] = float(robot.joints[0])
    report(f'body {math.degrees(furthest[-1.0]):.1f} to {math.degrees(furthest[1.0]):.1f} deg')


def test_no_leg_leaves_its_range(robot: Backend, report: Report) -> None:
    """Each leg follows to the outer end of its range, and a command beyond it is cut and said"""
    reached = []
    with robot.parameters(command_source='joint_commands'):
        for name in LEG_JOINTS:
            index = ACTUATED_JOINTS.index(name)
            low, high = JOINT_LIMITS_RAD[name]
            end = high if NEUTRAL_JOINTS_RAD[index] > 0.0 else low
            wanted = NEUTRAL_JOINTS_RAD.copy()
            wanted[index] = end + math.copysign(BEYOND_RAD, end)
            robot.stream_joints(
                wanted,
                lambda name=name, index=index, end=end: (
                    abs(robot.joints[index] - end) < NEAR_RAD
                    and any(name in clip for clip in robot.status.clipped)
                ),
                f'{name} is at its end and that is said',
            )
            assert abs(robot.joints[index]) < abs(end) + OVERSHOOT_RAD
            reached.append(abs(robot.joints[index]))
            robot.stream_joints(
                NEUTRAL_JOINTS_RAD, lambda: robot.is_at(NEUTRAL_JOINTS_RAD, NEAR_RAD), 'neutral'
            )
    report(f'{math.degrees(min(reached)):.1f} of 80 deg')


def test_legs_that_cannot_be_assembled_are_refused(robot: Backend) -> None:
    """Legs that fit no pose of the head are refused, and nothing moves"""
    wanted = NEUTRAL_JOINTS_RAD.copy()
    wanted[ACTUATED_JOINTS.index('stewart_1')] = JOINT_LIMITS_RAD['stewart_1'][0]
    before = robot.joints
    with robot.parameters(command_source='joint_commands'):
        robot.stream_joints(
            wanted, lambda: 'cannot be assembled' in robot.status.last_refusal, 'the refusal'
        )
        robot.wait_states(10)
    assert np.abs(robot.joints - before).max() < robot.kind.joint_rad


def test_body_and_antennas_obey_body_target(robot: Backend, report: Report) -> None:
    """Body and antennas go where `body_target` sends them, left is left, and absent parts stay"""
    robot.driver.stream_until(
        lambda: robot.at(right_antenna=0.3, left_antenna=0.7), 'antennas', antennas=(0.3, 0.7)
    )
    robot.driver.stream_until(
        lambda: robot.at(yaw_body=0.4, right_antenna=0.3, left_antenna=0.7), 'body', body_yaw=0.4
    )
    off = np.abs(robot.joints[[0, 7, 8]] - (0.4, 0.3, 0.7))
    report(f'within {off.max():.4f} rad')


def test_positive_antenna_angles_lean_to_the_right(robot: Backend) -> None:
    """+0.5 rad leans the right antenna outwards and the left one inwards, by the URDF"""
    tree = TransformTree(robot_description())
    leans = {}
    for angle in (0.0, 0.5):
        robot.driver.stream_until(
            lambda angle=angle: robot.at(right_antenna=angle, left_antenna=angle),
            'antennas',
            antennas=(angle, angle),
        )
        state = robot.driver.joint_states[-1]
        for name in ('right_antenna', 'left_antenna'):
            link = tree.children[tree.joint_names.index(name)]
            leans[name, angle] = link_pose(tree, state, 'head_link', link)[:3, :3]
    for name in ('right_antenna', 'left_antenna'):
        turn = leans[name, 0.5] @ leans[name, 0.0].T
        # What points up at 0 points to -y, which is the robot's right.
        assert (turn @ (0.0, 0.0, 1.0))[1] < -0.3


@pytest.mark.needs(Ability.INTERFACE)
def test_the_official_interface_agrees_about_signs(robot: Backend) -> None:
    """The robot's own interface reports the same angles, with its own signs and order"""
    wanted = {'yaw_body': 0.3, 'right_antenna': 0.5, 'left_antenna': 0.8}
    robot.driver.stream_until(
        lambda: robot.at(**wanted), 'the posture', antennas=(0.5, 0.8), body_yaw=0.3
    )
    if robot.daemon is None:
        assert Ability.INTERFACE in robot.kind.lacks
        return
    opener = build_opener(ProxyHandler({}))
    with opener.open(f'{robot.daemon.url}/api/state/full', timeout=5.0) as answer:
        state = json.load(answer)
    tolerance = robot.kind.joint_rad
    assert np.allclose(state['antennas_position'], (-0.5, -0.8), atol=tolerance)
    assert abs(state['body_yaw'] - 0.3) < tolerance
