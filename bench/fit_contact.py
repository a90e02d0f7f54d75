"""Measure the table of ``bbia_sim_ros/robot/contact_table.py`` from the official robot model.

Run: ``python bench/fit_contact.py`` (needs mujoco and the reachy-mini wheel). Without
``--write`` it measures the table in use against MuJoCo on fresh random poses; with ``--write`` it
makes a new table first. Prints one line per figure. Takes about two minutes.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
from pathlib import Path

import mujoco
import numpy as np

from bbia_sim_ros.robot import contact
from bbia_sim_ros.robot import contact_table
from bbia_sim_ros.robot.geometry import load_geometry
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.names import HEAD_HEIGHT_M
from bbia_sim_ros.robot.names import JOINT_LOWER_RAD
from bbia_sim_ros.robot.names import JOINT_UPPER_RAD
from bbia_sim_ros.robot.names import LEGS_SLICE
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import euler_poses

HEAD, BODY = 'xl_330', 'body_down_3dprint'
DIRECTIONS = 2000
KEPT_DIRECTIONS = 140
# Reachable poses lie inside this box (m and degrees: x, y, z, roll, pitch, yaw).
BOX = np.array((0.056, 0.056, 0.042, 62.0, 62.0, 65.0))
BOX_CENTRE = np.array((0.0, 0.0, -0.013, 0.0, 0.0, 0.0))
# Deeper contact than this says nothing about where contact begins.
DEEPEST_M = -0.012


class Shapes:
    """Official collision shapes of head and body in one MuJoCo model, the head placed at will."""

    def __init__(self, package: Path) -> None:
        """Compile the official model and find the head's shape relative to its site."""
        scene = package / 'descriptions/reachy_mini/mjcf/scenes/empty.xml'
        self._model = mujoco.MjModel.from_xml_path(str(scene))
        self._data = mujoco.MjData(self._model)
        mujoco.mj_forward(self._model, self._data)
        self._head, self._body = self._geoms(HEAD), self._geoms(BODY)
        site = self._data.site('head')
        self._site_rotation = site.xmat.reshape(3, 3).copy()
        self._site_place = site.xpos.copy()
        self._local = [self._relative(geom) for geom in self._head]

    def _geoms(self, name: str) -> list[int]:
        body = self._model.body(name).id
        on_body = np.flatnonzero(self._model.geom_bodyid == body)
        return [int(geom) for geom in on_body if self._model.geom_contype[geom]]

    def _relative(self, geom: int) -> tuple[FloatArray, FloatArray]:
        turn = self._site_rotation.T
        rotation = turn @ self._data.geom_xmat[geom].reshape(3, 3)
        return turn @ (self._data.geom_xpos[geom] - self._site_place), rotation

    def _vertices(self, geom: int) -> FloatArray:
        mesh = self._model.geom_dataid[geom]
        start, count = self._model.mesh_vertadr[mesh], self._model.mesh_vertnum[mesh]
        return np.asarray(self._model.mesh_vert[start : start + count], dtype=np.float64)

    def head_vertices(self) -> FloatArray:
        """Return the corners of the head's shape, m, head frame."""
        parts = zip(self._head, self._local, strict=True)
        return np.vstack([self._vertices(geom) @ turn.T + move for geom, (move, turn) in parts])

    def rim_pieces(self) -> list[FloatArray]:
        """Return the corners of the body's pieces, m, body frame relative to the neutral head."""
        pieces = []
        for geom in self._body:
            turn = self._data.geom_xmat[geom].reshape(3, 3)
            corners = self._vertices(geom) @ turn.T + self._data.geom_xpos[geom]
            pieces.append(corners - (0.0, 0.0, HEAD_HEIGHT_M))
        return pieces

    def distances(self, poses: FloatArray) -> FloatArray:
        """Return MuJoCo's signed distance of head and body for each pose, m, at most 0.1."""
        segment = np.zeros(6)
        result = np.full(len(poses), 0.1)
        for k, pose in enumerate(poses):
            for geom, (move, turn) in zip(self._head, self._local, strict=True):
                place = pose[:3, :3] @ move + pose[:3, 3] + (0.0, 0.0, HEAD_HEIGHT_M)
                self._data.geom_xpos[geom] = place
                self._data.geom_xmat[geom] = (pose[:3, :3] @ turn).ravel()
                for other in self._body:
                    distance = mujoco.mj_geomDistance(
                        self._model, self._data, geom, other, 0.1, segment
                    )
                    result[k] = min(result[k], distance)
        return result


