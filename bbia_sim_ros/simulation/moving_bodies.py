"""The bodies of a scene that stand free of physics and move along paths: MuJoCo's mocap bodies.

Contract
    Belongs to one `Physics` and its thread. Nothing is held of the model but numbers, so a model
    can be released. While no path runs `move` costs one comparison.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.simulation.errors import PathError
from bbia_sim_ros.simulation.paths import Motion
from bbia_sim_ros.simulation.paths import Paths


class MovingBodies:
    """The mocap bodies of a compiled model; see the module's docstring."""

    def __init__(self, model: Any, base: int) -> None:
        """Look the bodies up; `base` is the body that stands at `base_link`."""
        names = [model.body(body).name for body in range(model.nbody)]
        self._numbers: dict[str, int] = {
            name: int(model.body_mocapid[body])
            for body, name in enumerate(names)
            if name and model.body_mocapid[body] >= 0
        }
        self._others = frozenset(name for name in names if name) - self._numbers.keys()
        self._base = base
        self._moving: npt.NDArray[np.int64] = np.array([], dtype=np.int64)
        self._motion: Motion | None = None

    def follow(self, paths: Paths, data: Any, time_s: float) -> None:
        """Let bodies follow `paths` from `time_s` on; those that are not named stop where they are.

        Raises
        ------
        PathError
            A body that the scene has not, or that is moved by physics; the old paths go on.

        """
        self._check_names(paths.bodies)
        if not paths.bodies:
            self.stop()
            return
        base = np.eye(4)
        base[:3, :3] = data.xmat[self._base].reshape(3, 3)
        base[:3, 3] = data.xpos[self._base]
        self._moving = np.array([self._numbers[name] for name in paths.bodies])
        start = placements(data)[self._moving]
        self._motion = Motion(paths, base=base, start=start, start_time_s=time_s)
        self.move(data, time_s)

    def move(self, data: Any, time_s: float) -> None:
        """Put every body that follows a path where it is at `time_s`."""
        if self._motion is None:
            return
        places = self._motion.at(time_s)
        data.mocap_pos[self._moving] = places[:, :3]
        data.mocap_quat[self._moving] = places[:, 3:]

    def stop(self) -> None:
        """Forget the paths; the bodies stay where they are."""
        self._motion = None

    def _check_names(self, bodies: tuple[str, ...]) -> None:
        there = ', '.join(self._numbers) or 'none'
        for name in bodies:
            if name in self._others:
                raise PathError(
                    f'the body {name!r} is not free of physics, so it cannot follow a path; only'
                    f' bodies with mocap="true" in the MJCF can. In this scene: {there}'
                )
            if name not in self._numbers:
                raise PathError(
                    f'the scene has no body {name!r}; bodies that can follow a path: {there}'
                )


def placements(data: Any) -> FloatArray:
    """Return where the mocap bodies are, in the world: placements (nmocap, 7) of `paths.Motion`."""
    return np.concatenate((data.mocap_pos, data.mocap_quat), axis=1)
