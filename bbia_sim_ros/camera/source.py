"""What every camera is to the node that publishes its pictures: a source of pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bbia_sim_ros.camera.intrinsics import Intrinsics


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture, when it was taken, and with which camera.

    Attributes
    ----------
    stamp_s:
        ROS time at which it was taken, s.
    rgb:
        (height, width, 3) uint8, None if not asked for.
    jpeg:
        The same as a JPEG file, None if not asked for.
    warning:
        What a reader of the intrinsics has to know, '' if there is nothing.

    """

    stamp_s: float
    intrinsics: Intrinsics
    rgb: npt.NDArray[np.uint8] | None
    jpeg: bytes | None
    warning: str = ''


class PictureSource(Protocol):
    """A camera that opens when the first picture is taken. Used by one thread at a time.

    Attributes
    ----------
    retry_delays_s:
        Seconds to wait after the first, second, ... failure in a row; the last one is kept to.

    """

    retry_delays_s: tuple[float, ...]

    @property
    def interval_s(self) -> float:
        """Seconds from one `take` to the next; 0 where `take` itself waits for the next picture."""

    def take(self, *, rgb: bool, jpeg: bool) -> Picture | None:
        """Return the next picture, None if there is none yet after at most about half a second.

        Raises
        ------
        CameraError
            There will be none; the next call tries anew.
        CameraOff
            There is nothing to be seen at present.

        """

    def close_if_idle(self, idle_s: float) -> bool:
        """Close it if nothing was taken for `idle_s` seconds; say whether it was closed now."""

    def close(self) -> None:
        """Close it. May be called twice; the next `take` opens it again."""
