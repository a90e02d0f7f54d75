"""The texts and scripts of behaviors, from YAML files of the package and a person's own.

Contract
    `read` returns the entries of one kind by name: those of ``config/behaviors/KIND.yaml``, then
    those of ``KIND.yaml`` in a person's own folder, which replace entries of the same name. Raises
    `BehaviorError` with file, line, field and reason. Pure but for reading files; any thread.

Form
    A text is written once for all languages, or once for each::

        title: Bonjour
        title: {en: The sun, fr: Le soleil}
"""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Final
from typing import TypeVar

from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.texts import Text
from bbia_sim_ros.marked_yaml import FileError
from bbia_sim_ros.marked_yaml import Value
from bbia_sim_ros.marked_yaml import load
from bbia_sim_ros.stack import share_directory

MAX_TEXT: Final = 1000
MAX_ENTRIES: Final = 500
LANGUAGES: Final = ('en', 'fr')

Entry = TypeVar('Entry')


def read(kind: str, folder: str, parse: Callable[[str, Value], Entry]) -> Mapping[str, Entry]:
    """Return the entries of a kind, such as ``stories``; ``folder`` empty: the package's alone."""
    paths = [share_directory() / 'config' / 'behaviors' / f'{kind}.yaml']
    if folder:
        paths.append(Path(os.path.expanduser(folder), f'{kind}.yaml'))
    entries: dict[str, Entry] = {}
    try:
        for path in paths:
            for name, value in load(path).mapping().items():
                entries[name] = parse(name, value)
            if len(entries) > MAX_ENTRIES:
                raise FileError(path, 0, f'makes {len(entries)}; at most {MAX_ENTRIES} are kept')
    except FileError as error:
        raise BehaviorError(str(error)) from error
    return entries


def chosen(kind: str, entries: Mapping[str, Entry], name: str, chance: Random) -> Entry:
    """Return the entry of a name, or any for ''; raises `BehaviorError` with the known names."""
    if not name:
        return chance.choice(list(entries.values()))
    entry = entries.get(name)
    if entry is None:
        raise BehaviorError(f'there is no {name[:80]!r} among {kind}; known: {", ".join(entries)}')
    return entry


def text_of(value: Value) -> Text:
    """Return a text in all languages; FileError for one that is missing, empty or too long."""
    texts = each_language(value)
    return Text(en=_checked(texts['en']), fr=_checked(texts['fr']))


def each_language(value: Value) -> Mapping[str, Value]:
    """Return what is written for each language: a mapping by language, else one for all."""
    if _is_for_all(value):
        return dict.fromkeys(LANGUAGES, value)
    entries = value.mapping(known=LANGUAGES)
    for language in LANGUAGES:
        required(value, entries, language)
    return entries


def required(value: Value, entries: Mapping[str, Value], key: str) -> Value:
    """Return what is written for a key; FileError when nothing is."""
    if key not in entries:
        raise value.error(f'has no {key!r}')
    return entries[key]


def _is_for_all(value: Value) -> bool:
    for accessor in (value.text, value.items):
        with suppress(FileError):
            accessor()
            return True
    return False


def _checked(value: Value) -> str:
    text = ' '.join(value.text().split())
    if not 1 <= len(text) <= MAX_TEXT:
        raise value.error(f'has {len(text)} characters; allowed is 1 .. {MAX_TEXT}')
    # A text with values for its places is filled where it is spoken; these have none.
    return text.replace('{', '{{').replace('}', '}}')
