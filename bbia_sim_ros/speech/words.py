"""When each word of a sentence is heard."""

from __future__ import annotations

from bbia_sim_ros.speech.engine import Sound
from bbia_sim_ros.speech.engine import Word

_MARKS = '.,;:!?…"“”«»()[]-–—'


def words_of(sentence: str, sound: Sound) -> tuple[Word, ...]:
    """Return the engine's word times, or, where it tells none, estimates.

    An estimate gives each word the share of the duration that it has of the characters, with one
    for the pause behind it. In the voices here it is off by some tenths of a second.
    """
    if sound.words:
        return sound.words
    duration_s = sound.samples.size / sound.rate
    pieces = sentence.split()
    total = sum(len(piece) + 1 for piece in pieces)
    found, before = [], 0
    for piece in pieces:
        if word := piece.strip(_MARKS):
            found.append(Word(text=word, start_s=duration_s * before / total))
        before += len(piece) + 1
    return tuple(found)
