"""A picture of the robot as a PNG file: `python -m bbia_sim_ros.simulation.picture --out x.png`.

The pose is held by the real physics: targets are set and the simulation settles before the picture
is taken, so what is shown can be reached.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np

from bbia_sim_ros.robot import names
from bbia_sim_ros.robot.geometry import load_geometry
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.simulation import camera
from bbia_sim_ros.simulation import mjcf
from bbia_sim_ros.simulation.assets import Assets
from bbia_sim_ros.simulation.assets import find_source
from bbia_sim_ros.simulation.assets import prepare
from bbia_sim_ros.simulation.errors import SimulationError
from bbia_sim_ros.simulation.physics import Physics

SETTLE_STEPS = 1000


def targets_for(
    head_pose: names.FloatArray, body_yaw: float, antennas: tuple[float, float], assets: Assets
) -> names.FloatArray:
    """Return the nine servo targets of a head pose, a body yaw and (right, left) antennas, rad."""
    kinematics = Kinematics(load_geometry(assets.kinematics_data))
    legs = kinematics.inverse(head_pose, body_yaw)
    return np.concatenate(([body_yaw], legs, antennas))


def take(
    targets: names.FloatArray,
    scene: str,
    assets: Assets,
    shown: Assets,
    settings: camera.CameraSettings,
) -> camera.Frame:
    """Return the picture of the robot at rest under `targets` (9,), rad, drawn with `shown`."""
    physics = Physics.load(scene, assets)
    worker = camera.CameraWorker(scene, shown, settings)
    try:
        start = physics.targets
        for step in range(1, SETTLE_STEPS + 1):
            share = min(1.0, 2.0 * step / SETTLE_STEPS)
            physics.set_targets(start + share * (targets - start))
            physics.step()
        return worker.render(physics.qpos, physics.mocap)
    finally:
        worker.close()
        physics.close()


def _with_official_meshes(folder: Path) -> Assets:
    """Write assets for pictures whose robot is drawn with the wheel's own meshes."""
    official = find_source().mjcf
    robot = mjcf.camera_robot(ElementTree.parse(official / 'reachy_mini.xml').getroot())
    for compiler in robot.iter('compiler'):
        compiler.set('meshdir', str(official / 'assets'))
    detailed = Assets(folder)
    ElementTree.ElementTree(robot).write(detailed.camera_robot)
    prepared = prepare()
    detailed.table_scene.symlink_to(prepared.table_scene)
    (folder / 'meshes').symlink_to(prepared.root / 'meshes')
    return detailed


def main(arguments: list[str] | None = None) -> int:
    """Write a picture."""
    parser = argparse.ArgumentParser(prog='picture', description='Picture of the simulated robot.')
    parser.add_argument('--out', type=Path, required=True, help='PNG or JPEG file to write')
    parser.add_argument('--scene', default='empty', help='empty, table, people, or an MJCF file')
    parser.add_argument('--camera', default=camera.STUDIO_CAMERA, help='studio_close, eye_camera')
    parser.add_argument(
        '--full-detail', action='store_true', help='draw the official meshes, not the simplified'
    )
    parser.add_argument('--size', default='1280x960', help='WIDTHxHEIGHT in pixels')
    parser.add_argument(
        '--head',
        type=float,
        nargs=6,
        default=[0.0] * 6,
        metavar=('X', 'Y', 'Z', 'R', 'P', 'Y'),
        help='head pose: millimetres, then roll, pitch, yaw in degrees',
    )
    parser.add_argument('--body', type=float, default=0.0, help='body yaw, degrees')
    parser.add_argument(
        '--antennas',
        type=float,
        nargs=2,
        default=[10.0, -10.0],
        metavar=('RIGHT', 'LEFT'),
        help='degrees',
    )
    options = parser.parse_args(arguments)
    x, y, z, roll, pitch, yaw = options.head
    head_pose = pose_from_euler(
        x=x / 1000,
        y=y / 1000,
        z=z / 1000,
        roll=math.radians(roll),
        pitch=math.radians(pitch),
        yaw=math.radians(yaw),
    )
    right, left = (math.radians(angle) for angle in options.antennas)
    try:
        width, height = (int(number) for number in options.size.split('x'))
        settings = camera.CameraSettings(
            width=width, height=height, camera=options.camera, shadows=True, samples=4
        )
        assets = prepare()
        targets = targets_for(head_pose, math.radians(options.body), (right, left), assets)
        with tempfile.TemporaryDirectory() as folder:
            shown = _with_official_meshes(Path(folder)) if options.full_detail else assets
            frame = take(targets, options.scene, assets, shown, settings)
    except (SimulationError, ValueError) as error:
        print(f'error: {error}', file=sys.stderr)
        return 1
    assert frame.rgb is not None
    if not cv2.imwrite(str(options.out), cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2BGR)):
        print(f'error: {options.out} cannot be written', file=sys.stderr)
        return 1
    print(options.out)
    return 0


if __name__ == '__main__':
    sys.exit(main())
