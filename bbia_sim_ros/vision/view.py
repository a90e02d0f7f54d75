"""Where a camera stood when it took a picture: its pixels as directions in `head_neutral`.

Contract
    A `View` is one picture's lens, pose and stamp; immutable, any thread. Pixels as in `results`:
    the middle of the left upper pixel is (0.5, 0.5). Directions are unit vectors and points metres
    in `head_neutral`; bearings and elevations are rad in the camera's optical frame, positive left
    and up.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from bbia_sim_ros.camera.rays import Lens
from bbia_sim_ros.robot.camera_frames import HEAD_FRAMES
from bbia_sim_ros.robot.names import CAMERA_OPTICAL_FRAME
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.vision.errors import ImageError

# The lens counts pixels from the middle of the first one.
_HALF_PX = 0.5


class View:
    """See the module's docstring.

    Attributes
    ----------
    stamp_s:
        When the picture was taken, s of the picture's clock.
    optical:
        Pose (4, 4) of the camera's optical frame in `head_neutral` at that time.
    width, height:
        Size of the picture, px.

    """

    def __init__(self, lens: Lens, *, optical: FloatArray, stamp_s: float) -> None:
        """Take the lens of the picture, already of its size; raises `ImageError`."""
        pose = np.array(optical, dtype=np.float64)
        if pose.shape != (4, 4) or not np.isfinite(pose).all():
            raise ImageError(f'the pose of the camera must be a finite (4, 4), not {pose.tolist()}')
        if not math.isfinite(stamp_s):
            raise ImageError(f'the stamp of the picture must be finite, not {stamp_s} s')
        pose.flags.writeable = False
        self._lens = lens
        self.optical = pose
        self.stamp_s = stamp_s

    @classmethod
    def of_head(cls, lens: Lens, *, head_pose: FloatArray, stamp_s: float) -> View:
        """Return the view of the head's camera; ``head_pose`` (4, 4) is in `head_neutral`."""
        return cls(lens, optical=head_pose @ HEAD_FRAMES[CAMERA_OPTICAL_FRAME], stamp_s=stamp_s)

    @property
    def width(self) -> int:
        """Width of the picture, px."""
        return self._lens.intrinsics.width

    @property
    def height(self) -> int:
        """Height of the picture, px."""
        return self._lens.intrinsics.height

    @property
    def camera(self) -> FloatArray:
        """Where the camera is (3,), m."""
        return self.optical[:3, 3]

    @property
    def axis(self) -> FloatArray:
        """Where the optical axis points (3,), a unit vector."""
        return self.optical[:3, 2]

    def directions(self, pixels: npt.ArrayLike) -> FloatArray:
        """Return the directions (n, 3) to pixels (n, 2); NaN where no direction leads to one."""
        places = np.array(pixels, dtype=np.float64).reshape(-1, 2) - _HALF_PX
        places[~np.isfinite(places).all(axis=1)] = np.nan
        turned: FloatArray = self._lens.directions(places) @ self.optical[:3, :3].T
        return turned

    def pixel(self, point: npt.ArrayLike) -> tuple[float, float] | None:
        """Return where a point is in the picture, also beyond its edges; None when unseen.

        A point behind the camera is not seen, and one so far out that the lens cannot tell.
        """
        place = (np.asarray(point, dtype=np.float64) - self.camera) @ self.optical[:3, :3]
        x, y = self._lens.pixels(place)[0].tolist()
        if not (math.isfinite(x) and math.isfinite(y)):
            return None
        return x + _HALF_PX, y + _HALF_PX

    def angles(self, point: npt.ArrayLike) -> tuple[float, float]:
        """Return bearing and elevation (rad) of a point in the camera's optical frame.

        The elevation is that above the frame's horizontal plane, -pi / 2 .. pi / 2.
        """
        x, y, z = (
            (np.asarray(point, dtype=np.float64) - self.camera) @ self.optical[:3, :3]
        ).tolist()
        return math.atan2(-x, z), math.atan2(-y, math.hypot(x, z))


def angle_between(one: FloatArray, other: FloatArray) -> float:
    """Return the angle (rad) between two vectors (3,) of any length."""
    across = np.linalg.norm(np.cross(one, other))
    return math.atan2(float(across), float(one @ other))
