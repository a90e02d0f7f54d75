"""The action `transcribe`: the text of a file, or of sound that comes with the goal.

Files are read and transcribed in threads, so nothing here waits; `MOST_GOALS` at a time, and one
more is accepted and aborted at once, because a rejected goal could carry no reason. Feedback goes
out when it changed; a cancel request is passed on within 20 ms (`nodes/polling.py`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from typing import Final

import numpy as np
from rclpy.action.server import ActionServer
from rclpy.action.server import CancelResponse
from rclpy.action.server import GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node

from bbia_msgs.action import Transcribe
from bbia_sim_ros.hearing.engine import Engine
from bbia_sim_ros.hearing.errors import HearingError
from bbia_sim_ros.hearing.files import from_samples
from bbia_sim_ros.hearing.files import read_file
from bbia_sim_ros.hearing.files import transcribe_sound
from bbia_sim_ros.hearing.parameters import HearingParameters
from bbia_sim_ros.hearing.results import NO_CONFIDENCE
from bbia_sim_ros.hearing.selection import Selection
from bbia_sim_ros.hearing.sound import RATE_HZ
from bbia_sim_ros.hearing.vad import SileroVad
from bbia_sim_ros.nodes.hearing_output import segment_message
from bbia_sim_ros.nodes.polling import Poller

Handle = ServerGoalHandle[Any, Any, Any]
MOST_GOALS: Final = 2
_FULL: Final = f'{MOST_GOALS} sounds are transcribed already; wait for one to end'


class TranscribeAction:
    """See the module's docstring; all but the work in the executor's thread."""

    def __init__(
        self,
        node: Node,
        poller: Poller,
        values: Callable[[], HearingParameters],
        engines: dict[str, Engine],
        selection: Selection,
    ) -> None:
        self.running = 0
        self._poller = poller
        self._values = values
        self._engines = engines
        self._selection = selection
        self._closing = False
        self._cancelled: set[threading.Event] = set()
        self._threads = ThreadPoolExecutor(MOST_GOALS, thread_name_prefix='transcribe')
        self._server: ActionServer[Any, Any, Any] = ActionServer(
            node,
            Transcribe,
            'transcribe',
            self._execute,
            goal_callback=lambda _: GoalResponse.ACCEPT,
            cancel_callback=lambda _: CancelResponse.ACCEPT,
        )

    def destroy(self) -> None:
        """Withdraw the action, and wait for its threads."""
        self.cancel_all()
        self._server.destroy()
        self._threads.shutdown()

    def cancel_all(self) -> None:
        """Give up every goal, and take no more."""
        self._closing = True
        for cancelled in self._cancelled:
            cancelled.set()

    async def _execute(self, handle: Handle) -> Transcribe.Result:
        self.running += 1
        try:
            if self._closing or self.running > MOST_GOALS:
                handle.abort()
                message = 'the node ends' if self._closing else _FULL
                return Transcribe.Result(message=message, confidence=NO_CONFIDENCE)
            return await self._run(handle)
        finally:
            self.running -= 1

    async def _run(self, handle: Handle) -> Transcribe.Result:
        work = _Work(handle.request, self._values(), self._engines, self._selection)
        self._cancelled.add(work.cancelled)
        told = work.progress
        future: Future[Transcribe.Result] = self._threads.submit(work.result)

        def look() -> Transcribe.Result | None:
            nonlocal told
            if handle.is_cancel_requested:
                work.cancelled.set()
            if work.progress is not told:
                told = work.progress
                share, text = told
                handle.publish_feedback(Transcribe.Feedback(partial=text, progress=share))
            return future.result() if future.done() else None

        try:
            result = await self._poller.until(look)
        finally:
            self._cancelled.discard(work.cancelled)
        if result.success:
            handle.succeed()
        elif handle.is_cancel_requested:
            handle.canceled()
        else:
            handle.abort()
        return result


class _Work:
    """One goal; `result` is run in a thread, and `progress` replaced by it."""

    def __init__(
        self,
        goal: Transcribe.Goal,
        values: HearingParameters,
        engines: dict[str, Engine],
        selection: Selection,
    ) -> None:
        self.cancelled = threading.Event()
        self.progress = (0.0, '')
        self._goal = goal
        self._values = values
        self._engines = engines
        self._selection = selection

    def result(self) -> Transcribe.Result:
        begun = time.monotonic()
        try:
            return self._transcribed(begun)
        except HearingError as error:
            return Transcribe.Result(
                message=str(error),
                confidence=NO_CONFIDENCE,
                processing_time=time.monotonic() - begun,
            )

    def _transcribed(self, begun: float) -> Transcribe.Result:
        language = self._goal.language or self._values.language
        engine = self._engine(language)
        sound = self._sound()
        found = transcribe_sound(
            sound,
            engine,
            SileroVad(),
            self._values.listener_settings().segmenter,
            language=language,
            cancelled=self.cancelled,
            timeout_s=self._values.recognition_timeout,
            on_progress=self._on_progress,
        )
        return Transcribe.Result(
            success=True,
            text=found.text,
            language=found.language,
            engine=engine.name,
            confidence=found.confidence,
            audio_duration=sound.size / RATE_HZ,
            processing_time=time.monotonic() - begun,
            segments=[segment_message(segment) for segment in found.segments],
        )

    def _engine(self, language: str) -> Engine:
        wanted = self._goal.engine or self._values.engine
        try:
            choice = self._selection.choose(wanted, language)
        except ValueError as error:
            raise HearingError(str(error)) from error
        if not choice.names:
            raise HearingError(f'no engine can transcribe: {choice.reason}')
        return self._engines[choice.names[0]]

    def _sound(self) -> np.ndarray[Any, np.dtype[np.int16]]:
        if self._goal.path:
            return read_file(Path(self._goal.path).expanduser(), self.cancelled)
        samples = np.asarray(self._goal.samples, dtype=np.int16)
        return from_samples(samples, self._goal.sample_rate)

    def _on_progress(self, share: float, text: str) -> None:
        self.progress = (share, text)
