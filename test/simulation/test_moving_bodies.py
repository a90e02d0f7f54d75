"""Bodies that follow paths: in the physics, and in the pictures."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.simulation.assets import Assets
from bbia_sim_ros.simulation.camera import CameraSettings
from bbia_sim_ros.simulation.camera import CameraWorker
from bbia_sim_ros.simulation.errors import PathError
from bbia_sim_ros.simulation.errors import SceneError
from bbia_sim_ros.simulation.paths import Paths
from bbia_sim_ros.simulation.physics import Physics
from bbia_sim_ros.simulation.pictures import MAX_MOCAP

Load = Callable[..., Physics]

# The robot stands turned to the left and lifted, so base_link is not the world.
SCENE = """
<mujoco>
  <visual><headlight ambient="0 0 0" diffuse="0 0 0"/></visual>
  <asset><material name="red" rgba="1 0 0 1" emission="1"/></asset>
  <worldbody>
    <site name="reachy_mini" pos="1 2 0.5" euler="0 0 90"/>
    <body name="fixed" pos="3 3 3"><geom size="0.1"/></body>
    <body name="ball" pos="-3 -3 1"><freejoint/><geom size="0.05"/></body>
    <body name="red" mocap="true" pos="1 2.8 0.75"><geom type="box" size="0.05 0.05 0.05"
      material="red" contype="0" conaffinity="0"/></body>
    <body name="other" mocap="true" pos="0 0 -1"><geom size="0.01"/></body>
  </worldbody>
