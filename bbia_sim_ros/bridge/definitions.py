"""The text of message definitions, as the installed packages carry them.

`full_text(type)` is the definition of a message followed by those of the messages in it, each
headed by `MSG: pkg/Type` behind a line of 80 equals signs, as tools that decode messages on their
own expect it. A type whose package carries no definitions has an empty text. The texts are kept, a
limited number of them. Any thread.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from ament_index_python import PackageNotFoundError
from ament_index_python import get_package_share_directory

from bbia_sim_ros.bridge.interfaces import MESSAGE
from bbia_sim_ros.bridge.interfaces import UnknownInterface
from bbia_sim_ros.bridge.typedefs import message_details

_KEPT_TEXTS = 256
_LINE = '=' * 80


@lru_cache(_KEPT_TEXTS)
def full_text(name: str) -> str:
    """Return the definition of a message with those of the messages in it."""
    try:
        first, *others = (typedef['type'] for typedef in message_details(name))
    except UnknownInterface:
        return ''
    nested = (f'{_LINE}\nMSG: {other}\n{_own_text(other)}' for other in others)
    return '\n'.join((_own_text(first), *nested))


def _own_text(name: str) -> str:
    package, _, base = name.partition('/')
    try:
        path = Path(get_package_share_directory(package), MESSAGE, f'{base}.msg')
        return path.read_text(encoding='utf-8')
    except (PackageNotFoundError, OSError):
        return ''
