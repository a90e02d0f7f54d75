"""Where utterances begin and end in a stream of judged frames; sample-exact. Pure, one owner.

Contract
    `add` takes consecutive frames with their probability of speech and answers with events in
    order: `Begun`, then `Grown` with the samples of the utterance as soon as they surely belong to
    it, then `Ended`. Samples between two `Grown` of an utterance are never lost nor repeated, and
    the samples of an utterance are those of the stream from `Begun.start` to `Ended.end`.

Where it begins
    When `min_speech_s` of a little more than twice that time is speech: `start_threshold` or more,
    and not quieter than `min_level`. From there back to where the probability falls below
    `end_threshold`, and `lead_s` more, as far as the last `buffer_s` are kept and belong to no
    other utterance.

Where it ends
    When nothing reached `end_threshold` for `end_silence_s`. It ends `TAIL_S` after its speech; the
    rest is kept for what comes next. One that reaches `max_utterance_s` is handed on in pieces, cut
    where speech is least probable and most quiet in the last `CUT_SHARE` of it; then the next piece
    begins where the last one ends.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from bbia_sim_ros.hearing.sound import FRAME
from bbia_sim_ros.hearing.sound import FRAME_S
from bbia_sim_ros.hearing.sound import Samples
from bbia_sim_ros.hearing.sound import level
from bbia_sim_ros.hearing.sound import samples_in

TAIL_S: Final = 0.25
CUT_SHARE: Final = 1 / 3
_PAUSE_FRAMES: Final = 5
"""Frames over which a pause is looked for: 160 ms."""


@dataclass(frozen=True, kw_only=True)
class SegmenterSettings:
    """See the module's docstring; times in s, `min_level` 0 .. 1 of full scale."""

    start_threshold: float = 0.5
    end_threshold: float = 0.35
    min_level: float = 0.001
    min_speech_s: float = 0.1
    end_silence_s: float = 0.4
    lead_s: float = 0.3
    buffer_s: float = 5.0
    max_utterance_s: float = 30.0


@dataclass(frozen=True, kw_only=True)
class Begun:
    """An utterance begins at sample ``start`` of the stream, its speech at ``speech_start``.

    ``continues``: it is the next piece of one that was too long.
    """

    start: int
    speech_start: int
    continues: bool = False


@dataclass(frozen=True, kw_only=True)
class Grown:
    """The next samples of the utterance."""

    samples: Samples


@dataclass(frozen=True, kw_only=True)
class Ended:
    """The utterance ends before sample ``end``, its speech before ``speech_end``.

    ``complete`` is false when the person goes on in another piece.
    """

    end: int
    speech_end: int
    complete: bool = True


Event = Begun | Grown | Ended


@dataclass(frozen=True, kw_only=True)
class _Frame:
    start: int
    samples: Samples
    probability: float
    level: float

    @property
    def end(self) -> int:
        return self.start + self.samples.size


class Segmenter:
    """See the module's docstring."""

    def __init__(self, settings: SegmenterSettings) -> None:
        self.speaking = False
        self._position = 0
        self._before: deque[_Frame] = deque()
        self._held: deque[_Frame] = deque()
        self._start = self._speech_end = 0
        self._speech: deque[bool] = deque()
        self.settings = settings

    @property
    def settings(self) -> SegmenterSettings:
        """The settings; they may be replaced at any time."""
        return self._settings

    @settings.setter
    def settings(self, settings: SegmenterSettings) -> None:
        self._settings = settings
        self._needed = max(1, math.ceil(settings.min_speech_s / FRAME_S))
        self._speech = deque(self._speech, maxlen=2 * self._needed + 1)
        self._kept = max(self._speech.maxlen or 1, math.ceil(settings.buffer_s / FRAME_S))

    @property
    def position(self) -> int:
        """Number of the next sample in the stream."""
        return self._position

    def add(self, samples: Samples, probability: float) -> list[Event]:
        """Take the next frame, `FRAME` samples or fewer, and its probability of speech."""
        if not 0 < samples.size <= FRAME:
            raise ValueError(f'a frame has 1 to {FRAME} samples, this one {samples.size}')
        loudness = level(samples)
        heard = probability if loudness >= self._settings.min_level else 0.0
        frame = _Frame(start=self._position, samples=samples, probability=heard, level=loudness)
        self._position = frame.end
        return self._go_on(frame) if self.speaking else self._wait(frame)

    def finish(self) -> list[Event]:
        """End the stream: what was begun ends; what was kept is forgotten."""
        events = self._end() if self.speaking else []
        self._before.clear()
        self._speech.clear()
        return events

    def _wait(self, frame: _Frame) -> list[Event]:
        self._before.append(frame)
        while len(self._before) > self._kept:
            self._before.popleft()
        self._speech.append(frame.probability >= self._settings.start_threshold)
        return self._begin() if sum(self._speech) >= self._needed else []

    def _begin(self) -> list[Event]:
        frames = list(self._before)
        onset = len(frames) - len(self._speech) + list(self._speech).index(True)
        while onset > 0 and frames[onset - 1].probability >= self._settings.end_threshold:
            onset -= 1
        first = max(0, onset - math.ceil(self._settings.lead_s / FRAME_S))
        self._before.clear()
        self._speech.clear()
        self._held.extend(frames[first:])
        self._start = frames[first].start
        self._speech_end = self._position
        self.speaking = True
        begun = Begun(start=self._start, speech_start=frames[onset].start)
        return [begun, *self._hand()]

    def _go_on(self, frame: _Frame) -> list[Event]:
        self._held.append(frame)
        if frame.probability >= self._settings.end_threshold:
            self._speech_end = frame.end
        if frame.end - self._speech_end >= samples_in(self._settings.end_silence_s):
            return self._end()
        if frame.end - self._start >= samples_in(self._settings.max_utterance_s):
            return self._cut()
        return self._hand()

    def _hand(self) -> list[Event]:
        """Hand on what is before any end or cut that may still come."""
        longest = samples_in((1.0 - CUT_SHARE) * self._settings.max_utterance_s)
        return self._hand_until(min(self._speech_end + samples_in(TAIL_S), self._start + longest))

    def _hand_until(self, end: int) -> list[Event]:
        parts = []
        while self._held and self._held[0].end <= end:
            parts.append(self._held.popleft().samples)
        return [Grown(samples=np.concatenate(parts))] if parts else []

    def _end(self) -> list[Event]:
        events = self._hand_until(self._speech_end + samples_in(TAIL_S))
        end = self._held[0].start if self._held else self._position
        self._before.extend(self._held)
        self._held.clear()
        self.speaking = False
        return [*events, Ended(end=end, speech_end=min(self._speech_end, end))]

    def _cut(self) -> list[Event]:
        end = self._best_cut()
        if end >= self._speech_end:
            return self._end()
        events = self._hand_until(end)
        self._start = end
        return [
            *events,
            Ended(end=end, speech_end=end, complete=False),
            Begun(start=end, speech_start=end, continues=True),
            *self._hand(),
        ]

    def _best_cut(self) -> int:
        """Return where the voice is least: behind which of the frames held back."""
        voice = np.array([frame.probability * frame.level for frame in self._held])
        width = min(_PAUSE_FRAMES, voice.size)
        around = np.convolve(voice, np.full(width, 1.0 / width), mode='valid')
        # The last of equals: a longer piece tells a recogniser more.
        best = around.size - 1 - int(np.argmin(around[::-1])) + width // 2
        return self._held[best].end
