"""Simplification of the official visual meshes. Needs trimesh and fast-simplification.

Contract
    `simplify` reads one STL file and writes another whose outline differs by at most
    `MAX_SHIFT_M` on each side of its bounding box. First vertices that share a cell of a grid are
    merged (this closes the holes and fillets that quadric decimation cannot pass), then quadric
    edge collapse brings the part down to its face budget. The budget follows the size of the part,
    so that a shell of the head keeps thousands of faces and a screw some dozens.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import trimesh

MIN_FACES = 48
FACES_PER_SQUARE_METRE = 100_000.0
MIN_CELL_M = 0.0005
CELLS_PER_DIAGONAL = 200.0
MAX_SHIFT_M = 0.001


def face_budget(diagonal_m: float) -> int:
    """Return how many faces a part with this bounding box diagonal should keep."""
    return MIN_FACES + round(FACES_PER_SQUARE_METRE * diagonal_m**2)


def simplify(source: Path, target: Path) -> int:
    """Write a simplified copy of an STL file and return its number of faces."""
    mesh = trimesh.load_mesh(source, file_type='stl')
    diagonal = float(np.linalg.norm(mesh.extents))
    budget = face_budget(diagonal)
    simplest = mesh
    if len(mesh.faces) > budget:
        simplest = merge_vertices(mesh, max(MIN_CELL_M, diagonal / CELLS_PER_DIAGONAL))
        coarse = simplest
        # A part full of detail may lose a corner at its budget: then it gets more faces.
        for faces in (budget, 2 * budget, 4 * budget):
            if len(coarse.faces) <= faces:
                break
            candidate = coarse.simplify_quadric_decimation(face_count=faces)
            if np.abs(candidate.bounds - mesh.bounds).max() <= MAX_SHIFT_M:
                simplest = candidate
                break
    target.parent.mkdir(parents=True, exist_ok=True)
    simplest.export(target, file_type='stl')
    return len(simplest.faces)


def merge_vertices(mesh: Any, cell_m: float) -> Any:
    """Return the mesh with all vertices of a cubic cell merged into their mean."""
    cells = np.round(mesh.vertices / cell_m).astype(np.int64)
    _, owner = np.unique(cells, axis=0, return_inverse=True)
    owner = owner.ravel()
    count = np.bincount(owner)
    vertices = np.stack(
        [np.bincount(owner, mesh.vertices[:, axis]) / count for axis in range(3)], axis=1
    )
    faces = owner[mesh.faces]
    a, b, c = faces.T
    faces = faces[(a != b) & (b != c) & (c != a)]
    # The two walls of a thin plate can fall onto each other: one of them is enough.
    _, first = np.unique(np.sort(faces, axis=1), axis=0, return_index=True)
    return trimesh.Trimesh(vertices, faces[np.sort(first)], process=False)
