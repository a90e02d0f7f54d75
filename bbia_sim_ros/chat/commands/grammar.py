"""The phrases of one language, read from its YAML file.

Contract
    Immutable after loading; any thread. ``load_grammar`` raises FileError naming file and line for
    a phrase that cannot be read, an unknown key or an unknown command.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bbia_sim_ros import marked_yaml
from bbia_sim_ros.chat.commands.notation import Notation
from bbia_sim_ros.chat.commands.notation import NotationError
from bbia_sim_ros.chat.commands.numbers import NUMBER_WORDS
from bbia_sim_ros.chat.commands.patterns import Captured
from bbia_sim_ros.chat.commands.patterns import OneOf
from bbia_sim_ros.chat.commands.patterns import Pattern
from bbia_sim_ros.chat.commands.text import plain

LANGUAGES: Final = ('en', 'fr')
COMMAND: Final = 'command'
_KEYS: Final = (
    *('hesitations', 'rules', 'openings', 'closings', 'joiners', 'never', 'commands', 'words'),
)


@dataclass(frozen=True, kw_only=True)
class Grammar:
    """All phrases of a language.

    ``command`` captures the name of what is said as `COMMAND`; after a command of the same name
    and a ``joiner``, ``again`` of that name is enough. ``opening`` and ``closing`` may stand before
    and behind a command; ``never`` is no command although it is put together like one. A reply
    names captures in braces, to be put in the language's ``words``: capture, value, words.
    """

    language: str
    hesitations: frozenset[str]
    opening: Pattern
    closing: Pattern
    joiner: Pattern
    never: Pattern
    command: Pattern
    again: Mapping[str, Pattern]
    replies: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]


def load_grammar(language: str, commands: Collection[str], path: Path | None = None) -> Grammar:
    """Return the grammar of a language of `LANGUAGES`; ``commands``: all that have a meaning."""
    root = marked_yaml.load(path or Path(__file__).with_name(f'phrases_{language}.yaml'))
    entries = root.mapping(known=_KEYS)
    for key in _KEYS:
        if key not in entries:
            raise root.error(f'has no {key}')
    number_words = NUMBER_WORDS[language]
    rules: dict[str, Pattern] = {}
    for name, value in entries['rules'].mapping().items():
        rules[name] = _pattern(Notation(number_words, rules), value)
    around = Notation(number_words, rules)
    closing = _patterns(around, entries['closings'])
    joiner = _patterns(around, entries['joiners'])
    behind = (closing.first or frozenset()) | (joiner.first or frozenset())
    notation = Notation(number_words, rules, behind)
    phrasing = _phrasings(entries['commands'], commands)

    def said(name: str, key: str) -> list[Pattern]:
        phrases = phrasing[name][key].items() if key in phrasing[name] else []
        return [Captured(_pattern(notation, phrase), (COMMAND, name)) for phrase in phrases]

    return Grammar(
        language=language,
        hesitations=frozenset(plain(word.text()) for word in entries['hesitations'].items()),
        opening=_patterns(notation, entries['openings']),
        closing=closing,
        joiner=joiner,
        never=_patterns(notation, entries['never']),
        command=OneOf([pattern for name in commands for pattern in said(name, 'phrases')]),
        again={name: OneOf(patterns) for name in commands if (patterns := said(name, 'again'))},
        replies={name: phrasing[name]['reply'].text() for name in commands},
        words={
            capture: {value: words.text() for value, words in values.mapping().items()}
            for capture, values in entries['words'].mapping().items()
        },
    )


def _phrasings(
    value: marked_yaml.Value, commands: Collection[str]
) -> dict[str, dict[str, marked_yaml.Value]]:
    entries = value.mapping(known=tuple(commands))
    phrasings: dict[str, dict[str, marked_yaml.Value]] = {}
    for name in commands:
        if name not in entries:
            raise value.error(f'has no {name}')
        phrasings[name] = entries[name].mapping(known=('phrases', 'again', 'reply'))
        for key in ('phrases', 'reply'):
            if key not in phrasings[name]:
                raise entries[name].error(f'has no {key}')
    return phrasings


def _patterns(notation: Notation, value: marked_yaml.Value) -> Pattern:
    return OneOf([_pattern(notation, phrase) for phrase in value.items()])


def _pattern(notation: Notation, value: marked_yaml.Value) -> Pattern:
    try:
        return notation.pattern(value.text())
    except NotationError as error:
        raise value.error(str(error)) from error
