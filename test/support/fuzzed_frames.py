"""Frames that a rosbridge server may be sent by anything at all, reproducible from a seed.

Contract
    `frames()` returns one or a few WebSocket frames as opcode and payload. Most are operations of
    the protocol with names of the robot and messages of the right type, of which something was then
    changed: a value, its type, a field, the text, the encoding, the wrapping. All operations that
    the protocol has come up, also those that it will have: their fields are read from their
    dataclasses. Nothing is longer than `longest_B` but what is meant to be, by a little. Pure; one
    thread.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import random
import string
import struct
import time
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from typing import Final

import cbor2
from websockets.frames import Opcode

from bbia_sim_ros.bridge import png
from bbia_sim_ros.bridge.interfaces import action_class
from bbia_sim_ros.bridge.interfaces import message_class
from bbia_sim_ros.bridge.interfaces import service_class
from bbia_sim_ros.bridge.operations import OPERATIONS
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import BASE_LINK
from bbia_sim_ros.robot.names import HEAD_NEUTRAL
from bbia_sim_ros.robot.names import PASSIVE_JOINTS
from support.extreme_messages import ExtremeMessages
from support.random_messages import walked

Payload = tuple[Opcode, bytes]
_OVERSIZE_SHARE: Final = 1 / 2500
_LARGE_SHARE: Final = 1 / 400
_LARGE_B: Final = 300_000
_DEPTHS: Final = (5, 99, 101, 2000, 100_000)
# Names that are not the robot's: few, because each is an entity that all others must hear of.
_NEW_NAMES: Final = tuple(f'/fuzz_{number}' for number in range(6))
# The bridge answers these itself; their types are not installed.
_ROSAPI: Final = 'rosapi_msgs/'
# What fields of these names are usually filled with; else hardly any message would be obeyed.
MEANINGFUL: Final = MappingProxyType(
    {
        'frame_id': (HEAD_NEUTRAL, HEAD_NEUTRAL, BASE_LINK, 'map'),
        'name': (*ACTUATED_JOINTS, *PASSIVE_JOINTS[:3]),
        'joint_names': (*ACTUATED_JOINTS, 'panel_1'),
        'mode': ('on', 'on', 'off', 'compliant'),
    }
)
WORDS: Final = (HEAD_NEUTRAL, BASE_LINK, 'happy', 'sad', 'nod', 'dance', 'en', 'linear')
_ENUMERATED: Final = {
    'compression': ('none', 'png', 'cbor', 'cbor-raw', 'gzip'),
    'level': ('info', 'warning', 'error', 'none', 'loud'),
    'reliability': ('reliable', 'best_effort', 'maybe'),
}


@dataclass(frozen=True, kw_only=True)
class Names:
    """What exists, by its type."""

    topics: Mapping[str, str]
    services: Mapping[str, str]
    actions: Mapping[str, str]
    favoured: tuple[str, ...] = ()
    """Topics that are published far more often than others."""
    never: frozenset[str] = frozenset()
    """Names that are not used, because they would end what is to be tested."""


def wire_frame(opcode: Opcode, data: bytes) -> bytes:
    """Return a client's frame (RFC 6455, 5.2) unchecked, masked with zeros."""
    mask = bytes(4)
    first = 0x80 | opcode
    if len(data) < 126:
        return bytes((first, 0x80 | len(data))) + mask + data
    if len(data) < 1 << 16:
        return struct.pack('>BBH', first, 0xFE, len(data)) + mask + data
    return struct.pack('>BBQ', first, 0xFF, len(data)) + mask + data


