"""Which topics are recorded, and which are played again. Pure functions of names.

Names are absolute; in patterns a leading '/' may be left out, and `*`, `?` and `[...]` match as in
a shell, also across '/'. A topic is hidden when a part of its name begins with '_' (the inner
topics of actions).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

RAW_IMAGE: Final = 'sensor_msgs/msg/Image'
CLOCK: Final = '/clock'
# What a node of the stack moves, speaks or answers upon, under any namespace.
COMMANDS: Final = (
    'body_target',
    'joint_commands',
    'cmd_body',
    'cmd_gaze',
    'emotion',
    'head_controller/joint_trajectory',
    'audio',
    'speech/transcript',
    'speech/output',
    'behavior/listening',
)


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Topics by patterns: all when `include` is empty, but never those in `exclude`."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def matches(self, topic: str) -> bool:
        """Whether the patterns let a topic through."""
        return (not self.include or _any(self.include, topic)) and not _any(self.exclude, topic)

    def records(self, topic: str, type_name: str) -> bool:
        """Whether a topic is recorded: raw images and hidden topics only when they are named."""
        if not self.include and (type_name == RAW_IMAGE or is_hidden(topic)):
            return False
        return self.matches(topic)


def is_hidden(topic: str) -> bool:
    """Whether a topic is hidden."""
    return any(part.startswith('_') for part in topic.split('/'))


def is_command(topic: str) -> bool:
    """Whether a robot or its mind acts upon a topic."""
    return any(topic.endswith(f'/{name}') for name in COMMANDS)


def held_back(
    topics: Iterable[str], *, commands: bool, clock: bool, published: Iterable[str]
) -> dict[str, str]:
    """Return topic -> why it is not played again.

    Commands are played only when asked for, and so is the clock; what another node publishes now
    (`published`) is not, unless it is a command: two sources would contradict each other.
    """
    others = set(published)
    reasons: dict[str, str] = {}
    for topic in topics:
        if topic == CLOCK:
            if not clock:
                reasons[topic] = 'time is played with --clock'
        elif is_command(topic):
            if not commands:
                reasons[topic] = 'a robot obeys it: played with --commands'
        elif topic in others:
            reasons[topic] = 'another node publishes it now'
    return reasons


def _any(patterns: tuple[str, ...], topic: str) -> bool:
    return any(fnmatchcase(topic, f'/{pattern.removeprefix("/")}') for pattern in patterns)
