"""Transforms of a URDF's links from joint angles.

Contract
    ``TransformTree(urdf_text)`` reads fixed, revolute and continuous joints; any other moving joint
    is refused. ``moving(positions)`` gives all moving joints at once as arrays: translations (n, 3)
    in metres and quaternions (n, 4) as x, y, z, w, each of the child link in its parent link.
    Pure numpy, no state: callable from any thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from bbia_sim_ros.robot.names import FloatArray

_FIXED = 'fixed'
_TURNING = ('revolute', 'continuous')


class DescriptionError(ValueError):
    """A robot description that cannot be used; the message names the joint."""


@dataclass(frozen=True, kw_only=True)
class FixedTransform:
    """A child link that never moves in its parent: metres, quaternion x, y, z, w."""

    parent: str
    child: str
    translation: tuple[float, float, float]
    quaternion: tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class _Joint:
    name: str
    kind: str
    parent: str
    child: str
    xyz: FloatArray
    rpy: FloatArray
    axis: FloatArray


class TransformTree:
    """The transforms of one robot description; see the module's docstring."""

    def __init__(self, urdf_text: str) -> None:
        try:
            root = ElementTree.fromstring(urdf_text)
        except ElementTree.ParseError as error:
            raise DescriptionError(f'the robot description is not XML: {error}') from error
        joints = [_parse_joint(element) for element in root.findall('joint')]
        self.root = _root_link([link.get('name', '') for link in root.findall('link')], joints)
        self.fixed = tuple(
            FixedTransform(
                parent=joint.parent,
                child=joint.child,
                translation=(joint.xyz[0], joint.xyz[1], joint.xyz[2]),
                quaternion=tuple(_quaternion_from_rpy(joint.rpy)),  # type: ignore[arg-type]
            )
            for joint in joints
            if joint.kind == _FIXED
        )
        moving = [joint for joint in joints if joint.kind != _FIXED]
        self.joint_names = tuple(joint.name for joint in moving)
        self.parents = tuple(joint.parent for joint in moving)
        self.children = tuple(joint.child for joint in moving)
        self.translations = np.array([joint.xyz for joint in moving]).reshape(-1, 3)
        self._origins = np.array([_quaternion_from_rpy(joint.rpy) for joint in moving])
        self._axes = np.array([joint.axis for joint in moving]).reshape(-1, 3)

    def moving(self, positions: Mapping[str, float]) -> FloatArray:
        """Return quaternions (n, 4) of the moving joints in order of `joint_names`.

        Translations never change and stand in `translations`. Raises `KeyError` for a joint without
        a position.
        """
        half = 0.5 * np.array([positions[name] for name in self.joint_names])
        turned = np.empty((len(half), 4))
        turned[:, :3] = self._axes * np.sin(half)[:, None]
        turned[:, 3] = np.cos(half)
        return _multiply(self._origins, turned)


def _parse_joint(element: ElementTree.Element) -> _Joint:
    name = element.get('name', '')
    kind = element.get('type', '')
    if kind != _FIXED and kind not in _TURNING:
        raise DescriptionError(
            f'joint {name!r} is of type {kind!r}; allowed are {_FIXED}, {", ".join(_TURNING)}'
        )
    origin = element.find('origin')
    axis = element.find('axis')
    # A fixed joint's axis means nothing, and the official URDF writes zeros.
    direction = _vector(None if kind == _FIXED else axis, 'xyz', '1 0 0', name)
    length = float(np.linalg.norm(direction))
    if not length > 0.0:
        raise DescriptionError(f'joint {name!r} has an axis of length {length}')
    return _Joint(
        name=name,
        kind=kind,
        parent=_link_of(element, 'parent', name),
        child=_link_of(element, 'child', name),
        xyz=_vector(origin, 'xyz', '0 0 0', name),
        rpy=_vector(origin, 'rpy', '0 0 0', name),
        axis=direction / length,
    )


def _link_of(element: ElementTree.Element, tag: str, joint: str) -> str:
    found = element.find(tag)
    link = '' if found is None else found.get('link', '')
    if not link:
        raise DescriptionError(f'joint {joint!r} has no {tag} link')
    return link


def _vector(
    element: ElementTree.Element | None, attribute: str, default: str, joint: str
) -> FloatArray:
    text = default if element is None else element.get(attribute, default)
    try:
        values = np.array([float(part) for part in text.split()])
    except ValueError as error:
        raise DescriptionError(f'joint {joint!r}: {attribute}={text!r} are not numbers') from error
    if values.shape != (3,) or not np.isfinite(values).all():
        raise DescriptionError(
            f'joint {joint!r}: {attribute}={text!r} are not three finite numbers'
        )
    return values


def _root_link(links: list[str], joints: list[_Joint]) -> str:
    children = {joint.child for joint in joints}
    roots = [link for link in links if link not in children]
    if len(roots) != 1:
        raise DescriptionError(
            f'a robot description needs exactly one root link, these have no parent: {roots}'
        )
    return roots[0]


def _quaternion_from_rpy(rpy: FloatArray) -> tuple[float, float, float, float]:
    """Return x, y, z, w for fixed-axis roll, pitch, yaw (URDF convention, REP-103)."""
    (sr, sp, sy), (cr, cp, cy) = np.sin(0.5 * rpy), np.cos(0.5 * rpy)
    return (
        float(sr * cp * cy - cr * sp * sy),
        float(cr * sp * cy + sr * cp * sy),
        float(cr * cp * sy - sr * sp * cy),
        float(cr * cp * cy + sr * sp * sy),
    )


def _multiply(left: FloatArray, right: FloatArray) -> FloatArray:
    """Hamilton product of quaternions (n, 4) given as x, y, z, w."""
    lv, lw = left[:, :3], left[:, 3:]
    rv, rw = right[:, :3], right[:, 3:]
    vector = lw * rv + rw * lv + np.cross(lv, rv)
    scalar = lw * rw - (lv * rv).sum(axis=1, keepdims=True)
    return np.concatenate([vector, scalar], axis=1)
