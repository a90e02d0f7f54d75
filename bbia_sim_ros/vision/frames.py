"""The newest picture, for those who look at pictures in their own time.

Contract
    `NewestFrame.put` replaces the picture that is there; nothing waits in a line. Each `Looker`
    gets every picture at most once, the newest there is; what it never looked at is counted. Any
    thread. A `Frame` is turned into pixels once, by whoever looks at it first.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from bbia_sim_ros.vision.errors import ImageError

Pixels = npt.NDArray[np.uint8]


class Frame:
    """A picture as it came.

    Attributes
    ----------
    number:
        1, 2, ... in the order in which they came.
    stamp_s:
        When it was taken, s of ROS time.
    arrived_s:
        When it came, s of `time.monotonic`.
    source:
        What it came with, such as the message's header; not looked at here.

    """

    def __init__(
        self, number: int, *, stamp_s: float, source: Any, decode: Callable[[], Pixels]
    ) -> None:
        """Take a picture that ``decode`` turns into RGB (h, w, 3)."""
        self.number = number
        self.stamp_s = stamp_s
        self.arrived_s = time.monotonic()
        self.source = source
        self._decode: Callable[[], Pixels] | None = decode
        self._pixels: Pixels | None = None
        self._error: ImageError | None = None
        self._lock = threading.Lock()

    def pixels(self) -> Pixels:
        """Return the picture, RGB (h, w, 3), not to be written to; raises `ImageError`."""
        with self._lock:
            if self._decode is not None:
                try:
                    self._pixels = self._decode()
                except ImageError as error:
                    self._error = error
                self._decode = None
            if self._pixels is None:
                raise self._error or ImageError('the picture could not be read')
            return self._pixels


class NewestFrame:
    """See the module's docstring."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self._frame: Frame | None = None

    def put(self, frame: Frame) -> None:
        """Replace the picture."""
        with self.changed:
            self._frame = frame
            self.changed.notify_all()

    def clear(self) -> None:
        """Forget the picture: those that look at pictures later are to see a later one."""
        with self.changed:
            self._frame = None

    def after(self, number: int) -> Frame | None:
        """Return the picture if it is newer than a number; hold `changed` while you ask."""
        frame = self._frame
        return frame if frame is not None and frame.number > number else None
