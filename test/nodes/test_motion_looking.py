"""`look_at` and `cmd_gaze`: points in every kind of frame, and a pixel of the camera."""

from __future__ import annotations

import math

import numpy as np
import pytest
from geometry_msgs.msg import PointStamped
from geometry_msgs.msg import TransformStamped
from tf2_msgs.msg import TFMessage

from bbia_msgs.action import LookAt
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.look_at import gaze_error
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.robot.camera_frames import CAMERA_IN_HEAD_M
from support.motion import ABORTED
from support.motion import SUCCEEDED
from support.motion import Robot
from support.ros import wait_until
from support.simulator import errors
from support.simulator import head_pose
from support.simulator import pose_of

LEFT = (0.8, 0.3, 0.1)


@pytest.fixture(autouse=True)
def neutral(robot: Robot) -> None:
    """Begin each test at rest, looking straight ahead."""
    robot.straighten()


def point(frame: str, place: tuple[float, float, float]) -> PointStamped:
    message = PointStamped()
    message.header.frame_id = frame
    message.point.x, message.point.y, message.point.z = place
    return message


def look_at(robot: Robot, **fields: object) -> tuple[int, LookAt.Result]:
    return robot.motion.send('look_at', LookAt.Goal(duration=0.4, **fields)).outcome()


def gaze_off(robot: Robot, place: tuple[float, float, float]) -> float:
    """Return the angle in degrees between the measured view and a point in head_neutral."""
    body = BodyState.from_parts(
        head_pose=robot.simulator.head,
        antennas=(0.0, 0.0),
        body_yaw=robot.simulator.position('yaw_body'),
    )
    return math.degrees(gaze_error(place, body.values))


@pytest.mark.parametrize(
    ('frame', 'place'),
    [('head_neutral', LEFT), ('base_link', (LEFT[0], LEFT[1], LEFT[2] + 0.177))],
)
def test_the_camera_turns_to_a_point(
    robot: Robot, frame: str, place: tuple[float, float, float]
) -> None:
    status, result = look_at(robot, point=point(frame, place))
    assert status == SUCCEEDED, result.message
    assert gaze_off(robot, LEFT) < 0.5
    assert math.degrees(result.angle_error) < 0.5


def test_a_point_behind_turns_the_body_too(robot: Robot) -> None:
    behind = (-0.5, 0.8, 0.0)
    status, result = look_at(robot, point=point('head_neutral', behind))
    assert status == SUCCEEDED, result.message
    assert gaze_off(robot, behind) < 0.5
    assert robot.simulator.position('yaw_body') > math.radians(40)
    assert any('body turns to' in text for text in result.clipped)


def test_a_point_the_camera_sees_is_taken_from_where_the_head_was_at_its_stamp(
    robot: Robot,
) -> None:
    turned = head_pose(yaw=20, pitch=5)
    robot.at_rest_at('turned', head=turned)
    seen = point('camera_optical_frame', (-0.2, 0.1, 0.9))
    seen.header.stamp = robot.simulator.head_poses[-1].header.stamp
    head = pose_of(robot.simulator.head_poses[-1])
    robot.at_rest_at('straight again', head=np.eye(4), duration=0.4)
    status, result = look_at(robot, point=seen)
    assert status == SUCCEEDED, result.message
    in_head = np.array((0.9 + CAMERA_IN_HEAD_M[0], 0.2, -0.1 + CAMERA_IN_HEAD_M[2]))
    place = head[:3, :3] @ in_head + head[:3, 3]
    assert gaze_off(robot, tuple(place)) < 0.5


def test_a_point_in_a_frame_of_tf_is_found(robot: Robot) -> None:
    shelf = TransformStamped()
    shelf.header.frame_id = 'base_link'
    shelf.child_frame_id = 'shelf'
    shelf.transform.translation.x, shelf.transform.translation.z = 1.0, 0.177
    shelf.transform.rotation.z = shelf.transform.rotation.w = math.sqrt(0.5)
    neutral = TransformStamped()
    neutral.header.frame_id = 'base_link'
    neutral.child_frame_id = 'head_neutral'
    neutral.transform.translation.z = 0.177
    neutral.transform.rotation.w = 1.0
    publisher = robot.probe.node.create_publisher(TFMessage, '/tf_static', qos.LATCHED_MANY)
    publisher.publish(TFMessage(transforms=[shelf, neutral]))
    # The shelf's x axis points to the robot's left.
    status, result = look_at(robot, point=point('shelf', (0.4, 0.0, 0.1)))
    robot.probe.node.destroy_publisher(publisher)
    assert status == SUCCEEDED, result.message
    assert gaze_off(robot, (1.0, 0.4, 0.1)) < 0.5


