"""Scenes: ours, the user's own, and those that MuJoCo refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import mujoco
import numpy as np
import pytest

from bbia_sim_ros.simulation import model as models
from bbia_sim_ros.simulation.assets import Assets
from bbia_sim_ros.simulation.errors import SceneError
from bbia_sim_ros.simulation.physics import Physics

OWN_SCENE = """
<mujoco>
  <option gravity="0 0 -1.6"/>
  <asset><texture name="t" type="2d" builtin="flat" width="8" height="8"/>
  <material name="m" texture="t"/></asset>
  <worldbody>
    <body name="yaw_body" pos="0 0 3">
      <freejoint name="stewart_1"/><geom size="0.1" material="m"/>
    </body>
    <site name="reachy_mini" pos="1 2 0.5" euler="0 0 90"/>
  </worldbody>
  <keyframe><key name="neutral" qpos="0 0 9 1 0 0 0"/></keyframe>
</mujoco>
"""


@pytest.fixture
def own_scene(tmp_path: Path) -> Path:
    path = tmp_path / 'my scene.xml'
    path.write_text(OWN_SCENE)
    return path


def test_a_model_for_physics_carries_neither_visual_meshes_nor_textures(assets: Assets) -> None:
    model = models.load_physics_model('empty', assets)
    assert model.nmesh == 8
    assert model.ntex == 0
    assert model.nmat == 0
    assert model.opt.timestep == 0.002


def test_models_for_physics_and_pictures_share_one_qpos(assets: Assets, own_scene: Path) -> None:
    for scene in ('empty', 'table', str(own_scene)):
        physics = models.load_physics_model(scene, assets)
        pictures = models.load_camera_model(
            scene, assets, width=64, height=48, shadows=False, samples=0
        )
        for model in (physics, pictures):
            names = [model.joint(index).name for index in range(model.njnt)]
            assert names == [physics.joint(index).name for index in range(physics.njnt)]
        np.testing.assert_array_equal(physics.jnt_qposadr, pictures.jnt_qposadr)


def test_the_table_holds_its_three_objects(load: Callable[..., Physics]) -> None:
    physics = load('table')
    physics.step(1000)
    for name in ('croissant', 'apple', 'duck'):
        place = physics.object_pose(name)[:3, 3]
        assert 0.4 < place[0] < 0.8
        assert abs(place[2]) < 0.05, name


def test_own_scene_keeps_its_world_and_names_and_places_the_robot(
    own_scene: Path, load: Callable[..., Physics]
) -> None:
    physics = load(str(own_scene))
    np.testing.assert_allclose(physics.model.opt.gravity, (0.0, 0.0, -1.6))
    base = physics.object_pose(models.PREFIX + 'body_foot_3dprint')
    np.testing.assert_allclose(base[:3, 3], (1.0, 2.0, 0.5))
    np.testing.assert_allclose(base[:3, 0], (0.0, 1.0, 0.0), atol=1e-12)
    # The head's pose is relative to the robot's base, wherever that stands.
    np.testing.assert_allclose(physics.head_pose, np.eye(4), atol=1e-3)
    physics.step(500)
    fallen = 3.0 - physics.object_pose('yaw_body')[2, 3]
    assert fallen == pytest.approx(0.5 * 1.6 * physics.time**2, rel=0.01)
    np.testing.assert_allclose(physics.joint_positions, physics.targets, atol=1e-3)


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('<mujoco><worldbody><geom type="bogus"/></worldbody></mujoco>', 'bogus.*line 1'),
        ('<mujoco>\n<worldbody>\n<geom size="1">\n</mujoco>', r'number=3'),
        ('<mujoco><worldbody><geom type="mesh" mesh="no"/></worldbody></mujoco>', "mesh 'no'"),
        ('<mujoco>\n<asset>\n<mesh file="absent.stl"/></asset></mujoco>', r'absent\.stl'),
        ('', 'empty file'),
    ],
)
def test_broken_mjcf_is_refused_with_the_words_of_mujoco(
    text: str, reason: str, tmp_path: Path, assets: Assets
) -> None:
    path = tmp_path / 'broken.xml'
    path.write_text(text)
    with pytest.raises(SceneError, match=rf'broken\.xml(?s:.*){reason}'):
        models.load_physics_model(str(path), assets)


def test_an_unknown_scene_lists_the_known_ones(assets: Assets) -> None:
    with pytest.raises(SceneError, match=r'empty nor table nor people nor an MJCF file.*/kitchen'):
        models.load_physics_model('kitchen', assets)


def test_a_folder_is_not_a_scene(assets: Assets, tmp_path: Path) -> None:
    with pytest.raises(SceneError, match='nor an MJCF file'):
        models.load_physics_model(str(tmp_path), assets)


@pytest.mark.parametrize('timestep', [0.0, -0.002, 0.02, float('nan')])
def test_a_timestep_that_is_not_stable_is_refused(timestep: float, assets: Assets) -> None:
    with pytest.raises(ValueError, match='timestep must lie between'):
        models.load_physics_model('empty', assets, timestep=timestep)


def test_the_loops_of_the_platform_are_as_stiff_as_upstream(assets: Assets) -> None:
    model = models.load_physics_model('empty', assets)
    assert model.neq == 5
    np.testing.assert_allclose(model.eq_solref, [[0.002, 1.0]] * 5)
    np.testing.assert_allclose(model.eq_solimp, [[0.99, 0.999, 0.0005, 0.5, 2.0]] * 5)
    assert model.eq_type.tolist() == [mujoco.mjtEq.mjEQ_CONNECT] * 5
