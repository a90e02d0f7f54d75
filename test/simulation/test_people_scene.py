"""The scene `people`: photographs of faces at life size, where the truth says that they are."""

from __future__ import annotations

import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from bbia_sim_ros.models.context import Context
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.simulation import photographs
from bbia_sim_ros.simulation.assets import Assets
from bbia_sim_ros.simulation.camera import CameraSettings
from bbia_sim_ros.simulation.camera import CameraWorker
from bbia_sim_ros.simulation.errors import SceneError
from bbia_sim_ros.simulation.model import load_camera_model
from bbia_sim_ros.simulation.people_scene import PANEL_NAMES
from bbia_sim_ros.simulation.people_scene import PANEL_PLACES_M
from bbia_sim_ros.simulation.people_scene import PEOPLE
from bbia_sim_ros.simulation.physics import Physics
from bbia_sim_ros.simulation.pictures import ASTRONAUT
from bbia_sim_ros.vision.results import LEFT_EYE
from bbia_sim_ros.vision.results import RIGHT_EYE
from bbia_sim_ros.vision.results import Face
from support.face_scene import OUT_OF_SIGHT
from support.face_scene import degrees_between
from support.face_scene import face_in_camera
from support.face_scene import facing_robot
from support.face_scene import panels_at
from support.optional import need

Load = Callable[..., Physics]
Find = Callable[[Any], tuple[Face, ...]]
PUPILS_APART_M = 0.063
DEADLINE_S = 30.0


@pytest.fixture(scope='module')
def eye(assets: Assets) -> Iterator[CameraWorker]:
    need('skimage')
    worker = CameraWorker(PEOPLE, assets)
    yield worker
    worker.close()


@pytest.fixture(scope='module')
def faces_in() -> Find:
    """Return a function that finds the faces of a picture."""
    need('mediapipe')
    from bbia_sim_ros.vision.face_model import FaceModel

    model = FaceModel(lambda *_: None, model='full')
    return lambda image: model.detect(Context(DEADLINE_S), image=image)


@pytest.fixture
def portrait_file() -> Path:
    need('skimage')
    (path,) = photographs.find([ASTRONAUT])
    return path


def direction(face: Face, eye: CameraWorker) -> FloatArray:
    """Return the direction of a face in the optical frame; pixels count from the outer edge."""
    optics = eye.start()
    x, y = face.box.x - 0.5, face.box.y - 0.5
    return np.array(((x - optics.cx) / optics.fx, (y - optics.cy) / optics.fy, 1.0))


def test_for_physics_the_scene_needs_no_photograph(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, 'skimage', None)
    physics = load(PEOPLE)
    assert physics.mocap.shape == (2, 7)
    assert physics.model.ntex == 0


def test_models_for_physics_and_pictures_hold_the_same_bodies(assets: Assets, load: Load) -> None:
    need('skimage')
    physics = load(PEOPLE).model
    pictures = load_camera_model(PEOPLE, assets, width=64, height=48, shadows=False, samples=0)
    assert (pictures.nq, pictures.nmocap) == (physics.nq, physics.nmocap)
    for name in PANEL_NAMES:
        assert pictures.body(name).mocapid == physics.body(name).mocapid


def test_the_robot_stands_on_the_desk_and_moves_freely(load: Load) -> None:
    physics = load(PEOPLE)
    free = load('empty')
    np.testing.assert_allclose(physics.head_pose, free.head_pose, atol=1e-9)
    for scene in (physics, free):
        targets = scene.targets
        targets[0] = 0.5
        scene.set_targets(targets)
        scene.step(300)
    np.testing.assert_allclose(physics.joint_positions, free.joint_positions, atol=1e-6)


def test_the_panels_look_at_the_robot(load: Load) -> None:
    physics = load(PEOPLE)
    base = physics.object_pose('reachy_mini/body_foot_3dprint')
    for name, place in zip(PANEL_NAMES, PANEL_PLACES_M, strict=True):
        seen = np.linalg.inv(base) @ physics.object_pose(name)
        np.testing.assert_allclose(seen, facing_robot(*place), atol=1e-9)


def test_both_faces_are_found_where_they_are(load: Load, eye: CameraWorker, faces_in: Find) -> None:
    physics = load(PEOPLE)
    found = faces_in(eye.render(physics.qpos, physics.mocap).rgb)
    assert len(found) == 2
    for place in PANEL_PLACES_M:
        truth = face_in_camera(facing_robot(*place))
        assert min(degrees_between(direction(face, eye), truth) for face in found) < 2.0


@pytest.mark.parametrize(
    'place', [(0.6, 0.0, 0.25), (0.7, 0.35, 0.3), (0.7, -0.35, 0.4), (0.8, 0.0, 0.45)]
)
def test_a_face_is_found_in_its_direction_and_at_life_size(
    load: Load, eye: CameraWorker, faces_in: Find, place: tuple[float, float, float]
) -> None:
    physics = load(PEOPLE)
    panel = facing_robot(*place)
    physics.set_paths(panels_at(panel, OUT_OF_SIGHT))
    (face,) = faces_in(eye.render(physics.qpos, physics.mocap).rgb)
    truth = face_in_camera(panel)
    assert degrees_between(direction(face, eye), truth) < 2.0
    rays = (face.keypoints - 0.5 - (eye.start().cx, eye.start().cy)) / eye.start().fx * truth[2]
    apart = float(np.linalg.norm(rays[RIGHT_EYE] - rays[LEFT_EYE]))
    assert apart == pytest.approx(PUPILS_APART_M, rel=0.2)


