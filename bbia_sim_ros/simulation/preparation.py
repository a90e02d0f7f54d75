"""What `assets.prepare` writes: one step per file or mesh, into a folder that is not final yet.

Contract
    `write_all(source, folder, final, progress)` writes everything below `folder`; files that must
    name their own place (the URDF) name `final`. It neither renames nor cleans up.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from pathlib import PurePosixPath
from xml.etree import ElementTree

import cv2

from bbia_sim_ros.simulation import assets
from bbia_sim_ros.simulation import mjcf
from bbia_sim_ros.simulation import urdf
from bbia_sim_ros.simulation.errors import AssetError
from bbia_sim_ros.simulation.meshes import simplify
from bbia_sim_ros.simulation.postures import relaxed_postures

# The props of the table never fill more than half of a usual picture.
TEXTURE_SIZE_PX = 512

Step = tuple[str, Callable[[], object]]


def write_all(source: assets.Source, folder: Path, final: Path, progress: assets.Progress) -> None:
    """Write all products below `folder`.

    Raises
    ------
    AssetError
        A file of the wheel is missing or cannot be read.
    OSError
        The folder cannot be written.

    """
    steps = _steps(source, folder, final)
    for done, (what, step) in enumerate(steps):
        progress(done, len(steps), what)
        try:
            step()
        except (ValueError, KeyError, ElementTree.ParseError) as error:
            raise AssetError(
                f'the official file for {what!r} in {source.package} is damaged: {error}; '
                f'reinstall {assets.WHEEL}'
            ) from error
        except FileNotFoundError as error:
            raise AssetError(
                f'{error.filename} is missing from {assets.WHEEL} {source.version}; reinstall it'
            ) from error
    progress(len(steps), len(steps), 'done')


def _steps(source: assets.Source, folder: Path, final: Path) -> list[Step]:
    products = assets.Assets(folder)
    robot = _parse(source.mjcf / 'reachy_mini.xml')
    scene, scene_files = mjcf.table_scene(_parse(source.mjcf / 'scenes' / 'minimal.xml'))
    official_urdf = _parse(source.urdf)
    official = source.mjcf / 'assets'
    steps: list[Step] = [
        ('kinematics data', lambda: shutil.copy(source.kinematics_data, folder)),
        ('physics model', lambda: _write(mjcf.physics_robot(robot), products.physics_robot)),
        ('camera model', lambda: _write(mjcf.camera_robot(robot), products.camera_robot)),
        ('table scene', lambda: _write(scene, products.table_scene)),
    ]
    steps += [
        (f'shape {name}', _copying(official / file, folder / mjcf.COLLISION_DIR))
        for name, file in sorted(mjcf.meshes_of(robot, 'collision').items())
    ]
    steps += [
        (f'mesh {name}', _simplifying(official / file, folder / mjcf.VISUAL_DIR))
        for name, file in sorted(mjcf.meshes_of(robot, 'visual').items())
    ]
    steps += [
        (f'prop {PurePosixPath(file).name}', _copying(official / file, folder / mjcf.TABLE_DIR))
        for file in scene_files
    ]
    steps += [
        ('robot description', lambda: _write_urdf(official_urdf, robot, products, final)),
        ('postures', lambda: _write_postures(products)),
    ]
    return steps


def _parse(path: Path) -> ElementTree.Element:
    try:
        return ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise AssetError(f'{path} is damaged ({error}); reinstall {assets.WHEEL}') from error
    except OSError as error:
        raise AssetError(f'{path} cannot be read ({error.strerror})') from error


def _write(root: ElementTree.Element, path: Path) -> None:
    ElementTree.ElementTree(root).write(path, encoding='utf-8', xml_declaration=True)


def _copying(source: Path, folder: Path) -> Callable[[], object]:
    def copy() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if source.suffix == '.png':
            _shrink_picture(source, folder / source.name)
        else:
            shutil.copyfile(source, folder / source.name)

    return copy


def _simplifying(source: Path, folder: Path) -> Callable[[], object]:
    return lambda: simplify(source, folder / source.name)


def _shrink_picture(source: Path, target: Path) -> None:
    picture = cv2.imread(str(source), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f'{source} is not a picture')
    size = (TEXTURE_SIZE_PX, TEXTURE_SIZE_PX)
    encoded, data = cv2.imencode('.png', cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    if not encoded:
        raise ValueError(f'{source} cannot be converted')
    target.write_bytes(data.tobytes())


def _write_urdf(
    official: ElementTree.Element,
    robot: ElementTree.Element,
    products: assets.Assets,
    final: Path,
) -> None:
    tree = urdf.rewrite(official, robot, final)
    _write(tree, products.urdf)
    products.urdf_xacro.write_text(urdf.as_xacro(tree))


def _write_postures(products: assets.Assets) -> None:
    postures = relaxed_postures(products.physics_robot, products.kinematics_data)
    products.postures.write_text(json.dumps(postures, indent=1))
