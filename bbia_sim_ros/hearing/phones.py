"""How much two texts sound alike, judged by their phones (ARPAbet, as in the CMU dictionary). Pure.

The distance is that of Levenshtein with cheaper substitutions between phones that are taken for
one another: two vowels, or the voiced and the unvoiced form of a consonant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

MAX_LONGER: Final = 2
"""Phones that one may have more: above that it has another word, and that may be "don't"."""
_VOWEL_COST: Final = 0.5
_VOICING_COST: Final = 0.25
_VOWELS: Final = frozenset(
    ('AA', 'AE', 'AH', 'AO', 'AW', 'AY', 'EH', 'ER', 'EY', 'IH', 'IY', 'OW', 'OY', 'UH', 'UW')
)
_VOICING: Final = frozenset(
    frozenset(pair.split())
    for pair in ('B P', 'D T', 'G K', 'V F', 'DH TH', 'Z S', 'ZH SH', 'JH CH')
)


def likeness(heard: Sequence[str], wanted: Sequence[str]) -> float:
    """Return how much they sound alike, 0 .. 1; 0 when one is longer by more than `MAX_LONGER`."""
    if not heard or not wanted or abs(len(heard) - len(wanted)) > MAX_LONGER:
        return 0.0
    return 1.0 - distance(heard, wanted) / max(len(heard), len(wanted))


def distance(first: Sequence[str], second: Sequence[str]) -> float:
    """Return the cost of turning one into the other; see the module's docstring."""
    row = [float(index) for index in range(len(second) + 1)]
    for count, phone in enumerate(first, start=1):
        diagonal, row[0] = row[0], float(count)
        for index, other in enumerate(second, start=1):
            cheapest = min(row[index] + 1.0, row[index - 1] + 1.0, diagonal + _cost(phone, other))
            diagonal, row[index] = row[index], cheapest
    return row[-1]


def _cost(phone: str, other: str) -> float:
    if phone == other:
        return 0.0
    if phone in _VOWELS and other in _VOWELS:
        return _VOWEL_COST
    return _VOICING_COST if frozenset((phone, other)) in _VOICING else 1.0
