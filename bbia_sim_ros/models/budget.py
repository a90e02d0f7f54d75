"""Who has to go when all models together take too much memory. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Lease:
    """A loaded model. ``memory_b`` in bytes, ``idle_s`` seconds since it was last used."""

    owner: str
    name: str
    memory_b: int
    idle_s: float
    busy: bool = False
    pinned: bool = False


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Who goes, the one to go first in front; ``over_b`` is what then still is too much, bytes."""

    leaving: tuple[Lease, ...] = ()
    over_b: int = 0


def choose(leases: Iterable[Lease], budget_b: int) -> Verdict:
    """Return which models must go so that all together take at most ``budget_b`` bytes.

    The least recently used first, and no more than needed. Those that are busy or pinned stay, and
    so do those that take no memory. A budget of 0 is none: nobody goes.
    """
    loaded = list(leases)
    over = sum(lease.memory_b for lease in loaded) - budget_b
    if budget_b <= 0 or over <= 0:
        return Verdict()
    leaving = []
    for lease in sorted(loaded, key=lambda lease: (-lease.idle_s, lease.owner, lease.name)):
        if over <= 0:
            break
        if not lease.busy and not lease.pinned and lease.memory_b > 0:
            leaving.append(lease)
            over -= lease.memory_b
    return Verdict(leaving=tuple(leaving), over_b=max(0, over))
