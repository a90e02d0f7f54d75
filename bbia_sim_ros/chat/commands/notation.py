"""The notation of phrases in the YAML files, made into patterns.

Contract
    ``Notation.pattern`` turns one phrase into a `Pattern` or raises `NotationError`. One owner.

Form
    Words as people write them; case, accents and apostrophes make no difference.

    ============  =====================================================================
    [a b]         may be left out
    (a | b c)     one of these
    (a b)+        as often as it goes, at least once; a word without brackets is a group
    !(a | b)      only where none of these follows
    (a b){k=v}    sets k to v when it matches; what looks like a number is one
    <rule>        a phrase of the same file's ``rules``, written before this one
    , : "         a pause of any kind, a colon, a quotation mark
    <number>      a number in digits or words
    <name>        up to four words, joined by underscores
    <text>        everything that follows, as it was written; also <statement>, <topic>
    ============  =====================================================================
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bbia_sim_ros.chat.commands.numbers import NumberWords
from bbia_sim_ros.chat.commands.patterns import Captured
from bbia_sim_ros.chat.commands.patterns import InOrder
from bbia_sim_ros.chat.commands.patterns import NameSlot
from bbia_sim_ros.chat.commands.patterns import NotAhead
from bbia_sim_ros.chat.commands.patterns import NumberSlot
from bbia_sim_ros.chat.commands.patterns import OneOf
from bbia_sim_ros.chat.commands.patterns import OneOrMore
from bbia_sim_ros.chat.commands.patterns import Pattern
from bbia_sim_ros.chat.commands.patterns import TextSlot
from bbia_sim_ros.chat.commands.patterns import Value
from bbia_sim_ros.chat.commands.patterns import Word
from bbia_sim_ros.chat.commands.text import COLON
from bbia_sim_ros.chat.commands.text import FOREIGN
from bbia_sim_ros.chat.commands.text import PAUSE
from bbia_sim_ros.chat.commands.text import QUOTE
from bbia_sim_ros.chat.commands.text import composed
from bbia_sim_ros.chat.commands.text import tokens

_SYMBOL = re.compile(r'\s*([][()|+!,:"]|<\w+>|\{\w+=[^}]+\}|[^][()|+!,:"<>{}\s]+)')
_MARKS: Final = {',': PAUSE, ':': COLON, '"': QUOTE}
_CLOSING: Final = {'(': ')', '[': ']'}
_END: Final = ''


class NotationError(ValueError):
    """A phrase that is not written as it should be; the message says what is wrong."""


class Notation:
    """Makes patterns from phrases; ``not_names`` are words that no <name> contains."""

    def __init__(
        self,
        number_words: NumberWords,
        rules: Mapping[str, Pattern],
        not_names: frozenset[str] = frozenset(),
    ) -> None:
        """Take the language's number words and its rules."""
        self._known: dict[str, Pattern] = {
            'number': NumberSlot(number_words),
            'name': NameSlot(not_names),
            **{kind: TextSlot(kind) for kind in ('text', 'statement', 'topic')},
            **rules,
        }
        self._symbols: list[str] = []

    def pattern(self, phrase: str) -> Pattern:
        """Return the pattern of a phrase."""
        self._symbols = [_END, *reversed(_symbols(phrase))]
        pattern = self._alternatives()
        if self._symbols[-1] != _END:
            raise NotationError(f'has a {self._symbols[-1]!r} too many')
        if pattern.empty:
            raise NotationError('matches nothing at all; some word of it must be needed')
        return pattern

    def _alternatives(self) -> Pattern:
        options = [self._sequence()]
        while self._symbols[-1] == '|':
            self._symbols.pop()
            options.append(self._sequence())
        return options[0] if len(options) == 1 else OneOf(options)

    def _sequence(self) -> Pattern:
        parts: list[Pattern] = []
        while self._symbols[-1] not in {_END, '|', ')', ']'}:
            parts += self._part()
        if not parts:
            raise NotationError('has nothing on one side of a | or in brackets')
        return parts[0] if len(parts) == 1 else InOrder(parts)

    def _part(self) -> list[Pattern]:
        symbol = self._symbols.pop()
        if symbol == '!':
            return [NotAhead(InOrder(self._part()))]
        if symbol in _CLOSING:
            return [self._group(symbol)]
        if symbol.startswith('<'):
            known = self._known.get(symbol[1:-1])
            if known is None:
                raise NotationError(f'names {symbol}; known: {", ".join(self._known)}')
            return [self._suffixed(known)]
        if symbol in _MARKS:
            return [Word(_MARKS[symbol])]
        if symbol == '+' or symbol.startswith('{'):
            raise NotationError(
                f'has {symbol} where it belongs to nothing; put it behind a word or a )'
            )
        words = [token.word for token in tokens(composed(symbol))]
        if FOREIGN in words or not words:
            raise NotationError(f'has {symbol!r}, which nobody can say')
        return [*(Word(word) for word in words[:-1]), self._suffixed(Word(words[-1]))]

    def _group(self, opening: str) -> Pattern:
        inner = self._alternatives()
        if self._symbols[-1] != _CLOSING[opening]:
            raise NotationError(f'has a {opening} without its {_CLOSING[opening]}')
        self._symbols.pop()
        if opening == '(':
            return self._suffixed(inner)
        if self._symbols[-1] == '+' or self._symbols[-1].startswith('{'):
            raise NotationError(f'has {self._symbols[-1]} behind a ]; put it behind a word or a )')
        return OneOf([inner, InOrder(())])

    def _suffixed(self, pattern: Pattern) -> Pattern:
        if self._symbols[-1] == '+':
            self._symbols.pop()
            pattern = OneOrMore(pattern)
        while self._symbols[-1].startswith('{'):
            name, value = self._symbols.pop()[1:-1].split('=', 1)
            pattern = Captured(pattern, (name, value_of(value)))
        return pattern


def value_of(written: str) -> Value:
    """Return a number where it is one, else the text."""
    try:
        number = float(written)
    except ValueError:
        return written
    return int(number) if number.is_integer() else number


def _symbols(phrase: str) -> list[str]:
    found: list[str] = []
    at = 0
    phrase = phrase.strip()
    while at < len(phrase):
        match = _SYMBOL.match(phrase, at)
        if match is None:
            raise NotationError(f'cannot be read from {phrase[at : at + 20]!r} on')
        found.append(match[1])
        at = match.end()
    return found