def test_a_pixel_of_the_camera_comes_to_the_middle_of_the_picture(robot: Robot) -> None:
    width, height, fovy = 640, 480, math.radians(80.0)
    focal = height / 2.0 / math.tan(fovy / 2.0)
    column, row = 420.0, 170.0
    ray = (1.0, -(column - (width - 1) / 2) / focal, -(row - (height - 1) / 2) / focal)
    place = tuple(np.array(CAMERA_IN_HEAD_M) + np.array(ray) / np.linalg.norm(ray))
    status, result = look_at(robot, has_pixel=True, pixel_x=column, pixel_y=row)
    assert status == SUCCEEDED, result.message
    assert gaze_off(robot, place) < 1.0
    wait_until(
        lambda: not robot.probe.node.get_subscriptions_info_by_topic('/camera/camera_info'),
        'the camera is left alone',
    )


@pytest.mark.parametrize(
    ('fields', 'reason'),
    [
        ({'point': point('moon', (1.0, 0.0, 0.0))}, "no transform from 'moon' to 'head_neutral'"),
        ({'point': point('', (1.0, 0.0, 0.0))}, 'the point has no frame'),
        ({'point': point('base_link', (math.nan, 0.0, 0.0))}, 'is not finite'),
        ({'point': point('head_neutral', (0.01, 0.0, 0.0))}, 'at least 0.05 m in front'),
        ({'point': point('head_neutral', (0.1, 0.0, 2.0))}, 'out of reach'),
        ({'has_pixel': True, 'pixel_x': 640.0}, 'outside the picture of 640 x 480'),
        ({'has_pixel': True, 'pixel_x': math.nan}, 'outside the picture'),
    ],
)
def test_what_cannot_be_looked_at_is_refused_with_the_reason(
    robot: Robot, fields: dict[str, object], reason: str
) -> None:
    status, result = look_at(robot, **fields)
    assert status == ABORTED
    assert reason in result.message


def test_a_stamp_from_before_what_is_remembered_is_refused(robot: Robot) -> None:
    old = point('head_link', (1.0, 0.0, 0.0))
    old.header.stamp.sec = 1
    status, result = look_at(robot, point=old)
    assert status == ABORTED
    assert 'check the stamp and the clocks' in result.message


def test_a_stream_of_points_is_followed_until_it_falls_silent(robot: Robot) -> None:
    publisher = robot.probe.publisher(PointStamped, 'cmd_gaze')

    def looked_at(place: tuple[float, float, float]) -> bool:
        publisher.publish(point('head_neutral', place))
        return gaze_off(robot, place) < 1.0

    wait_until(lambda: looked_at(LEFT), 'it looks to the left')
    assert robot.motion.status.active == 'cmd_gaze'
    wait_until(lambda: looked_at((0.8, -0.5, 0.0)), 'it looks to the right')
    wait_until(lambda: 'cmd_gaze: silent' in robot.motion.status.last_end, 'silence is noted')
    robot.motion.wait_ready()
    assert gaze_off(robot, (0.8, -0.5, 0.0)) < 3.0


def test_a_goal_interrupts_the_gaze_which_comes_back_afterwards(robot: Robot) -> None:
    publisher = robot.probe.publisher(PointStamped, 'cmd_gaze')

    def publish_until(condition: object, what: str) -> None:
        def step() -> bool:
            publisher.publish(point('head_neutral', LEFT))
            return bool(condition())

        wait_until(step, what)

    publish_until(lambda: robot.motion.status.active == 'cmd_gaze', 'it follows the point')
    down = head_pose(pitch=12)
    goal = robot.motion.go_to(head=down)
    publish_until(lambda: goal.over, 'the goal ends')
    assert goal.outcome()[0] == SUCCEEDED
    publish_until(lambda: gaze_off(robot, LEFT) < 1.0, 'it looks at the point again')
    assert errors(robot.simulator.head, down)[1] > 5.0
