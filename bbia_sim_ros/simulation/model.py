"""The MuJoCo model: a scene with the robot in it, for physics or for pictures.

Contract
    A scene is `empty`, `table`, `people`, or the path of an MJCF file that describes a world
    without the robot. The robot is attached where the scene has a site named `reachy_mini`, else at
    the origin. Its names get the prefix `reachy_mini/`, so they cannot clash with those of the
    scene. Gravity, solver settings and flags are the scene's; timestep and integrator are ours,
    since the servos are tuned for them. Both kinds of model have the same qpos, whatever the scene.
    Textures and materials are left out of a model for physics: they only cost memory.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from typing import Final

import numpy as np
import numpy.typing as npt

from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.simulation import people_scene
from bbia_sim_ros.simulation import servos
from bbia_sim_ros.simulation.assets import Assets
from bbia_sim_ros.simulation.errors import SceneError
from bbia_sim_ros.simulation.people_scene import PEOPLE
from bbia_sim_ros.simulation.photographs import find
from bbia_sim_ros.simulation.photographs import portraits
from bbia_sim_ros.simulation.pictures import ASTRONAUT
from bbia_sim_ros.simulation.windowless import mujoco

SCENES: Final = ('empty', 'table', PEOPLE)
PREFIX: Final = 'reachy_mini/'
BASE_SITE: Final = 'reachy_mini'
KEYFRAMES: Final = ('neutral', 'sleep')
MIN_TIMESTEP_S: Final = 0.0005
MAX_TIMESTEP_S: Final = 0.005

SHADOW_MAP_PX: Final = 4096

_EMPTY_SCENE: Final = """
<mujoco model="empty">
  <visual>
    <headlight diffuse="0.25 0.25 0.25" ambient="0.35 0.35 0.35" specular="0 0 0"/>
  </visual>
  <asset>
    <texture type="skybox" builtin="gradient" rgb1="0.62 0.72 0.82" rgb2="0.25 0.32 0.42"
             width="64" height="384"/>
    <texture type="2d" name="tiles" builtin="checker" mark="edge" rgb1="0.55 0.57 0.60"
             rgb2="0.48 0.50 0.53" markrgb="0.68 0.70 0.73" width="256" height="256"/>
    <material name="tiles" texture="tiles" texuniform="true" texrepeat="4 4"/>
  </asset>
  <worldbody>
    <light pos="0.5 0.3 3" dir="-0.25 -0.15 -1" directional="true" diffuse="0.5 0.5 0.5"
           specular="0.1 0.1 0.1"/>
    <geom name="floor" type="plane" size="5 5 0.1" material="tiles"/>
  </worldbody>
</mujoco>
"""

_logger = logging.getLogger(__name__)


def load_physics_model(scene: str, assets: Assets, *, timestep: float = servos.TIMESTEP_S) -> Any:
    """Compile the model for physics: `mujoco.MjModel`.

    Parameters
    ----------
    scene:
        `empty`, `table`, `people`, or the path of an MJCF file.
    assets:
        The prepared files of the robot.
    timestep:
        Seconds per physics step.

    Raises
    ------
    SceneError
        Unknown scene, unreadable file, or MJCF that MuJoCo refuses (its own text is kept).
    ValueError
        A timestep outside the range in which the servos are stable.

    """
    if not MIN_TIMESTEP_S <= timestep <= MAX_TIMESTEP_S:
        raise ValueError(
            f'timestep must lie between {MIN_TIMESTEP_S} and {MAX_TIMESTEP_S} s, not {timestep}; '
            f'the servos are tuned for {servos.TIMESTEP_S} s'
        )
    spec = _parse_scene(scene, assets)
    _strip_looks(spec)
    model = _join(spec, assets.physics_robot, scene, timestep)
    # The robot's bodies carry gravity compensation for the compliant mode alone.
    model.body_gravcomp[robot_bodies(model)] = 0.0
    return model


def load_camera_model(
    scene: str,
    assets: Assets,
    *,
    width: int,
    height: int,
    shadows: bool,
    samples: int,
    photographs: Sequence[str] = (ASTRONAUT,),
) -> Any:
    """Compile the model for pictures, with the qpos of the physics model.

    Parameters
    ----------
    scene, assets:
        As for `load_physics_model`.
    width, height:
        Size of the largest picture, pixels: the size of the off-screen buffer.
    shadows:
        Whether shadows will be rendered; without them no shadow map is allocated.
    samples:
        Samples per pixel against jagged edges, 0 for none.
    photographs:
        What the scene `people` shows; see `photographs.find`.

    Raises
    ------
    SceneError
        As for `load_physics_model`, and what `photographs` raises.

    """
    spec = _parse_scene(scene, assets)
    if scene == PEOPLE:
        people_scene.show(spec, portraits(find(photographs)))
    visual = spec.visual
    visual.global_.offwidth = width
    visual.global_.offheight = height
    visual.quality.offsamples = samples
    visual.quality.shadowsize = SHADOW_MAP_PX if shadows else 0
    return _join(spec, assets.camera_robot, scene, servos.TIMESTEP_S)


def robot_bodies(model: Any) -> npt.NDArray[np.int64]:
    """Return the ids of the robot's bodies."""
    return np.array(
        [body for body in range(model.nbody) if model.body(body).name.startswith(PREFIX)]
    )


