"""Edits of the official MJCF as XML trees: the robot for physics, for pictures, and the table.

Contract
    Functions take and return ElementTree roots and touch no files. Every number of the official
    model that is not named in `servos` stays as it is, to the last digit.
"""

from __future__ import annotations

import copy
import math
from pathlib import PurePosixPath
from xml.etree import ElementTree

from bbia_sim_ros.robot.names import ANTENNA_JOINTS
from bbia_sim_ros.robot.names import JOINT_LIMITS_RAD
from bbia_sim_ros.simulation import servos

Element = ElementTree.Element

COLLISION_DIR = 'meshes/collision'
VISUAL_DIR = 'meshes/visual'
TABLE_DIR = 'meshes/table'


def mesh_name(mesh: Element) -> str:
    """Return the name MuJoCo gives to a <mesh>: its own, or the stem of its file."""
    return mesh.get('name') or PurePosixPath(mesh.get('file', '')).stem


def geoms(root: Element, kind: str) -> list[Element]:
    """Return the robot's geoms of class `visual` or `collision`."""
    return [geom for geom in root.iter('geom') if geom.get('class') == kind]


def meshes_of(root: Element, kind: str) -> dict[str, str]:
    """Return name -> file (below `meshdir`) of the meshes that geoms of a class use."""
    wanted = {geom.get('mesh') for geom in geoms(root, kind)}
    return {
        mesh_name(mesh): mesh.get('file', '')
        for mesh in root.iter('mesh')
        if mesh_name(mesh) in wanted
    }


def physics_robot(official: Element) -> Element:
    """Return the robot with collision shapes only, our joint damping and our servos."""
    root = copy.deepcopy(official)
    _drop_geoms(root, 'visual')
    _point_meshes(root, meshes_of(root, 'collision'), COLLISION_DIR)
    _drop_materials(root)
    _tune_joints(root)
    _tune_servos(root)
    for body in root.iter('body'):
        body.set('gravcomp', '1')
    return root


def camera_robot(official: Element) -> Element:
    """Return the robot with simplified visual meshes and without collision shapes.

    It has the same joints in the same order as the robot for physics.
    """
    root = copy.deepcopy(official)
    _drop_geoms(root, 'collision')
    _point_meshes(root, meshes_of(root, 'visual'), VISUAL_DIR)
    return root


def table_scene(official: Element) -> tuple[Element, list[str]]:
    """Return the official table scene without the robot, and the files it needs.

    The files are named below the official `assets` folder; the scene refers to them by their bare
    names below `TABLE_DIR`.
    """
    root = copy.deepcopy(official)
    for include in root.findall('include'):
        root.remove(include)
    for compiler in root.findall('compiler'):
        root.remove(compiler)
    ElementTree.SubElement(
        root, 'compiler', angle='radian', meshdir=TABLE_DIR, texturedir=TABLE_DIR
    )
    files = []
    for kind in ('mesh', 'texture'):
        for element in root.iter(kind):
            if element.get('file'):
                files.append(element.attrib['file'])
                element.set('file', PurePosixPath(element.attrib['file']).name)
    # These two classes are defined by the robot's file, which this scene no longer includes.
    for geom in geoms(root, 'visual'):
        geom.attrib.update(contype='0', conaffinity='0', group='2')
        del geom.attrib['class']
    for geom in geoms(root, 'collision'):
        geom.set('group', '3')
        del geom.attrib['class']
    # Upstream lights white parts so much that their shape is lost.
    for light in root.iter('headlight'):
        light.set('diffuse', '0.25 0.25 0.25')
        light.set('ambient', '0.35 0.35 0.35')
    for light in root.iter('light'):
        light.set('diffuse', '0.5 0.5 0.5')
        light.set('specular', '0.1 0.1 0.1')
    for texture in root.iter('texture'):
        if texture.get('type') == 'skybox':
            texture.attrib.update(width='64', height='384')
    for material in root.iter('material'):
        material.attrib.pop('reflectance', None)
    return root, files


def _drop_geoms(root: Element, kind: str) -> None:
    for parent in root.iter('body'):
        for geom in geoms(parent, kind):
            if geom in list(parent):
                parent.remove(geom)


def _point_meshes(root: Element, kept: dict[str, str], folder: str) -> None:
    for asset in root.iter('asset'):
        for mesh in asset.findall('mesh'):
            if mesh_name(mesh) in kept:
                mesh.set('file', PurePosixPath(mesh.attrib['file']).name)
            else:
                asset.remove(mesh)
    for compiler in root.iter('compiler'):
        compiler.set('meshdir', folder)


def _drop_materials(root: Element) -> None:
    for asset in root.iter('asset'):
        for material in asset.findall('material'):
            asset.remove(material)


def _tune_joints(root: Element) -> None:
    for default in root.iter('default'):
        if default.get('class') == 'perfect_actuator':
            _set(
                _only(default, 'joint'),
                damping=servos.JOINT_DAMPING_NMS_PER_RAD,
                frictionloss=servos.JOINT_FRICTION_NM,
                armature=servos.JOINT_ARMATURE_KG_M2,
            )
            limit = servos.TORQUE_LIMIT_NM
            position = _only(default, 'position')
            _set(
                position,
                kp=servos.POSITION_GAIN_NM_PER_RAD,
                kv=servos.VELOCITY_GAIN_NMS_PER_RAD,
            )
            position.set('forcerange', f'{-limit} {limit}')
    for joint in root.iter('joint'):
        if joint.get('type') == 'ball':
            _set(
                joint,
                damping=servos.BALL_DAMPING_NMS_PER_RAD,
                frictionloss=servos.BALL_FRICTION_NM,
                armature=servos.BALL_ARMATURE_KG_M2,
            )


def _tune_servos(root: Element) -> None:
    for actuator in root.iter('actuator'):
        for position in actuator.findall('position'):
            position.set('group', str(servos.ACTUATOR_GROUP))
            if position.get('joint') in ANTENNA_JOINTS:
                low, high = JOINT_LIMITS_RAD[position.attrib['joint']]
                position.set('ctrlrange', f'{low!r} {high!r}')


def _only(parent: Element, tag: str) -> Element:
    found = parent.find(tag)
    if found is None:
        raise ValueError(f'the official MJCF has no <{tag}> in class {parent.get("class")!r}')
    return found


def _set(element: Element, **numbers: float) -> None:
    for name, value in numbers.items():
        element.set(name, repr(value))


def quaternion_to_rpy(wxyz: str) -> tuple[float, float, float]:
    """Return the URDF's roll, pitch, yaw (rad) of an MJCF quaternion attribute."""
    w, x, y, z = (float(number) for number in wxyz.split())
    norm = math.hypot(w, x, y, z)
    w, x, y, z = w / norm, x / norm, y / norm, z / norm
    roll = math.atan2(2.0 * (w * x + y * z), 1.0 - 2.0 * (x * x + y * y))
    pitch = math.asin(max(-1.0, min(1.0, 2.0 * (w * y - z * x))))
    yaw = math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))
    return roll, pitch, yaw
