"""From what was asked to be said to text that an engine can read, as paragraphs.

Contract
    `spoken_paragraphs` returns no markup, no control characters and no emoji. Left as they are:
    every letter, digit and punctuation mark; engines read numbers in their language. A link is read
    as its text, a bare URL as its host. Never raises; a text without anything to read gives
    nothing. Linear in the length of the text.

    Markup is that of SSML and HTML (elements known by name only, so `a < b` stays) and the
    characters of Markdown at the places where they are markup.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final

_BLOCKS: Final = ('p', 's', 'break', 'br', 'div', 'li', 'ul', 'ol', 'tr', 'td', 'h[1-6]', 'speak')
_INLINE: Final = (
    *('emphasis', 'prosody', 'voice', 'say-as', 'sub', 'phoneme', 'audio', 'mark', 'lang', 'w'),
    *('b', 'i', 'u', 'em', 'strong', 'span', 'a', 'code', 'small', 'sup', 'font', 'img', 'pre'),
    *('amazon:[a-z-]+', 'mstts:[a-z-]+', 'html', 'body', 'table', 'blockquote'),
)
# At most so many characters of attributes: a '<' that is never closed is not searched to the end.
_TAG = r'</?(?:{names})(?:\s[^<>]{{0,500}})?/?>'
_HIDDEN: Final = tuple(
    (re.compile(opening, re.IGNORECASE), re.compile(closing, re.IGNORECASE))
    for opening, closing in (
        (r'<script\b', r'</script>'),
        (r'<style\b', r'</style>'),
        (r'<!--', r'-->'),
        (r'<\?xml\b', r'>'),
    )
)
_BLOCK_TAG = re.compile(_TAG.format(names='|'.join(_BLOCKS)), re.I)
_INLINE_TAG = re.compile(_TAG.format(names='|'.join(_INLINE)), re.I)
_LINK = re.compile(r'!?\[([^\[\]\n]{0,500})\]\([^()\s]{0,2000}(?:\s"[^"\n]{0,200}")?\)')
_URL = re.compile(r'\b(?:https?|ftp)://(?:[^\s/@]{1,200}@)?(?:www\.)?([^\s/?#:<>"\')\]]{1,253})'
                  r'(?::\d{1,5})?(?:[/?#][^\s<>"\')\]]*)?', re.I)  # fmt: skip
_END_MARKS = '.,;:!?'
_FENCE = re.compile(r'^ {0,3}(?:```|~~~).*$', re.M)
_LINE_MARK = re.compile(r'^[ \t]{0,8}(?:#{1,6}|[-*+•]|>+)[ \t]+', re.M)
_RULE = re.compile(r'^[ \t]*(?:[-*_=][ \t]*){3,}$', re.M)
_EMPHASIS = re.compile(r'(?<!\w)(\*{1,3}|_{1,3}|~~|`{1,3})(?=\S)([^\n]{1,500}?)(?<=\S)\1(?!\w)')
_LIST_LINE = re.compile(r'\n(?=[ \t]{0,8}(?:#{1,6}[ \t]|[-*+•][ \t]|\d{1,3}[.)][ \t]))')
_PARAGRAPH = re.compile(r'\n\s*\n')
_SPACES = re.compile(r'[ \t\n\u00a0\u2000-\u200a\u202f\u3000]+')
_FIRST_EMOJI = 0x2190
_VARIATIONS = frozenset('\ufe0e\ufe0f\u20e3')
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_BREAK = '\n\n'


def spoken_paragraphs(text: str) -> tuple[str, ...]:
    """Return what is to be read, in order; see the module's docstring."""
    text = _without_hidden(text.replace('\r\n', '\n').replace('\r', '\n'))
    text = _INLINE_TAG.sub('', _BLOCK_TAG.sub(_BREAK, text))
    text = _without_symbols(html.unescape(text))
    text = _FENCE.sub('', _LINK.sub(r'\1', text))
    text = _URL.sub(_host, text)
    # A heading and an item of a list are paragraphs, whatever punctuation they lack.
    text = _PARAGRAPH.sub(_BREAK, _LIST_LINE.sub(_BREAK, text))
    text = _LINE_MARK.sub('', _RULE.sub(_BREAK, text))
    for _ in range(2):  # bold inside italics
        text = _EMPHASIS.sub(r'\2', text)
    found = (_SPACES.sub(' ', part).strip() for part in _PARAGRAPH.split(text))
    return tuple(part for part in found if any(character.isalnum() for character in part))


def _without_hidden(text: str) -> str:
    for opening, closing in _HIDDEN:
        kept, place = [], 0
        while (begin := opening.search(text, place)) and (end := closing.search(text, begin.end())):
            kept.append(text[place : begin.start()])
            place = end.end()
        text = ' '.join((*kept, text[place:]))
    return text


def _host(match: re.Match[str]) -> str:
    end = match.group(0)[len(match.group(0).rstrip(_END_MARKS)) :]
    return match.group(1).rstrip(_END_MARKS) + end


def _without_symbols(text: str) -> str:
    return ''.join(_kept(character) for character in text)


def _kept(character: str) -> str:
    if character in '\n\t' or (character.isascii() and character.isprintable()):
        return character
    if character in _VARIATIONS or ord(character) in _SKIN_TONES:
        return ''
    category = unicodedata.category(character)
    if category in ('Cc', 'Cs', 'Co', 'Cn'):
        return ' '
    if category == 'Cf':  # zero-width joiners and the like
        return ''
    return ' ' if category == 'So' and ord(character) >= _FIRST_EMOJI else character
