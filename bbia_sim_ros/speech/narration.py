"""One text from its characters to its last sample: prepared, synthesised ahead, played, followed.

Contract
    `Script` is the text made ready, with the engine and the manner; making it raises `SpeechError`
    for whatever cannot be said, before any sound. `narrate` blocks until all was heard. While a
    sentence is played the next `AHEAD` are synthesised in another thread, so memory is bounded by
    a few sentences whatever the length of the text, and the first sound waits for one sentence.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from bbia_sim_ros.speech.engine import Manner
from bbia_sim_ros.speech.engine import Samples
from bbia_sim_ros.speech.engine import Sound
from bbia_sim_ros.speech.engine import SpeechEngine
from bbia_sim_ros.speech.errors import SpeechError
from bbia_sim_ros.speech.player import Chunk
from bbia_sim_ros.speech.player import Player
from bbia_sim_ros.speech.prosody import prosody_of
from bbia_sim_ros.speech.resampling import resampled
from bbia_sim_ros.speech.selection import Selection
from bbia_sim_ros.speech.sentences import sentences
from bbia_sim_ros.speech.text import spoken_paragraphs
from bbia_sim_ros.speech.utterance import Order
from bbia_sim_ros.speech.utterance import Spoken
from bbia_sim_ros.speech.words import words_of

AHEAD: Final = 2
MIN_SPEED: Final = 0.5
MAX_SPEED: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class VoiceSettings:
    """What an order that says nothing of it gets."""

    engine: str
    language: str
    voice: str
    speed: float
    max_characters: int


@dataclass(frozen=True)
class Script:
    """Sentences, and who reads them how."""

    sentences: tuple[str, ...]
    engine: SpeechEngine
    manner: Manner


def script_of(order: Order, settings: VoiceSettings, selection: Selection) -> Script:
    """Return what is to be read; raises `SpeechError` with the reason why it cannot be."""
    count = len(order.text)
    if count > settings.max_characters:
        raise SpeechError(
            f'the text has {count} characters; {settings.max_characters} are allowed (parameter'
            ' max_characters)'
        )
    pieces = tuple(piece for part in spoken_paragraphs(order.text) for piece in sentences(part))
    if not pieces:
        raise SpeechError(f'there is nothing to read in the text {order.text[:40]!r}')
    speed = order.speed or settings.speed
    if not (math.isfinite(speed) and MIN_SPEED <= speed <= MAX_SPEED):
        raise SpeechError(f'speed is {speed:g}; allowed is {MIN_SPEED:g} .. {MAX_SPEED:g}, or 0')
    prosody = prosody_of(order.emotion)
    language = order.language or ('' if order.voice else settings.language)
    voice = order.voice
    if not voice and selection.speaks(
        engine=settings.engine, language=language, voice=settings.voice
    ):
        voice = settings.voice
    choice = selection.choose(engine=settings.engine, language=language, voice=voice)
    manner = Manner(voice=choice.voice.name, speed=speed * prosody.speed, pitch=prosody.pitch)
    return Script(pieces, choice.engine, manner)


class Narration:
    """Reads a script through a player; `synthesis` is the thread that computes ahead.

    It begins with the first sentence at once, while nothing can be played yet. `volume` 0 .. 1 is
    asked for at each sentence.
    """

    def __init__(
        self,
        script: Script,
        *,
        synthesis: ThreadPoolExecutor,
        cancelled: threading.Event,
        volume: Callable[[], float],
        on_spoken: Callable[[Spoken], None],
    ) -> None:
        self._script = script
        self._synthesis = synthesis
        self._cancelled = cancelled
        self._volume = volume
        self._on_spoken = on_spoken
        self._coming: deque[tuple[float, Spoken]] = deque()
        self._under_way = deque([self._begin(script.sentences[0])])

    def read(self, player: Player, rate: int) -> None:
        """Play it all; raises `SpeechError` and its kinds."""
        pieces = self._script.sentences
        total = sum(map(len, pieces))
        begun, before = 1, 0
        for piece in pieces:
            while begun < len(pieces) and len(self._under_way) <= AHEAD:
                self._under_way.append(self._begin(pieces[begun]))
                begun += 1
            sound = self._take(self._under_way[0], player)
            self._under_way.popleft()
            start_s = player.fed_s
            share = len(piece) / total
            for word in words_of(piece, sound):
                done = before / total + share * word.start_s * sound.rate / sound.samples.size
                spoken = Spoken(word=word.text, progress=min(1.0, done))
                self._coming.append((start_s + word.start_s, spoken))
            player.feed(louder(resampled(sound.samples, sound.rate, rate), self._volume()))
            before += len(piece)
        player.finish()

    def close(self) -> None:
        """Give up what was begun and not yet read."""
        for future in self._under_way:
            future.cancel()

    def follow(self, chunk: Chunk, rate: int) -> None:
        """Tell of the words that begin in a chunk."""
        end_s = chunk.position_s + chunk.samples.size / rate
        while self._coming and self._coming[0][0] < end_s:
            self._on_spoken(self._coming.popleft()[1])

    def _begin(self, sentence: str) -> Future[Sound]:
        script = self._script
        return self._synthesis.submit(
            script.engine.synthesise, sentence, script.manner, self._cancelled
        )

    def _take(self, future: Future[Sound], player: Player) -> Sound:
        if not future.done():
            player.flush()
        sound = future.result()
        if not sound.samples.size:
            raise SpeechError(f'the engine {self._script.engine.name} made no sound of a sentence')
        return sound


def louder(samples: Samples, volume: float) -> Samples:
    """Return samples at a volume of 0 .. 1."""
    return samples if volume == 1.0 else np.rint(samples * volume).astype(np.int16)