def load_keyframes(model: Any, assets: Assets) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Return, by name, qpos (nq,) and servo targets (9,) of the postures at rest.

    Everything that is not the robot stands where the scene puts it.
    """
    postures = json.loads(assets.postures.read_text())
    keyframes = {}
    for name in KEYFRAMES:
        qpos = model.qpos0.copy()
        for joint, values in postures[name]['qpos'].items():
            start = model.joint(PREFIX + joint).qposadr[0]
            qpos[start : start + len(values)] = values
        keyframes[name] = (qpos, np.array(postures[name]['targets']))
    return keyframes


def _parse_scene(scene: str, assets: Assets) -> Any:
    mujoco.set_mju_user_warning(_log_warning)
    try:
        if scene == 'empty':
            return mujoco.MjSpec.from_string(_EMPTY_SCENE)
        if scene == 'table':
            return mujoco.MjSpec.from_file(str(assets.table_scene))
        if scene == PEOPLE:
            return mujoco.MjSpec.from_string(people_scene.MJCF)
        path = Path(scene).expanduser()
        if not path.is_file():
            raise SceneError(
                f'scene {scene!r} is neither {" nor ".join(SCENES)} nor an MJCF file '
                f'(looked for {path.absolute()})'
            )
        if not os.access(path, os.R_OK):
            raise SceneError(f'scene {path} may not be read; check its permissions')
        return mujoco.MjSpec.from_file(str(path))
    except (ValueError, mujoco.FatalError) as error:
        raise SceneError(_refusal(scene, error)) from error


def _join(spec: Any, robot_file: Path, scene: str, timestep: float) -> Any:
    try:
        robot = mujoco.MjSpec.from_file(str(robot_file))
        base = next((site for site in spec.sites if site.name == BASE_SITE), None)
        if base is None:
            spec.attach(robot, prefix=PREFIX, frame=spec.worldbody.add_frame())
        else:
            spec.attach(robot, prefix=PREFIX, site=base)
        spec.option.timestep = timestep
        spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
        model = spec.compile()
    except (ValueError, mujoco.FatalError) as error:
        raise SceneError(_refusal(scene, error)) from error
    return model


def _strip_looks(spec: Any) -> None:
    for geom in spec.geoms:
        geom.material = ''
    for site in spec.sites:
        site.material = ''
    for kind in (spec.materials, spec.textures):
        for element in list(kind):
            spec.delete(element)


def _refusal(scene: str, error: Exception) -> str:
    reason = ' '.join(str(error).split())
    return f'MuJoCo refuses the scene {scene!r}: {reason}'


def _log_warning(text: str) -> None:
    # Without a handler MuJoCo writes MUJOCO_LOG.TXT into the current folder.
    _logger.warning('MuJoCo: %s', text)
