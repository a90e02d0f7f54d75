"""pocketsphinx with its bundled English model. Only for a worker process.

Contract
    Free text comes from the language model of the package. Beside it a second decoder listens for
    the sentences of a list, such as the robot's commands. One of them is the answer when the free
    text sounds like it (`phones.likeness` of `MIN_LIKENESS`), because a short command is then heard
    better than by a model of all of English. What sounds like no sentence of the list stays free
    text, or with `mode` ``commands`` is no text at all.

    Sound is judged while it comes (`feed`, then `finish`) or at once (`transcribe`). There is one
    stream at a time; another one, or a piece that does not follow the last one, is an error, and
    who asked gives the whole sound to `transcribe`.

    The decoders learn how a voice and its microphone sound while they listen (their cepstral mean),
    so the first sound of all, heard with the means of another voice, is gone through a second time.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any
from typing import Final

from pocketsphinx import Decoder

from bbia_sim_ros.hearing import results
from bbia_sim_ros.hearing.phones import likeness
from bbia_sim_ros.hearing.sound import RATE_HZ
from bbia_sim_ros.hearing.sound import Samples
from bbia_sim_ros.models.context import Context

FREE: Final = 'free'
COMMANDS: Final = 'commands'
BOTH: Final = 'both'
MODES: Final = (BOTH, FREE, COMMANDS)
LANGUAGE: Final = 'en'
MIN_LIKENESS: Final = 0.5
_SEARCH: Final = 'sentences'
_PIECE: Final = 3200
_FRAMES_PER_S: Final = 100
_FILLERS: Final = ('<', '[', '+')
_QUIET: Final = {'samprate': float(RATE_HZ), 'loglevel': 'FATAL'}


class Recogniser:
    """See the module's docstring."""

    device = 'cpu'

    def __init__(
        self,
        progress: Callable[[float, str], None],
        *,
        mode: str = BOTH,
        sentences: Sequence[str] = (),
    ) -> None:
        """Load the model; sentences with words that its dictionary lacks are left out."""
        progress(0.1, 'reading the language model')
        self._free = Decoder(**_QUIET)
        self._only_sentences = mode == COMMANDS
        known = [] if mode == FREE else [text for text in sentences if self._knows(text)]
        self._sentences = frozenset(known)
        progress(0.8, 'reading the sentences')
        self._listed = _decoder_for(known) if known else None
        self._stream: int | None = None
        self._fed = 0
        self._first: list[Samples] | None = []

    def transcribe(
        self, context: Context, *, samples: Samples, language: str = '', partial: bool = False
    ) -> dict[str, Any]:
        """Return what was said; with ``partial`` without what takes time and is not final."""
        del language
        self._begin()
        for at in range(0, samples.size, _PIECE):
            context.check()
            self._process(samples[at : at + _PIECE])
        return self._end(partial=partial)

    def feed(
        self, context: Context, *, stream: int, start: int, samples: Samples
    ) -> dict[str, Any]:
        """Take the samples of a stream from sample ``start`` on; return the text so far."""
        if start == 0:
            self._begin()
            self._stream = stream
        elif stream != self._stream or start != self._fed:
            raise ValueError(f'the samples {start} of stream {stream} follow nothing known')
        for at in range(0, samples.size, _PIECE):
            context.check()
            self._process(samples[at : at + _PIECE])
        hypothesis = self._free.hyp()
        return {'text': hypothesis.hypstr if hypothesis is not None else ''}

    def finish(self, context: Context, *, stream: int, start: int, samples: Samples) -> Any:
        """Take the last samples of a stream and return what was said."""
        self.feed(context, stream=stream, start=start, samples=samples)
        return self._end()

    def _knows(self, sentence: str) -> bool:
        return all(self._free.lookup_word(word) is not None for word in sentence.split())

    def _decoders(self) -> list[Decoder]:
        return [self._free] if self._listed is None else [self._free, self._listed]

    def _begin(self) -> None:
        if self._stream is not None:
            # Given up by whoever fed it.
            for decoder in self._decoders():
                decoder.end_utt()
        self._stream, self._fed = -1, 0
        if self._first is not None:
            self._first = []
        for decoder in self._decoders():
            decoder.start_utt()

    def _process(self, samples: Samples) -> None:
        sound = samples.tobytes()
        for decoder in self._decoders():
            decoder.process_raw(sound, no_search=False, full_utt=False)
        self._fed += samples.size
        if self._first is not None:
            self._first.append(samples)

    def _end(self, *, partial: bool = False) -> dict[str, Any]:
        for decoder in self._decoders():
            decoder.end_utt()
        self._stream = None
        if self._first is not None:
            first, self._first = self._first, None
            self._begin()
            for samples in first:
                self._process(samples)
            return self._end(partial=partial)
        free = _heard(self._free)
        if partial or self._listed is None:
            return results.answer(free, LANGUAGE)
        listed = _heard(self._listed)
        alike = self._likeness(free, listed)
        if alike >= MIN_LIKENESS:
            # Words' own probabilities tell nothing where there is a choice of so few.
            meant = dataclasses.replace(listed[0], confidence=alike)
            return results.answer([meant], LANGUAGE)
        return results.answer([] if self._only_sentences else free, LANGUAGE)

    def _likeness(self, free: list[results.Segment], listed: list[results.Segment]) -> float:
        # At the end of a sound that stops short it may be the beginning of a sentence.
        if not free or not listed or listed[0].text not in self._sentences:
            return 0.0
        return likeness(self._phones(free[0].text), self._phones(listed[0].text))

    def _phones(self, text: str) -> list[str]:
        return [phone for word in text.split() for phone in self._free.lookup_word(word).split()]


def _decoder_for(sentences: Sequence[str]) -> Decoder:
    decoder = Decoder(lm=None, **_QUIET)
    decoder.add_jsgf_string(
        _SEARCH, f'#JSGF V1.0;\ngrammar g;\npublic <s> = {" | ".join(sentences)};'
    )
    decoder.activate_search(_SEARCH)
    return decoder


def _heard(decoder: Decoder) -> list[results.Segment]:
    """Return the decoder's text as one segment, or none; its confidence is the words' mean."""
    words = [word for word in decoder.seg() or () if not word.word.startswith(_FILLERS)]
    if not words:
        return []
    logs = [math.log(min(1.0, max(word.prob, 1e-9))) for word in words]
    return [
        results.Segment(
            # Variants of a pronunciation are numbered: what(2).
            text=' '.join(word.word.partition('(')[0] for word in words),
            start=words[0].start_frame / _FRAMES_PER_S,
            end=(words[-1].end_frame + 1) / _FRAMES_PER_S,
            confidence=math.exp(sum(logs) / len(logs)),
        )
    ]
