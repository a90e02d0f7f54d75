"""Paths along which free-standing bodies of a scene move. Pure functions of time.

Contract
    `Paths` are what somebody wants, checked: poses in `base_link`, m, at times in s from the start.
    A `Motion` is what the simulation follows: placements in the world. Between two points positions
    go on a straight line at constant speed and orientations turn about one axis at constant rate
    (slerp, the shorter way). Before the first point a body goes there from where it was; after the
    last one it stays, or begins again at the first one.
    Anything wrong raises `PathError` before anything moves.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

import numpy as np

from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import quaternion_from_rotation
from bbia_sim_ros.simulation.errors import PathError

# Poses of all bodies together; to take them over holds the control thread up for some 10 ms.
MAX_POSES: Final = 2000
MAX_DISTANCE_M: Final = 100.0
# Below this angle between two orientations a straight line between them is the same.
_SMALL_RAD: Final = 1e-6


@dataclass(frozen=True, eq=False, kw_only=True)
class Paths:
    """Wanted paths of some bodies, checked when made.

    Attributes
    ----------
    bodies:
        Names (b,), each once. None at all: every body stops where it is.
    times_s:
        When the poses are reached (n,), s from the start, 0 or more, increasing.
    poses:
        The poses (n, b, 4, 4) in `base_link`, m, rigid.
    loop:
        Begin again at the first pose after the last one; the time between them is 0, so that a
        path that ends where it began runs round.

    Raises
    ------
    PathError
        Numbers that do not match, are not finite or out of range, times that do not increase.

    """

    bodies: tuple[str, ...]
    times_s: tuple[float, ...]
    poses: FloatArray
    loop: bool = False

    def __post_init__(self) -> None:
        """Check everything that needs no scene."""
        points, bodies = len(self.times_s), len(self.bodies)
        if (points == 0) != (bodies == 0):
            raise PathError(
                f'{bodies} bodies and {points} points: give both, or neither to stop all bodies'
            )
        check_count(points, bodies)
        self._check_bodies()
        if self.poses.shape != (points, bodies, 4, 4):
            raise PathError(
                f'{points} points for {bodies} bodies need poses of shape'
                f' {(points, bodies, 4, 4)}, not {self.poses.shape}'
            )
        self._check_times()
        self._check_places()

    def _check_bodies(self) -> None:
        twice = sorted({name for name in self.bodies if self.bodies.count(name) > 1})
        if twice:
            raise PathError(f'{", ".join(twice)} named more than once; one path a body is allowed')

    def _check_times(self) -> None:
        times = np.array(self.times_s)
        if not np.isfinite(times).all():
            raise PathError('a time from the start is not a finite number')
        if len(times) and times[0] < 0.0:
            raise PathError(
                f'point 0 is at {times[0]:g} s; times from the start begin at 0 or later'
            )
        late = np.flatnonzero(np.diff(times) <= 0.0)
        if len(late):
            point = int(late[0]) + 1
            raise PathError(
                f'point {point} is at {times[point]:g} s, after one at {times[point - 1]:g} s;'
                ' times from the start must increase'
            )
        if self.loop and len(times) == 1:
            raise PathError('a path that loops needs two points or more; this one has 1')

    def _check_places(self) -> None:
        if not np.isfinite(self.poses).all():
            raise PathError('a pose holds a NaN or infinite number; send finite metres')
        far = np.argwhere(np.abs(self.poses[:, :, :3, 3]) > MAX_DISTANCE_M)
        if len(far):
            point, body, axis = far[0].tolist()
            value = self.poses[point, body, axis, 3]
            raise PathError(
                f'{self.bodies[body]}, point {point}: {"xyz"[axis]} is {value:g} m;'
                f' allowed are -{MAX_DISTANCE_M:g} to {MAX_DISTANCE_M:g} m'
            )


def check_count(points: int, bodies: int) -> None:
    """Raise `PathError` when so many points for so many bodies are more than `MAX_POSES`."""
    if points * bodies > MAX_POSES:
        raise PathError(
            f'{points} points for {bodies} bodies are too many; at most {MAX_POSES} poses'
            ' altogether are allowed'
        )


class Motion:
    """Where some bodies are at which time, in the world.

    A placement (7,) is what MuJoCo has for a body: x y z, m, and the unit quaternion w x y z.
    """

    def __init__(
        self, paths: Paths, *, base: FloatArray, start: FloatArray, start_time_s: float
    ) -> None:
        """Begin to follow `paths` at a time, s.

        `base` (4, 4) is the pose of `base_link` in the world, `start` (b, 7) where the bodies are.
        """
        self._start_time_s = start_time_s
        wanted = np.array(
            [[placement(base @ pose) for pose in poses_at] for poses_at in paths.poses]
        )
        times = list(paths.times_s)
        self._first_s, self._last_s = times[0], times[-1]
        self._loop = paths.loop
        if self._first_s > 0.0:
            times.insert(0, 0.0)
            wanted = np.concatenate((start[None], wanted))
        self._times_s = times
        self._placements: FloatArray = wanted

    def at(self, time_s: float) -> FloatArray:
        """Return where the bodies are at a time, s: placements (b, 7)."""
        elapsed = max(0.0, time_s - self._start_time_s)
        if self._loop and elapsed > self._last_s:
            elapsed = self._first_s + (elapsed - self._first_s) % (self._last_s - self._first_s)
        after = bisect_right(self._times_s, elapsed)
        if after == len(self._times_s):
            last: FloatArray = self._placements[-1]
            return last
        begin, end = self._times_s[after - 1], self._times_s[after]
        return between(
            self._placements[after - 1],
            self._placements[after],
            (elapsed - begin) / (end - begin),
        )


def placement(pose: FloatArray) -> FloatArray:
    """Return a pose (4, 4) as a placement (7,): x y z, quaternion w x y z."""
    x, y, z, w = quaternion_from_rotation(pose)
    return np.array((*pose[:3, 3].tolist(), w, x, y, z))


def between(first: FloatArray, second: FloatArray, share: float) -> FloatArray:
    """Return placements (b, 7) at `share` (0 .. 1) of the way from `first` to `second`.

    The quaternions are slerped: K. Shoemake, Animating rotation with quaternion curves, 1985.
    """
    dots = np.sum(first[:, 3:] * second[:, 3:], axis=1, keepdims=True)
    # q and -q are the same orientation: the nearer one gives the shorter way.
    target = np.where(dots < 0.0, -second[:, 3:], second[:, 3:])
    angles = np.arccos(np.minimum(np.abs(dots), 1.0))
    straight = angles < _SMALL_RAD
    sines = np.where(straight, 1.0, np.sin(angles))
    weights = [
        np.where(straight, part, np.sin(part * angles) / sines) for part in (1.0 - share, share)
    ]
    quaternions = weights[0] * first[:, 3:] + weights[1] * target
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    places = (1.0 - share) * first[:, :3] + share * second[:, :3]
    return np.concatenate((places, quaternions), axis=1)
