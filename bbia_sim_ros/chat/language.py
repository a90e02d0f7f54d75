"""Whether a text is English or French; nothing else is told apart.

Contract
    Pure. The rule: words of each list below are counted, without case; French elisions (``l'``,
    ``qu'``, ...) and letters that English does not have (é, è, ç, œ, ...) count for French. More
    points win; a draw, and no point at all, is ``''``. Meant for a sentence; a single name or
    number is no evidence.
"""

from __future__ import annotations

import re
from typing import Final

ENGLISH: Final = 'en'
FRENCH: Final = 'fr'

# Words that are frequent in one of the languages and none of the other.
_ENGLISH_TEXT: Final = """
    the a an and or but if not is are was were be been am do does did have has had can could will
    would should may might must i you he she it we they him her us them my your his our their
    this that these those there here what who where when why how which of to in with from by at
    up down left right look say tell please hello hi yes no thanks thank good because about into
    don't doesn't isn't can't it's i'm you're what's that's let's go
"""
_FRENCH_TEXT: Final = """
    le la les un une des du de et ou mais si ne pas est sont était être suis es sommes êtes
    avons avez ont peux peut pouvez veux veut je tu il elle nous vous ils elles te se moi toi
    lui leur mon ma mes ton ta tes sa ses notre votre ce cet cette ces ça ceci cela qui que
    quoi où quand pourquoi comment quel quelle dans avec pour par sur sous chez au aux en y va
    fais fait dis regarde tourne gauche droite haut bas bonjour salut oui non merci bien très
    s'il plaît parce arrête viens
"""
_ENGLISH_WORDS: Final = frozenset(_ENGLISH_TEXT.split())
_FRENCH_WORDS: Final = frozenset(_FRENCH_TEXT.split())
_ELISION: Final = re.compile(r"(?<!\w)(?:[cdjlmnst]|qu)'(?=\w)")
_FRENCH_LETTERS: Final = re.compile(r'[àâæçèéêëîïôœùûüÿ]')
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


def language_of(text: str) -> str:
    """Return ``en``, ``fr``, or ``''`` when the text does not tell."""
    plain = text.casefold().replace('’', "'")
    words = _WORD.findall(plain)
    english = sum(word in _ENGLISH_WORDS for word in words)
    parts = [part for word in words for part in {word, word.rpartition("'")[2]}]
    french = sum(part in _FRENCH_WORDS for part in parts)
    french += len(_ELISION.findall(plain)) + len(_FRENCH_LETTERS.findall(plain))
    if english == french:
        return ''
    return ENGLISH if english > french else FRENCH
