"""How far a recognised text is from what was said: the word error rate."""

from __future__ import annotations

import re

_WORD = re.compile(r"[a-z']+")


def words(text: str) -> list[str]:
    """Return the words of an English text in lower case, without punctuation."""
    return _WORD.findall(text.lower())


def word_errors(said: str, heard: str) -> int:
    """Return how many words were changed, left out or put in: the least number that explains it."""
    wanted, found = words(said), words(heard)
    row = list(range(len(found) + 1))
    for count, word in enumerate(wanted, start=1):
        diagonal, row[0] = row[0], count
        for index, other in enumerate(found, start=1):
            cheapest = min(row[index] + 1, row[index - 1] + 1, diagonal + (word != other))
            diagonal, row[index] = row[index], cheapest
    return row[-1]


def word_error_rate(said: str, heard: str) -> float:
    """Return the errors as a share of the words that were said; 0 is perfect, above 1 possible."""
    return word_errors(said, heard) / len(words(said))
