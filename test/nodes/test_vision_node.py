"""The node `vision` with a camera that shows photographs: what it tells, and when it is idle."""

from __future__ import annotations

import math
import signal
from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import PointStamped
from hri_msgs.msg import IdsList
from hri_msgs.msg import NormalizedRegionOfInterest2D

from bbia_msgs.srv import DescribeScene
from bbia_msgs.srv import GetDetectionHistory
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.robot.names import CAMERA_OPTICAL_FRAME
from bbia_sim_ros.robot.names import HEAD_NEUTRAL
from bbia_sim_ros.robot.poses import pose_from_euler
from support.domains import reserved_domain
from support.eyes import SIGHT_DEADLINE_S
from support.eyes import Camera
from support.eyes import Eyes
from support.eyes import eyes
from support.eyes import fields_of
from support.motion import ABORTED
from support.motion import CANCELED
from support.motion import SUCCEEDED
from support.photographs import astronaut
from support.photographs import in_frame
from support.ros import Probe
from support.ros import probe
from support.waiting import wait_until

OK = DiagnosticStatus.OK
FACE = 'vision/faces'
PEOPLE = 'vision/people'
OBJECTS = 'vision/objects'
# Middle of the astronaut's face in a picture of 640x480.
FACE_PX = (290.0, 110.0)
WALL = np.full((480, 640, 3), (200, 190, 170), np.uint8)


@pytest.fixture(scope='module')
def seeing() -> Iterator[tuple[Eyes, Camera]]:
    """A vision node of the whole module, and its camera."""
    with (
        reserved_domain(),
        probe() as made,
        eyes(made, colors='[red]', tags='DICT_4X4_50') as someone,
        Camera(made) as camera,
    ):
        yield someone, camera


@pytest.fixture
def watched(seeing: tuple[Eyes, Camera]) -> Iterator[Eyes]:
    """The same: nobody watches, and the camera shows the portrait."""
    someone, camera = seeing
    camera.picture, camera.fields, camera.late_s = portrait(), None, 0.0
    camera.focal_px, camera.head = 500.0, np.eye(4)
    yield someone
    someone.leave()


@pytest.fixture
def camera(seeing: tuple[Eyes, Camera]) -> Camera:
    return seeing[1]


def portrait() -> Any:
    return in_frame(astronaut(), 640, 480)


def centre(detection: Any) -> tuple[float, float]:
    return detection.bbox.center.position.x, detection.bbox.center.position.y


def somebody(message: Any) -> bool:
    return len(message.people) == 1 and message.people[0].visible


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


def person_box(person: Any) -> Any:
    return type('Boxed', (), {'bbox': person.box})


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


def direction(person: Any) -> float:
    return math.atan2(person.position.y, person.position.x)


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


def encoded(picture: Any, encoding: str) -> dict[str, Any]:
    """Return the fields of an Image."""
    if encoding == 'rgb16':
        pixels = picture.astype(np.uint16) * 257
    else:
        pixels = cv2.cvtColor(
            picture,
            {
                'bgr8': cv2.COLOR_RGB2BGR,
                'bgra8': cv2.COLOR_RGB2BGRA,
                'mono8': cv2.COLOR_RGB2GRAY,
                'yuv422_yuy2': cv2.COLOR_RGB2YUV_YUY2,
            }[encoding],
        )
    data = np.ascontiguousarray(pixels).tobytes()
    height, width = picture.shape[:2]
    return {
        'height': height,
        'width': width,
        'encoding': encoding,
        'step': len(data) // height,
        'data': array('B', data),
    }


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


def labels(message: Any) -> list[str]:
    return sorted(one.results[0].hypothesis.class_id for one in message.detections)


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


def test_following_looks_at_the_face_until_the_time_is_over(watched: Eyes) -> None:
    watched.gazes.clear()
    goal = watched.follow('face', timeout=2.0)
    status, result = goal.outcome()
    assert (status, result.success) == (SUCCEEDED, True)
    assert result.seen > 0.5
    expected = math.atan2(FACE_PX[0] - 320.0, 500.0)
    assert result.mean_error == pytest.approx(
        math.hypot(expected, math.atan2(FACE_PX[1] - 240.0, 500.0)), abs=math.radians(4.0)
    )
    gaze: PointStamped = watched.gazes[-1]
    assert gaze.header.frame_id == HEAD_NEUTRAL
    assert {one.state for one in goal.feedback} >= {'following'}
    assert any(one.target.startswith('face:') for one in goal.feedback)


