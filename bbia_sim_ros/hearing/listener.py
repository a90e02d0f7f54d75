"""From chunks of sound to utterances: intake, voice activity, segmenter, and the robot's own noise.

Contract
    One owner, who calls `hear` for every chunk and `stop` when none came for a while; utterances
    are made here, told to ``on_utterance`` when they begin, and filled. A `Vad` is made for the
    first sound and given back by `stop`. Times are those of the chunks' stamps, s.

While the robot speaks, or moves
    ``keep``: as ever. ``ignore``: that sound counts as silence and is not transcribed.
    ``barge_in`` (for speaking): only speech of `barge_in_probability` or more that is not the
    robot's own voice counts; `barge_in_s` of it is a barge-in, once while the robot speaks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from typing import Final
from typing import Protocol

import numpy as np

from bbia_sim_ros.hearing.intake import Chunk
from bbia_sim_ros.hearing.intake import Intake
from bbia_sim_ros.hearing.robot_sounds import OwnVoice
from bbia_sim_ros.hearing.robot_sounds import Spans
from bbia_sim_ros.hearing.segmenter import Begun
from bbia_sim_ros.hearing.segmenter import Event
from bbia_sim_ros.hearing.segmenter import Grown
from bbia_sim_ros.hearing.segmenter import Segmenter
from bbia_sim_ros.hearing.segmenter import SegmenterSettings
from bbia_sim_ros.hearing.sound import FRAME
from bbia_sim_ros.hearing.sound import FRAME_S
from bbia_sim_ros.hearing.sound import RATE_HZ
from bbia_sim_ros.hearing.sound import Samples
from bbia_sim_ros.hearing.sound import level
from bbia_sim_ros.hearing.utterances import Utterance
from bbia_sim_ros.hearing.utterances import UtteranceEnd

IGNORE: Final = 'ignore'
KEEP: Final = 'keep'
BARGE_IN: Final = 'barge_in'
ECHO_TAIL_S: Final = 0.3
IDLE_FRAMES: Final = 4
"""Frames judged at once while nobody speaks, 128 ms."""
_NO_SOUND: Final = np.empty(0, np.int16)


class Vad(Protocol):
    """What judges frames, such as `vad.SileroVad`."""

    def reset(self) -> None:
        """Begin a new stream."""

    def probability(self, frame: Samples) -> float:
        """Return how probable speech is in the next frame, 0 .. 1."""


@dataclass(frozen=True, kw_only=True)
class ListenerSettings:
    """See the module's docstring."""

    segmenter: SegmenterSettings = field(default_factory=SegmenterSettings)
    while_speaking: str = BARGE_IN
    while_moving: str = KEEP
    barge_in_probability: float = 0.8
    barge_in_s: float = 0.3


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What was found in a chunk: ``probability`` of speech in its newest frame.

    ``changed``: an utterance began or ended in it. ``refused``: why it was not used, or empty.
    """

    speaking: bool
    probability: float
    changed: bool = False
    barge_in: bool = False
    refused: str = ''


class Listener:
    """See the module's docstring."""

    def __init__(
        self,
        settings: ListenerSettings,
        make_vad: Callable[[], Vad],
        on_utterance: Callable[[Utterance], None],
    ) -> None:
        self.intake = Intake()
        self.robot_speaks = Spans(ECHO_TAIL_S)
        self.robot_moves = Spans()
        self.own_voice = OwnVoice()
        self.utterances = 0
        self._settings = settings
        self._make_vad = make_vad
        self._on_utterance = on_utterance
        self._vad: Vad | None = None
        self._segmenter = Segmenter(settings.segmenter)
        self._rest = _NO_SOUND
        self._origin_s = 0.0
        self._frame_id = ''
        self._utterance: Utterance | None = None
        self._probability = 0.0
        self._over_robot = 0
        self._barged_in = False

    @property
    def settings(self) -> ListenerSettings:
        """The settings; they may be replaced at any time."""
        return self._settings

    @settings.setter
    def settings(self, settings: ListenerSettings) -> None:
        self._settings = settings
        self._segmenter.settings = settings.segmenter

    @property
    def speaking(self) -> bool:
        """Whether an utterance is under way."""
        return self._segmenter.speaking

    @property
    def active(self) -> bool:
        """Whether sound came since the last `stop`."""
        return self._vad is not None

    def hear(self, chunk: Chunk, frame_id: str = '') -> Judgement:
        """Take a chunk; raises `HearingError` when there is no voice activity model."""
        taken = self.intake.take(chunk)
        if taken.refused:
            return Judgement(
                speaking=self.speaking, probability=self._probability, refused=taken.refused
            )
        before = self.utterances, self.speaking
        if self._vad is None:
            self._vad = self._make_vad()
        if taken.anew:
            self.end_stream()
        self._frame_id = frame_id
        begun = self._segmenter.position + self._rest.size
        self._origin_s = taken.stamp_s - begun / RATE_HZ
        barge_in = self._judge(np.concatenate([self._rest, taken.samples]), self._vad)
        return Judgement(
            speaking=self.speaking,
            probability=self._probability,
            changed=(self.utterances, self.speaking) != before,
            barge_in=barge_in,
        )

    def stop(self) -> None:
        """End what was begun, because no sound comes, and give the model back."""
        self.end_stream()
        self._vad = None

    def end_stream(self) -> None:
        """End what was begun, for no sound comes now."""
        self._tell(self._segmenter.finish())
        self._rest = _NO_SOUND
        self._probability = 0.0
        if self._vad is not None:
            self._vad.reset()

    def _judge(self, samples: Samples, vad: Vad) -> bool:
        barge_in = False
        if self._may_wait(samples.size):
            self._rest = samples
            return False
        whole = samples.size - samples.size % FRAME
        for at in range(0, whole, FRAME):
            frame, self._probability = self._frame(samples[at : at + FRAME], vad)
            self._tell(self._segmenter.add(frame, self._probability))
            barge_in |= self._is_barge_in()
        self._rest = samples[whole:]
        return barge_in

    def _may_wait(self, size: int) -> bool:
        """Whether so little sound is better judged with what comes next: waking up costs most."""
        return size < IDLE_FRAMES * FRAME and not (self.speaking or self.robot_speaks.on)

    def _frame(self, frame: Samples, vad: Vad) -> tuple[Samples, float]:
        """Return what counts of a frame, and its probability of speech."""
        at_s = self._time_of(self._segmenter.position)
        speaks = self.robot_speaks.cover(at_s)
        if not speaks:
            self._over_robot, self._barged_in = 0, False
        if (speaks and self._settings.while_speaking == IGNORE) or (
            self._settings.while_moving == IGNORE and self.robot_moves.cover(at_s)
        ):
            vad.reset()
            return np.zeros_like(frame), 0.0
        probability = vad.probability(frame)
        if not (speaks and self._settings.while_speaking == BARGE_IN):
            return frame, probability
        own = self.own_voice.hear(at_s, level(frame))
        if own or probability < self._settings.barge_in_probability:
            return frame, 0.0
        self._over_robot += 1
        return frame, probability

    def _is_barge_in(self) -> bool:
        if (
            self._barged_in
            or not self.speaking
            or self._over_robot * FRAME_S < self._settings.barge_in_s
        ):
            return False
        self._barged_in = True
        return True

    def _tell(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Begun):
                self.utterances += 1
                self._utterance = Utterance(
                    number=self.utterances,
                    start_s=self._time_of(event.start),
                    speech_start_s=self._time_of(event.speech_start),
                    frame_id=self._frame_id,
                )
                self._on_utterance(self._utterance)
            elif self._utterance is not None:
                if isinstance(event, Grown):
                    self._utterance.grow(event.samples)
                else:
                    end = UtteranceEnd(speech_end_s=self._time_of(event.speech_end))
                    self._utterance.finish(end)
                    self._utterance = None

    def _time_of(self, sample: int) -> float:
        return self._origin_s + sample / RATE_HZ
