"""Quality of service as recordings keep it: what each publisher of a topic offered.

The text is that of rosbag2 from metadata version 9 on (ROS 2 Jazzy and later): a YAML list with one
entry a publisher, policies by name. Reading also takes the older form with the numbers of the
middleware interface (`rmw/types.h`). Pure functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import Final

import yaml

RELIABLE: Final = 'reliable'
BEST_EFFORT: Final = 'best_effort'
VOLATILE: Final = 'volatile'
TRANSIENT_LOCAL: Final = 'transient_local'
INFINITE_NS: Final = 2**63 - 1
DEPTH: Final = 100
MAX_DEPTH: Final = 1000
_NANOSECONDS: Final = 1_000_000_000
_RELIABILITY_NUMBERS: Final = {1: RELIABLE, 2: BEST_EFFORT}
_DURABILITY_NUMBERS: Final = {1: TRANSIENT_LOCAL, 2: VOLATILE}


@dataclass(frozen=True, kw_only=True)
class OfferedProfile:
    """What one publisher offers. Discovery tells neither history nor depth, hence the defaults."""

    reliability: str
    durability: str
    history: str = 'unknown'
    depth: int = 0
    deadline_ns: int = INFINITE_NS
    lifespan_ns: int = INFINITE_NS
    liveliness: str = 'automatic'
    lease_ns: int = INFINITE_NS


@dataclass(frozen=True, kw_only=True)
class ReplayProfile:
    """How to publish a topic again: what suits everybody whom its publishers suited."""

    reliable: bool
    latched: bool
    depth: int


def to_text(profiles: Sequence[OfferedProfile]) -> str:
    """Return the value of a channel's `offered_qos_profiles`."""
    text: str = yaml.safe_dump([_entry(profile) for profile in profiles], sort_keys=False)
    return text


def from_text(text: str) -> tuple[OfferedProfile, ...]:
    """Read what `to_text` or rosbag2 wrote; raises ValueError for anything else."""
    try:
        entries = yaml.safe_load(text) or []
        return tuple(
            OfferedProfile(
                reliability=_policy(entry['reliability'], _RELIABILITY_NUMBERS),
                durability=_policy(entry['durability'], _DURABILITY_NUMBERS),
                depth=int(entry.get('depth', 0)),
            )
            for entry in entries
        )
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f'offered_qos_profiles cannot be read: {error}') from error


def replay_profile(profiles: Sequence[OfferedProfile]) -> ReplayProfile:
    """Return how to publish: reliable and latched where every recorded publisher was.

    A latched topic keeps as many messages as it had publishers, since each had its newest one.
    """
    latched = bool(profiles) and all(one.durability == TRANSIENT_LOCAL for one in profiles)
    known = max((one.depth for one in profiles), default=0)
    return ReplayProfile(
        reliable=all(one.reliability != BEST_EFFORT for one in profiles),
        latched=latched,
        depth=min(max(known, len(profiles) if latched else DEPTH), MAX_DEPTH),
    )


def _policy(value: Any, numbers: dict[int, str]) -> str:
    return numbers.get(value, '') if isinstance(value, int) else str(value)


def _entry(profile: OfferedProfile) -> dict[str, Any]:
    return {
        'history': profile.history,
        'depth': profile.depth,
        'reliability': profile.reliability,
        'durability': profile.durability,
        'deadline': _duration(profile.deadline_ns),
        'lifespan': _duration(profile.lifespan_ns),
        'liveliness': profile.liveliness,
        'liveliness_lease_duration': _duration(profile.lease_ns),
        'avoid_ros_namespace_conventions': False,
    }


def _duration(nanoseconds: int) -> dict[str, int]:
    seconds, rest = divmod(nanoseconds, _NANOSECONDS)
    return {'sec': seconds, 'nsec': rest}
