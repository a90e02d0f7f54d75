"""What phrases are made of, and how they are matched: all readings of the words at once.

Contract
    Patterns are immutable and hold no loops back to themselves, so that a phrase has a longest
    match; any thread. ``ends`` returns every place where a match that begins at ``at`` may end,
    with what was captured on the way. ``first`` are the words with which a match may begin, None
    for any; ``empty`` tells that a match may be without words.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from typing import Protocol

from bbia_sim_ros.chat.commands.numbers import NumberWords
from bbia_sim_ros.chat.commands.text import COLON
from bbia_sim_ros.chat.commands.text import END
from bbia_sim_ros.chat.commands.text import FOREIGN
from bbia_sim_ros.chat.commands.text import PAUSE
from bbia_sim_ros.chat.commands.text import QUOTE
from bbia_sim_ros.chat.commands.text import Heard

Value = str | float
Captures = tuple[tuple[str, Value], ...]
Ends = Sequence[tuple[int, Captures]]

MAX_NAME_WORDS: Final = 4
_NOT_IN_NAMES = {PAUSE, COLON, QUOTE, FOREIGN, END}
_NOTHING: Ends = ()


class Pattern(Protocol):
    """See the module's docstring."""

    @property
    def first(self) -> frozenset[str] | None:
        """The words with which a match may begin."""

    @property
    def empty(self) -> bool:
        """Whether a match may be without words."""

    def ends(self, heard: Heard, at: int) -> Ends:
        """Return where matches end, and their captures."""


@dataclass(frozen=True)
class Word:
    """One word."""

    word: str
    empty: bool = False

    @property
    def first(self) -> frozenset[str] | None:
        """The word."""
        return frozenset({self.word})

    def ends(self, heard: Heard, at: int) -> Ends:
        """Match the word."""
        return ((at + 1, ()),) if heard.words[at] == self.word else _NOTHING


class InOrder:
    """All parts, one after the other."""

    def __init__(self, parts: Sequence[Pattern]) -> None:
        """Take the parts; none of them matches nothing."""
        self._parts = tuple(parts)
        self.first = self._first()
        self.empty = all(part.empty for part in parts)

    def _first(self) -> frozenset[str] | None:
        words: frozenset[str] = frozenset()
        for part in self._parts:
            if part.first is None:
                return None
            words |= part.first
            if not part.empty:
                break
        return words

    def ends(self, heard: Heard, at: int) -> Ends:
        """Match part after part from wherever the one before may end."""
        reached: Ends = ((at, ()),)
        for part in self._parts:
            heard.steps += len(reached)
            reached = [
                (end, captures + more)
                for middle, captures in reached
                for end, more in part.ends(heard, middle)
            ]
            if not reached:
                break
        return reached


class OneOf:
    """Any of several patterns; looks only at those that can begin with the word at hand."""

    def __init__(self, options: Sequence[Pattern]) -> None:
        """Take the patterns."""
        firsts = [option.first for option in options]
        known = frozenset[str]().union(*(first for first in firsts if first is not None))
        self.first = None if None in firsts else known
        self.empty = any(option.empty for option in options)
        self._anywhere = tuple(option for option in options if option.first is None or option.empty)
        self._by_word = {
            word: tuple(
                option
                for option, first in zip(options, firsts, strict=True)
                if first is None or option.empty or word in first
            )
            for word in known
        }

    def ends(self, heard: Heard, at: int) -> Ends:
        """Match any."""
        options = self._by_word.get(heard.words[at], self._anywhere)
        heard.steps += 1 + len(options)
        if len(options) == 1:
            return options[0].ends(heard, at)
        return list(dict.fromkeys(end for option in options for end in option.ends(heard, at)))


