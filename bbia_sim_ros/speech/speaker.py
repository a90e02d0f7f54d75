"""Says one text, or plays one sound file, after the other.

Contract
    `say` and `play` never block: they accept something, or raise `BusyError`. What is wrong with a
    text or file itself is its outcome. One thread plays, one computes ahead. Between accepting and
    first sound lies one sentence's synthesis, and whatever is said before. `close` ends everything
    with an outcome, and leaves no process behind.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
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
from bbia_sim_ros.speech.sound_reader import SoundReader
from bbia_sim_ros.speech.utterance import Order
from bbia_sim_ros.speech.utterance import Performance
from bbia_sim_ros.speech.utterance import Playback
from bbia_sim_ros.speech.utterance import Position
from bbia_sim_ros.speech.utterance import SoundOrder
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
    """May be changed at any time; `queue_size` texts and files wait at most; `volume` is 0 .. 1."""

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


class Reader(Protocol):
    """What plays a text or file through a player: `narration.Narration`, `SoundReader`."""

    def read(self, player: Player, rate: int) -> None:
        """Play it all at a rate, Hz; raises `SpeechError` and its kinds."""

    def follow(self, chunk: Chunk, rate: int) -> None:
        """Tell who listens what begins to be heard with a chunk."""

    def close(self) -> None:
        """Give everything back."""


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
        self._waiting: deque[Performance] = deque()
        self._current: Performance | None = None
        self._closing = False
        self._sounding = False
        self._synthesis = ThreadPoolExecutor(1, thread_name_prefix='synthesis')
        self._thread = threading.Thread(target=self._run, name='speaking')
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many texts and files wait."""
        return len(self._waiting)

    def say(self, order: Order, on_spoken: Callable[[Spoken], None] = lambda _: None) -> Utterance:
        """Accept a text; raises `BusyError` as `when_busy` has it, SpeechError for that itself."""
        utterance = Utterance(order, on_spoken)
        self._accept(utterance, order.when_busy)
        return utterance

    def play(
        self, order: SoundOrder, on_position: Callable[[Position], None] = lambda _: None
    ) -> Playback:
        """Accept a sound file; raises `BusyError` as the setting `when_busy` has it."""
        playback = Playback(order, on_position)
        self._accept(playback, '')
        return playback

    def cancel(self, performance: Performance) -> None:
        """Give something up: silence within a chunk, its outcome at once if it still waits."""
        with self._changed:
            performance.stop()
            if performance in self._waiting:
                self._waiting.remove(performance)
                performance.end(success=False, message=performance.stop_reason)

    def stop(self) -> None:
        """Give up everything and take no more."""
        with self._changed:
            self._closing = True
            self._stop_all(CLOSING)
            self._changed.notify()

    def close(self) -> None:
        """Give up everything and wait for its outcome."""
        self.stop()
        self._thread.join()
        self._synthesis.shutdown()
        self._output.close()

    def _accept(self, performance: Performance, wish: str) -> None:
        settings = self.settings
        when_busy = wish or settings.when_busy
        if when_busy not in WHEN_BUSY:
            raise SpeechError(f'when_busy is {when_busy!r}; known: {", ".join(WHEN_BUSY)}')
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
            self._waiting.append(performance)
            self._changed.notify()

    def _stop_all(self, reason: str) -> None:
        if self._current is not None:
            self._current.stop(reason)
        while self._waiting:
            performance = self._waiting.popleft()
            performance.stop(reason)
            performance.end(success=False, message=reason)

    def _run(self) -> None:
        while (performance := self._next()) is not None:
            self._perform(performance)

    def _next(self) -> Performance | None:
        with self._changed:
            self._current = None
            while not self._waiting and not self._closing:
                self._fall_silent()
                self._changed.wait()
            self._current = None if self._closing else self._waiting.popleft()
            return self._current

    def _perform(self, performance: Performance) -> None:
        try:
            with closing(self._reader(performance)) as reader:
                self._sound(performance, reader)
        except CancelledError:
            self._end(performance, success=False, message=performance.stop_reason)
        except SpeechError as error:
            self._end(performance, success=False, message=str(error))
        except Exception as error:  # noqa: BLE001 - one order may not silence all that follow
            message = f'it failed: {type(error).__name__}: {error}'
            self._end(performance, success=False, message=message)
        else:
            message = f'{performance.duration_s:.1f} s {performance.what_happened}'
            self._end(performance, success=True, message=message)

    def _end(self, performance: Performance, *, success: bool, message: str) -> None:
        with self._changed:
            self._fall_silent()
            self._current = None
        performance.end(success=success, message=message)

    def _fall_silent(self) -> None:
        """Tell of the silence, unless the next text follows; the caller holds the lock."""
        if self._sounding and not self._waiting:
            self._sounding = False
            self._listener.on_speaking(False)

    def _reader(self, performance: Performance) -> Reader:
        """Return what plays it; raises `SpeechError` for what cannot be played."""
        if isinstance(performance, Playback):
            return SoundReader(
                performance.order,
                volume=lambda: self.settings.volume,
                on_position=performance.on_position,
            )
        assert isinstance(performance, Utterance)
        script = script_of(performance.order, self.settings.voice, self.selection)
        performance.engine = script.engine.name
        return Narration(
            script,
            synthesis=self._synthesis,
            cancelled=performance.stopped,
            volume=lambda: self.settings.volume,
            on_spoken=performance.on_spoken,
        )

    def _sound(self, performance: Performance, reader: Reader) -> None:
        with self._output.take() as (sink, rate):

            def on_chunk(chunk: Chunk) -> None:
                if not self._sounding:
                    self._sounding = True
                    self._listener.on_speaking(True)
                performance.heard(chunk)
                self._listener.on_chunk(chunk, rate)
                reader.follow(chunk, rate)

            player = Player(sink, rate=rate, cancelled=performance.stopped, on_chunk=on_chunk)
            try:
                reader.read(player, rate)
            except SinkError:
                raise
            except SpeechError:
                sink.drop()
                raise
            finally:
                self.underruns += player.underruns
                performance.duration_s = player.played_s
