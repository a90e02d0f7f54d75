"""The scene `people`: a room in which two photographs of faces stand before the robot.

Contract
    `MJCF` describes the room with the robot's place on a desk; `show` puts portraits onto the
    panels, for pictures only. `panel_1` and `panel_2` are mocap bodies: paths move them, physics
    does not, and they touch nothing. The frame of a panel: its origin is the middle of the face,
    on the surface of the photograph; x points where the face looks, y to the person's left, z up.
    The camera `room` looks over the robot's shoulder at the panels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from typing import Final

from bbia_sim_ros.simulation.photographs import Portrait
from bbia_sim_ros.simulation.windowless import mujoco

PEOPLE: Final = 'people'
PANEL_NAMES: Final = ('panel_1', 'panel_2')
# Where the middle of each face stands, in base_link: x, y, z (m).
PANEL_PLACES_M: Final = ((0.8, 0.25, 0.36), (0.85, -0.32, 0.40))

_DESK_HEIGHT_M: Final = 0.72
_THICKNESS_M: Final = 0.004
_BOARD_THICKNESS_M: Final = 0.012
_BOARD_MARGIN_M: Final = 0.008
# Reaches through the floor, so that a panel still stands on it when a path lifts it.
_POLE_LENGTH_M: Final = 2.0


def _panel(name: str, place: tuple[float, float, float]) -> str:
    x, y, z = place
    # The face looks back at the robot. The photograph lies on a box whose z is the panel's x and
    # whose x runs from the person's right to their left.
    half_turn = (math.pi + math.atan2(y, x)) / 2.0
    return f"""
    <body name="{name}" mocap="true" pos="{x} {y} {z + _DESK_HEIGHT_M}"
          quat="{math.cos(half_turn)} 0 0 {math.sin(half_turn)}">
      <geom name="{name}" class="shown" type="box" size="0.25 0.3 {_THICKNESS_M / 2}"
            pos="{-_THICKNESS_M / 2} 0 -0.12" quat="0.5 0.5 0.5 0.5" material="{name}"/>
      <geom name="{name}_board" class="shown" type="box" size="0.258 0.308 {_BOARD_THICKNESS_M / 2}"
            pos="{-_THICKNESS_M - _BOARD_THICKNESS_M / 2} 0 -0.12" quat="0.5 0.5 0.5 0.5"
            material="board"/>
      <geom name="{name}_pole" class="shown" type="cylinder" material="metal"
            fromto="-0.035 0 -0.1 -0.035 0 {-_POLE_LENGTH_M}" size="0.014"/>
    </body>"""


MJCF: Final = f"""
<mujoco model="people">
  <default>
    <default class="shown"><geom contype="0" conaffinity="0" group="2"/></default>
  </default>
  <visual>
    <headlight diffuse="0.25 0.25 0.25" ambient="0.45 0.45 0.45" specular="0 0 0"/>
    <map znear="0.02" zfar="40"/>
  </visual>
  <asset>
    <texture type="skybox" builtin="gradient" rgb1="0.86 0.88 0.90" rgb2="0.70 0.72 0.75"
             width="64" height="384"/>
    <texture type="2d" name="planks" builtin="checker" mark="edge" rgb1="0.62 0.49 0.36"
             rgb2="0.58 0.45 0.33" markrgb="0.48 0.37 0.27" width="128" height="128"/>
    <material name="planks" texture="planks" texuniform="true" texrepeat="2.5 0.6"/>
    <material name="wall" rgba="0.80 0.83 0.80 1" specular="0"/>
    <material name="side" rgba="0.86 0.85 0.81 1" specular="0"/>
    <material name="skirting" rgba="0.95 0.95 0.93 1" specular="0"/>
    <material name="rug" rgba="0.42 0.52 0.56 1" specular="0"/>
    <material name="desk" rgba="0.72 0.60 0.46 1" specular="0.1"/>
    <material name="metal" rgba="0.35 0.36 0.38 1"/>
    <material name="board" rgba="0.93 0.92 0.89 1" specular="0"/>
    <material name="panel_1" rgba="0.7 0.6 0.5 1" specular="0" emission="0.3"/>
    <material name="panel_2" rgba="0.6 0.6 0.6 1" specular="0" emission="0.3"/>
  </asset>
  <worldbody>
    <light pos="-0.5 1.0 2.8" dir="0.45 -0.3 -1" directional="true" diffuse="0.4 0.4 0.38"
           specular="0.1 0.1 0.1"/>
    <light pos="0 -2 2.8" dir="-0.2 1 -0.3" directional="true" castshadow="false"
           diffuse="0.2 0.2 0.2" specular="0 0 0"/>
    <geom name="floor" type="plane" size="4 4 0.1" material="planks"/>
    <geom name="rug" class="shown" type="cylinder" size="1.0 0.006" pos="1.4 0 0.006"
          material="rug"/>
    <geom name="wall" class="shown" type="box" size="0.05 4 1.5" pos="3.05 0 1.5" material="wall"/>
    <geom class="shown" type="box" size="0.05 4 1.5" pos="-3.05 0 1.5" material="wall"/>
    <geom class="shown" type="box" size="4 0.05 1.5" pos="0 3.05 1.5" material="side"/>
    <geom class="shown" type="box" size="4 0.05 1.5" pos="0 -3.05 1.5" material="side"/>
    <geom class="shown" type="box" size="0.01 3 0.05" pos="2.99 0 0.05" material="skirting"/>
    <geom class="shown" type="box" size="3 0.01 0.05" pos="0 2.99 0.05" material="skirting"/>
    <geom class="shown" type="box" size="3 0.01 0.05" pos="0 -2.99 0.05" material="skirting"/>
    <geom name="desk" type="box" size="0.35 0.6 0.02" pos="-0.05 0 {_DESK_HEIGHT_M - 0.02}"
          material="desk"/>
    <geom class="shown" type="cylinder" size="0.04 0.34" pos="0 0.45 0.35" material="metal"/>
    <geom class="shown" type="cylinder" size="0.04 0.34" pos="0 -0.45 0.35" material="metal"/>
    <site name="reachy_mini" pos="0 0 {_DESK_HEIGHT_M}"/>
    <camera name="room" pos="-0.75 0.5 1.3" xyaxes="-0.337 -0.941 0 0.163 -0.058 0.984" fovy="50"/>
    {''.join(map(_panel, PANEL_NAMES, PANEL_PLACES_M))}
  </worldbody>
