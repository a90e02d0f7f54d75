"""Why a behavior ends before its end, or is not begun at all."""

from __future__ import annotations

from typing import Final

NETWORK_OFF: Final = 'the network is switched off: set the parameter network of the node behavior'


class BehaviorError(RuntimeError):
    """A behavior cannot be begun or go on; the message says why and what to do."""


class OrderRefused(BehaviorError):
    """The robot did not do what a behavior asked; the message is the robot's own."""


class MissingPart(BehaviorError):
    """A part of the robot that is needed is not there; the message says how to get it."""


class UnknownBehavior(BehaviorError):
    """There is no behavior of that name; the message lists those that there are."""


class WrongParameters(BehaviorError):
    """The parameters do not fit a behavior; the message names field, value and what is allowed."""


class TooMany(BehaviorError):
    """As many behaviors wait as may; the message names those in front."""


class Flood(BehaviorError):
    """A behavior asks the robot for more in a second than it may."""
