"""How all parts of a stack are, as they tell it on `/diagnostics`. Pure; for one thread.

Contract
    A part is a status of a node of this namespace. It is stale when nothing was heard of it for
    `timeout_s`. The sum is as bad as its worst part: a stale part, a process or a node that is gone
    and a process that is stopped are errors. Times are those of `time.monotonic`, s.

Bounds
    At most `MOST_PARTS` parts with `MOST_VALUES` values each are known; what is told of more is
    counted and dropped. A message names at most `NAMED` parts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass

MOST_PARTS = 256
MOST_VALUES = 64
NAMED = 8
OK, WARN, ERROR, STALE = range(4)
LEVELS = ('OK', 'WARN', 'ERROR', 'STALE')


@dataclass(frozen=True, kw_only=True)
class Part:
    """What was heard last of a part; `values` are those that are finite numbers."""

    name: str
    level: int
    message: str
    values: Mapping[str, float]
    heard_s: float


@dataclass(frozen=True, kw_only=True)
class Sum:
    """How the whole stack is; `faults` names what is not OK, the worst first."""

    level: int
    message: str
    faults: tuple[str, ...]


class Health:
    """See the module's docstring; `namespace` is '/' for none, `own` a part that is left out."""

    def __init__(self, *, namespace: str, own: str) -> None:
        self._namespace = namespace.strip('/')
        self._own = own
        self._parts: dict[str, Part] = {}
        self.dropped = 0
        """What was told of parts that there was no more room for."""

    def put(
        self, name: str, level: int, message: str, values: Iterable[tuple[str, str]], now: float
    ) -> None:
        """Take a status; one of another namespace or of an unknown level is left out."""
        if name == self._own or not self._is_ours(name) or not OK <= level <= STALE:
            return
        if name not in self._parts and len(self._parts) >= MOST_PARTS:
            self.dropped += 1
            return
        numbers = _numbers(values)
        self._parts[name] = Part(
            name=name, level=level, message=message, values=numbers, heard_s=now
        )

    def parts(self, *, timeout_s: float, now: float) -> tuple[Part, ...]:
        """Return all parts by name, those that are stale with that level."""
        return tuple(
            part
            if now - part.heard_s <= timeout_s
            else Part(
                name=part.name,
                level=STALE,
                message=f'nothing was heard for {now - part.heard_s:.0f} s',
                values={},
                heard_s=part.heard_s,
            )
            for _, part in sorted(self._parts.items())
        )

    def forget(self, *, before_s: float) -> None:
        """Forget parts that were last heard before a time."""
        self._parts = {name: part for name, part in self._parts.items() if part.heard_s >= before_s}

    def _is_ours(self, name: str) -> bool:
        node = name.partition(':')[0].strip('/')
        namespace, _, _ = node.rpartition('/')
        return namespace == self._namespace


def summed(
    parts: Sequence[Part],
    *,
    lost_nodes: Sequence[str],
    lost_processes: Sequence[str],
    stopped_processes: Sequence[str],
) -> Sum:
    """Return the sum; the parts of nodes that are gone are named with their node only."""
    gone = tuple(f'{node}:' for node in lost_nodes)
    faults = [(ERROR, f'the process {name} is gone') for name in lost_processes]
    faults += [(ERROR, f'the process {name} is stopped') for name in stopped_processes]
    faults += [(ERROR, f'the node {name} is gone') for name in lost_nodes]
    faults += [
        (min(part.level, ERROR), f'{part.name} ({LEVELS[part.level]})')
        for part in parts
        if part.level != OK and not part.name.startswith(gone)
    ]
    if not faults:
        return Sum(level=OK, message=f'all {len(parts)} parts are OK', faults=())
    faults.sort(key=lambda fault: -fault[0])
    texts = tuple(text for _, text in faults)
    more = f'; and {len(texts) - NAMED} more' if len(texts) > NAMED else ''
    return Sum(level=faults[0][0], message='; '.join(texts[:NAMED]) + more, faults=texts)


def _numbers(values: Iterable[tuple[str, str]]) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for key, text in values:
        try:
            number = float(text)
        except ValueError:
            continue
        if math.isfinite(number) and len(numbers) < MOST_VALUES:
            numbers[key] = number
    return numbers
