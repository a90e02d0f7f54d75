"""Edits of the official URDF: meshes that RViz can open, few collision shapes. XML trees, no files.

Contract
    Links, joints, inertias, joint ranges and velocity limits stay as they are. Mesh URIs (in the
    official file `package://assets/...`, no ROS package) become absolute file:// URIs of the
    simplified meshes. The collision shapes are the eight convex ones of the official MJCF instead
    of every visual mesh.
"""

from __future__ import annotations

import copy
from pathlib import Path
from pathlib import PurePosixPath
from xml.etree import ElementTree

from bbia_sim_ros.simulation import mjcf

Element = ElementTree.Element

XACRO_NAMESPACE = 'http://wiki.ros.org/xacro'


def rewrite(official_urdf: Element, official_mjcf: Element, root: Path) -> Element:
    """Return the URDF whose meshes lie below `root`."""
    urdf = copy.deepcopy(official_urdf)
    urdf.set('name', 'reachy_mini')
    for link in urdf.findall('link'):
        for collision in link.findall('collision'):
            link.remove(collision)
        for visual in link.findall('visual'):
            mesh = visual.find('geometry/mesh')
            if mesh is None:
                # An empty box on a helper frame of the official kinematics: RViz complains of it.
                link.remove(visual)
            else:
                name = PurePosixPath(mesh.attrib['filename']).name
                mesh.set('filename', (root / mjcf.VISUAL_DIR / name).as_uri())
    _add_collisions(urdf, official_mjcf, root)
    ElementTree.indent(urdf)
    return urdf


def as_xacro(urdf: Element) -> str:
    """Return the same links and joints as a file for `xacro:include`."""
    text = ElementTree.tostring(urdf, encoding='unicode')
    return text.replace('<robot name="reachy_mini">', f'<robot xmlns:xacro="{XACRO_NAMESPACE}">', 1)


def _add_collisions(urdf: Element, official_mjcf: Element, root: Path) -> None:
    files = mjcf.meshes_of(official_mjcf, 'collision')
    links = {link.get('name'): link for link in urdf.findall('link')}
    for body in official_mjcf.iter('body'):
        for geom in body.findall('geom'):
            if geom.get('class') != 'collision':
                continue
            collision = ElementTree.SubElement(links[body.get('name')], 'collision')
            rpy = mjcf.quaternion_to_rpy(geom.get('quat', '1 0 0 0'))
            ElementTree.SubElement(
                collision,
                'origin',
                xyz=geom.get('pos', '0 0 0'),
                rpy=' '.join(repr(angle) for angle in rpy),
            )
            name = PurePosixPath(files[geom.attrib['mesh']]).name
            geometry = ElementTree.SubElement(collision, 'geometry')
            uri = (root / mjcf.COLLISION_DIR / name).as_uri()
            ElementTree.SubElement(geometry, 'mesh', filename=uri)
