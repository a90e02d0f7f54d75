"""A small transform tree: the newest transform of every frame, and the way between two frames.

Contract
    ``put`` takes one transform, ``lookup`` returns the pose of one frame in another as a (4, 4)
    matrix, metres. At most ``MAX_FRAMES`` frames are kept; when there is no room for a new one, the
    moving frame that was heard longest ago goes. A moving transform older than ``max_age`` seconds
    does not count. One owner; not thread-safe; no clock is read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from bbia_sim_ros.robot.names import FloatArray

MAX_FRAMES: Final = 1000
_MAX_DEPTH: Final = 100


class FrameError(ValueError):
    """There is no transform; the message names the frames and what is missing."""


@dataclass(frozen=True, eq=False)
class _Edge:
    parent: str
    pose: FloatArray
    stamp: float


class FrameTree:
    """See the module's docstring."""

    def __init__(self, max_age: float = 1.0) -> None:
        self._max_age = max_age
        self._edges: dict[str, _Edge] = {}

    def put(self, parent: str, child: str, pose: FloatArray, *, stamp: float = math.inf) -> bool:
        """Keep the pose (4, 4) of `child` in `parent`; without a stamp (s) it never moves.

        False when the frame is new and all others are fixed ones that fill the tree.
        """
        if child not in self._edges and len(self._edges) >= MAX_FRAMES:
            oldest = min(self._edges, key=lambda frame: self._edges[frame].stamp)
            if math.isinf(self._edges[oldest].stamp):
                return False
            del self._edges[oldest]
        self._edges[child] = _Edge(parent, pose, stamp)
        return True

    def lookup(self, target: str, source: str, *, now: float) -> FloatArray:
        """Return the pose (4, 4) of `source` in `target`; `FrameError` when they are not joined."""
        to_root, source_root = self._to_root(source, now)
        target_to_root, target_root = self._to_root(target, now)
        if source_root != target_root:
            raise FrameError(
                f'no transform from {source!r} to {target!r}: the one hangs below {source_root!r},'
                f' the other below {target_root!r}'
            )
        pose: FloatArray = np.linalg.inv(target_to_root) @ to_root
        return pose

    def _to_root(self, frame: str, now: float) -> tuple[FloatArray, str]:
        pose: FloatArray = np.eye(4)
        for _ in range(_MAX_DEPTH):
            edge = self._edges.get(frame)
            if edge is None:
                return pose, frame
            if now - edge.stamp > self._max_age:
                raise FrameError(
                    f'the transform of {frame!r} is {now - edge.stamp:.1f} s old, allowed is'
                    f' {self._max_age:g} s; does its publisher still run?'
                )
            pose = edge.pose @ pose
            frame = edge.parent
        raise FrameError(f'the frames above {frame!r} go round in a circle')
