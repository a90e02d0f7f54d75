"""The names of the classes that a model tells apart, from its file or from a text file.

Contract
    Names are text to show, not code: what is no plain list of short lines raises `DetectorError`,
    and nothing in it is evaluated. Bounded by `MAX_CLASSES` and `MAX_NAME` characters each.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from bbia_sim_ros.vision.errors import DetectorError

Names = tuple[str, ...]

MAX_CLASSES: Final = 10_000
MAX_NAME: Final = 100
_MAX_TEXT: Final = MAX_CLASSES * (MAX_NAME + 20)


def names_from_metadata(text: str, file: str) -> Names:
    """Return the names that an export by ultralytics writes: a literal dict of number and name.

    A list is taken too. Raises `DetectorError`, which names the file.
    """
    advice = 'give the names in a text file with objects_names'
    if len(text) > _MAX_TEXT:
        raise DetectorError(f'the class names in {file} take {len(text)} characters: {advice}')
    try:
        found = ast.literal_eval(text)
        numbered = dict(enumerate(found)) if isinstance(found, list) else found
        by_number = {int(number): name for number, name in numbered.items()}
    except (
        ValueError,
        TypeError,
        SyntaxError,
        AttributeError,
        MemoryError,
        RecursionError,
    ) as error:
        raise DetectorError(
            f'the class names in {file} are {text[:60]!r}, and should be a dict of numbers and '
            f'names: {advice}'
        ) from error
    if sorted(by_number) != list(range(len(by_number))):
        raise DetectorError(f'the classes in {file} are not numbered 0, 1, 2 and so on: {advice}')
    return _checked((by_number[number] for number in range(len(by_number))), file)


def names_from_file(path: str) -> Names:
    """Return the lines of a text file in UTF-8, without empty ones at its end.

    Raises `DetectorError`, which names the file.
    """
    try:
        with Path(path).open(encoding='utf-8') as file:
            text = file.read(_MAX_TEXT + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise DetectorError(f'the class names in {path} cannot be read: {error}') from error
    return _checked(text.rstrip().splitlines(), path)


def _checked(names: Iterable[object], file: str) -> Names:
    lines = [name.strip() if isinstance(name, str) else name for name in names]
    if not 1 <= len(lines) <= MAX_CLASSES:
        raise DetectorError(f'{file} names {len(lines)} classes, and may name 1..{MAX_CLASSES}')
    checked = []
    for number, name in enumerate(lines):
        if not (isinstance(name, str) and 0 < len(name) <= MAX_NAME and name.isprintable()):
            raise DetectorError(
                f'class {number} in {file} is called {str(name)[:60]!r}; a name is 1..{MAX_NAME} '
                'characters in one line'
            )
        checked.append(name)
    return tuple(checked)
