"""Where to look so that something that moves stays in the middle of the picture. Pure.

Contract
    ``observe`` takes where the target was in a picture, ``step`` returns where to look now; call it
    at 10 Hz or more, since `cmd_gaze` counts as silent after 0.5 s. Points in metres in
    `head_neutral`, times in s of the pictures' clock. One owner; no clock is read.

States
    following: the target was seen within ``lost_after_s``. waiting: not any more; the head stays.
    searching, after ``wait_s``: a slow sweep to both sides of where it was, first the way it went.
    resting, after ``search_s``: the gaze goes back to straight ahead, and once it is there
    ``Gaze.point`` is None: the head is free for others. A new observation leads back to following
    at any time.

Why it does not oscillate
    The target is kept in a frame that does not move with the head, so turning the head does not
    change where the target is: there is no loop through the picture that a delay could make swing.
    The delay of the picture is made up for by the target's own speed, and a slow target's speed,
    which is mostly noise, is not counted. Within ``dead_zone_rad`` of where the robot looks the
    target may move without the head following.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from bbia_sim_ros.robot.camera_frames import HEAD_FRAMES
from bbia_sim_ros.robot.names import CAMERA_OPTICAL_FRAME
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.vision.moving_point import ORIGIN_M
from bbia_sim_ros.vision.moving_point import MovingPoint
from bbia_sim_ros.vision.sweep import AHEAD
from bbia_sim_ros.vision.sweep import Sweep
from bbia_sim_ros.vision.sweep import turned_towards
from bbia_sim_ros.vision.view import angle_between

Point = tuple[float, float, float]

MAX_BACK_S: Final = 1.0
# A target that is not seen goes on for so long at most, before it counts as standing still.
_MAX_AHEAD_S: Final = 0.5
# The speed below which a target is taken to stand still; detections alone seem to move this fast.
_STILL_RAD_S: Final = math.radians(3.0)
_CALM_RAD_S: Final = math.radians(5.0)
_CALM_S: Final = 0.3
_GLIDE_RAD_S: Final = math.radians(60.0)
_MAX_STEP_S: Final = 0.2
_REST_RANGE_M: Final = 1.0
# The head follows a gaze that stands still within this time.
_SETTLE_S: Final = 1.0


class FollowState(StrEnum):
    """The states of bbia_msgs/Follow."""

    FOLLOWING = 'following'
    WAITING = 'waiting'
    SEARCHING = 'searching'
    RESTING = 'resting'


@dataclass(frozen=True, kw_only=True)
class FollowerSettings:
    """See the module's docstring; all are finite and at least 0.

    ``lead_s`` is the time that the smoothing of both target and gaze and the head itself take.
    """

    dead_zone_rad: float = math.radians(3.0)
    lead_s: float = 0.2
    lost_after_s: float = 0.5
    wait_s: float = 1.5
    search_s: float = 8.0


@dataclass(frozen=True, kw_only=True)
class Gaze:
    """What to do now.

    ``point`` (m, `head_neutral`) belongs on `cmd_gaze`; None leaves the head alone. ``error`` is
    the angle (rad) between the optical axis and the target, None while that is not seen.
    """

    state: FollowState
    point: Point | None
    error: float | None


class Follower:
    """See the module's docstring.

    Attributes
    ----------
    settings:
        May be replaced between two steps.
    state:
        What the last step returned.
    refused:
        How many observations were older than the one before, or not finite.

    """

    def __init__(self, settings: FollowerSettings | None = None) -> None:
        """Begin without a target, waiting for one."""
        self.settings = settings or FollowerSettings()
        self.refused = 0
        self._restart()

    def _restart(self) -> None:
        self.state = FollowState.WAITING
        self._target: MovingPoint | None = None
        self._name = ''
        self._point: FloatArray | None = None
        self._moving = False
        self._calm_s = 0.0
        self._last_s: float | None = None
        self._lost_s: float | None = None
        self._sweep: Sweep | None = None
        self._arrived_s: float | None = None

    def observe(self, point: npt.ArrayLike, stamp_s: float, *, target: str = '') -> bool:
        """Take where the target was (3,) at ``stamp_s``; False for what cannot be used.

        Pass only what was really seen, no predictions; the same again does no harm. Another name in
        ``target`` means another thing, whose motion has nothing to do with that of the one before.
        """
        place = np.asarray(point, dtype=np.float64)
        known = self._target if target == self._name else None
        if known is not None and stamp_s <= known.stamp_s - MAX_BACK_S:
            known = None
        finite = place.shape == (3,) and bool(np.isfinite(place).all()) and math.isfinite(stamp_s)
        if not finite or (known is not None and stamp_s < known.stamp_s):
            self.refused += 1
            return False
        if known is not None and stamp_s == known.stamp_s:
            return False
        if known is None or stamp_s - known.stamp_s > self.settings.lost_after_s:
            self._target = MovingPoint(place, stamp_s)
        else:
            known.see(place, stamp_s)
        self._name = target
        return True

    def step(self, now_s: float, head_pose: FloatArray) -> Gaze:
        """Return where to look now; ``head_pose`` (4, 4), measured, is in `head_neutral`."""
        if self._last_s is not None and now_s <= self._last_s - MAX_BACK_S:
            self._restart()
        dt = 0.0 if self._last_s is None else min(max(0.0, now_s - self._last_s), _MAX_STEP_S)
        self._last_s = now_s
        optical = head_pose @ HEAD_FRAMES[CAMERA_OPTICAL_FRAME]
        target = self._target
        if target is not None and now_s - target.stamp_s <= self.settings.lost_after_s:
            return self._follow(target, now_s, dt, optical)
        self._lose(now_s, dt, optical)
        point = self._point
        return Gaze(state=self.state, point=None if point is None else _tuple(point), error=None)

    def _follow(self, target: MovingPoint, now_s: float, dt: float, optical: FloatArray) -> Gaze:
        self.state = FollowState.FOLLOWING
        self._lost_s = self._sweep = self._arrived_s = None
        age = min(max(0.0, now_s - target.stamp_s), _MAX_AHEAD_S)
        speed = float(np.linalg.norm(target.rate))
        rate = target.rate * max(0.0, 1.0 - _STILL_RAD_S / max(speed, _STILL_RAD_S))
        wanted = target.ahead(age + target.lag_s + self.settings.lead_s, rate=rate)
        self._look(wanted, calm=speed < _CALM_RAD_S, dt=dt)
        here = target.ahead(age + target.lag_s, rate=rate)
        error = angle_between(optical[:3, 2], here - optical[:3, 3])
        point = wanted if self._point is None else self._point
        return Gaze(state=self.state, point=_tuple(point), error=error)

    def _look(self, wanted: FloatArray, *, calm: bool, dt: float) -> None:
        """Look at a point if the dead zone lets the gaze move."""
        held = self._point
        if not self._moving and held is not None:
            away = angle_between(held - ORIGIN_M, wanted - ORIGIN_M)
            if away <= self.settings.dead_zone_rad:
                return
        self._moving = True
        self._point = wanted
        self._calm_s = self._calm_s + dt if calm else 0.0
        if self._calm_s >= _CALM_S:
            self._moving = False
            self._calm_s = 0.0

    def _lose(self, now_s: float, dt: float, optical: FloatArray) -> None:
        """Wait, search or rest, by how long nothing has been seen."""
        if self._lost_s is None:
            self._lost_s = now_s
        self._moving = False
        lost_for = now_s - self._lost_s - self.settings.wait_s
        if lost_for < 0.0:
            self.state = FollowState.WAITING
        elif lost_for < self.settings.search_s:
            self.state = FollowState.SEARCHING
            self._glide(self._search(optical).direction(lost_for), dt)
        else:
            self.state = FollowState.RESTING
            self._rest(now_s, dt, optical)

    def _search(self, optical: FloatArray) -> Sweep:
        if self._sweep is None:
            if self._point is None:
                self._point = ORIGIN_M + _REST_RANGE_M * optical[:3, 2]
            rate = np.zeros(3) if self._target is None else self._target.rate
            self._sweep = Sweep(self._point - ORIGIN_M, rate)
        return self._sweep

    def _rest(self, now_s: float, dt: float, optical: FloatArray) -> None:
        if self._arrived_s is None:
            if self._point is None:
                self._point = ORIGIN_M + _REST_RANGE_M * optical[:3, 2]
            self._glide(AHEAD, dt)
            if angle_between(self._point - ORIGIN_M, AHEAD) < 1e-3:
                self._arrived_s = now_s
        elif now_s - self._arrived_s >= _SETTLE_S:
            self._point = None

    def _glide(self, direction: FloatArray, dt: float) -> None:
        if self._point is not None:
            away = self._point - ORIGIN_M
            length = float(np.linalg.norm(away))
            turned = turned_towards(away / length, direction, _GLIDE_RAD_S * dt)
            self._point = ORIGIN_M + length * turned


def _tuple(point: FloatArray) -> Point:
    x, y, z = point.tolist()
    return x, y, z
