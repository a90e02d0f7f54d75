"""What a person's answer means: a number, one of several words, a wish to stop.

Contract
    Pure functions, any thread; none raises for any ``str``. Only the first `MAX_CHARACTERS` count.
    Case, accents, apostrophes, hyphens and articles make no difference, number words are numbers
    (0 to 999, as in `chat/commands/numbers`). A recogniser's slip is forgiven: one letter in words
    of 5 to 8, two in longer ones. An answer that is denied ("not Paris"), given together with
    another ("Paris or Rome") or with another question's answer is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from bbia_sim_ros.behaviors.texts import FRENCH
from bbia_sim_ros.chat.commands.numbers import NUMBER_WORDS
from bbia_sim_ros.chat.commands.numbers import NumberWords
from bbia_sim_ros.chat.commands.text import END
from bbia_sim_ros.chat.commands.text import FOREIGN
from bbia_sim_ros.chat.commands.text import composed
from bbia_sim_ros.chat.commands.text import tokens
from bbia_sim_ros.hearing.phones import distance

MAX_CHARACTERS: Final = 300
_MINUS: Final = frozenset({'minus', 'negative', 'moins'})
_SIGNS: Final = frozenset('-−')
_ARTICLES: Final = frozenset(
    ('a', 'an', 'the', 'le', 'la', 'les', 'l', 'un', 'une', 'des', 'du', 'de', 'd')
)
_DENIALS: Final = frozenset(('not', 'isn', 'don', 'never', 'pas', 'jamais'))
_ALTERNATIVES: Final = frozenset(('or', 'nor', 'ou', 'ni'))
_STOPS: Final = (
    *('stop', 'quit', 'give up', 'enough', 'no more', 'cancel', 'end the game'),
    *('arrete', 'arretez', 'arreter', 'abandonne', 'assez', 'annule'),
)
_NO_ANSWERS: Final = (
    *('do not know', 'don t know', 'no idea', 'pass', 'skip', 'next', 'tell me'),
    *('sais pas', 'aucune idee', 'passe', 'suivante', 'langue au chat', 'dis moi'),
)
_POINTS: Final = frozenset({'point', 'comma', 'virgule'})
_HALVES: Final = (('and', 'a', 'half'), ('et', 'demi'), ('et', 'demie'))
# Thousands in groups: 12,000 in English, 12 000 in French.
_GROUPS: Final = {
    'en': re.compile(r'(?<=\d),(?=\d{3}(?!\d))'),
    'fr': re.compile('(?<=\\d)[ \u00a0\u202f](?=\\d{3}(?!\\d))'),
}
_SHORT_WORD = 5
_LONG_WORD = 9

Words = tuple[str, ...]


def number_said(text: str, language: str) -> float | None:
    """Return the one number that a text names, None when it names none or several.

    A "one" or "un" beside another number is no number: "this one is seven".
    """
    if (_DENIALS | _ALTERNATIVES).intersection(_meant(_all_words(text))):
        return None
    numbers = set(_numbers(text, 'fr' if language.startswith(FRENCH) else 'en'))
    if len(numbers) > 1:
        numbers.discard(1.0)
    return numbers.pop() if len(numbers) == 1 else None


def is_answer(text: str, answers: Iterable[str], others: Iterable[str] = ()) -> bool:
    """Whether a text gives one of ``answers`` and none of ``others``."""
    said = _meant(_words(text))
    for answer in map(_words, answers):
        at = _find(answer, said)
        if at < 0:
            continue
        before, behind = said[:at], said[at + len(answer) :]
        rest = (*before, *behind)
        is_denied = not _DENIALS.isdisjoint(before) or not _ALTERNATIVES.isdisjoint(rest)
        if not is_denied and all(_find(_words(other), rest) < 0 for other in others):
            return True
    return False


def wants_to_stop(text: str) -> bool:
    """Whether somebody has had enough."""
    said = _all_words(text)
    at = _first_of(_STOPS, said)
    return at >= 0 and not _DENIALS.intersection(said[:at])


def does_not_know(text: str) -> bool:
    """Whether somebody would rather be told."""
    return says_one_of(text, _NO_ANSWERS)


def says_one_of(text: str, phrases: Iterable[str]) -> bool:
    """Whether a text holds one of some phrases, which are in lower case without accents."""
    return _first_of(phrases, _all_words(text)) >= 0


def _numbers(text: str, language: str) -> Iterable[float]:
    plain = composed(_GROUPS[language].sub('', text[:MAX_CHARACTERS]))
    found = tokens(plain)
    words = [*(token.word for token in found), END]
    at = 0
    while at < len(found):
        number = NUMBER_WORDS[language].at(words, at)
        if number is None:
            at += 1
            continue
        before = found[at - 1] if at else None
        signed = before is not None and (
            before.word in _MINUS
            or (before.word == FOREIGN and plain[before.start : before.end] in _SIGNS)
        )
        at, fraction = _fraction(words, number[0], NUMBER_WORDS[language])
        yield -(number[1] + fraction) if signed else number[1] + fraction


def _fraction(words: list[str], at: int, numbers: NumberWords) -> tuple[int, float]:
    """Return where the decimals behind a number end, and what they add: "point five"."""
    for half in _HALVES:
        if tuple(words[at : at + len(half)]) == half:
            return at + len(half), 0.5
    digits, end = '', at + 1
    while words[at] in _POINTS and (digit := numbers.at(words, end)) is not None:
        end = digit[0]
        digits += f'{digit[1]:g}'
    return (end, float(f'0.{digits}')) if digits.isdecimal() else (at, 0.0)


def _all_words(text: str) -> Words:
    found = tokens(composed(text[:MAX_CHARACTERS]))
    return tuple(token.word for token in found if token.word[:1].isalnum())


def _words(text: str) -> Words:
    words = _all_words(text)
    return tuple(word for word in words if word not in _ARTICLES) or words


def _meant(words: Words) -> Words:
    """Return the words without "I do not know": who guesses says so, and then an answer."""
    for phrase in _NO_ANSWERS:
        at = _first_of((phrase,), words)
        if at >= 0:
            return words[:at] + words[at + len(phrase.split()) :]
    return words


def _first_of(phrases: Iterable[str], said: Words) -> int:
    """Return where the first phrase that was said begins, -1 if none was."""
    for phrase in phrases:
        words = tuple(phrase.split())
        for at in range(len(said) - len(words) + 1):
            if said[at : at + len(words)] == words:
                return at
    return -1


def _find(answer: Words, said: Words) -> int:
    """Return where an answer begins in what was said, -1 where it does not."""
    if not answer:
        return -1
    for at in range(len(said) - len(answer) + 1):
        if all(map(_is_close, answer, said[at : at + len(answer)])):
            return at
    return -1


def _is_close(word: str, said: str) -> bool:
    if word == said or len(word) < _SHORT_WORD:
        return word == said
    # Small letters are no phones to `distance`: each that differs costs 1.
    allowed = 1 if len(word) < _LONG_WORD else 2
    return abs(len(word) - len(said)) <= allowed and distance(word, said) <= allowed
