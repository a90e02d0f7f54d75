"""The message, service and action types that are installed, found by name.

Contract
    Names are `pkg/Type`, `pkg/msg/Type`, `pkg/srv/Type` and `pkg/action/Type`. A class is imported
    only when the ament index lists its name, so no name that a client makes up imports anything.
    The parts of services and actions have names of their own, as on the wire:
    `std_srvs/srv/SetBool_Request`, `bbia_msgs/action/GoTo_FeedbackMessage`. Found classes are kept,
    a limited number of them; the index is read once. Any thread.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache
from functools import lru_cache
from importlib import import_module
from typing import Any
from typing import TypeAlias

from ament_index_python import get_resource
from ament_index_python import get_resources

MessageClass: TypeAlias = Any
"""The class of a message; they come without types, and mypy takes no `type[Any]` as hashable."""

MESSAGE = 'msg'
SERVICE = 'srv'
ACTION = 'action'
KINDS = (MESSAGE, SERVICE, ACTION)

_RESOURCE = 'rosidl_interfaces'
_NAME = re.compile(
    r'([a-z][a-z0-9_]*)/(?:(msg|srv|action)/)?([A-Z][A-Za-z0-9]*(?:_[A-Z][A-Za-z]*)*)'
)
_LONGEST_NAME = 255
_KEPT_CLASSES = 1024
# Where the class of a part is found in the class of the service or action.
_SERVICE_PARTS = {part: (part,) for part in ('Request', 'Response', 'Event')}
_ACTION_PARTS = {
    'Goal': ('Goal',),
    'Result': ('Result',),
    'Feedback': ('Feedback',),
    'FeedbackMessage': ('Impl', 'FeedbackMessage'),
    **{
        f'{service}_{part}': ('Impl', f'{service}Service', part)
        for service in ('SendGoal', 'GetResult')
        for part in _SERVICE_PARTS
    },
}


class UnknownInterface(LookupError):
    """There is no such type; says which part of the name is wrong and what comes close."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f'no type {name[:_LONGEST_NAME]!r}: {reason}')
        self.name = name
        self.reason = reason


@cache
def packages() -> tuple[str, ...]:
    """Return the sorted names of the packages that have interfaces."""
    return tuple(sorted(get_resources(_RESOURCE)))


@cache
def interfaces(kind: str) -> tuple[str, ...]:
    """Return the sorted full names of all installed types of a kind: 'msg', 'srv' or 'action'."""
    return tuple(
        f'{package}/{kind}/{name}' for package in packages() for name in _types(package, kind)
    )


@lru_cache(_KEPT_CLASSES)
def message_class(name: str) -> MessageClass:
    """Return the class of a message, also of a part of a service or action by its full name.

    Raises `UnknownInterface`.
    """
    package, kind, type_ = _split(name, MESSAGE)
    if kind == MESSAGE:
        return _import(name, package, kind, type_)
    base, _, part = type_.partition('_')
    parts = _SERVICE_PARTS if kind == SERVICE else _ACTION_PARTS
    if part not in parts:
        known = ', '.join(f'{base}_{part}' for part in parts)
        raise UnknownInterface(name, f'not a message; messages of its kind are {known}')
    found = _import(name, package, kind, base)
    for attribute in parts[part]:
        found = getattr(found, attribute)
    return found


@lru_cache(_KEPT_CLASSES)
def service_class(name: str) -> type[Any]:
    """Return the class of a service; raises `UnknownInterface`."""
    return _import(name, *_of_kind(name, SERVICE))


@lru_cache(_KEPT_CLASSES)
def action_class(name: str) -> type[Any]:
    """Return the class of an action; raises `UnknownInterface`."""
    return _import(name, *_of_kind(name, ACTION))


def type_name(class_: MessageClass) -> str:
    """Return the full name of a class, such as `sensor_msgs/msg/JointState`."""
    package, kind, _ = class_.__module__.split('.', 2)
    return f'{package}/{kind}/{class_.__name__}'


def full_name(name: str, kind: str) -> str:
    """Return `pkg/kind/Type` of a name with or without its kind.

    Raises `UnknownInterface` for a bad name; whether the type is installed is not looked up.
    """
    return '/'.join(_split(name, kind))


def _of_kind(name: str, kind: str) -> tuple[str, str, str]:
    found = _split(name, kind)
    if found[1] != kind:
        raise UnknownInterface(name, f'that is a {found[1]!r}, a {kind!r} is needed')
    return found


def _split(name: str, kind: str) -> tuple[str, str, str]:
    match = _NAME.fullmatch(name) if len(name) <= _LONGEST_NAME else None
    if match is None:
        raise UnknownInterface(name, f'a name looks like pkg/Type or pkg/{kind}/Type')
    package, named_kind, type_ = match.groups()
    return package, named_kind or kind, type_


def _import(name: str, package: str, kind: str, type_: str) -> type[Any]:
    if package not in packages():
        close = _close(package, packages())
        raise UnknownInterface(name, f'no package {package!r} with interfaces is installed{close}')
    if type_ not in _types(package, kind):
        close = _close(type_, _types(package, kind))
        raise UnknownInterface(name, f'package {package!r} has no {kind} {type_!r}{close}')
    try:
        found: type[Any] = getattr(import_module(f'{package}.{kind}'), type_)
    except (ImportError, AttributeError) as error:
        raise UnknownInterface(name, f'installed, but not for Python: {error}') from error
    return found


@cache
def _types(package: str, kind: str) -> tuple[str, ...]:
    """Return the sorted names of a package's types of a kind."""
    listing, _ = get_resource(_RESOURCE, package)
    pattern = re.compile(rf'{kind}/(\w+)\.idl')
    return tuple(sorted(match[1] for match in map(pattern.fullmatch, listing.split()) if match))


def _close(name: str, names: Iterable[str]) -> str:
    found = difflib.get_close_matches(name, names, n=3)
    return f'; close: {", ".join(found)}' if found else ''
