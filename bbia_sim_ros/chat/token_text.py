"""Text from tokens that come one by one.

A character can take several tokens, and a token of some tokenizers is another text at the beginning
than after others. So what a token adds is found by decoding it with those before it, and text is
held back while it ends within a character.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

_INCOMPLETE: Final = '\ufffd'
_MAX_HELD_TOKENS: Final = 32
"""Tokens that make no character in so many are none; what they decode to is given as it is."""


class TokenText:
    """``decode`` returns the text of token ids."""

    def __init__(self, decode: Callable[[list[int]], str]) -> None:
        self._decode = decode
        self._known: list[int] = []
        self._new: list[int] = []

    def push(self, token: int) -> str:
        """Take a token; return the characters that are complete now."""
        self._new.append(token)
        text = self._added()
        if text.endswith(_INCOMPLETE) and len(self._new) < _MAX_HELD_TOKENS:
            return ''
        self._known, self._new = self._new, []
        return text

    def finish(self) -> str:
        """Return what was held back."""
        text = self._added() if self._new else ''
        self._known, self._new = self._new, []
        return text

    def _added(self) -> str:
        return self._decode(self._known + self._new)[len(self._decode(self._known)) :]


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text takes, rather too many, for a tokenizer not at hand.

    Half its bytes as UTF-8, and half the signs that are neither letters nor blanks: most
    tokenizers give each digit and many a sign a token of its own, and make some four letters one.
    """
    signs = sum(not sign.isalpha() and not sign.isspace() for sign in text)
    return math.ceil((len(text.encode(errors='replace')) + signs) / 2)
