"""Long messages in parts: cut on the way out, put together on the way in.

Out: the parts of a JSON text are `fragment` operations; `fragment_size` is the greatest length of
their data, in characters; no message is cut in more than `MAX_FRAGMENTS`, because a picture cut in
single letters would keep the bridge busy for a second. In: at most `MAX_UNFINISHED` messages at a
time, each at most `max_characters` long and given up after `TIMEOUT_S` without a new part; parts
may come in any order. Pure; time is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field

from bbia_sim_ros.bridge.operations import Fragment
from bbia_sim_ros.bridge.operations import Id
from bbia_sim_ros.bridge.protocol import ProtocolError
from bbia_sim_ros.bridge.protocol import encode

MAX_FRAGMENTS = 2048
MAX_UNFINISHED = 8
TIMEOUT_S = 60.0


class TooManyFragments(ValueError):
    """A message is too long for the `fragment_size` that its client asked for."""


def fragments(text: bytes, size: int, id: Id) -> list[bytes]:
    """Return `fragment` operations that carry a JSON text; a short text comes out as it is.

    Raises `TooManyFragments`.
    """
    characters = text.decode()
    total = -(-len(characters) // size)
    if total <= 1:
        return [text]
    if total > MAX_FRAGMENTS:
        raise TooManyFragments(
            f'{len(characters)} characters in parts of {size} are more than {MAX_FRAGMENTS} parts;'
            f' a fragment_size of at least {-(-len(characters) // MAX_FRAGMENTS)} is needed'
        )
    return [
        encode(
            {
                'op': 'fragment',
                'id': id,
                'data': characters[number * size : (number + 1) * size],
                'num': number,
                'total': total,
            }
        )
        for number in range(total)
    ]


@dataclass
class _Unfinished:
    total: int
    touched: float
    characters: int = 0
    parts: dict[int, str] = field(default_factory=dict)


class Defragmenter:
    """Puts the fragments of one client together; see the module's docstring."""

    def __init__(self, max_characters: int) -> None:
        self._max_characters = max_characters
        self._unfinished: dict[Id, _Unfinished] = {}

    def add(self, fragment: Fragment, now: float) -> str | None:
        """Return the whole text when this was its last missing part; raises `ProtocolError`."""
        self._forget_old(now)
        if fragment.id is None:
            raise ProtocolError("fragment: field 'id' is missing")
        if fragment.num >= fragment.total:
            raise ProtocolError(
                f"fragment: field 'num': {fragment.num} is not below the total {fragment.total}",
                fragment.id,
            )
        message = self._unfinished.get(fragment.id)
        if message is None:
            message = self._begin(fragment, now)
        if message.total != fragment.total:
            self._refuse(fragment, f'the total was {message.total} before')
        message.touched = now
        message.characters += len(fragment.data) - len(message.parts.get(fragment.num, ''))
        if message.characters > self._max_characters:
            self._refuse(fragment, f'the whole is longer than {self._max_characters} characters')
        message.parts[fragment.num] = fragment.data
        if len(message.parts) < message.total:
            return None
        del self._unfinished[fragment.id]
        return ''.join(message.parts[number] for number in range(message.total))

    def _begin(self, fragment: Fragment, now: float) -> _Unfinished:
        if len(self._unfinished) >= MAX_UNFINISHED:
            raise ProtocolError(
                f'fragment: {MAX_UNFINISHED} messages are unfinished; send what they lack first',
                fragment.id,
            )
        message = self._unfinished[fragment.id] = _Unfinished(fragment.total, now)
        return message

    def _refuse(self, fragment: Fragment, why: str) -> None:
        del self._unfinished[fragment.id]
        raise ProtocolError(f'fragment {fragment.num} of {fragment.total}: {why}', fragment.id)

    def _forget_old(self, now: float) -> None:
        old = [id for id, message in self._unfinished.items() if now - message.touched > TIMEOUT_S]
        for id in old:
            del self._unfinished[id]