</mujoco>
"""
AHEAD = pose_from_euler(x=0.8, z=0.25)
LEFT = pose_from_euler(x=0.8, y=0.4, z=0.25, yaw=1.0)


@pytest.fixture(scope='module')
def scene(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp('scene') / 'moving.xml'
    path.write_text(SCENE)
    return str(path)


@pytest.fixture(scope='module')
def eye(scene: str, assets: Assets) -> Iterator[CameraWorker]:
    worker = CameraWorker(scene, assets, CameraSettings(320, 240))
    yield worker
    worker.close()


def red_path(*poses: Any, times_s: tuple[float, ...], loop: bool = False) -> Paths:
    return Paths(bodies=('red',), times_s=times_s, poses=np.array([[p] for p in poses]), loop=loop)


def red_in_base(physics: Physics) -> Any:
    """Return the pose of the red body in base_link."""
    base = physics.object_pose('reachy_mini/body_foot_3dprint')
    return np.linalg.inv(base) @ physics.object_pose('red')


def red_column(eye: CameraWorker, physics: Physics) -> float:
    rgb = eye.render(physics.qpos, physics.mocap).rgb
    assert rgb is not None
    columns = np.nonzero((rgb[:, :, 0] > 150) & (rgb[:, :, 1:].max(axis=2) < 80))[1]
    assert len(columns) > 50
    return float(columns.mean())


def test_a_body_is_at_each_time_where_its_path_says(scene: str, load: Load) -> None:
    physics = load(scene)
    physics.set_paths(red_path(AHEAD, LEFT, times_s=(0.0, 0.4)))
    np.testing.assert_allclose(red_in_base(physics), AHEAD, atol=1e-9)
    physics.step(100)
    np.testing.assert_allclose(
        red_in_base(physics), pose_from_euler(x=0.8, y=0.2, z=0.25, yaw=0.5), atol=1e-9
    )
    physics.step(300)
    np.testing.assert_allclose(red_in_base(physics), LEFT, atol=1e-9)


def test_a_reset_puts_bodies_back_and_ends_their_paths(scene: str, load: Load) -> None:
    physics = load(scene)
    before = physics.mocap
    physics.set_paths(red_path(AHEAD, LEFT, times_s=(0.0, 1.0), loop=True))
    physics.step(200)
    assert not np.array_equal(physics.mocap, before)
    physics.reset()
    np.testing.assert_array_equal(physics.mocap, before)
    physics.step(200)
    np.testing.assert_array_equal(physics.mocap, before)


def test_new_paths_take_the_place_of_old_ones(scene: str, load: Load) -> None:
    physics = load(scene)
    physics.set_paths(red_path(AHEAD, LEFT, times_s=(0.0, 1.0)))
    physics.step(250)
    here = red_in_base(physics)
    physics.set_paths(Paths(bodies=('other',), times_s=(0.0,), poses=LEFT[None, None]))
    physics.step(100)
    np.testing.assert_allclose(red_in_base(physics), here, atol=1e-12)
    physics.set_paths(red_path(AHEAD, times_s=(0.2,)))
    physics.step(50)
    np.testing.assert_allclose(red_in_base(physics)[1, 3], here[1, 3] / 2.0, atol=1e-9)


def test_an_empty_path_stops_all_bodies(scene: str, load: Load) -> None:
    physics = load(scene)
    physics.set_paths(red_path(AHEAD, LEFT, times_s=(0.0, 1.0)))
    physics.step(100)
    physics.set_paths(Paths(bodies=(), times_s=(), poses=np.empty((0, 0, 4, 4))))
    here = physics.mocap
    physics.step(100)
    np.testing.assert_array_equal(physics.mocap, here)


@pytest.mark.parametrize(
    ('body', 'said'),
    [
        ('nobody', "no body 'nobody'; bodies that can follow a path: red, other"),
        ('ball', '\'ball\' is not free of physics.*mocap="true".*: red, other'),
        ('fixed', "'fixed' is not free of physics"),
        ('reachy_mini/xl_330', 'is not free of physics'),
        ('world', 'is not free of physics'),
        ('', "no body ''"),
    ],
)
def test_bodies_that_cannot_follow_are_refused_and_old_paths_go_on(
    scene: str, load: Load, body: str, said: str
) -> None:
    physics = load(scene)
    physics.set_paths(red_path(AHEAD, LEFT, times_s=(0.0, 0.2)))
    with pytest.raises(PathError, match=said):
        physics.set_paths(Paths(bodies=(body,), times_s=(0.0,), poses=LEFT[None, None]))
    physics.step(100)
    np.testing.assert_allclose(red_in_base(physics), LEFT, atol=1e-9)


def test_a_scene_without_such_bodies_says_none(load: Load) -> None:
    with pytest.raises(PathError, match='can follow a path: none'):
        load('empty').set_paths(red_path(AHEAD, times_s=(0.0,)))


def test_the_picture_shows_a_body_where_its_path_has_led_it(
    scene: str, eye: CameraWorker, load: Load
) -> None:
    physics = load(scene)
    assert red_column(eye, physics) == pytest.approx(159.5, abs=2.0)
    physics.set_paths(red_path(AHEAD, LEFT, times_s=(0.0, 0.2)))
    physics.step(100)
    # 0.4 m left at 0.76 m before the camera of fovy 80 degrees; the turned box shifts it a little.
    expected = 159.5 - 0.4 / (0.8 - 0.0395) * 120.0 / np.tan(np.radians(40.0))
    assert red_column(eye, physics) == pytest.approx(expected, abs=3.0)


def test_without_placements_bodies_are_shown_where_the_scene_puts_them(
    scene: str, eye: CameraWorker, load: Load
) -> None:
    physics = load(scene)
    untouched = eye.render(physics.qpos, physics.mocap).rgb
    physics.set_paths(red_path(LEFT, times_s=(0.0,)))
    moved = eye.render(physics.qpos, physics.mocap).rgb
    again = eye.render(physics.qpos).rgb
    assert untouched is not None
    assert moved is not None
    assert again is not None
    assert not np.array_equal(untouched, moved)
    np.testing.assert_array_equal(untouched, again)


def test_placements_of_another_scene_are_refused(eye: CameraWorker, load: Load, scene: str) -> None:
    qpos = load(scene).qpos
    with pytest.raises(ValueError, match=r'mocap .* has shape \(2, 7\), not \(1, 7\)'):
        eye.render(qpos, np.zeros((1, 7)))
    with pytest.raises(ValueError, match='NaN'):
        eye.render(qpos, np.full((2, 7), np.nan))


def test_a_scene_with_more_bodies_than_fit_is_refused(tmp_path: Path, assets: Assets) -> None:
    bodies = '<body mocap="true"><geom size="0.01"/></body>' * (MAX_MOCAP + 1)
    path = tmp_path / 'crowd.xml'
    path.write_text(f'<mujoco><worldbody>{bodies}</worldbody></mujoco>')
    with pytest.raises(SceneError, match=f'{MAX_MOCAP + 1} mocap bodies, at most {MAX_MOCAP}'):
        CameraWorker(str(path), assets).start()