def reachable_poses(kinematics: Kinematics, count: int, seed: int) -> FloatArray:
    """Return ``count`` random poses within the joint ranges and on the robot's assembly."""
    draw = np.random.default_rng(seed)
    kept: list[FloatArray] = []
    while sum(map(len, kept)) < count:
        values = draw.uniform(BOX_CENTRE - BOX, BOX_CENTRE + BOX, (100_000, 6))
        poses = euler_poses(values[:, :3], np.radians(values[:, 3:]))
        legs, reachable = kinematics.inverse_batch(poses, np.zeros(len(poses)))
        low, high = JOINT_LOWER_RAD[LEGS_SLICE], JOINT_UPPER_RAD[LEGS_SLICE]
        with np.errstate(invalid='ignore'):
            good = reachable & (legs >= low).all(axis=1) & (legs <= high).all(axis=1)
        poses, legs = poses[good], legs[good]
        kept.append(poses[kinematics.stiffness_batch(poses, legs) > 0.0])
    return np.concatenate(kept)[:count]


def separations(
    poses: FloatArray, corners: FloatArray, normals: FloatArray, extents: FloatArray
) -> FloatArray:
    """Return (n, directions): how far a piece is beyond the head's plane, m."""
    local = (corners - poses[:, None, :3, 3]) @ poses[:, :3, :3]
    beyond: FloatArray = (local @ normals.T).min(axis=1) - extents
    return beyond


def choose_directions(beyond: list[FloatArray], distances: FloatArray) -> list[int]:
    """Pick directions one by one, each the one that closes most of the gap to the distance."""
    goal = [np.minimum(np.minimum(piece.max(axis=1), distances), 0.002) for piece in beyond]
    free = distances > 0.0002
    reached = [np.full(len(distances), -0.05) for _ in beyond]
    chosen: list[int] = []
    for _ in range(KEPT_DIRECTIONS):
        gain = np.zeros(beyond[0].shape[1])
        for piece, best, wanted in zip(beyond, reached, goal, strict=True):
            rows = np.flatnonzero(free & (wanted - best > 5e-5))[:2500]
            most = np.minimum(wanted[rows] - best[rows], 0.008)[:, None]
            gain += np.clip(piece[rows] - best[rows, None], 0.0, most).sum(axis=0)
        chosen.append(int(gain.argmax()))
        for piece, best in zip(beyond, reached, strict=True):
            np.maximum(best, piece[:, chosen[-1]], out=best)
    return chosen


def touching_corners(
    poses: FloatArray, corners: FloatArray, normals: FloatArray, extents: FloatArray
) -> FloatArray:
    """Return the corners of a piece that ever decide whether the head is close to it."""
    local = (corners - poses[:, None, :3, 3]) @ poses[:, :3, :3]
    beyond = local @ normals.T
    best = (beyond.min(axis=1) - extents).argmax(axis=1)
    rows = np.arange(len(poses))
    close = beyond.min(axis=1)[rows, best] - extents[best] < 0.012
    deciding = beyond[rows, :, best].argmin(axis=1)
    touching: FloatArray = corners[np.unique(deciding[close])]
    return touching


