"""From utterances to texts, in a thread of its own: one after the other, beginning while they grow.

Contract
    `put` takes an utterance that has begun. An engine that streams gets its sound as it comes;
    others get it at its end, and before that, with `partials`, now and again what there is so far.
    When an engine fails, the next one that can gets the whole utterance, as long as the person has
    named none. Everything said is told by a callback in this thread, once for each utterance:
    `on_text`, or `on_failure`; and one that was dropped, because too many waited, in the thread
    that put one more. `close` gives up what is under way and waits for the thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from typing import Protocol

from bbia_sim_ros.hearing.engine import Engine
from bbia_sim_ros.hearing.errors import CancelledHearingError
from bbia_sim_ros.hearing.errors import HearingError
from bbia_sim_ros.hearing.results import Transcription
from bbia_sim_ros.hearing.selection import Selection
from bbia_sim_ros.hearing.sound import RATE_HZ
from bbia_sim_ros.hearing.utterances import Utterance
from bbia_sim_ros.hearing.utterances import UtteranceEnd
from bbia_sim_ros.hearing.utterances import UtteranceQueue

_LOOK_S: Final = 0.2


@dataclass(frozen=True, kw_only=True)
class TranscriberSettings:
    """How it is transcribed; see `parameters.HearingParameters`."""

    engine: str
    language: str
    partials: bool
    partial_period_s: float
    timeout_s: float
    max_waiting: int


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text of an utterance; ``processing_s`` counts from when its end was noticed."""

    transcription: Transcription
    engine: str
    final: bool
    processing_s: float = 0.0


class Listening(Protocol):
    """Who is told what was understood."""

    def on_text(self, utterance: Utterance, text: Text) -> None:
        """Take a text: any number that are not final, then one that is."""

    def on_failure(self, utterance: Utterance, message: str) -> None:
        """Take why there is no text."""


class Transcriber:
    """See the module's docstring."""

    def __init__(
        self,
        engines: Mapping[str, Engine],
        selection: Selection,
        settings: TranscriberSettings,
        listening: Listening,
    ) -> None:
        self.settings = settings
        self.transcribed = self.failed = 0
        self._engines = engines
        self._selection = selection
        self._listening = listening
        self._queue = UtteranceQueue(settings.max_waiting, self._on_drop)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name='transcriber')
        self._thread.start()

    @property
    def dropped(self) -> int:
        """How many utterances were dropped because too many waited."""
        return self._queue.dropped

    @property
    def waiting(self) -> int:
        """How many utterances wait."""
        return self._queue.waiting

    def put(self, utterance: Utterance) -> None:
        """Take an utterance, which may grow still."""
        self._queue.limit = self.settings.max_waiting
        self._queue.put(utterance)

    def close(self) -> None:
        """Give up everything and wait for the thread."""
        self._closing.set()
        self._queue.close()
        self._thread.join()

    def _on_drop(self, utterance: Utterance) -> None:
        waiting = self.settings.max_waiting
        self._listening.on_failure(
            utterance, f'it was dropped, for more than {waiting} (max_waiting) waited'
        )

    def _run(self) -> None:
        while (utterance := self._queue.get()) is not None:
            try:
                self._transcribe(utterance)
            except CancelledHearingError:
                return
            except HearingError as error:
                self.failed += 1
                self._listening.on_failure(utterance, str(error))

    def _transcribe(self, utterance: Utterance) -> None:
        settings = self.settings
        choice = self._selection.choose(settings.engine, settings.language)
        problem = choice.reason
        for name in choice.names:
            try:
                result = self._by(self._engines[name], utterance)
            except CancelledHearingError:
                if self._closing.is_set():
                    raise
                problem = f'{name} was unloaded while it worked'
            except HearingError as error:
                problem = f'{name}: {error}'
                self._selection.failed(name, str(error))
            else:
                self._selection.succeeded(name)
                self._tell(utterance, result, name)
                return
        raise HearingError(f'no engine could transcribe it: {problem}')

    def _tell(self, utterance: Utterance, result: Transcription, engine: str) -> None:
        self.transcribed += 1
        processing = time.monotonic() - self._ended(utterance).noticed
        self._listening.on_text(
            utterance,
            Text(transcription=result, engine=engine, final=True, processing_s=processing),
        )

    def _by(self, engine: Engine, utterance: Utterance) -> Transcription:
        if engine.streams:
            try:
                return self._streamed(engine, utterance)
            except CancelledHearingError:
                raise
            except HearingError:
                # Its process may have gone, and its memory of the stream with it.
                self._ended(utterance)
        elif self.settings.partials:
            self._guess(engine, utterance)
        self._ended(utterance)
        return engine.transcribe(
            utterance.samples(),
            language=self.settings.language,
            cancelled=self._closing,
            deadline_s=self.settings.timeout_s,
        )

    def _streamed(self, engine: Engine, utterance: Utterance) -> Transcription:
        known = 0
        told = ''
        while utterance.end is None:
            if not self._more(utterance, known):
                continue
            samples = utterance.samples(known)
            if utterance.end is not None or not samples.size:
                break
            text = engine.feed(
                samples,
                stream=utterance.number,
                start=known,
                cancelled=self._closing,
                deadline_s=self.settings.timeout_s,
            )
            known += samples.size
            if text and text != told and self.settings.partials:
                told = text
                self._tell_partial(utterance, text, engine.name)
        return engine.finish(
            utterance.samples(known),
            stream=utterance.number,
            start=known,
            cancelled=self._closing,
            deadline_s=self.settings.timeout_s,
        )

    def _guess(self, engine: Engine, utterance: Utterance) -> None:
        """Tell now and again what is understood, until the utterance has ended."""
        known = 0
        while utterance.end is None:
            wanted = known + round(self.settings.partial_period_s * RATE_HZ)
            if not self._more(utterance, wanted) or utterance.end is not None:
                continue
            samples = utterance.samples()
            known = samples.size
            result = engine.transcribe(
                samples,
                language=self.settings.language,
                partial=True,
                cancelled=self._closing,
                deadline_s=self.settings.timeout_s,
            )
            if result.text and utterance.end is None:
                self._tell_partial(utterance, result.text, engine.name)

    def _tell_partial(self, utterance: Utterance, text: str, engine: str) -> None:
        result = Transcription(text=text, language=self.settings.language)
        self._listening.on_text(utterance, Text(transcription=result, engine=engine, final=False))

    def _more(self, utterance: Utterance, known: int) -> bool:
        """Wait a little for more than ``known`` samples, or the end."""
        if self._closing.is_set():
            raise CancelledHearingError('the node ends')
        return utterance.wait(known, _LOOK_S)

    def _ended(self, utterance: Utterance) -> UtteranceEnd:
        """Wait for the end of an utterance and return it."""
        while (end := utterance.end) is None:
            self._more(utterance, utterance.size)
        return end
