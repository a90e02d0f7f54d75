"""A whole sound, from a file or an array, to text: cut as live sound is, piece after piece.

Contract
    `read_file` and `from_samples` give mono int16 at 16 kHz or raise `HearingError`; a sound longer
    than `MAX_SOUND_S` is refused. `transcribe_sound` blocks; it tells ``on_progress`` the share of
    the sound that is done and the text so far, and stops soon after ``cancelled`` is set.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from bbia_sim_ros.audio.conversion import Converter
from bbia_sim_ros.audio.errors import AudioError
from bbia_sim_ros.hearing.engine import Engine
from bbia_sim_ros.hearing.errors import CancelledHearingError
from bbia_sim_ros.hearing.errors import HearingError
from bbia_sim_ros.hearing.listener import Vad
from bbia_sim_ros.hearing.results import Transcription
from bbia_sim_ros.hearing.results import joined
from bbia_sim_ros.hearing.segmenter import Begun
from bbia_sim_ros.hearing.segmenter import Ended
from bbia_sim_ros.hearing.segmenter import Event
from bbia_sim_ros.hearing.segmenter import Grown
from bbia_sim_ros.hearing.segmenter import Segmenter
from bbia_sim_ros.hearing.segmenter import SegmenterSettings
from bbia_sim_ros.hearing.sound import FRAME
from bbia_sim_ros.hearing.sound import FULL_SCALE
from bbia_sim_ros.hearing.sound import RATE_HZ
from bbia_sim_ros.hearing.sound import Samples
from bbia_sim_ros.hearing.sound import samples_in

MAX_SOUND_S: Final = 3600.0
MIN_RATE_HZ: Final = 1000
MAX_RATE_HZ: Final = 768_000
_PIECE: Final = 65_536


def read_file(path: Path, cancelled: threading.Event) -> Samples:
    """Return the sound of a WAV or FLAC file; raises `HearingError`."""
    from bbia_sim_ros.audio.sound_file import SoundFile  # noqa: PLC0415 - libsndfile, for files

    converter = Converter()
    parts: list[Samples] = []
    size = 0
    try:
        with SoundFile(path) as file:
            while (piece := file.read(_PIECE)).size:
                if cancelled.is_set():
                    raise CancelledHearingError(f'{path} was not read to its end')
                parts.append(converter.convert(piece, file.rate_hz))
                size += parts[-1].size
                _check_length(size, str(path))
    except AudioError as error:
        raise HearingError(str(error)) from error
    parts.append(converter.finish())
    return np.concatenate(parts)


def from_samples(samples: Samples, sample_rate: int) -> Samples:
    """Return mono samples at another rate at 16 kHz; raises `HearingError`."""
    if not samples.size:
        raise HearingError('there is no sound: give the path of a file, or samples')
    if not MIN_RATE_HZ <= sample_rate <= MAX_RATE_HZ:
        raise HearingError(
            f'sample_rate is {sample_rate} Hz; {MIN_RATE_HZ} .. {MAX_RATE_HZ} Hz can be used'
        )
    _check_length(round(samples.size * RATE_HZ / sample_rate), 'the sound')
    converter = Converter()
    whole = (samples.astype(np.float32) / np.float32(FULL_SCALE))[:, np.newaxis]
    return np.concatenate([converter.convert(whole, sample_rate), converter.finish()])


def transcribe_sound(
    sound: Samples,
    engine: Engine,
    vad: Vad,
    settings: SegmenterSettings,
    *,
    language: str,
    cancelled: threading.Event,
    timeout_s: float,
    on_progress: Callable[[float, str], None],
) -> Transcription:
    """Return what is said in a sound, by one engine; ``timeout_s`` is for each utterance."""
    parts: list[Transcription] = []
    for start, samples in _utterances(sound, vad, settings, cancelled):
        done, text = start / sound.size, joined(parts).text
        on_progress(done, text)
        result = engine.transcribe(
            samples, language=language, cancelled=cancelled, deadline_s=timeout_s
        )
        parts.append(
            Transcription(
                text=result.text,
                language=result.language,
                confidence=result.confidence,
                segments=tuple(segment.later(start / RATE_HZ) for segment in result.segments),
            )
        )
    whole = joined(parts)
    on_progress(1.0, whole.text)
    return whole


def _utterances(
    sound: Samples, vad: Vad, settings: SegmenterSettings, cancelled: threading.Event
) -> list[tuple[int, Samples]]:
    """Return the first sample of each utterance, and its samples."""
    vad.reset()
    segmenter = Segmenter(settings)
    events: list[Event] = []
    for at in range(0, sound.size, FRAME):
        if cancelled.is_set():
            raise CancelledHearingError('it was cancelled')
        frame = sound[at : at + FRAME]
        padded = np.pad(frame, (0, FRAME - frame.size))
        events += segmenter.add(frame, vad.probability(padded))
    found: list[tuple[int, Samples]] = []
    parts: list[Samples] = []
    start = 0
    for event in [*events, *segmenter.finish()]:
        if isinstance(event, Begun):
            start, parts = event.start, []
        elif isinstance(event, Grown):
            parts.append(event.samples)
        elif isinstance(event, Ended) and parts:
            found.append((start, np.concatenate(parts)))
    return found


def _check_length(samples: int, what: str) -> None:
    if samples > samples_in(MAX_SOUND_S):
        raise HearingError(
            f'{what} is longer than {MAX_SOUND_S:g} s: cut it, and transcribe the parts'
        )
