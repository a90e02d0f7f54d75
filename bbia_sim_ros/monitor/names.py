"""Names for processes: each has one for as long as it lives, and restarts are counted. Pure.

Of several processes with the same name the later ones are called `name 2`, `name 3`, ... A process
is known by its id and the moment it began, because the kernel uses ids again. The plain name of a
process that is gone can be kept, with nobody behind it; whoever takes it next is a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    """A process of this computer: its id, and when it began (s since 1970)."""

    pid: int
    began_s: float


@dataclass(kw_only=True)
class Place:
    """A name, the process behind it (None: it is gone) and how often that was another one."""

    name: str
    holder: Identity | None
    restarts: int = 0
    left_s: float = 0.0


class Names:
    """See the module's docstring; `keeps` is whether the names of those that are gone are kept."""

    def __init__(self, *, keeps: bool) -> None:
        self._keeps = keeps
        self._places: dict[str, Place] = {}

    @property
    def places(self) -> tuple[Place, ...]:
        """All names, also those that nobody has now."""
        return tuple(self._places.values())

    def update(self, present: Mapping[Identity, str], now: float) -> None:
        """Take the processes that are there now, each with the name that it would have alone."""
        for name, place in list(self._places.items()):
            if place.holder is None or place.holder in present:
                continue
            place.holder, place.left_s = None, now
            if not self._keeps or ' ' in name:
                del self._places[name]
        known = {place.holder for place in self._places.values()}
        for identity, base in present.items():
            if identity not in known:
                self._give(identity, base)

    def forget(self, *, before_s: float) -> None:
        """Forget the names of those that left before a time."""
        for name, place in list(self._places.items()):
            if place.holder is None and place.left_s < before_s:
                del self._places[name]

    def _give(self, identity: Identity, base: str) -> None:
        number = 1
        while True:
            name = base if number == 1 else f'{base} {number}'
            place = self._places.get(name)
            if place is None:
                self._places[name] = Place(name=name, holder=identity)
                return
            if place.holder is None:
                place.holder = identity
                place.restarts += 1
                return
            number += 1