@dataclass(frozen=True)
class OneOrMore:
    """A pattern as often as it goes, only the furthest end; captures are those of the first."""

    part: Pattern

    @property
    def first(self) -> frozenset[str] | None:
        """Those of the part."""
        return self.part.first

    @property
    def empty(self) -> bool:
        """Whether the part may be."""
        return self.part.empty

    def ends(self, heard: Heard, at: int) -> Ends:
        """Match until it matches no further."""
        furthest = max(self.part.ends(heard, at), default=None, key=_end)
        if furthest is None:
            return _NOTHING
        end, captures = furthest
        while (further := max(map(_end, self.part.ends(heard, end)), default=end)) > end:
            end = further
        return ((end, captures),)


def _end(match: tuple[int, Captures]) -> int:
    return match[0]


@dataclass(frozen=True)
class NotAhead:
    """Matches no words, and only where a pattern does not begin."""

    pattern: Pattern
    first: frozenset[str] | None = frozenset()
    empty: bool = True

    def ends(self, heard: Heard, at: int) -> Ends:
        """Look ahead."""
        return _NOTHING if self.pattern.ends(heard, at) else ((at, ()),)


@dataclass(frozen=True)
class Captured:
    """A pattern that, when it matches, sets a name to a value."""

    pattern: Pattern
    capture: tuple[str, Value]

    @property
    def first(self) -> frozenset[str] | None:
        """Those of the pattern."""
        return self.pattern.first

    @property
    def empty(self) -> bool:
        """Whether the pattern may be."""
        return self.pattern.empty

    def ends(self, heard: Heard, at: int) -> Ends:
        """Match the pattern."""
        return [(end, (*captures, self.capture)) for end, captures in self.pattern.ends(heard, at)]


@dataclass(frozen=True)
class NumberSlot:
    """A number in digits or words, captured as ``number``."""

    number_words: NumberWords
    first: frozenset[str] | None = None
    empty: bool = False

    def ends(self, heard: Heard, at: int) -> Ends:
        """Match the longest number."""
        found = self.number_words.at(heard.words, at)
        return _NOTHING if found is None else ((found[0], (('number', found[1]),)),)


@dataclass(frozen=True)
class NameSlot:
    """Up to ``MAX_NAME_WORDS`` words, captured as ``name`` joined by underscores.

    None of them may be one of ``not_names``: those that may follow a command.
    """

    not_names: frozenset[str]
    first: frozenset[str] | None = None
    empty: bool = False

    def ends(self, heard: Heard, at: int) -> Ends:
        """Match one word, two, and so on."""
        found: list[tuple[int, Captures]] = []
        for end in range(at + 1, at + MAX_NAME_WORDS + 1):
            word = heard.words[end - 1]
            if word in self.not_names or word in _NOT_IN_NAMES:
                break
            found.append((end, (('name', '_'.join(heard.words[at:end])),)))
        return found


@dataclass(frozen=True)
class TextSlot:
    """Everything up to the end, at least a word of it, captured as ``text`` as it was written.

    Of ``kind`` statement it must not be a question; of a topic the punctuation at its end and of
    a quotation the marks around it are left out.
    """

    kind: str
    first: frozenset[str] | None = None
    empty: bool = False

    def ends(self, heard: Heard, at: int) -> Ends:
        """Match all there is."""
        text = heard.rest(at)
        if self.kind == 'statement' and text.endswith('?'):
            return _NOTHING
        if self.kind == 'topic':
            text = text.rstrip(' .!?…')
        elif self.kind == 'text':
            text = _unquoted(text)
        if not any(character.isalnum() for character in text):
            return _NOTHING
        return ((heard.end, (('text', text),)),)


_QUOTATIONS: Final[Mapping[str, str]] = {'"': '"', '«': '»', '“': '”', '„': '“'}


def _unquoted(text: str) -> str:
    closing = _QUOTATIONS.get(text[:1])
    bare = text.rstrip(' .!?,')
    if closing is None or len(bare) < 2 or not bare.endswith(closing):
        return text
    inner = bare[1:-1].strip()
    return text if closing in inner else inner
