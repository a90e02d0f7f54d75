"""The node `vision` with a camera that shows photographs: what it tells of them."""

from __future__ import annotations

import math
from array import array
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus

from bbia_msgs.srv import DescribeScene
from bbia_msgs.srv import GetDetectionHistory
from bbia_sim_ros.robot.names import CAMERA_OPTICAL_FRAME
from bbia_sim_ros.robot.names import HEAD_NEUTRAL
from bbia_sim_ros.robot.poses import pose_from_euler
from support.eyes import SIGHT_DEADLINE_S
from support.eyes import Camera
from support.eyes import Eyes
from support.photographs import astronaut
from support.photographs import in_frame
from support.sights import FACE
from support.sights import FACE_PX
from support.sights import OBJECTS
from support.sights import PEOPLE
from support.sights import WALL
from support.sights import centre
from support.sights import direction
from support.sights import encoded
from support.sights import labels
from support.sights import person_box
from support.sights import portrait
from support.sights import somebody
from support.waiting import wait_until

OK = DiagnosticStatus.OK


def test_a_face_is_told_with_the_stamp_of_its_picture_and_the_id_of_the_person(
    watched: Eyes,
) -> None:
    person = watched.until(PEOPLE, somebody, 'the person').people[0]
    message = watched.until(FACE, lambda one: one.detections, 'the face')
    (face,) = message.detections
    assert message.header.frame_id == CAMERA_OPTICAL_FRAME
    assert face.results[0].hypothesis.class_id == 'face'
    assert 0.5 < face.results[0].hypothesis.score <= 1.0
    assert math.dist(centre(face), FACE_PX) < 25.0
    assert face.id == person.id
    assert math.dist(centre(person_box(person)), centre(face)) < 3.0
    people = watched.next(PEOPLE, 5)
    assert {one.people[0].id for one in people} == {person.id}
    stamps = [one.header.stamp.sec + one.header.stamp.nanosec * 1e-9 for one in people]
    assert all(0.0 < later - earlier < 1.0 for earlier, later in pairwise(stamps))


def test_a_person_has_a_direction_in_the_frame_of_the_head_at_rest(
    watched: Eyes, camera: Camera
) -> None:
    straight = watched.until(PEOPLE, somebody, 'the person').people[0]
    right_of_axis = math.atan2(FACE_PX[0] - 320.0, 500.0)
    assert straight.bearing == pytest.approx(-right_of_axis, abs=math.radians(3.0))
    camera.head = pose_from_euler(yaw=0.5)
    turned = watched.until(
        PEOPLE,
        lambda one: somebody(one) and direction(one.people[0]) > direction(straight) + 0.45,
        'the person where the head looks now',
    ).people[0]
    # The picture is the same, so the direction from the camera is.
    assert turned.bearing == pytest.approx(straight.bearing, abs=math.radians(3.0))
    assert 0.3 < turned.distance < 3.0
    assert turned.distance_deviation > 0.0
    frames = [
        one
        for message in watched.transforms
        for one in message.transforms
        if one.child_frame_id == f'face_{turned.id}'
    ]
    assert frames
    assert frames[-1].header.frame_id == HEAD_NEUTRAL
    assert frames[-1].transform.translation.x == pytest.approx(turned.position.x, abs=0.2)


@pytest.mark.parametrize('kind', ['wall', 'noise'])
def test_there_is_nobody_before_a_wall_and_in_noise(
    watched: Eyes, camera: Camera, kind: str
) -> None:
    random = np.random.default_rng(1)
    camera.picture = WALL if kind == 'wall' else random.integers(0, 255, WALL.shape, np.uint8)
    watched.until(PEOPLE, lambda one: not one.people, 'the last one is gone')
    assert all(not one.people for one in watched.next(PEOPLE, 10))
    assert all(not one.detections for one in watched.next(FACE, 5))


@pytest.mark.parametrize('encoding', ['bgr8', 'bgra8', 'mono8', 'yuv422_yuy2', 'rgb16'])
def test_a_face_is_found_in_every_encoding_of_a_camera(
    watched: Eyes, camera: Camera, encoding: str
) -> None:
    camera.fields = encoded(camera.picture, encoding)
    face = watched.until(FACE, lambda one: one.detections, 'the face').detections[0]
    assert math.dist(centre(face), FACE_PX) < 25.0


@pytest.mark.parametrize(
    ('change', 'reason'),
    [
        ({'encoding': '32FC1'}, '32FC1'),
        ({'height': 0, 'data': array('B')}, '640x0'),
        ({'data': array('B', bytes(1000))}, '1000'),
        ({'width': 60000, 'height': 60000}, '60000x60000'),
    ],
)
def test_a_picture_that_is_none_is_named_and_the_next_one_is_looked_at(
    watched: Eyes, camera: Camera, change: dict[str, Any], reason: str
) -> None:
    watched.until(FACE, lambda one: one.detections, 'the face')
    camera.fields = {**encoded(camera.picture, 'bgr8'), **change}
    told = watched.wait_report('detectors', lambda one: reason in one.message, 'the refusal')
    assert 'the picture is refused' in told.message
    camera.fields = None
    watched.until(FACE, lambda one: one.detections, 'the face again')


def test_what_cannot_be_looked_at_is_no_problem_once_nobody_wants_it(
    watched: Eyes, camera: Camera
) -> None:
    watched.until(FACE, lambda one: one.detections, 'the face')
    camera.fields = {**encoded(camera.picture, 'bgr8'), 'encoding': '32FC1'}
    watched.wait_report('detectors', lambda one: 'refused' in one.message, 'the refusal')
    watched.leave()
    told = watched.wait_report(
        'detectors', lambda one: one.message == 'looking for: nothing', 'all is well'
    )
    assert told.level == OK


