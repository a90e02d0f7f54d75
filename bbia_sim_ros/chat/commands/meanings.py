"""What a command does: calls of tools, with arguments from what was captured.

Contract
    Immutable after loading; any thread. ``load_meanings`` reads ``meanings.yaml`` or raises
    FileError. The same for every language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any
from typing import Final

from bbia_sim_ros import marked_yaml
from bbia_sim_ros.chat.commands.notation import value_of
from bbia_sim_ros.chat.commands.patterns import Value
from bbia_sim_ros.chat.tools import TOOL_NAMES

MEANINGS_FILE: Final = Path(__file__).with_name('meanings.yaml')
_TABLE_KEYS: Final = ('of', 'times', 'else')
_MOST = 360.0


@dataclass(frozen=True, kw_only=True)
class Argument:
    """An argument: a constant, a capture, or a table's entry, perhaps times a capture.

    ``capture`` empty means the constant. With a ``table`` its entry for the capture's value counts,
    multiplied, where ``times`` names a capture, by that or by ``default`` when it is not there.
    """

    constant: Value = 0
    capture: str = ''
    table: Mapping[str, float] = field(default_factory=dict)
    times: str = ''
    default: float = 1

    def value(self, captures: Mapping[str, Value]) -> Value | None:
        """Return the argument, None when it is to be left out."""
        if not self.capture:
            return self.constant
        captured = captures.get(self.capture)
        if not self.table or captured is None:
            return captured
        entry = self.table.get(str(captured))
        if entry is None or not self.times:
            return entry
        factor = captures.get(self.times, self.default)
        return entry * factor if isinstance(factor, int | float) else None


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of ``tool`` (one of ``tools.TOOL_NAMES``)."""

    tool: str
    arguments: Mapping[str, Argument]

    def filled(self, captures: Mapping[str, Value]) -> dict[str, Any]:
        """Return the arguments for what was captured."""
        values = {name: argument.value(captures) for name, argument in self.arguments.items()}
        return {name: value for name, value in values.items() if value is not None}


Meanings = Mapping[str, tuple[Call, ...]]


def load_meanings(path: Path = MEANINGS_FILE) -> Meanings:
    """Return the calls of each command by its name."""
    return {
        name: tuple(_call(row) for row in value.items())
        for name, value in marked_yaml.load(path).mapping().items()
    }


def _call(row: marked_yaml.Value) -> Call:
    entries = row.mapping(known=('call', 'with', 'by'))
    if 'call' not in entries:
        raise row.error('has no call; name the tool')
    given = entries['with'].mapping().items() if 'with' in entries else ()
    chosen = entries['by'].mapping().items() if 'by' in entries else ()
    return Call(
        tool=entries['call'].choice(TOOL_NAMES),
        arguments={
            **{name: _plain_argument(value.text()) for name, value in given},
            **{name: _chosen_argument(value) for name, value in chosen},
        },
    )


def _plain_argument(written: str) -> Argument:
    if written.startswith('$'):
        return Argument(capture=written[1:])
    return Argument(constant=value_of(written))


def _chosen_argument(value: marked_yaml.Value) -> Argument:
    entries = value.mapping()
    if 'of' not in entries:
        raise value.error('has no "of"; name the capture that chooses the entry')
    return Argument(
        capture=entries['of'].text(),
        table={
            key: entry.number(-_MOST, _MOST)
            for key, entry in entries.items()
            if key not in _TABLE_KEYS
        },
        times=entries['times'].text() if 'times' in entries else '',
        default=entries['else'].number(-_MOST, _MOST) if 'else' in entries else 1,
    )
