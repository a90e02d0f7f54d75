"""Who has been met: people by id, and by place where an id was lost. Pure.

A face that is out of sight for a while comes back with a new id. Who is within `SAME_PLACE_M` of
where somebody was last seen at most `SAME_TIME_S` ago, and who is not in sight themselves, is taken
for the same person. At most `MOST_KNOWN` are remembered, the newest.
"""

from __future__ import annotations

import math
from typing import Final

from bbia_sim_ros.behaviors.robot import SeenPerson
from bbia_sim_ros.behaviors.robot import Xyz

SAME_PLACE_M: Final = 0.35
SAME_TIME_S: Final = 20.0
MOST_KNOWN: Final = 200


class Acquaintances:
    """See the module's docstring."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[Xyz, float]] = {}

    def meet(self, people: tuple[SeenPerson, ...], now: float) -> list[SeenPerson]:
        """Return those that are in sight and new."""
        here = [person for person in people if person.visible]
        names = {person.id for person in here}
        new = []
        for person in here:
            if person.id not in self._last and not self._was_here(person, names, now):
                new.append(person)
            # The newest last: the first are forgotten first.
            self._last.pop(person.id, None)
            self._last[person.id] = (person.position, now)
        for forgotten in list(self._last)[:-MOST_KNOWN]:
            del self._last[forgotten]
        return new

    def _was_here(self, person: SeenPerson, here: set[str], now: float) -> bool:
        """Tell whether somebody who is gone was just where this person is."""
        return any(
            now - when < SAME_TIME_S and math.dist(where, person.position) < SAME_PLACE_M
            for name, (where, when) in self._last.items()
            if name not in here
        )
