"""Text of people, models and files, made fit for what comes after: ROS strings, JSON, tokens.

Contract
    Pure functions, any thread; none raises for any ``str``.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable

_KEPT_CONTROLS = '\n\t'
# Hardly any tokenizer packs more characters into a token; what lies beyond need not be counted.
_MOST_CHARACTERS_PER_TOKEN = 32


def clean(text: str) -> tuple[str, int]:
    """Return the text without what is no text, and how many characters that was.

    Lone surrogates, NUL, and control characters but newline and tab go; line ends become newlines.
    """
    text = text.replace('\r\n', '\n').replace('\r', '\n')
    if text.isprintable():
        return text, 0
    kept = ''.join(
        character
        for character in text
        if character in _KEPT_CONTROLS or unicodedata.category(character) not in {'Cc', 'Cs'}
    )
    return kept, len(text) - len(kept)


def shown(value: object, most: int = 80) -> str:
    """Return a value as JSON, at most ``most`` characters, for a message."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = f'a value of type {type(value).__name__}'
    text, _ = clean(text)
    return text if len(text) <= most else f'{text[:most]}...'


def truncated(text: str, most_tokens: int, count: Callable[[str], int]) -> str:
    """Return the longest beginning of ``text`` found that takes at most ``most_tokens`` tokens.

    ``count`` says how many tokens a text takes; it is asked about 20 times, only if need be.
    """
    if most_tokens <= 0:
        return ''
    beginning = text[: most_tokens * _MOST_CHARACTERS_PER_TOKEN]
    if count(beginning) <= most_tokens:
        return beginning
    fits, too_long = 0, len(beginning)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if count(beginning[:middle]) <= most_tokens:
            fits = middle
        else:
            too_long = middle
    return beginning[:fits]