def test_following_ends_when_it_is_cancelled_and_when_another_takes_its_place(
    watched: Eyes,
) -> None:
    first = watched.follow('face')
    second = watched.follow('object:tag_49')
    status, result = first.outcome()
    assert status == ABORTED
    assert 'another goal' in result.message
    second.cancel()
    status, result = second.outcome()
    assert status == CANCELED
    assert result.mean_error == -1.0


@pytest.mark.parametrize('target', ['dog', 'face:', 'object:', 'x' * 200])
def test_an_unknown_target_is_refused_with_what_is_known(watched: Eyes, target: str) -> None:
    status, result = watched.follow(target).outcome()
    assert status == ABORTED
    assert 'object:CLASS' in result.message


def test_a_lost_target_is_waited_and_searched_for_and_then_given_up(
    watched: Eyes, camera: Camera
) -> None:
    goal = watched.follow('face')
    wait_until(lambda: any(one.state == 'following' for one in goal.feedback), 'following')
    camera.picture = WALL
    status, result = goal.outcome(60.0)
    assert status == ABORTED
    assert 'not found by searching' in result.message
    states = [one.state for one in goal.feedback]
    order = [state for state, before in zip(states, ['', *states], strict=False) if state != before]
    assert order[-3:] == ['waiting', 'searching', 'resting']


def test_a_target_is_not_lost_while_the_model_loads(ros_probe: Probe) -> None:
    with (
        eyes(ros_probe, engine='opencv', lost_wait=0.1, search_time=1.0) as someone,
        Camera(ros_probe) as camera,
    ):
        camera.picture = portrait()
        goal = someone.follow('face')
        with someone.loading():
            # Five a second: longer than waiting, searching and returning to rest take.
            wait_until(lambda: goal.over or len(goal.feedback) > 20, 'it is told what goes on')
            assert {one.state for one in goal.feedback} == {'waiting'}
            assert not goal.over
        wait_until(lambda: goal.feedback[-1].state == 'following', 'following')


def test_a_goal_is_told_of_while_the_time_of_ros_stands_still(ros_probe: Probe) -> None:
    with eyes(ros_probe, engine='opencv', use_sim_time='true') as someone:
        goal = someone.follow('face')
        wait_until(lambda: len(goal.feedback) > 3, 'it is told what goes on')


def test_following_without_a_camera_comes_to_an_end(ros_probe: Probe) -> None:
    with eyes(ros_probe, frame_timeout=0.5, lost_wait=0.1, search_time=0.1) as someone:
        status, result = someone.follow('face').outcome()
        assert status == ABORTED
        assert 'never seen' in result.message


def test_a_question_waits_for_a_model_that_loads(ros_probe: Probe) -> None:
    with (
        eyes(ros_probe, engine='opencv', describe_timeout=2.0) as someone,
        Camera(ros_probe) as camera,
    ):
        camera.picture = portrait()
        answer = ros_probe.ask(DescribeScene, 'vision/describe')
        with someone.loading():
            begun = someone.reports[-1].header.stamp.sec
            wait_until(
                lambda: answer.done() or someone.reports[-1].header.stamp.sec > begun + 3,
                'longer than describe_timeout',
            )
            assert not answer.done()
        wait_until(answer.done, 'the answer')
        assert answer.result().success, answer.result().message
        assert len(answer.result().people.people) == 1


def test_a_question_that_ends_while_the_model_loads_says_so(ros_probe: Probe) -> None:
    with eyes(ros_probe, engine='opencv') as someone, Camera(ros_probe):
        answer = ros_probe.ask(DescribeScene, 'vision/describe')
        with someone.loading():
            someone.process.process.send_signal(signal.SIGINT)
            wait_until(answer.done, 'the answer')
            assert not answer.result().success
            assert 'still loading: faces' in answer.result().message
        assert someone.process.wait() == 0


def test_nothing_is_computed_and_no_camera_runs_while_nobody_wants_to_see(
    ros_probe: Probe,
) -> None:
    with (
        eyes(ros_probe, model_inactivity_timeout=1.0, model_check_period=0.2) as someone,
        Camera(ros_probe) as camera,
    ):
        assert someone.workers == []
        assert not camera.watched
        watching = someone.until(FACE, lambda one: one is not None, 'a first result')
        assert watching.header.frame_id == CAMERA_OPTICAL_FRAME
        assert camera.watched
        (worker,) = someone.workers
        someone.leave()
        wait_until(lambda: not camera.watched, 'the camera is left')
        wait_until(lambda: not worker.is_running(), 'the idle model is unloaded')
        wait_until(
            lambda: [one.state for one in someone.models if one.name == 'faces'][-1] == 'unloaded',
            'its status tells so',
        )
        assert someone.process.stop() == 0


