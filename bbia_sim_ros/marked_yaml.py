"""Reading YAML so that each complaint names the file and the line.

Contract
    ``load`` returns a ``Value`` tree; its accessors either return what was asked for or raise
    FileError('file:line: reason'). Files above ``MAX_BYTES`` are refused. No custom tags, no
    merge keys: plain mappings, lists, numbers and strings.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import yaml

MAX_BYTES: Final = 2_000_000


class FileError(ValueError):
    """A file that cannot be used; the message starts with its path and line."""

    def __init__(self, path: Path | str, line: int, reason: str) -> None:
        """Build the message; ``line`` counts from 1, 0 meaning the file as a whole."""
        super().__init__(f'{path}:{line}: {reason}' if line else f'{path}: {reason}')
        self.path = str(path)
        self.line = line


class Value:
    """One node of a YAML file; ``what`` names it in messages."""

    def __init__(self, path: Path, node: yaml.Node, what: str) -> None:
        """Wrap ``node`` of the file ``path``."""
        self._path = path
        self._node = node
        self.what = what

    @property
    def line(self) -> int:
        """The line, counted from 1."""
        return int(self._node.start_mark.line) + 1

    def error(self, reason: str) -> FileError:
        """Return the error that says what is wrong with this value."""
        return FileError(self._path, self.line, f'{self.what} {reason}')

    def mapping(self, *, known: Sequence[str] | None = None) -> dict[str, Value]:
        """Return the entries; a repeated key, or one that is not ``known``, is an error."""
        if not isinstance(self._node, yaml.MappingNode):
            raise self.error('must be a mapping (key: value)')
        entries: dict[str, Value] = {}
        for key_node, value_node in self._node.value:
            key = Value(self._path, key_node, 'key').text()
            entry = Value(self._path, value_node, key)
            if key in entries:
                raise FileError(self._path, int(key_node.start_mark.line) + 1, f'{key} is repeated')
            if known is not None and key not in known:
                raise FileError(
                    self._path,
                    int(key_node.start_mark.line) + 1,
                    f'unknown key {key!r} in {self.what}; known: {", ".join(known)}',
                )
            entries[key] = entry
        return entries

    def items(self) -> list[Value]:
        """Return the entries of a list."""
        if not isinstance(self._node, yaml.SequenceNode):
            raise self.error('must be a list')
        return [
            Value(self._path, node, f'{self.what}[{index}]')
            for index, node in enumerate(self._node.value)
        ]

    def text(self) -> str:
        """Return a single value as written, without surrounding blanks."""
        if not isinstance(self._node, yaml.ScalarNode):
            raise self.error('must be a single value')
        return str(self._node.value).strip()

    def choice(self, allowed: Sequence[str]) -> str:
        """Return a text that is one of ``allowed``."""
        text = self.text()
        if text not in allowed:
            raise self.error(f'is {text!r}; allowed: {", ".join(allowed)}')
        return text

    def number(self, low: float, high: float) -> float:
        """Return a finite number within ``low`` .. ``high``."""
        text = self.text()
        try:
            value = float(text)
        except ValueError:
            raise self.error(f'must be a number, not {text!r}') from None
        if not math.isfinite(value) or not low <= value <= high:
            raise self.error(f'is {text}; allowed is {low:g} .. {high:g}')
        return value


def load(path: Path) -> Value:
    """Return the root of the YAML file ``path``; FileError when it cannot be read as YAML."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise FileError(path, 0, f'has {size} bytes; at most {MAX_BYTES} are read')
        text = path.read_text(encoding='utf-8')
    except UnicodeDecodeError as error:
        raise FileError(path, 0, f'is not UTF-8 text ({error.reason})') from error
    except OSError as error:
        raise FileError(path, 0, f'cannot be read ({error.strerror})') from error
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise FileError(path, line, f'is not YAML: {error.problem}') from error
    except yaml.YAMLError as error:
        raise FileError(path, 0, f'is not YAML: {error}') from error
    except RecursionError as error:
        raise FileError(path, 0, 'has too many lists and mappings within one another') from error
    if node is None:
        raise FileError(path, 0, 'is empty')
    return Value(path, node, 'the file')
