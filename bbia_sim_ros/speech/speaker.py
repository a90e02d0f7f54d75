"""Says one text after the other.

Contract
    `say` never blocks: it accepts a text, or raises `BusyError`. What is wrong with a text itself
    is its outcome. One thread plays, one computes ahead. Between accepting and first sound lies one
    sentence's synthesis, and whatever is said before. `close` ends everything with an outcome, and
    leaves no process behind.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final
from typing import Protocol

from bbia_sim_ros.speech.errors import BusyError
from bbia_sim_ros.speech.errors import CancelledError
from bbia_sim_ros.speech.errors import SinkError
from bbia_sim_ros.speech.errors import SpeechError
from bbia_sim_ros.speech.narration import Narration
from bbia_sim_ros.speech.narration import VoiceSettings
from bbia_sim_ros.speech.narration import script_of
from bbia_sim_ros.speech.output import Output
from bbia_sim_ros.speech.player import Chunk
from bbia_sim_ros.speech.player import Player
from bbia_sim_ros.speech.selection import Selection
from bbia_sim_ros.speech.utterance import Order
from bbia_sim_ros.speech.utterance import Spoken
from bbia_sim_ros.speech.utterance import Utterance

QUEUE: Final = 'queue'
REPLACE: Final = 'replace'
REFUSE: Final = 'refuse'
WHEN_BUSY: Final = (QUEUE, REPLACE, REFUSE)
REPLACED: Final = 'another text took its place'
CLOSING: Final = 'the speaker ends'


@dataclass(frozen=True, kw_only=True)
class SpeakerSettings:
    """May be changed at any time; `queue_size` texts wait at most; `volume` is 0 .. 1."""

    voice: VoiceSettings
    volume: float
    when_busy: str
    queue_size: int


class Listener(Protocol):
    """Who is told of what is heard, in the thread that plays."""

    def on_chunk(self, chunk: Chunk, rate: int) -> None:
        """A chunk was given to the output."""

    def on_speaking(self, speaking: bool) -> None:
        """Sound begins, or ends with nothing waiting."""


class Speaker:
    """See the module's docstring."""

    def __init__(
        self,
        settings: SpeakerSettings,
        *,
        selection: Selection,
        output: Output,
        listener: Listener,
    ) -> None:
        self.settings = settings
        self.selection = selection
        self.underruns = 0
        self._output = output
        self._listener = listener
        self._changed = threading.Condition()
        self._waiting: deque[Utterance] = deque()
        self._current: Utterance | None = None
        self._closing = False
        self._sounding = False
        self._synthesis = ThreadPoolExecutor(1, thread_name_prefix='synthesis')
        self._thread = threading.Thread(target=self._run, name='speaking')
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many texts wait."""
        return len(self._waiting)

    def say(self, order: Order, on_spoken: Callable[[Spoken], None] = lambda _: None) -> Utterance:
        """Accept a text; raises `BusyError` as `when_busy` has it, SpeechError for that itself."""
        settings = self.settings
        when_busy = order.when_busy or settings.when_busy
        if when_busy not in WHEN_BUSY:
            raise SpeechError(f'when_busy is {when_busy!r}; known: {", ".join(WHEN_BUSY)}')
        utterance = Utterance(order, on_spoken)
        with self._changed:
            if self._closing:
                raise BusyError(CLOSING)
            busy = self._current is not None or bool(self._waiting)
            if busy and when_busy == REFUSE:
                raise BusyError('something is being said; wait, or ask to queue or replace it')
            if when_busy == REPLACE:
                self._stop_all(REPLACED)
            elif busy and len(self._waiting) >= settings.queue_size:
                raise BusyError(
                    f'{len(self._waiting)} texts wait already, and {settings.queue_size} may'
                    ' (parameter queue_size)'
                )
            self._waiting.append(utterance)
            self._changed.notify()
        return utterance

    def cancel(self, utterance: Utterance) -> None:
        """Give a text up: silence within a chunk, its outcome at once if it still waits."""
        with self._changed:
            utterance.stop()
            if utterance in self._waiting:
                self._waiting.remove(utterance)
                utterance.end(success=False, message=utterance.stop_reason)

    def stop(self) -> None:
        """Give up every text and take no more."""
        with self._changed:
            self._closing = True
            self._stop_all(CLOSING)
            self._changed.notify()

    def close(self) -> None:
        """Give up every text and wait for its outcome."""
        self.stop()
        self._thread.join()
        self._synthesis.shutdown()
        self._output.close()

    def _stop_all(self, reason: str) -> None:
        if self._current is not None:
            self._current.stop(reason)
        while self._waiting:
            utterance = self._waiting.popleft()
            utterance.stop(reason)
            utterance.end(success=False, message=reason)

    def _run(self) -> None:
        while (utterance := self._next()) is not None:
            self._say(utterance)

    def _next(self) -> Utterance | None:
        with self._changed:
            self._current = None
            while not self._waiting and not self._closing:
                self._fall_silent()
                self._changed.wait()
            self._current = None if self._closing else self._waiting.popleft()
            return self._current

    def _say(self, utterance: Utterance) -> None:
        try:
            self._narrate(utterance)
        except CancelledError:
            self._end(utterance, success=False, message=utterance.stop_reason)
        except SpeechError as error:
            self._end(utterance, success=False, message=str(error))
        else:
            self._end(utterance, success=True, message=f'{utterance.duration_s:.1f} s were said')

    def _end(self, utterance: Utterance, *, success: bool, message: str) -> None:
        with self._changed:
            self._fall_silent()
            self._current = None
        utterance.end(success=success, message=message)

    def _fall_silent(self) -> None:
        """Tell of the silence, unless the next text follows; the caller holds the lock."""
        if self._sounding and not self._waiting:
            self._sounding = False
            self._listener.on_speaking(False)

    def _narrate(self, utterance: Utterance) -> None:
        script = script_of(utterance.order, self.settings.voice, self.selection)
        utterance.engine = script.engine.name
        narration = Narration(
            script,
            synthesis=self._synthesis,
            cancelled=utterance.stopped,
            volume=lambda: self.settings.volume,
            on_spoken=utterance.on_spoken,
        )
        first = narration.prepare()
        with self._output.take() as (sink, rate):

            def on_chunk(chunk: Chunk) -> None:
                if not self._sounding:
                    self._sounding = True
                    self._listener.on_speaking(True)
                utterance.heard(chunk)
                self._listener.on_chunk(chunk, rate)
                narration.follow(chunk, rate)

            player = Player(sink, rate=rate, cancelled=utterance.stopped, on_chunk=on_chunk)
            try:
                narration.read(player, first, rate)
            except SinkError:
                raise
            except SpeechError:
                sink.drop()
                raise
            finally:
                self.underruns += player.underruns
                utterance.duration_s = player.played_s