@pytest.mark.parametrize('late_s', [10.0, -10.0])
def test_pictures_of_another_time_are_refused_and_counted(
    watched: Eyes, camera: Camera, late_s: float
) -> None:
    watched.until(FACE, lambda one: one.detections, 'the face')
    before = refused(watched)
    camera.late_s = late_s
    watched.wait_report('camera', lambda one: refused(watched) > before, 'the refusals')
    camera.late_s = 0.0
    watched.until(FACE, lambda one: one.detections, 'the face again')
    watched.wait_report('camera', lambda one: one.level == OK, 'no refusal since the last report')
    assert refused(watched) > before


def refused(watched: Eyes) -> int:
    return counted(watched, 'refused')


def counted(watched: Eyes, what: str) -> int:
    return int({one.key: one.value for one in watched.report('camera').values}[what])


def test_time_that_begins_anew_is_counted(watched: Eyes, camera: Camera) -> None:
    watched.until(PEOPLE, somebody, 'the person')
    what = 'people, times begun anew'
    before = counted(watched, what)

    def jump() -> bool:
        camera.late_s = 1.5 - camera.late_s
        watched.wait_report('camera', bool, 'the next report')
        return counted(watched, what) > before

    # A picture that comes late makes a jump too small to be one.
    wait_until(jump, 'it is counted', SIGHT_DEADLINE_S)


def test_without_camera_info_faces_are_told_and_people_are_not(
    watched: Eyes, camera: Camera
) -> None:
    camera.focal_px = 0.0
    wait_until(lambda: not camera.watched, 'the camera is left')
    watched.watch(PEOPLE)
    watched.until(FACE, lambda one: one.detections, 'the face')
    told = watched.wait_report('camera', lambda one: 'camera_info' in one.message, 'the reason')
    assert 'not calibrated' in told.message or 'focal' in told.message
    camera.focal_px = 500.0
    watched.until(PEOPLE, somebody, 'the person')


def test_a_camera_of_4k_is_looked_at(watched: Eyes, camera: Camera) -> None:
    camera.picture = in_frame(astronaut(), 3840, 2160)
    face = watched.until(
        FACE, lambda one: one.detections and centre(one.detections[0])[0] > 1000.0, 'the face'
    ).detections[0]
    scale = 2160 / 480
    expected = (1920.0 + (FACE_PX[0] - 320.0) * scale, FACE_PX[1] * scale)
    assert math.dist(centre(face), expected) < 25.0 * scale


def test_colours_and_markers_are_objects(watched: Eyes, camera: Camera) -> None:
    picture = WALL.copy()
    cv2.circle(picture, (160, 240), 40, (220, 20, 20), -1)
    marker = cv2.aruco.generateImageMarker(
        cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50), 7, 120
    )
    picture[100:260, 380:540] = 255
    picture[120:240, 400:520] = marker[:, :, None]
    camera.picture = picture
    found = watched.until(OBJECTS, lambda one: labels(one) == ['color_red', 'tag_7'], 'both')
    places = {one.results[0].hypothesis.class_id: centre(one) for one in found.detections}
    assert places['color_red'] == pytest.approx((160.0, 240.0), abs=4.0)
    assert places['tag_7'] == pytest.approx((460.0, 180.0), abs=4.0)


def test_the_annotated_picture_is_drawn_over_the_camera_picture(watched: Eyes) -> None:
    watched.until(PEOPLE, somebody, 'the person')
    (message,) = watched.next('vision/annotated/compressed')
    drawn = cv2.imdecode(np.frombuffer(message.data, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert drawn.shape == (480, 640, 3)
    changed = np.abs(drawn.astype(int) - portrait()).max(axis=2) > 60
    assert 100 < changed.sum() < 40000


def test_history_keeps_the_last_results_in_their_order(watched: Eyes) -> None:
    watched.next(FACE, 3)
    watched.leave()
    request = GetDetectionHistory.Request(kind='faces', max_results=2)
    answer = watched.probe.call(GetDetectionHistory, 'vision/history', request)
    assert answer.success
    first, second = (one.header.stamp for one in answer.results)
    assert (first.sec, first.nanosec) < (second.sec, second.nanosec)
    everything = watched.probe.call(GetDetectionHistory, 'vision/history')
    assert 3 <= len(everything.results) <= 50
    wrong = watched.probe.call(
        GetDetectionHistory, 'vision/history', GetDetectionHistory.Request(kind='dreams')
    )
    assert not wrong.success
    assert 'dreams' in wrong.message
    assert 'faces, objects' in wrong.message


def test_a_question_is_answered_though_nobody_watches(watched: Eyes, camera: Camera) -> None:
    wait_until(lambda: not camera.watched, 'nobody watches')
    answer = watched.probe.call(DescribeScene, 'vision/describe')
    assert (answer.success, answer.message) == (True, '')
    assert len(answer.people.people) == 1
    assert f'Person {answer.people.people[0].id} is in sight' in answer.summary
    camera.picture = WALL
    watched.until(PEOPLE, lambda one: not one.people, 'the last one is gone')
    nobody = watched.probe.call(DescribeScene, 'vision/describe')
    assert nobody.success
    assert 'Nobody is in sight' in nobody.summary


def test_a_caption_without_a_model_says_how_to_get_one(watched: Eyes) -> None:
    answer = watched.probe.call(
        DescribeScene, 'vision/describe', DescribeScene.Request(caption=True)
    )
    assert answer.success
    assert answer.caption == ''
    assert 'caption_model' in answer.message