def test_the_room_alone_holds_no_face(load: Load, eye: CameraWorker, faces_in: Find) -> None:
    physics = load(PEOPLE)
    physics.set_paths(panels_at(OUT_OF_SIGHT, OUT_OF_SIGHT))
    for yaw in (-0.8, 0.0, 0.8):
        targets = physics.targets
        targets[0] = yaw
        physics.set_targets(targets)
        physics.step(500)
        assert faces_in(eye.render(physics.qpos, physics.mocap).rgb) == ()


def test_a_view_of_the_room_shows_robot_and_panels(assets: Assets, load: Load) -> None:
    need('skimage')
    physics = load(PEOPLE)
    worker = CameraWorker(PEOPLE, assets, CameraSettings(320, 240, 'room'))
    with_panels = worker.render(physics.qpos, physics.mocap).rgb
    physics.set_paths(panels_at(OUT_OF_SIGHT, OUT_OF_SIGHT))
    without = worker.render(physics.qpos, physics.mocap).rgb
    worker.close()
    assert with_panels is not None
    assert without is not None
    changed = np.abs(with_panels.astype(int) - without).max(axis=2) > 30
    assert 0.05 < changed.mean() < 0.3


def test_a_larger_copy_of_a_photograph_stands_at_the_same_size(
    portrait_file: Path, tmp_path: Path
) -> None:
    picture = cv2.imread(str(portrait_file))
    larger = tmp_path / 'larger.png'
    cv2.imwrite(str(larger), cv2.resize(picture, None, fx=2.5, fy=2.5))
    small, _ = photographs.portraits([portrait_file])
    (large,) = photographs.portraits([larger, portrait_file])[:1]
    for name in ('left_m', 'right_m', 'above_m', 'below_m'):
        assert getattr(large, name) == pytest.approx(getattr(small, name), abs=0.01)
    finest = (large.left_m + large.right_m) / photographs.FINEST_M_PER_PX
    assert large.pixels.shape[1] == pytest.approx(finest, abs=1.0)


def test_one_photograph_is_shown_twice_the_second_time_mirrored_and_pale(
    portrait_file: Path,
) -> None:
    first, second = photographs.portraits([portrait_file])
    assert (second.left_m, second.right_m) == (first.right_m, first.left_m)
    colours, pale = (np.ptp(portrait.pixels.astype(int), axis=2) for portrait in (first, second))
    np.testing.assert_allclose(pale, colours[:, ::-1] / 2.0, atol=1.0)


def test_a_panel_ends_where_its_photograph_ends(
    portrait_file: Path, tmp_path: Path, assets: Assets
) -> None:
    # The head alone: 40 px above the eyes to the chin.
    close = tmp_path / 'close.png'
    cv2.imwrite(str(close), cv2.imread(str(portrait_file))[20:200, 150:300])
    (portrait,) = photographs.portraits([close, portrait_file])[:1]
    assert portrait.pixels.shape == (180, 150, 3)
    model = load_camera_model(
        PEOPLE,
        assets,
        width=64,
        height=48,
        shadows=False,
        samples=0,
        photographs=(str(close), str(portrait_file)),
    )
    panel = model.geom('panel_1')
    assert panel.size[0] * 2 == pytest.approx(portrait.left_m + portrait.right_m)
    top = panel.pos[2] + panel.size[1]
    assert top == pytest.approx(portrait.above_m)


def test_photographs_that_cannot_be_shown_are_refused(tmp_path: Path, portrait_file: Path) -> None:
    text = tmp_path / 'text.png'
    text.write_text('no picture')
    blank = tmp_path / 'blank.png'
    cv2.imwrite(str(blank), np.full((200, 200, 3), 128, np.uint8))
    for names in ([], ['a', 'b', 'c']):
        with pytest.raises(SceneError, match=r'photographs for 2 panels; name 1 to 2 in'):
            photographs.find(names)
    with pytest.raises(SceneError, match=r'no photograph .*missing\.png.*parameter photographs'):
        photographs.find([str(tmp_path / 'missing.png'), str(portrait_file)])
    with pytest.raises(SceneError, match=r'text\.png is not a picture'):
        photographs.portraits([text])
    with pytest.raises(SceneError, match=r'no face is found in .*blank\.png; take a photograph'):
        photographs.portraits([portrait_file, blank])


def test_without_the_package_of_the_portrait_the_parameter_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, 'skimage', None)
    with pytest.raises(SceneError, match=r'scikit-image.*not installed.*parameter photographs'):
        photographs.find([ASTRONAUT])


def test_the_camera_says_what_is_wrong_with_a_photograph(assets: Assets, tmp_path: Path) -> None:
    missing = str(tmp_path / 'missing.png')
    worker = CameraWorker(PEOPLE, assets, CameraSettings(photographs=(missing,)))
    with pytest.raises(SceneError, match=r'no photograph .*missing\.png'):
        worker.start()
