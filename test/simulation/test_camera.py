"""The head camera: what it shows, in a process that nobody has to care for."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from bbia_sim_ros.simulation.assets import Assets
from bbia_sim_ros.simulation.camera import STUDIO_CAMERA
from bbia_sim_ros.simulation.camera import CameraSettings
from bbia_sim_ros.simulation.camera import CameraWorker
from bbia_sim_ros.simulation.errors import CameraUnavailable
from bbia_sim_ros.simulation.errors import SceneError
from bbia_sim_ros.simulation.physics import Physics

REPOSITORY = Path(__file__).resolve().parents[2]
END_TIMEOUT_MS = 10_000

# Flat, bright and self-lit, so that each box is one colour wherever the light is.
BOXES = {'red': (0.8, 0.25, 0.30), 'green': (0.9, -0.35, 0.10), 'blue': (0.7, -0.1, 0.42)}
COLOURS = {'red': '1 0 0 1', 'green': '0 1 0 1', 'blue': '0 0 1 1'}
HALF_SIZE_M = 0.03


@pytest.fixture(scope='module')
def boxes(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the path of a scene with three boxes in front of the robot; one of them falls."""
    materials = ''.join(
        f'<material name="{name}" rgba="{rgba}" emission="1"/>' for name, rgba in COLOURS.items()
    )
    bodies = ''.join(
        f'<body name="{name}" pos="{x} {y} {z}">{"<freejoint/>" if name == "blue" else ""}'
        f'<geom type="box" size="{HALF_SIZE_M} {HALF_SIZE_M} {HALF_SIZE_M}" material="{name}"/>'
        '</body>'
        for name, (x, y, z) in BOXES.items()
    )
    path = tmp_path_factory.mktemp('scene') / 'boxes.xml'
    path.write_text(
        f'<mujoco><visual><headlight ambient="0 0 0" diffuse="0 0 0"/></visual>'
        f'<asset>{materials}</asset><worldbody>{bodies}</worldbody></mujoco>'
    )
    return str(path)


@pytest.fixture(scope='module')
def eye(boxes: str, assets: Assets) -> Iterator[CameraWorker]:
    worker = CameraWorker(boxes, assets)
    yield worker
    worker.close()


@pytest.fixture
def physics(boxes: str, assets: Assets) -> Iterator[Physics]:
    loaded = Physics.load(boxes, assets)
    yield loaded
    loaded.close()


def camera_from_world(physics: Physics) -> Any:
    """Return the pose of the world in the optical frame, from the model's site, not its camera."""
    head = physics.object_pose('reachy_mini/xl_330')
    site = physics.model.site('reachy_mini/camera_optical')
    local = np.eye(4)
    rotation = physics.data.site_xmat[site.id].reshape(3, 3)
    local[:3, :3] = head[:3, :3].T @ rotation
    local[:3, 3] = site.pos
    return np.linalg.inv(head @ local)


def seen_centre(rgb: Any, name: str) -> tuple[Any, int]:
    """Return the middle of the pixels of a colour (x, y) and their number."""
    channel = ['red', 'green', 'blue'].index(name)
    others = np.delete(rgb, channel, axis=2).max(axis=2)
    rows, columns = np.nonzero((rgb[:, :, channel] > 150) & (others < 80))
    if not len(rows):
        return np.array([np.nan, np.nan]), 0
    return np.array([columns.min() + columns.max(), rows.min() + rows.max()]) / 2.0, len(rows)


def predicted_centre(worker: CameraWorker, physics: Physics, name: str) -> Any:
    """Return the middle of the projected corners of a box (x, y), pixels."""
    box = physics.object_pose(name)
    signs = np.array(np.meshgrid(*[(-1, 1)] * 3)).reshape(3, 8) * HALF_SIZE_M
    corners = np.vstack((signs, np.ones(8)))
    x, y, z, _ = camera_from_world(physics) @ box @ corners
    optics = worker.start()
    u = optics.fx * x / z + optics.cx
    v = optics.fy * y / z + optics.cy
    return np.array([u.min() + u.max(), v.min() + v.max()]) / 2.0


def test_boxes_are_where_the_intrinsics_put_them(eye: CameraWorker, physics: Physics) -> None:
    for steps in (0, 60, 60):  # the blue one falls
        physics.step(steps)
        rgb = eye.render(physics.qpos).rgb
        assert rgb is not None
        assert rgb.shape == (480, 640, 3)
        for name in BOXES:
            centre, count = seen_centre(rgb, name)
            assert count > 100, name
            assert np.abs(centre - predicted_centre(eye, physics, name)).max() < 1.0, name


def test_left_of_the_robot_is_left_in_the_picture(eye: CameraWorker, physics: Physics) -> None:
    rgb: Any = eye.render(physics.qpos).rgb
    red, _ = seen_centre(rgb, 'red')
    green, _ = seen_centre(rgb, 'green')
    assert red[0] < 320 < green[0]
    assert red[1] < green[1]


def test_the_picture_turns_with_the_head(eye: CameraWorker, physics: Physics) -> None:
    before, _ = seen_centre(eye.render(physics.qpos).rgb, 'green')
    targets = physics.targets
    targets[0] = -0.2
    physics.set_targets(targets)
    physics.step(300)
    after, _ = seen_centre(eye.render(physics.qpos).rgb, 'green')
    assert after[0] < before[0] - 30
    np.testing.assert_allclose(after, predicted_centre(eye, physics, 'green'), atol=1.0)


