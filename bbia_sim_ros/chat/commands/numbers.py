"""Numbers as people say them, 0 to 999, in English and French (also as in Belgium and Switzerland).

Contract
    Immutable; any thread. Words are those of `text.plain`.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

Spelling = tuple[str, ...]

_ENGLISH: Final = (
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen '
    'fifteen sixteen seventeen eighteen nineteen'
)
_ENGLISH_TENS: Final = 'twenty thirty forty fifty sixty seventy eighty ninety'
_FRENCH: Final = (
    'zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize'
)
_FRENCH_TENS: Final = {
    'vingt': 20,
    'trente': 30,
    'quarante': 40,
    'cinquante': 50,
    'soixante': 60,
    'septante': 70,
    'huitante': 80,
    'octante': 80,
    'nonante': 90,
}


@dataclass(frozen=True, kw_only=True)
class NumberWords:
    """The number words of a language.

    ``hundred`` may be said alone or with ``article`` before it, and ``link`` may follow it.
    """

    below_hundred: Mapping[Spelling, int]
    hundred: frozenset[str]
    article: str
    link: str

    def at(self, words: Sequence[str], at: int) -> tuple[int, float] | None:
        """Return where the longest number that begins at ``at`` ends, and its value."""
        if words[at][:1].isdecimal():
            value = float(words[at])
            return at + 1, int(value) if value.is_integer() else value
        small = self._small(words, at)
        if small is not None and small[1] < 10 and words[small[0]] in self.hundred:
            end, hundreds = small
        elif words[at] in self.hundred:
            end, hundreds = at, 1
        elif self.article and words[at] == self.article and words[at + 1] in self.hundred:
            end, hundreds = at + 1, 1
        else:
            return small
        end += 1
        linked = end + (self.link != '' and words[end] == self.link)
        more = self._small(words, linked)
        return (end, 100 * hundreds) if more is None else (more[0], 100 * hundreds + more[1])

    def _small(self, words: Sequence[str], at: int) -> tuple[int, int] | None:
        for length in range(4, 0, -1):
            value = self.below_hundred.get(tuple(words[at : at + length]))
            if value is not None:
                return at + length, value
        return None


def _english() -> dict[Spelling, int]:
    units = _ENGLISH.split()
    spellings: dict[Spelling, int] = {(word,): value for value, word in enumerate(units)}
    for tens, word in enumerate(_ENGLISH_TENS.split(), start=2):
        spellings[word,] = 10 * tens
        for unit in range(1, 10):
            spellings[word, units[unit]] = 10 * tens + unit
    return spellings


def _french() -> dict[Spelling, int]:
    words = _FRENCH.split()
    units: dict[Spelling, int] = {(word,): value for value, word in enumerate(words)}
    units['une',] = 1
    for unit in (7, 8, 9):
        units['dix', words[unit]] = 10 + unit
    spellings = dict(units)
    for tens, value in _FRENCH_TENS.items():
        spellings[tens,] = value
        # sixty goes on to seventy-nine: soixante-dix, soixante et onze
        largest = 19 if value == 60 else 9
        for spelling, unit in units.items():
            if 1 <= unit <= largest:
                spellings[tens, *spelling] = value + unit
                if unit in (1, 11):
                    spellings[tens, 'et', *spelling] = value + unit
    for eighty in ('vingt', 'vingts'):
        spellings['quatre', eighty] = 80
        for spelling, unit in units.items():
            if unit:
                spellings['quatre', eighty, *spelling] = 80 + unit
    return spellings


NUMBER_WORDS: Final[Mapping[str, NumberWords]] = {
    'en': NumberWords(
        below_hundred=_english(), hundred=frozenset({'hundred'}), article='a', link='and'
    ),
    'fr': NumberWords(
        below_hundred=_french(), hundred=frozenset({'cent', 'cents'}), article='', link=''
    ),
}
