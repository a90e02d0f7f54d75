"""The emotion of an answer: the model's own tag, else a small rule on the text.

Contract
    Pure, but for a `TagFilter`, which belongs to one thread. No text is lost: what turns out to be
    no tag is given on.

Tag
    In square brackets, at the very beginning or end of an answer: ``[happy]``, ``[happy 0.6]``,
    ``[emotion: sad]``, ``[émotion : triste 0,6]``; English or French, in any case. A bracket with
    an unknown word is text, unless it begins with ``emotion``. The last tag counts.

Rule
    The emotion with most phrases of ``_PHRASES`` in the text, the earlier in the table among
    equals; a phrase with a negation (not, n't, no, never, pas, jamais, plus, sans) among the two
    words before it does not count. None without any phrase. The intensity is 0.6.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

DEFAULT_INTENSITY: Final = 1.0
RULE_INTENSITY: Final = 0.6
MAX_TAG_CHARACTERS: Final = 48

# French words for the emotions that the robot comes with.
_FRENCH: Final[Mapping[str, str]] = MappingProxyType(
    {
        'neutre': 'neutral',
        'calme': 'neutral',
        'heureux': 'happy',
        'heureuse': 'happy',
        'joyeux': 'happy',
        'joyeuse': 'happy',
        'content': 'happy',
        'contente': 'happy',
        'joie': 'happy',
        'triste': 'sad',
        'tristesse': 'sad',
        'fâché': 'angry',
        'fâchée': 'angry',
        'colère': 'angry',
        'en colère': 'angry',
        'curieux': 'curious',
        'curieuse': 'curious',
        'excité': 'excited',
        'excitée': 'excited',
        'enthousiaste': 'excited',
        'surpris': 'surprised',
        'surprise': 'surprised',
        'effrayé': 'fearful',
        'effrayée': 'fearful',
        'craintif': 'fearful',
        'peur': 'fearful',
        'confus': 'confused',
        'confuse': 'confused',
        'perplexe': 'confused',
        'déterminé': 'determined',
        'déterminée': 'determined',
        'nostalgique': 'nostalgic',
        'fier': 'proud',
        'fière': 'proud',
    }
)
# What an answer says when it has that mood; whole words.
_PHRASES: Final = (
    ('sad', r'sorry|sad|unfortunately|what a pity|désolée?|triste|malheureusement|dommage'),
    ('surprised', r"wow|oh really|incredible|i can't believe|ça alors|incroyable|oh là là"),
    ('excited', r"can't wait|so exciting|fantastic|awesome|hâte de|génial|trop bien|formidable"),
    (
        'confused',
        r"don't understand|not sure what you mean|confus(?:ed|ing)|ne comprends pas|perplexe",
    ),
    ('proud', r'i did it|proud|fière?|j\'ai réussi'),
    ('fearful', r'scared|afraid|frightening|effrayée?|fait peur|ai peur'),
    (
        'happy',
        r'glad|happy|great|wonderful|with pleasure|lovely|haha|congratulations|'
        r'heureu(?:x|se)|contente?|ravie?|super|avec plaisir|merveilleux|bravo|félicitations',
    ),
    ('curious', r'i wonder|tell me more|interesting|je me demande|dis-m\'en plus|intéressant'),
)
_PATTERNS: Final = tuple(
    (name, re.compile(rf'(?<!\w)(?:{phrases})(?!\w)')) for name, phrases in _PHRASES
)
_NEGATION: Final = re.compile(
    r"(?:(?<!\w)(?:not|no|never|pas|jamais|plus|sans)|n't)(?:\s+[\w'-]+)?\s+$"
)
_TAG: Final = re.compile(
    r'\[\s*(?P<label>(?:emotion|émotion|mood|humeur)(?:\s*[:=]\s*|\s+))?'
    r"(?P<name>[^\W\d_]+(?:[ '-][^\W\d_]+)?)"
    r'(?:\s*[:,=]?\s*(?P<strength>[01](?:[.,]\d{1,6})?))?\s*\]',
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Mood:
    """An emotion and its strength, 0 .. 1; ``name`` is one of the emotions known."""

    name: str
    intensity: float = DEFAULT_INTENSITY


def mood_of_text(text: str, known: Collection[str]) -> Mood | None:
    """Return the mood that the small rule finds in a text, if it is one of ``known``."""
    plain = text.casefold().replace('’', "'")
    best, most = None, 0
    for name, pattern in _PATTERNS:
        if name not in known:
            continue
        found = sum(not _negated(plain, match.start()) for match in pattern.finditer(plain))
        if found > most:
            best, most = name, found
    return None if best is None else Mood(best, RULE_INTENSITY)


class TagFilter:
    """Takes an answer piece by piece, gives on its text without the tags at either end.

    Blanks at both ends go too. Held back is only what may still be a tag, at most
    ``MAX_TAG_CHARACTERS``, and the tags and blanks before it.
    """

    def __init__(self, emit: Callable[[str], None], known: Collection[str]) -> None:
        """Give the text to ``emit``; ``known``: the emotions that a tag may name."""
        self._emit = emit
        self._known = known
        self._held = ''
        self._begun = False
        self.mood: Mood | None = None

    def feed(self, piece: str) -> None:
        """Take the next piece."""
        self._held += piece
        if not self._begun and self._drop_first_tags():
            return
        opening = self._held.rfind('[')
        open_tag = (
            opening >= 0
            and ']' not in self._held[opening:]
            and len(self._held) - opening <= MAX_TAG_CHARACTERS
        )
        self._give(self._end_of_text(opening if open_tag else len(self._held)))

    def finish(self) -> Mood | None:
        """Give on what is left and is no tag; return the mood, None without a tag."""
        self._give(self._end_of_text(len(self._held)))
        for tag in re.findall(r'\[[^\[\]]*\]', self._held):
            self._take(tag)
        self._held = ''
        return self.mood

    def _drop_first_tags(self) -> bool:
        """Drop blanks and tags at the beginning; say whether more is needed to tell."""
        self._held = self._held.lstrip()
        while self._held.startswith('['):
            closing = self._held.find(']')
            if closing < 0:
                return len(self._held) <= MAX_TAG_CHARACTERS
            if not self._take(self._held[: closing + 1]):
                return False
            self._held = self._held[closing + 1 :].lstrip()
        return not self._held

    def _end_of_text(self, end: int) -> int:
        """Return where the blanks and tags begin that reach up to ``end``."""
        while True:
            end = len(self._held[:end].rstrip())
            opening = self._held.rfind('[', max(0, end - MAX_TAG_CHARACTERS), end)
            if opening < 0 or not self._is_tag(self._held[opening:end]):
                return end
            end = opening

    def _give(self, end: int) -> None:
        if end > 0:
            self._begun = True
            self._emit(self._held[:end])
            self._held = self._held[end:]

    def _is_tag(self, text: str) -> bool:
        match = _TAG.fullmatch(text)
        return match is not None and (bool(match['label']) or self._name(match) is not None)

    def _take(self, tag: str) -> bool:
        """Take the mood of a tag; say whether it is one."""
        match = _TAG.fullmatch(tag)
        if match is None or not self._is_tag(tag):
            return False
        name = self._name(match)
        if name is not None:
            strength = match['strength']
            given = float(strength.replace(',', '.')) if strength else DEFAULT_INTENSITY
            self.mood = Mood(name, min(given, 1.0))
        return True

    def _name(self, match: re.Match[str]) -> str | None:
        word = match['name'].casefold()
        name = word if word in self._known else _FRENCH.get(word)
        return name if name in self._known else None


def _negated(text: str, start: int) -> bool:
    return _NEGATION.search(text[max(0, start - 40) : start]) is not None
