"""What a recogniser answers, and which of it is kept. Pure.

A recogniser in a worker process answers with a dict of `text`, `language`, `confidence` and
`segments`; each segment is a dict of `text`, `start`, `end` and `confidence`. Times are in s from
the first sample; a confidence is 0 .. 1, or `NO_CONFIDENCE`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import Final

NO_CONFIDENCE: Final = -1.0


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A piece of a text."""

    text: str
    start: float
    end: float
    confidence: float = NO_CONFIDENCE

    def later(self, by_s: float) -> Segment:
        """Return the same, but later."""
        return Segment(
            text=self.text,
            start=self.start + by_s,
            end=self.end + by_s,
            confidence=self.confidence,
        )


@dataclass(frozen=True, kw_only=True)
class Transcription:
    """What was said."""

    text: str = ''
    language: str = ''
    confidence: float = NO_CONFIDENCE
    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Doubts:
    """When a text of a whisper model is taken for invented.

    A segment is dropped when its probability of no speech is above ``no_speech`` while its mean
    log-probability is below ``min_logprob`` (both are whisper's own rule), or when its text
    compresses by more than ``max_compression``, because it repeats itself.
    """

    no_speech: float = 0.6
    min_logprob: float = -1.0
    max_compression: float = 2.4

    def drop(self, *, no_speech: float, logprob: float, compression: float) -> bool:
        """Whether a segment is dropped; one whose figures are no numbers is."""
        if not all(map(math.isfinite, (no_speech, logprob, compression))):
            return True
        invented = no_speech > self.no_speech and logprob < self.min_logprob
        return invented or compression > self.max_compression


def answer(segments: Iterable[Segment], language: str) -> dict[str, Any]:
    """Return what a worker answers; its confidence is the mean, weighted by length in time."""
    kept = [segment for segment in segments if segment.text.strip()]
    return {
        'text': ' '.join(segment.text.strip() for segment in kept),
        'language': language,
        'confidence': confidence_of(kept),
        'segments': [
            {
                'text': segment.text.strip(),
                'start': segment.start,
                'end': segment.end,
                'confidence': segment.confidence,
            }
            for segment in kept
        ],
    }


def confidence_of(segments: Sequence[Segment]) -> float:
    """Return the mean confidence, weighted by length in time; `NO_CONFIDENCE` if one has none."""
    if not segments or any(segment.confidence < 0.0 for segment in segments):
        return NO_CONFIDENCE
    weights = [max(segment.end - segment.start, 1e-3) for segment in segments]
    total = sum(w * s.confidence for w, s in zip(weights, segments, strict=True))
    return total / sum(weights)


def transcription(answered: Mapping[str, Any]) -> Transcription:
    """Return a worker's answer as an object."""
    return Transcription(
        text=answered['text'],
        language=answered['language'],
        confidence=answered['confidence'],
        segments=tuple(Segment(**segment) for segment in answered['segments']),
    )


def joined(parts: Sequence[Transcription]) -> Transcription:
    """Return several texts as one; the language is that of the first that has one."""
    segments = tuple(segment for part in parts for segment in part.segments)
    return Transcription(
        text=' '.join(part.text for part in parts if part.text),
        language=next((part.language for part in parts if part.language), ''),
        confidence=confidence_of(segments),
        segments=segments,
    )
