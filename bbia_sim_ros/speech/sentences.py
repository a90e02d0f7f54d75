"""Where a paragraph is cut, so that its first words can be heard while the rest is computed.

Contract
    The pieces joined with single spaces are the paragraph. A piece is a sentence; one of more than
    `MAX_CHARACTERS` is cut at a comma or the like, else at a space, else anywhere. Not an end: the
    dot of an abbreviation, of an initial, of a number or of a name such as example.org, and any
    mark that a small letter follows ("Quoi ? » dit-il").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

MAX_CHARACTERS: Final = 220
_CLOSING = r'["\'”’)\]]*(?:\s?»)?'
_END = re.compile(rf'(?:(?<![.!?…])[.!?…]++{_CLOSING}(?=\s)|[。！？]+)')
_LAST_WORD = re.compile(r'([^\s(«"“\']+)\.$')
_INITIAL = re.compile(r'(?:[^\W\d_]\.)*[^\W\d_]$')
_SOFT_ENDS = (re.compile(r'[;:](?=\s)'), re.compile(r',(?=\s)'), re.compile(r'(?<=\S)(?=\s)'))
_ENGLISH = (
    'mr mrs ms dr prof sr jr st vs etc approx dept est fig inc ltd no vol ave e.g i.e a.m p.m cf'
    ' gen col capt lt sgt rev hon jan feb mar apr jun jul aug sep sept oct nov dec'
)
_FRENCH = (
    'mm mme mlle mmes mlles me dr pr st ste art av bd chap env ex p pp réf tél min max c.-à-d n.b'
    ' janv févr juil'
)
_ABBREVIATIONS: Final = frozenset((*_ENGLISH.split(), *_FRENCH.split()))
# These end a sentence as often as not; the small letter after them decides.
_OFTEN_LAST: Final = frozenset(('etc', 'a.m', 'p.m', 'inc', 'ltd', 'no', 'max', 'min', 'me'))


def sentences(paragraph: str) -> tuple[str, ...]:
    """Return the pieces of a paragraph; see the module's docstring."""
    return tuple(piece for sentence in _sentences(paragraph) for piece in _short(sentence) if piece)


def _sentences(paragraph: str) -> Iterator[str]:
    begin = 0
    for match in _END.finditer(paragraph):
        if _goes_on(paragraph, begin, match):
            continue
        yield paragraph[begin : match.end()].strip()
        begin = match.end()
    yield paragraph[begin:].strip()


def _goes_on(paragraph: str, begin: int, match: re.Match[str]) -> bool:
    """Whether the sentence goes on after what looks like its end."""
    following = paragraph[match.end() : match.end() + 8].lstrip(' «"“\'([')[:1]
    if following.islower():
        return True
    if match.group(0) != '.':
        return False
    last = _LAST_WORD.search(paragraph, max(begin, match.end() - 40), match.end())
    if last is None:
        return False
    word = last.group(1).lower()
    if word in _ABBREVIATIONS:
        return word not in _OFTEN_LAST
    # "J. R. Smith", but "Plan B." ends only where nothing more comes.
    return bool(_INITIAL.match(word)) and word not in ('i', 'a')


def _short(sentence: str) -> Iterator[str]:
    while len(sentence) > MAX_CHARACTERS:
        cut = _cut(sentence)
        yield sentence[:cut].strip()
        sentence = sentence[cut:].strip()
    yield sentence


def _cut(sentence: str) -> int:
    """Return where to cut; at the last place of the best kind in the second half of what fits."""
    for mark in _SOFT_ENDS:
        places = [found.end() for found in mark.finditer(sentence, 0, MAX_CHARACTERS)]
        if places and places[-1] > MAX_CHARACTERS // 2:
            return places[-1]
    return MAX_CHARACTERS
