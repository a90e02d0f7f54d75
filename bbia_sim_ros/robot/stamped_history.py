"""What was measured in the last seconds, by its stamps.

Contract
    ``add`` takes values in the order of their stamps; one that goes back in time begins anew, since
    what was before belongs to another run. ``around`` finds the two that a stamp lies between. At
    most ``MOST_KEPT`` are kept: two and a half seconds at 100 Hz. Stamps in s. One owner; not
    thread-safe; no clock is read.
"""

from __future__ import annotations

from collections import deque
from typing import Final
from typing import Generic
from typing import TypeVar

from bbia_sim_ros.robot.frames import FrameError

T = TypeVar('T')

MOST_KEPT: Final = 256
# A camera stamps a little later than the newest value that has arrived.
_NEWER_S: Final = 0.1


class StampedHistory(Generic[T]):
    """See the module's docstring; `what` names a value in errors, such as 'head pose'."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._kept: deque[tuple[float, T]] = deque(maxlen=MOST_KEPT)

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, stamp: float, value: T) -> None:
        """Keep a value that was measured at a stamp."""
        if self._kept and stamp <= self._kept[-1][0]:
            self._kept.clear()
        self._kept.append((stamp, value))

    def around(self, stamp: float | None) -> tuple[T, T, float]:
        """Return the values before and after a stamp and the share of the way, 0 .. 1.

        None stands for the newest, which is then both. Raises `FrameError` when there is none for
        a stamp: it is older than all that are kept, or more than 0.1 s newer.
        """
        kept = self._kept
        if not kept:
            raise FrameError(f'no {self._what} has been heard yet')
        newest, last = kept[-1]
        if stamp is None or newest <= stamp <= newest + _NEWER_S:
            return last, last, 1.0
        if not kept[0][0] <= stamp <= newest:
            raise FrameError(
                f'no {self._what} at the stamp: it is {newest - stamp:.2f} s before the newest,'
                f' {newest - kept[0][0]:.2f} s are kept; check the stamp and the clocks'
            )
        later = next(index for index, (time_s, _) in enumerate(kept) if time_s >= stamp)
        (before, first), (after, second) = kept[max(later - 1, 0)], kept[later]
        share = (stamp - before) / (after - before) if later else 1.0
        return first, second, share