def test_a_detector_that_is_killed_is_started_again(ros_probe: Probe) -> None:
    with (
        eyes(ros_probe, engine='opencv', model_check_period=0.2) as someone,
        Camera(ros_probe) as camera,
    ):
        camera.picture = portrait()
        someone.until(FACE, lambda one: one.detections, 'the face')
        (worker,) = someone.workers
        worker.kill()
        someone.wait_report('detectors', lambda one: 'faces: ' in one.message, 'the reason')
        someone.until(FACE, lambda one: one.detections, 'the face again')
        assert worker not in someone.workers


def test_what_is_switched_off_is_not_told(ros_probe: Probe) -> None:
    with eyes(ros_probe, body_pose='false') as someone, Camera(ros_probe) as camera:
        camera.picture = portrait()
        bodies = someone.watch('vision/body')
        someone.next('vision/hands', 5)
        assert bodies == []


def test_a_camera_that_stops_is_told(ros_probe: Probe) -> None:
    with (
        eyes(ros_probe, frame_timeout=0.5, describe_timeout=1.0) as someone,
        Camera(ros_probe) as camera,
    ):
        someone.next(FACE)
        camera.stop()
        told = someone.wait_report('camera', lambda one: 'no picture' in one.message, 'the reason')
        assert 'does the camera run?' in told.message
        answer = someone.probe.call(DescribeScene, 'vision/describe')
        assert not answer.success
        assert 'no picture' in answer.message


def test_compressed_pictures_are_looked_at_and_damaged_ones_refused(ros_probe: Probe) -> None:
    with (
        eyes(ros_probe, transport='compressed', engine='opencv') as someone,
        Camera(ros_probe, compressed=True) as camera,
    ):
        good = cv2.imencode('.jpg', cv2.cvtColor(portrait(), cv2.COLOR_RGB2BGR))[1].tobytes()
        camera.fields = fields_of(good)
        someone.until(FACE, lambda one: one.detections, 'the face')
        camera.fields = fields_of(good[: len(good) // 2])
        told = someone.wait_report(
            'detectors', lambda one: 'the picture is refused' in one.message, 'the refusal'
        )
        assert 'cut off' in told.message
        camera.fields = fields_of(good)
        someone.until(FACE, lambda one: one.detections, 'the face again')


def test_the_names_of_rep_155_are_there_when_asked_for(ros_probe: Probe) -> None:
    with (
        eyes(ros_probe, hri_topics='true', engine='opencv') as someone,
        Camera(ros_probe) as camera,
    ):
        tracked = ros_probe.collect(IdsList, 'humans/faces/tracked', qos.STREAM)
        camera.picture = portrait()
        wait_until(lambda: tracked and tracked[-1].ids, 'somebody is followed')
        name = tracked[-1].ids[0]
        regions = ros_probe.collect(
            NormalizedRegionOfInterest2D, f'humans/faces/{name}/roi', qos.STREAM
        )
        wait_until(lambda: regions, 'where the face is')
        region = regions[-1]
        assert region.xmin < FACE_PX[0] / 640 < region.xmax
        assert region.ymin < FACE_PX[1] / 480 < region.ymax
        frames = {one.child_frame_id for each in someone.transforms for one in each.transforms}
        assert frames == {f'face_{name}', f'face_{name.removeprefix("p")}'}
        camera.picture = WALL
        wait_until(lambda: not tracked[-1].ids, 'nobody is followed')
        assert someone.process.stop() == 0


@pytest.mark.parametrize(
    ('parameters', 'reason'),
    [
        ({'objects_model': '/nowhere/yolo.onnx'}, 'there is no file /nowhere/yolo.onnx'),
        ({'caption_model': '/nowhere/model'}, '/nowhere/model'),
    ],
)
def test_a_model_that_is_not_there_is_told_and_the_rest_works(
    ros_probe: Probe, parameters: dict[str, str], reason: str
) -> None:
    with eyes(ros_probe, engine='opencv', **parameters) as someone, Camera(ros_probe) as camera:
        told = someone.wait_report('detectors', lambda one: one.message, 'the reason')
        assert reason in told.message
        camera.picture = portrait()
        someone.until(FACE, lambda one: one.detections, 'the face')
        status, result = someone.follow('object:cup').outcome()
        assert status == ABORTED
        assert 'no objects' in result.message or 'no model' in result.message
