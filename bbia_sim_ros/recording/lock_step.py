"""A recorded run in lock step, cut into control periods.

Contract
    `periods` takes the messages of a recording in the order in which they were sent, and returns
    for each recorded state what was commanded before it and how many physics steps led to it, so
    that the same calls give the same state. Raises `RecordingError` when the recording does not
    begin with the run. Times of states are simulated s, as in their headers. Pure.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass

from bbia_sim_ros.recording.errors import RecordingError
from bbia_sim_ros.recording.reader import Stored

# The bytes that say 'plain CDR, little-endian', two of options, then the stamp that a header is.
_STAMP = struct.Struct('<4siI')
_LITTLE_ENDIAN = b'\x00\x01'
_NANOSECONDS = 1_000_000_000
# The first recorded state must be the first of the run: no later than a period of the slowest rate.
_FIRST_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Period:
    """One recorded state and what led to it."""

    commands: tuple[Stored, ...]
    steps: int
    """Physics steps since the state before."""
    state: bytes
    """The recorded state, serialised."""


def stamp_ns(serialised: bytes) -> int:
    """Return the stamp of a serialised message that begins with a header, ns.

    Raises RecordingError for another byte order or too few bytes.
    """
    if len(serialised) < _STAMP.size or not serialised.startswith(_LITTLE_ENDIAN):
        raise RecordingError('a recorded state has no stamp that can be read')
    _, seconds, nanoseconds = _STAMP.unpack_from(serialised)
    return int(seconds) * _NANOSECONDS + int(nanoseconds)


def periods(
    messages: Iterable[Stored], *, states: int, commands: Collection[int], timestep_s: float
) -> Iterator[Period]:
    """Return the periods of a run; `states` and `commands` are channels."""
    waiting: list[Stored] = []
    before_ns = 0
    first = True
    for message in messages:
        if message.channel in commands:
            waiting.append(message)
        elif message.channel == states:
            now_ns = stamp_ns(message.data)
            if first and now_ns > _FIRST_S * _NANOSECONDS:
                raise RecordingError(
                    f'the recording begins {now_ns / _NANOSECONDS:.2f} s after the run: begin to'
                    ' record before the first step, with a simulator in lock step'
                )
            first = False
            steps = _steps(now_ns - before_ns, timestep_s)
            yield Period(commands=tuple(waiting), steps=steps, state=message.data)
            waiting.clear()
            before_ns = now_ns


def _steps(passed_ns: int, timestep_s: float) -> int:
    steps = round(passed_ns / _NANOSECONDS / timestep_s)
    # Stamps are rounded to the nanosecond.
    if steps < 1 or not math.isclose(
        steps * timestep_s, passed_ns / _NANOSECONDS, abs_tol=0.01 * timestep_s
    ):
        raise RecordingError(
            f'two recorded states are {passed_ns / _NANOSECONDS:g} s apart, which is not a number'
            f' of steps of {timestep_s:g} s: the simulator was reset meanwhile, or has another'
            ' timestep now'
        )
    return steps
