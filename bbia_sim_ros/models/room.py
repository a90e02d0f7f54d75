"""Who may load, who goes to make room, and who has to be refused. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bbia_sim_ros.models.slot import Slot


@dataclass(frozen=True)
class Arrangement:
    """``starting`` load now, ``leaving`` are unloaded, ``refused`` could wait for ever."""

    starting: list[Slot]
    leaving: list[Slot]
    refused: list[Slot]


def arrange(slots: Iterable[Slot], max_models: int) -> Arrangement:
    """Return what to do so that everybody who wants a model gets one of ``max_models`` places.

    Who has waited longest loads first; the least recently used idle models go, pinned and busy ones
    never. Those who still find no place wait, unless only pinned models are in the way. Nobody
    starts before whoever leaves is gone.
    """
    everybody = list(slots)
    present = [slot for slot in everybody if slot.occupies]
    wanting = sorted((slot for slot in everybody if slot.wants_load), key=lambda s: s.wanted_since)
    free = max(0, max_models - len(present))
    starting, waiting = wanting[:free], wanting[free:]
    present += starting
    missing = len(present) + len(waiting) - max_models - sum(slot.ending for slot in present)
    idle = sorted(
        (slot for slot in present if slot.idle and not slot.spec.pinned),
        key=lambda slot: slot.idle_since,
    )
    stuck = all(slot.spec.pinned and not slot.ending for slot in present)
    return Arrangement(starting, idle[: max(0, missing)], waiting if stuck else [])
