"""The node `vision` with an image model, a small one of random weights: when it looks and rests."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from bbia_msgs.srv import DescribeScene
from support import tiny_caption_model
from support.eyes import SIGHT_DEADLINE_S
from support.eyes import Camera
from support.eyes import eyes
from support.optional import TRANSFORMERS
from support.optional import need
from support.photographs import astronaut
from support.photographs import in_frame
from support.ros import Probe
from support.waiting import wait_until

CAPTION = DescribeScene.Request(caption=True)


@pytest.fixture(scope='module')
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model that describes pictures."""
    need(*TRANSFORMERS)
    return tiny_caption_model.build(tmp_path_factory.mktemp('models'))['blip']


def test_a_caption_needs_a_picture_and_no_detector(ros_probe: Probe, model: Path) -> None:
    with (
        eyes(
            ros_probe, engine='none', hands='false', body_pose='false', caption_model=model
        ) as one,
        Camera(ros_probe) as camera,
    ):
        answer = ros_probe.ask(DescribeScene, 'vision/describe', CAPTION)
        wait_until(answer.done, 'the answer', SIGHT_DEADLINE_S)
        assert answer.result().caption, answer.result().message
        assert answer.result().success
        assert len(one.workers) == 1
        wait_until(lambda: not camera.watched, 'the camera is left')


def test_detectors_rest_while_a_caption_is_made_and_the_end_of_the_node_ends_it(
    ros_probe: Probe, model: Path
) -> None:
    with (
        eyes(ros_probe, engine='opencv', caption_model=model) as someone,
        Camera(ros_probe) as camera,
    ):
        camera.picture = in_frame(astronaut(), 640, 480)
        someone.next('vision/faces')
        someone.leave()
        loaded = someone.workers
        answer = ros_probe.ask(DescribeScene, 'vision/describe', CAPTION)
        with someone.loading(*loaded):
            wait_until(lambda: not camera.watched, 'the camera is left')
            assert not answer.done()
            someone.process.process.send_signal(signal.SIGINT)
            wait_until(answer.done, 'the answer')
        assert len(answer.result().people.people) == 1
        assert 'no caption: ' in answer.result().message
        assert someone.process.wait() == 0