def fit(shapes: Shapes, kinematics: Kinematics, target: Path) -> None:
    """Measure a new table and write it to ``target``."""
    poses = reachable_poses(kinematics, 250_000, seed=1)
    distances = shapes.distances(poses)
    near = np.abs(distances) < 0.008
    poses, distances = poses[near][:16_000], distances[near][:16_000]
    normals = contact.sphere_directions(DIRECTIONS)
    extents = (shapes.head_vertices() @ normals.T).max(axis=0)
    beyond = [separations(poses, piece, normals, extents) for piece in shapes.rim_pieces()]
    chosen = sorted(choose_directions(beyond, distances))
    normals, extents = normals[chosen], extents[chosen]
    rims = [touching_corners(poses, piece, normals, extents) for piece in shapes.rim_pieces()]
    lines = [
        '"""Extents of the head and points of the rim, measured by ``bench/fit_contact.py``.',
        '',
        'Source: collision shapes of bodies ``xl_330`` and ``body_down_3dprint`` in the MJCF of',
        'the official wheel reachy-mini 1.13.0. Millimetres, relative to the neutral head; see',
        '``contact`` for the meaning and the sphere of directions.',
        '"""',
        '',
        'from __future__ import annotations',
        '',
        'from typing import Final',
        '',
        f'DIRECTION_COUNT: Final = {DIRECTIONS}',
        '',
        '# (number of the direction, extent of the head along it, rounded up)',
        'HEAD_EXTENTS_MM: Final = (',
    ]
    rounded = np.ceil(extents * 1e5) / 100
    pairs = [f'({k}, {e:.2f})' for k, e in zip(chosen, rounded, strict=True)]
    lines += [f'    *({", ".join(pairs[i : i + 5])}),' for i in range(0, len(pairs), 5)]
    lines += [')', '', '# (x, y, z) of the points of each piece', 'RIM_POINTS_MM: Final = (']
    for rim in rims:
        lines.append('    (')
        lines += [f'        ({x:.2f}, {y:.2f}, {z:.2f}),' for x, y, z in (rim * 1000).tolist()]
        lines.append('    ),')
    target.write_text('\n'.join([*lines, ')', '']), encoding='utf-8')
    print(f'table: {len(chosen)} directions, {sum(map(len, rims))} points -> {target.name}')


def measure(shapes: Shapes, kinematics: Kinematics, count: int) -> None:
    """Compare the table in use with MuJoCo on fresh poses."""
    model = contact.ContactModel()
    poses = reachable_poses(kinematics, count, seed=2)
    distances = shapes.distances(poses)
    clearances = np.concatenate([model.clearance_batch(part) for part in np.array_split(poses, 50)])
    touching = distances <= 0.0
    called_free = touching & (clearances > 0.0)
    refused = ~touching & (clearances <= 0.0)
    print(f'reachable poses, of which free of contact: {count}, {(~touching).sum()}')
    print(f'contact poses called free: {called_free.sum()}')
    print(f'free poses refused: {refused.sum() / (~touching).sum():.4f}')
    farther = distances > 0.001
    print(f'poses with more than 1 mm refused: {(refused & farther).sum() / farther.sum():.4f}')
    excess = float((clearances - distances)[np.abs(distances) < 0.01].max() * 1e3)
    print(f'largest clearance above the distance, within 10 mm: {excess:.3f} mm')


def main() -> None:
    """Fit if asked, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--write', action='store_true', help='measure and write a new table')
    parser.add_argument('--poses', type=int, default=200_000, help='poses to compare')
    arguments = parser.parse_args()
    found = importlib.util.find_spec('reachy_mini')
    if found is None or found.origin is None:
        raise SystemExit('reachy-mini is not installed: pip install --no-deps reachy-mini')
    package = Path(found.origin).parent
    kinematics = Kinematics(load_geometry(package / 'assets/kinematics_data.json'))
    shapes = Shapes(package)
    if arguments.write:
        fit(shapes, kinematics, Path(contact_table.__file__))
        importlib.reload(contact_table)
        importlib.reload(contact)
    measure(shapes, kinematics, arguments.poses)


if __name__ == '__main__':
    main()
