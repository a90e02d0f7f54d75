"""Messages of one fixed shape, serialised by joining bytes.

Contract
    A message whose strings and array lengths never change differs from the next one only in its
    stamp and its numbers. `FixedMessage` has the real serialiser write the message a few times and
    keeps what stays the same; `serialise` joins that with the bytes of new numbers. Nothing here
    knows the wire format: where the numbers stand is found by searching for marks, and at the end
    of construction the result is compared with that of the real serialiser. Immutable after
    construction, any thread. Publishers take the bytes as they take messages.

    Why: at 100 Hz, with a processor that idles between the periods, filling and publishing a
    `JointState` of 30 joints and a `PoseStamped` takes 310 us of processor time, this 175 us.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
from rclpy.serialization import deserialize_message
from rclpy.serialization import serialize_message

Fill = Callable[[Time, Sequence[Sequence[float]]], Any]

_STAMP = struct.Struct('=iI')
_MARK = 0x5AD0_5A00
_NANOSECONDS = 1_000_000_000


class FixedMessage:
    """Serialises what `fill(stamp, groups)` returns; `lengths` are those of the groups of floats.

    Each group stands in one piece in the message, in the order of `lengths`, after the stamp.
    Raises `ValueError` when the message is not like that.
    """

    def __init__(self, fill: Fill, lengths: Sequence[int]) -> None:
        self._lengths = list(lengths)
        self._formats = [struct.Struct(f'={length}d') for length in lengths]
        self._constants = self._constant_parts(fill)
        self._check(fill)

    def serialise(self, time_s: float, groups: Sequence[Sequence[float]]) -> bytes:
        """Return the message of that stamp, s, 0 or more, and these numbers.

        Raises `ValueError` when there are other groups than `lengths` says.
        """
        if [len(group) for group in groups] != self._lengths:
            raise ValueError(f'groups of {self._lengths} numbers are needed')
        nanoseconds = round(time_s * _NANOSECONDS)
        first, *others = self._constants
        parts = [first, _STAMP.pack(nanoseconds // _NANOSECONDS, nanoseconds % _NANOSECONDS)]
        for constant, layout, group in zip(others[:-1], self._formats, groups, strict=True):
            parts += (constant, layout.pack(*group))
        parts.append(others[-1])
        return b''.join(parts)

    def _constant_parts(self, fill: Fill) -> list[bytes]:
        stamp = Time(sec=_MARK, nanosec=_MARK % _NANOSECONDS)
        groups = self._numbers(seed=1)
        rest = bytes(serialize_message(fill(stamp, groups)))
        marks = [_STAMP.pack(stamp.sec, stamp.nanosec)]
        marks += [layout.pack(*group) for layout, group in zip(self._formats, groups, strict=True)]
        constants = []
        for mark in marks:
            before, found, rest = rest.partition(mark)
            if not found or mark in rest:
                raise ValueError('the message does not hold its numbers in one piece each')
            constants.append(before)
        return [*constants, rest]

    def _numbers(self, seed: int) -> list[list[float]]:
        draw = np.random.default_rng(seed)
        return [draw.standard_normal(length).tolist() for length in self._lengths]

    def _check(self, fill: Fill) -> None:
        groups = self._numbers(seed=2)
        wanted = fill(Time(sec=12, nanosec=500_000_000), groups)
        # Not the bytes: the serialiser leaves whatever it finds in those that align the numbers.
        if deserialize_message(self.serialise(12.5, groups), type(wanted)) != wanted:
            raise ValueError('the message has parts that change besides its stamp and its numbers')
