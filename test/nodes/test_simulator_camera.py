"""The simulated head camera: lazy, true to the model, and no danger to the robot."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import psutil
from sensor_msgs.msg import CameraInfo
from sensor_msgs.msg import CompressedImage
from sensor_msgs.msg import Image

from support.simulator import Simulator
from support.waiting import wait_until

BALL_SCENE = """
<mujoco>
  <worldbody>
    <light pos="0 0 2"/>
    <geom name="ball" type="sphere" size="0.05" pos="{x} {y} {z}" rgba="1 0 0 1"/>
  </worldbody>
</mujoco>
"""
# Eye camera in base_link when the head is at rest: robot facts of the official model.
EYE = np.array([0.0395, 0.0, 0.177 + 0.0525])


def renderers(simulator: Simulator) -> list[psutil.Process]:
    return psutil.Process(simulator.process.process.pid).children(recursive=True)


def test_nothing_is_rendered_until_somebody_subscribes_and_after_they_left(start_simulator) -> None:
    simulator: Simulator = start_simulator(camera_idle_timeout=0.2)
    wait_until(lambda: len(simulator.joint_states) > 50, 'the simulator runs')
    assert renderers(simulator) == []
    assert simulator.status.camera == 'off'
    images = simulator.probe.collect(Image, 'camera/image_raw')
    wait_until(lambda: images, 'a picture')
    assert len(renderers(simulator)) == 1
    for subscription in list(simulator.probe.node.subscriptions):
        if subscription.topic_name.endswith('image_raw'):
            simulator.probe.node.destroy_subscription(subscription)
    wait_until(lambda: not renderers(simulator), 'the renderer ends')
    simulator.wait_status(lambda now: now.camera == 'off', 'the camera is off')


def test_a_red_ball_appears_where_the_camera_info_says(start_simulator, tmp_path: Path) -> None:
    place = np.array([0.6, 0.12, 0.30])
    scene = tmp_path / 'ball.xml'
    scene.write_text(BALL_SCENE.format(x=place[0], y=place[1], z=place[2]))
    simulator: Simulator = start_simulator(scene=scene)
    images = simulator.probe.collect(Image, 'camera/image_raw')
    infos = simulator.probe.collect(CameraInfo, 'camera/camera_info')
    compressed = simulator.probe.collect(CompressedImage, 'camera/image_raw/compressed')
    wait_until(lambda: images and infos and compressed, 'picture, info and JPEG')
    info, image = infos[-1], images[-1]
    assert (info.width, info.height) == (image.width, image.height) == (640, 480)
    assert info.header.frame_id == image.header.frame_id == 'camera_optical_frame'
    assert math.isclose(info.k[0], 240.0 / math.tan(math.radians(40.0)), rel_tol=1e-3)
    right, down, ahead = -(place - EYE)[1], -(place - EYE)[2], (place - EYE)[0]
    expected = (info.k[0] * right / ahead + info.k[2], info.k[4] * down / ahead + info.k[5])
    pixels = np.frombuffer(image.data, np.uint8).reshape(480, 640, 3).astype(int)
    assert np.hypot(*np.subtract(red_centre(pixels), expected)) < 3.0
    jpeg = cv2.imdecode(np.frombuffer(compressed[-1].data, np.uint8), cv2.IMREAD_COLOR)
    assert compressed[-1].format == 'jpeg'
    assert np.hypot(*np.subtract(red_centre(jpeg[:, :, ::-1].astype(int)), expected)) < 3.0


def red_centre(pixels: np.ndarray) -> tuple[float, float]:
    """Return the mean column and row of the clearly red pixels."""
    red = pixels[:, :, 0] > 1.8 * pixels[:, :, 1:].max(axis=2) + 20
    assert red.sum() > 200
    rows, columns = np.nonzero(red)
    return float(columns.mean()), float(rows.mean())


def test_without_opengl_the_camera_says_so_and_the_robot_runs_on(
    start_simulator, monkeypatch
) -> None:
    monkeypatch.setenv('MUJOCO_GL', 'glfw')
    monkeypatch.delenv('DISPLAY', raising=False)
    monkeypatch.delenv('WAYLAND_DISPLAY', raising=False)
    simulator: Simulator = start_simulator()
    images = simulator.probe.collect(Image, 'camera/image_raw')
    status = simulator.wait_status(lambda now: now.camera.startswith('no picture'), 'the reason')
    assert 'OpenGL' in status.camera
    assert not images
    simulator.stream_until(
        lambda: simulator.position('yaw_body') > 0.2, 'the robot moves', body_yaw=0.3
    )


def test_a_killed_renderer_comes_back(start_simulator) -> None:
    simulator: Simulator = start_simulator()
    images = simulator.probe.collect(Image, 'camera/image_raw')
    wait_until(lambda: images, 'a picture')
    renderers(simulator)[0].kill()
    count = len(images)
    wait_until(lambda: len(images) > count + 3, 'pictures again')