class FuzzedFrames:
    """See the module's docstring."""

    def __init__(self, seed: int, names: Names, longest_B: int) -> None:  # noqa: N803
        self._random = random.Random(seed)
        self._names = names
        self._longest_B = longest_B
        words = [*names.topics, *names.services, *names.actions, *WORDS]
        self._messages = ExtremeMessages(self._random, words, time.time, MEANINGFUL)
        self._encodings: tuple[tuple[float, Callable[[dict[str, Any]], list[Payload]]], ...] = (
            (0.62, self._as_json),
            (0.08, self._as_damaged_json),
            (0.08, self._as_cbor),
            (0.08, self._in_parts),
            (0.06, self._as_picture),
            (0.05, self._as_bytes),
            (0.03, self._as_odd_frames),
        )

    def frames(self) -> list[Payload]:
        """Return the next frames, in the order in which they are to be sent."""
        if self._chance(_OVERSIZE_SHARE):
            return [(Opcode.TEXT, b'{"op":"' + b'x' * self._longest_B + b'"}')]
        operation = self._operation()
        for _ in range(self._random.choice((0, 0, 1, 1, 1, 2, 4))):
            self._mutate(operation)
        weights = [weight for weight, _ in self._encodings]
        (chosen,) = self._random.choices(self._encodings, weights)
        return chosen[1](operation)

    def cut_frame(self) -> bytes:
        """Return the beginning of a masked frame that promises more than will come."""
        return bytes((0x81, 0xFE, 0x10, 0x00)) + self._random.randbytes(self._random.randrange(99))

    def _operation(self) -> dict[str, Any]:
        op = 'publish' if self._chance(0.3) else self._random.choice(list(OPERATIONS))
        operation: dict[str, Any] = {'op': op, 'id': f'{op}:{self._random.randrange(20)}'}
        kind, name, type_name = self._named(op)
        for field in dataclasses.fields(OPERATIONS[op]):
            if field.default is dataclasses.MISSING or self._chance(0.3):
                operation[field.name] = self._value(field.name, kind, name, type_name)
        return operation

    def _named(self, op: str) -> tuple[str, str, str]:
        """Return what an operation is about: the kind, a name and its type."""
        kind = 'action' if 'action' in op else 'service' if 'service' in op else 'topic'
        known = {
            'topic': self._names.topics,
            'service': self._names.services,
            'action': self._names.actions,
        }[kind]
        if op == 'publish' and self._names.favoured and self._chance(0.7):
            name = self._random.choice(self._names.favoured)
            return kind, name, known[name]
        name = self._random.choice([one for one in known if one not in self._names.never])
        type_name = known[name]
        # Offering a service of the robot would put another in its place for all.
        if op in ('advertise_service', 'advertise_action') or self._chance(0.1):
            return kind, self._random.choice(_NEW_NAMES), type_name
        return kind, name, type_name

    def _value(self, field: str, kind: str, name: str, type_name: str) -> Any:
        if field == kind:
            return name
        if field in ('type', 'action_type'):
            return type_name
        if field in ('msg', 'args', 'values'):
            return self._content(kind, type_name)
        if field in _ENUMERATED:
            return self._random.choice(_ENUMERATED[field])
        if field == 'qos':
            return {'reliability': self._random.choice(_ENUMERATED['reliability']), 'depth': 3}
        if field in ('latch', 'feedback', 'result'):
            return self._chance(0.5)
        if field in ('data', 'token', 'mac', 'client', 'dest', 'rand'):
            return self._messages.text()
        return self._random.choice((0, 1, 2, 5, 10, 100, 0.5))

    def _content(self, kind: str, type_name: str) -> Any:
        """Return the JSON of a message, request or goal of a type."""
        if type_name.startswith(_ROSAPI):
            keys = ('topic', 'service', 'node', 'name', 'type', 'action', 'value', 'depth')
            return {key: self._messages.text() for key in keys}
        if kind == 'topic':
            class_ = message_class(type_name)
        elif kind == 'service':
            class_ = service_class(type_name).Request
        else:
            class_ = action_class(type_name).Goal
        return walked(self._messages.message(class_))

    def _mutate(self, operation: dict[str, Any]) -> None:
        """Change one value somewhere in an operation."""
        place: Any = operation
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                return
            key = self._random.choice(keys)
            if isinstance(place[key], (dict, list)) and place[key] and self._chance(0.8):
                place = place[key]
                continue
            break
        if isinstance(place, dict) and self._chance(0.2):
            del place[key]
        elif isinstance(place, dict) and self._chance(0.1):
            place[self._messages.text()[:100]] = self._odd()
        else:
            place[key] = self._odd()

    def _odd(self) -> Any:
        """Return a value of any type."""
        if self._chance(_LARGE_SHARE):
            return 'x' * self._random.choice((_LARGE_B, self._longest_B // 2))
        simple: tuple[Any, ...] = (
            *(None, True, False, 0, -1, 1, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**40),
            *('', [], {}, [[]], [None], {'a': {}}, 1e308, -0.0, 5e-324, 'null', 'AAAA', '====='),
            *(float('nan'), float('inf'), [1] * 100, {'sec': 0}, ['a', 1], '\ud800', '\0', 'é' * 9),
        )
        if self._chance(0.6):
            return self._random.choice(simple)
        return self._messages.text() if self._chance(0.5) else self._messages.number()

    def _as_json(self, operation: dict[str, Any]) -> list[Payload]:
        text = json.dumps(operation)
        if self._chance(0.03):
            text = text[:-1] + f', "deep": {self._deep()}}}'
        if self._chance(0.03):
            text = '{"op": "publish", ' + text[1:]
        opcode = Opcode.BINARY if self._chance(0.1) else Opcode.TEXT
        return [(opcode, text.encode())]

    def _deep(self) -> str:
        depth = self._random.choice(_DEPTHS)
        pair = self._random.choice((('[', ']'), ('{"a":', '}')))
        inner = '' if pair[0] == '[' else '0'
        return pair[0] * depth + inner + pair[1] * (depth if self._chance(0.8) else depth // 2)

    def _as_damaged_json(self, operation: dict[str, Any]) -> list[Payload]:
        text = json.dumps(operation)
        at = self._random.randrange(len(text) + 1)
        printable = self._random.choice(string.printable)
        damaged = self._random.choice((text[:at], text[:at] + printable + text[at + 1 :]))
        return [(Opcode.TEXT, damaged.encode())]

    def _as_cbor(self, operation: dict[str, Any]) -> list[Payload]:
        try:
            data = bytearray(cbor2.dumps(operation))
        except UnicodeEncodeError:
            return self._as_bytes(operation)
        if self._chance(0.4):
            data[self._random.randrange(len(data))] = self._random.randrange(256)
        if self._chance(0.2):
            data = data[: self._random.randrange(len(data) + 1)]
        return [(Opcode.BINARY, bytes(data))]

    def _in_parts(self, operation: dict[str, Any]) -> list[Payload]:
        text = json.dumps(operation)
        total = self._random.choice((1, 2, 5))
        size = -(-len(text) // total)
        parts: list[dict[str, Any]] = [
            {
                'op': 'fragment',
                'id': f'parts:{self._random.randrange(12)}',
                'data': text[number * size : (number + 1) * size],
                'num': number,
                'total': total,
            }
            for number in range(total)
        ]
        if self._chance(0.5):
            self._random.shuffle(parts)
        if self._chance(0.5):
            self._mutate(self._random.choice(parts))
        return [(Opcode.TEXT, json.dumps(part).encode()) for part in parts]

    def _as_picture(self, operation: dict[str, Any]) -> list[Payload]:
        data = bytearray(png.picture(json.dumps(operation).encode()))
        if self._chance(0.6):
            data[self._random.randrange(len(data))] = self._random.randrange(256)
        wrapped = {'op': 'png', 'data': base64.b64encode(data).decode()}
        if self._chance(0.2):
            self._mutate(wrapped)
        return [(Opcode.TEXT, json.dumps(wrapped).encode())]

    def _as_bytes(self, _: dict[str, Any]) -> list[Payload]:
        """Return noise; as text it is hardly ever UTF-8."""
        opcode = Opcode.TEXT if self._chance(0.2) else Opcode.BINARY
        return [(opcode, self._random.randbytes(self._random.choice((0, 1, 2, 16, 1000))))]

    def _as_odd_frames(self, operation: dict[str, Any]) -> list[Payload]:
        """Return frames of the WebSocket protocol that clients hardly ever send."""
        text = json.dumps(operation).encode()
        return self._random.choice(
            (
                [(Opcode.PING, text[:125])],
                [(Opcode.PONG, b'')],
                [(Opcode.CONT, text)],
                [(Opcode.PING, text.ljust(200))],
                [(Opcode.CLOSE, b'\x03\xe8bye')],
                [(Opcode.CLOSE, b'\x00')],
            )
        )

    def _chance(self, share: float) -> bool:
        return self._random.random() < share
