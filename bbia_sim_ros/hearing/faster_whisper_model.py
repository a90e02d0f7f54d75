"""A whisper model run by faster-whisper (CTranslate2, no torch). Only for a worker process.

Contract
    The model is a folder in the CTranslate2 format, or a name of faster-whisper or of the hub, at
    a given commit. Sound is mono int16 at 16 kHz. Up to 30 s are decoded once, greedily, without
    time stamps, which would have it go through them in many small steps; the length of a text is
    bounded by that of the sound. So no sound takes long or gives an endless text. What
    `results.Doubts` takes for invented is left out. Segments are yielded as they come.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.utils import download_model

from bbia_sim_ros.hearing import results
from bbia_sim_ros.hearing.sound import FULL_SCALE
from bbia_sim_ros.hearing.sound import RATE_HZ
from bbia_sim_ros.hearing.sound import Samples
from bbia_sim_ros.hearing.whisper_text import most_tokens
from bbia_sim_ros.models.context import Context
from bbia_sim_ros.models.errors import ModelLoadError


class Recogniser:
    """See the module's docstring."""

    def __init__(
        self,
        progress: Callable[[float, str], None],
        *,
        model: str,
        revision: str = '',
        download: bool = False,
        device: str = 'auto',
        threads: int = 0,
        doubts: dict[str, float] | None = None,
    ) -> None:
        """Load a model; ``threads`` 0 leaves their number to CTranslate2.

        Raises `ModelLoadError` for a model that is missing or damaged.
        """
        self._doubts = results.Doubts(**(doubts or {}))
        folder = _folder(model, revision, download=download, progress=progress)
        progress(0.5, 'reading the weights')
        try:
            self._model = WhisperModel(
                str(folder), device=device, compute_type='int8', cpu_threads=threads
            )
        except Exception as error:  # CTranslate2 and tokenizers raise classes of their own
            raise ModelLoadError(
                f'the model in {folder} cannot be loaded ({error}): fetch it again'
            ) from error
        self.device: str = self._model.model.device

    def transcribe(
        self, context: Context, *, samples: Samples, language: str = '', partial: bool = False
    ) -> Generator[dict[str, str], None, dict[str, Any]]:
        """Yield the text so far after each segment; return what was said."""
        del partial
        sound = samples.astype(np.float32) / FULL_SCALE
        found, info = self._model.transcribe(
            sound,
            language=language or None,
            beam_size=1,
            temperature=0.0,
            without_timestamps=True,
            condition_on_previous_text=False,
            max_new_tokens=most_tokens(samples.size),
            no_speech_threshold=self._doubts.no_speech,
            log_prob_threshold=self._doubts.min_logprob,
        )
        kept: list[results.Segment] = []
        for segment in found:
            context.check()
            if not self._doubts.drop(
                no_speech=segment.no_speech_prob,
                logprob=segment.avg_logprob,
                compression=segment.compression_ratio,
            ):
                kept.append(
                    results.Segment(
                        text=segment.text,
                        start=segment.start,
                        end=min(segment.end, samples.size / RATE_HZ),
                        confidence=min(1.0, math.exp(segment.avg_logprob)),
                    )
                )
                yield {'text': results.answer(kept, info.language)['text']}
        return results.answer(kept, info.language)


def _folder(
    model: str, revision: str, *, download: bool, progress: Callable[[float, str], None]
) -> Path:
    path = Path(model).expanduser()
    if path.is_dir():
        return path
    progress(-1.0, f'looking for {model}')
    try:
        return Path(download_model(model, local_files_only=not download, revision=revision or None))
    except Exception as error:  # of the hub, of its transport, or a ValueError for a bad name
        raise ModelLoadError(
            f'{model} cannot be had ({str(error).splitlines()[0]}): name a folder with a model in '
            'the CTranslate2 format, or set download'
        ) from error
