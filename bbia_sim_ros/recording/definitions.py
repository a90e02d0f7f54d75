"""What a recording keeps of a message type: its definition as text, and its hash.

`definition_of(type)` takes `pkg/msg/Type`; `UnknownInterface` says what is wrong with the name or
what is not installed. Definitions are kept, a limited number of them; any thread.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ament_index_python import get_package_share_directory

from bbia_sim_ros.bridge.definitions import full_text
from bbia_sim_ros.bridge.interfaces import UnknownInterface
from bbia_sim_ros.bridge.interfaces import message_class

_KEPT = 1024


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One message type."""

    name: str
    """`pkg/msg/Type`."""
    text: str
    """The definition with those of all messages in it, as MCAP's schema encoding `ros2msg`."""
    type_hash: str
    """`RIHS01_...` (REP 2011), '' where the package carries none."""


@lru_cache(_KEPT)
def definition_of(name: str) -> Definition:
    """Return the installed definition; raises `UnknownInterface`."""
    message_class(name)
    text = full_text(name)
    if not text.strip('\n') and not _definition_file(name, 'msg').is_file():
        raise UnknownInterface(name, 'its package carries no definition as text')
    return Definition(name=name, text=text, type_hash=_type_hash(name))


def _definition_file(name: str, suffix: str) -> Path:
    package, kind, type_ = name.split('/')
    return Path(get_package_share_directory(package), kind, f'{type_}.{suffix}')


def _type_hash(name: str) -> str:
    try:
        described = json.loads(_definition_file(name, 'json').read_text(encoding='utf-8'))
    except FileNotFoundError:
        return ''
    hashes = {one['type_name']: one['hash_string'] for one in described['type_hashes']}
    return str(hashes.get(name, ''))