</mujoco>
"""


def show(spec: Any, portraits: Sequence[Portrait]) -> None:
    """Put a portrait onto each panel of a `mujoco.MjSpec` made from `MJCF`, at life size."""
    for name, portrait in zip(PANEL_NAMES, portraits, strict=True):
        height, width = portrait.pixels.shape[:2]
        texture = spec.add_texture(name=name, type=mujoco.mjtTexture.mjTEXTURE_2D)
        texture.width, texture.height, texture.nchannel = width, height, 3
        texture.data = portrait.pixels.tobytes()
        material = spec.material(name)
        material.rgba = (1.0, 1.0, 1.0, 1.0)
        material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = name
        _resize(spec.geom(name), portrait, margin_m=0.0)
        _resize(spec.geom(f'{name}_board'), portrait, margin_m=_BOARD_MARGIN_M)


def _resize(geom: Any, portrait: Portrait, *, margin_m: float) -> None:
    half_width = (portrait.left_m + portrait.right_m) / 2.0 + margin_m
    half_height = (portrait.above_m + portrait.below_m) / 2.0 + margin_m
    geom.size = (half_width, half_height, geom.size[2])
    # The left of the picture is the right of the person: negative y of the panel.
    geom.pos = (
        geom.pos[0],
        (portrait.right_m - portrait.left_m) / 2.0,
        (portrait.above_m - portrait.below_m) / 2.0,
    )
