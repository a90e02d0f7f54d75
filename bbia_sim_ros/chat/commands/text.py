"""A person's words, made comparable: tokens without case and accents that know where they were.

Contract
    Pure functions, any thread; none raises for any ``str``. Composed and decomposed accents,
    straight and curly apostrophes, hyphens and underscores make no difference. Punctuation that
    ends or divides sentences becomes a `PAUSE`, a colon stays `COLON`, a quotation mark `QUOTE`;
    what a command cannot hold becomes `FOREIGN`, which no phrase matches.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from bbia_sim_ros.chat.text import clean

PAUSE: Final = ','
COLON: Final = ':'
QUOTE: Final = '"'
FOREIGN: Final = '\0'
END: Final = ''
"""Stands behind the last token, so that one may always look at the next."""
_MAX_NUMBER_CHARACTERS = 9
_TOKEN = re.compile(
    r"""
    (?P<foreign>(?<![^\W_])[-−+](?=\d))     # a sign: no command takes negative numbers
    |(?P<number>\d+(?:[.,]\d+)?)
    |(?P<word>[^\W\d_][^\W_]*|°)
    |(?P<pause>[.,;!?…–—]+)
    |(?P<colon>:)
    |(?P<quote>["«»“”„])
    |(?P<space>(?:[\s'’‘ʼ`´_]|[‐‑-](?!\d))+)
    |(?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_LIGATURES = str.maketrans({'œ': 'oe', 'æ': 'ae'})


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token as phrases know it, and its place in the text."""

    word: str
    start: int
    end: int


def composed(text: str) -> str:
    """Return the text that the places of tokens refer to."""
    return unicodedata.normalize('NFC', clean(text)[0])


def plain(word: str) -> str:
    """Return a word in lower case without accents."""
    lower = word.casefold()
    if lower.isascii():
        return lower
    letters = unicodedata.normalize('NFD', lower.translate(_LIGATURES))
    return ''.join(letter for letter in letters if not unicodedata.combining(letter))


def tokens(text: str) -> list[Token]:
    """Return the tokens of a `composed` text; pauses that follow each other are one."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == 'space':
            continue
        word = _token_word(kind, match[0])
        if not (word == PAUSE and found and found[-1].word == PAUSE):
            found.append(Token(word=word, start=match.start(), end=match.end()))
    return found


def _token_word(kind: str | None, written: str) -> str:
    if kind == 'word':
        return plain(written)
    if kind == 'number':
        return written.replace(',', '.') if len(written) <= _MAX_NUMBER_CHARACTERS else FOREIGN
    return {'pause': PAUSE, 'colon': COLON, 'quote': QUOTE}.get(kind or '', FOREIGN)


def without_hesitations(found: list[Token], hesitations: Collection[str]) -> list[Token]:
    """Return the tokens without such words, nor the pauses around them."""
    kept: list[Token] = []
    hesitated = False
    for token in found:
        if token.word in hesitations:
            hesitated = True
            while kept and kept[-1].word == PAUSE:
                kept.pop()
        elif not (hesitated and token.word == PAUSE):
            hesitated = False
            kept.append(token)
    return kept


class Heard:
    """An utterance while it is matched: its words, an `END`, and how much work it was so far."""

    def __init__(self, text: str, found: list[Token]) -> None:
        """Take a `composed` text and its tokens."""
        self._text = text
        self._tokens = found
        self.words = [*(token.word for token in found), END]
        self.steps = 0
        """How many parts of phrases were tried; a measure of time that is the same everywhere."""

    @property
    def end(self) -> int:
        """The place behind the last token."""
        return len(self._tokens)

    def rest(self, at: int) -> str:
        """Return the text from behind the token before ``at`` to the end, as written.

        A quotation mark before ``at`` belongs to it.
        """
        before = self._tokens[at - 1]
        start = before.start if before.word == QUOTE else before.end
        return self._text[start:].strip(" \t\n,:'’-")