def test_jpeg_is_the_same_picture_and_only_made_when_wanted(
    eye: CameraWorker, physics: Physics
) -> None:
    both = eye.render(physics.qpos, jpeg=True)
    assert both.jpeg is not None
    assert both.rgb is not None
    decoded: Any = cv2.imdecode(np.frombuffer(both.jpeg, np.uint8), cv2.IMREAD_COLOR)
    difference = np.abs(decoded[:, :, ::-1].astype(int) - both.rgb)
    assert difference.mean() < 2.0
    assert eye.render(physics.qpos).jpeg is None
    assert eye.render(physics.qpos, rgb=False, jpeg=True).rgb is None


def test_frames_are_copies(eye: CameraWorker, physics: Physics) -> None:
    first = eye.render(physics.qpos).rgb
    assert first is not None
    kept = first.copy()
    physics.step(150)
    eye.render(physics.qpos)
    np.testing.assert_array_equal(first, kept)


def test_a_qpos_of_another_scene_is_refused(eye: CameraWorker, physics: Physics) -> None:
    with pytest.raises(ValueError, match='44 numbers'):
        eye.render(np.zeros(37))
    with pytest.raises(ValueError, match='NaN'):
        eye.render(np.full(44, np.nan))
    assert eye.render(physics.qpos).rgb is not None


def test_a_killed_process_is_reported_and_replaced(eye: CameraWorker, physics: Physics) -> None:
    eye.start()
    pid, starts = eye.pid, eye.starts
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(CameraUnavailable, match='killed by signal 9'):
        eye.render(physics.qpos)
    assert not eye.running
    assert eye.render(physics.qpos).rgb is not None
    assert eye.starts == starts + 1
    assert eye.pid != pid


def test_a_hung_process_is_reported_and_ended(
    eye: CameraWorker, physics: Physics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('bbia_sim_ros.simulation.camera_link.FRAME_TIMEOUT_S', 0.2)
    monkeypatch.setattr('bbia_sim_ros.camera.worker.EXIT_TIMEOUT_S', 0.2)
    eye.start()
    pid = eye.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(CameraUnavailable, match='did not answer'):
        eye.render(physics.qpos)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_an_idle_process_is_ended(boxes: str, assets: Assets) -> None:
    now = [100.0]
    worker = CameraWorker(boxes, assets, clock=lambda: now[0])
    assert not worker.close_if_idle(10.0)
    worker.start()
    assert worker.backend in ('egl', 'osmesa')
    now[0] = 109.0
    assert not worker.close_if_idle(10.0)
    now[0] = 110.0
    assert worker.close_if_idle(10.0)
    assert not worker.running
    assert worker.backend == ''


def test_the_process_dies_with_its_parent(assets: Assets) -> None:
    code = """
import json, sys
from bbia_sim_ros.simulation.assets import prepare
from bbia_sim_ros.simulation.camera import CameraWorker
worker = CameraWorker('empty', prepare())
worker.start()
print(json.dumps(worker.pid), flush=True)
sys.stdin.read()
"""
    parent = subprocess.Popen(
        [sys.executable, '-c', code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    assert parent.stdout is not None
    child = os.pidfd_open(json.loads(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    ended = select.poll()
    ended.register(child, select.POLLIN)
    try:
        assert ended.poll(END_TIMEOUT_MS), 'the camera process outlives its parent'
    finally:
        os.close(child)


def test_without_opengl_each_backend_says_why_and_how_to_mend_it(
    monkeypatch: pytest.MonkeyPatch, assets: Assets
) -> None:
    monkeypatch.setenv('MUJOCO_EGL_DEVICE_ID', '99')
    monkeypatch.setenv('PYOPENGL_PLATFORM', 'egl')
    worker = CameraWorker('empty', assets, backends=('egl', 'osmesa'))
    with pytest.raises(CameraUnavailable, match=r'egl: .*; osmesa: .*apt install libegl1'):
        worker.start()
    assert not worker.running


def test_a_backend_chosen_by_the_user_is_the_only_one_tried(
    monkeypatch: pytest.MonkeyPatch, assets: Assets
) -> None:
    monkeypatch.setenv('MUJOCO_GL', 'nonsense')
    with pytest.raises(CameraUnavailable, match='nonsense') as caught:
        CameraWorker('empty', assets).start()
    assert 'osmesa:' not in str(caught.value)


def test_scenes_and_cameras_that_do_not_exist_are_refused(assets: Assets, boxes: str) -> None:
    with pytest.raises(SceneError, match='neither empty nor table'):
        CameraWorker('nowhere', assets).start()
    with pytest.raises(SceneError, match=r'no camera .*there are: .*eye_camera'):
        CameraWorker(boxes, assets, CameraSettings(camera='third_eye')).start()


@pytest.mark.parametrize(
    'settings',
    [{'width': 0}, {'height': 1081}, {'jpeg_quality': 0}, {'samples': 9}, {'width': 5000}],
)
def test_impossible_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match='must lie between'):
        CameraSettings(**settings)


def test_the_studio_shows_a_white_robot_and_the_eye_sees_floor_and_sky(assets: Assets) -> None:
    physics = Physics.load('empty', assets)
    qpos = physics.qpos
    physics.close()
    pictures = []
    for camera in (STUDIO_CAMERA, 'eye_camera'):
        worker = CameraWorker('empty', assets, CameraSettings(320, 240, camera))
        rgb = worker.render(qpos).rgb
        worker.close()
        assert rgb is not None
        pictures.append(rgb.astype(int))
    studio, eye = pictures
    # White body in the middle, nothing as bright at the left and right borders.
    assert studio[150:200, 150:175].min() > 150
    assert studio[:, :20].max() < 200
    sky, floor = eye[:60].mean(axis=(0, 1)), eye[200:].mean(axis=(0, 1))
    assert sky[2] > sky[0] + 20
    assert abs(floor[2] - floor[0]) < 15
