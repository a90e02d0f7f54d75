"""The node `vision` while models load, are killed or missing, and cameras come and go."""

from __future__ import annotations

import signal

import cv2
import pytest
from hri_msgs.msg import IdsList
from hri_msgs.msg import NormalizedRegionOfInterest2D

from bbia_msgs.srv import DescribeScene
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.robot.names import CAMERA_OPTICAL_FRAME
from support.eyes import Camera
from support.eyes import eyes
from support.eyes import fields_of
from support.motion import ABORTED
from support.ros import Probe
from support.sights import FACE
from support.sights import FACE_PX
from support.sights import WALL
from support.sights import portrait
from support.waiting import wait_until


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
