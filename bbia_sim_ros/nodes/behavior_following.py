"""What a behavior learns of an action that goes on while it does something else.

Feedback comes in the executor's thread, and is read in the behavior's: one object replaces another.
"""

from __future__ import annotations

import time
from typing import Any
from typing import Final

from bbia_msgs.action import Follow
from bbia_msgs.action import PlaySound
from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.nodes.behavior_orders import PortOrder

_NOT_BEGUN_S: Final = -1.0
_NOT_SEEN_RAD: Final = -1.0


class RosFollowing:
    """Implements `behaviors/robot.Following`; ``order`` is set before a behavior gets it."""

    def __init__(self) -> None:
        self.order: PortOrder | None = None
        self._newest = Follow.Feedback(state=Follow.Goal.STATE_WAITING, error=_NOT_SEEN_RAD)

    def on_feedback(self, feedback: Follow.Feedback) -> None:
        """Keep what is told."""
        self._newest = feedback

    @property
    def state(self) -> str:
        """See `Following`; raises `OrderRefused` when following has ended by itself."""
        _check(self.order)
        return str(self._newest.state)

    @property
    def target(self) -> str:
        """See `Following`."""
        return str(self._newest.target)

    @property
    def error(self) -> float:
        """See `Following`."""
        return float(self._newest.error)


class RosPlaying:
    """Implements `behaviors/robot.Playing`; ``order`` is set before a behavior gets it.

    The position goes on with the clock between two messages, which come 25 times a second.
    """

    def __init__(self) -> None:
        self.order: PortOrder | None = None
        self._newest = (_NOT_BEGUN_S, 0.0)

    def on_feedback(self, feedback: PlaySound.Feedback) -> None:
        """Keep what is told, and when."""
        self._newest = (float(feedback.position), time.monotonic())

    @property
    def position(self) -> float:
        """See `Playing`."""
        position_s, told = self._newest
        if position_s == _NOT_BEGUN_S or self.done:
            return position_s
        return position_s + time.monotonic() - told

    @property
    def done(self) -> bool:
        """See `Playing`; raises `OrderRefused` for a file that could not be played."""
        ended = self.order is not None and self.order.ended
        if ended and self._newest[0] == _NOT_BEGUN_S:
            _check(self.order)
        return ended


def _check(order: PortOrder | None) -> None:
    """Raise the reason why an action ended that was to go on."""
    if order is not None and order.ended:
        result: Any = order.result()
        if not result.success:
            raise OrderRefused(result.message)
