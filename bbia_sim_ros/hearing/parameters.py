"""Parameters of `hearing_node`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bbia_sim_ros.hearing.listener import BARGE_IN
from bbia_sim_ros.hearing.listener import IGNORE
from bbia_sim_ros.hearing.listener import KEEP
from bbia_sim_ros.hearing.listener import ListenerSettings
from bbia_sim_ros.hearing.segmenter import CUT_SHARE
from bbia_sim_ros.hearing.segmenter import SegmenterSettings
from bbia_sim_ros.hearing.selection import CHOICES
from bbia_sim_ros.hearing.sound import decibels_to_level
from bbia_sim_ros.models.parameters import ModelParameters
from bbia_sim_ros.parameters import parameter

# Systran/faster-whisper-base: 145 MB on disk.
DEFAULT_MODEL = 'base'
DEFAULT_REVISION = 'ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66'
BUFFER_CHUNK_S = 0.5
_LONGEST_GAP_S = 0.2


@dataclass(frozen=True, kw_only=True)
class HearingParameters(ModelParameters):
    """Parameters of `hearing_node`."""

    engine: str = parameter(
        'auto',
        'What transcribes: faster_whisper, whisper, pocketsphinx (English, always there), or auto:'
        ' the first of these whose model can be loaded.',
        choices=CHOICES,
    )
    language: str = parameter(
        '',
        'Language that is spoken, a code such as en or fr; empty: found out from the sound by'
        ' engines that can.',
    )
    faster_whisper_model: str = parameter(
        DEFAULT_MODEL,
        'Model of the engine faster_whisper: a folder in the CTranslate2 format, or a name such as'
        ' tiny, base.en or organisation/model.',
        read_only=True,
    )
    faster_whisper_revision: str = parameter(
        DEFAULT_REVISION,
        'Commit of that model on the hub; empty: its newest; not read for a folder.',
        read_only=True,
    )
    whisper_model: str = parameter(
        DEFAULT_MODEL,
        'Model of the engine whisper: a checkpoint file (.pt), or a name such as tiny or base.en.',
        read_only=True,
    )
    pocketsphinx_mode: str = parameter(
        'both',
        'What pocketsphinx answers: free text, the sentences of commands, or both: a command where'
        ' the text sounds like one.',
        choices=('both', 'free', 'commands'),
        read_only=True,
    )
    download: bool = parameter(
        False,
        'Fetch models that are not on this computer when they are first used.',
        read_only=True,
    )
    device: str = parameter(
        'auto',
        'Where the whisper engines compute.',
        choices=('auto', 'cpu', 'cuda'),
        read_only=True,
    )
    threads: int = parameter(
        0,
        'CPU threads of the whisper engines; 0: their own choice.',
        minimum=0,
        maximum=256,
        read_only=True,
    )
    partials: bool = parameter(True, 'Publish what was understood so far while somebody speaks.')
    partial_period: float = parameter(
        1.0,
        'Seconds of new sound between two such texts of the whisper engines, which begin anew each'
        ' time; pocketsphinx goes on where it was.',
        minimum=0.2,
        maximum=30.0,
    )
    recognition_timeout: float = parameter(
        30.0,
        'Longest time for the text of an utterance after its model is loaded, s.',
        minimum=0.5,
        maximum=600.0,
    )
    max_waiting: int = parameter(
        8,
        'Utterances that may wait to be transcribed; for one more the oldest is dropped.',
        minimum=1,
        maximum=100,
    )
    speech_threshold: float = parameter(
        0.5, 'Probability of speech from which an utterance begins.', minimum=0.05, maximum=0.99
    )
    silence_threshold: float = parameter(
        0.35, 'Probability of speech below which it is silent.', minimum=0.01, maximum=0.99
    )
    min_level: float = parameter(
        -60.0,
        'Sound that is not as loud is no speech, dB relative to full scale.',
        minimum=-96.0,
        maximum=0.0,
    )
    min_speech: float = parameter(
        0.1, 'Speech that an utterance begins with at least, s.', minimum=0.03, maximum=2.0
    )
    end_silence: float = parameter(
        0.4, 'Silence after which an utterance has ended, s.', minimum=0.1, maximum=5.0
    )
    lead: float = parameter(
        0.3, 'Sound before the speech that belongs to an utterance, s.', minimum=0.0, maximum=2.0
    )
    buffer_chunks: int = parameter(
        10,
        'Sound kept before speech is noticed, in chunks of 0.5 s; its beginning is looked for in'
        ' it.',
        minimum=2,
        maximum=120,
    )
    max_utterance: float = parameter(
        30.0,
        'Length at which speech is handed on in pieces, cut at a pause, s.',
        minimum=3.0,
        maximum=30.0,
    )
    stream_timeout: float = parameter(
        1.5,
        'Time without sound after which an utterance that was begun has ended, s.',
        minimum=0.2,
        maximum=30.0,
    )
    while_speaking: str = parameter(
        BARGE_IN,
        'Sound while the robot speaks: keep, ignore, or barge_in: speech that is not its own voice'
        ' ends what it says.',
        choices=(BARGE_IN, KEEP, IGNORE),
    )
    while_moving: str = parameter(
        KEEP, 'Sound while the robot moves: keep or ignore.', choices=(KEEP, IGNORE)
    )
    barge_in_probability: float = parameter(
        0.8, 'Probability of speech that counts while the robot speaks.', minimum=0.1, maximum=1.0
    )
    barge_in_time: float = parameter(
        0.3, 'Speech that makes the robot stop speaking, s.', minimum=0.05, maximum=5.0
    )
    no_speech_threshold: float = parameter(
        0.6,
        'The whisper engines drop a text with a greater probability of no speech, if it is also'
        ' below min_logprob.',
        minimum=0.0,
        maximum=1.0,
        read_only=True,
    )
    min_logprob: float = parameter(
        -1.0,
        'Mean log-probability of a text, below which no_speech_threshold counts.',
        minimum=-10.0,
        maximum=0.0,
        read_only=True,
    )

    def conflicts(self) -> Iterable[str]:
        """Yield what does not go together."""
        yield from super().conflicts()
        if self.silence_threshold > self.speech_threshold:
            yield (
                f'silence_threshold is {self.silence_threshold:g}, above speech_threshold'
                f' {self.speech_threshold:g}; it may be as much at most'
            )
        if self.end_silence + _LONGEST_GAP_S > CUT_SHARE * self.max_utterance:
            yield (
                f'end_silence is {self.end_silence:g} s, too long for a max_utterance of'
                f' {self.max_utterance:g} s, whose last third is searched for a pause'
            )

    def listener_settings(self) -> ListenerSettings:
        """Return how sound is made into utterances."""
        return ListenerSettings(
            segmenter=SegmenterSettings(
                start_threshold=self.speech_threshold,
                end_threshold=self.silence_threshold,
                min_level=decibels_to_level(self.min_level),
                min_speech_s=self.min_speech,
                end_silence_s=self.end_silence,
                lead_s=self.lead,
                buffer_s=self.buffer_chunks * BUFFER_CHUNK_S,
                max_utterance_s=self.max_utterance,
            ),
            while_speaking=self.while_speaking,
            while_moving=self.while_moving,
            barge_in_probability=self.barge_in_probability,
            barge_in_s=self.barge_in_time,
        )
