"""A whisper model run by openai-whisper (torch). Only for a worker process.

Contract
    The model is a checkpoint file in openai's format, or one of its names, then from its cache or,
    with ``download``, from openai's server, checked by its SHA-256. Otherwise as
    `faster_whisper_model`, but it cannot be interrupted within the 30 s that it decodes at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import whisper

from bbia_sim_ros.hearing import results
from bbia_sim_ros.hearing.sound import FULL_SCALE
from bbia_sim_ros.hearing.sound import RATE_HZ
from bbia_sim_ros.hearing.sound import Samples
from bbia_sim_ros.hearing.whisper_files import checkpoint_file
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
        download: bool = False,
        device: str = 'auto',
        threads: int = 0,
        doubts: Mapping[str, float] | None = None,
    ) -> None:
        """Load a model; ``threads`` 0 leaves their number to torch.

        Raises `ModelLoadError` for a model that is missing or damaged.
        """
        if threads:
            torch.set_num_threads(threads)
        self._doubts = results.Doubts(**(doubts or {}))
        file = checkpoint_file(model)
        if not file.is_file() and not (download and model in whisper.available_models()):
            raise ModelLoadError(
                f'{model} cannot be had, for {file} is not there: name a checkpoint file, or one '
                f'of {", ".join(whisper.available_models())} and set download'
            )
        progress(0.3, f'reading {model}')
        wanted = str(file) if file.is_file() and model not in whisper.available_models() else model
        try:
            self._model = whisper.load_model(wanted, device=_device(device))
        except Exception as error:  # whatever torch makes of a damaged file
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ModelLoadError(
                f'{file} cannot be loaded ({reason}): fetch the model again'
            ) from error
        self.device = str(self._model.device)

    def transcribe(
        self, context: Context, *, samples: Samples, language: str = '', partial: bool = False
    ) -> dict[str, Any]:
        """Return what was said."""
        del partial
        context.check()
        found = whisper.transcribe(
            self._model,
            samples.astype(np.float32) / FULL_SCALE,
            language=language or None,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            sample_len=most_tokens(samples.size),
            no_speech_threshold=self._doubts.no_speech,
            logprob_threshold=self._doubts.min_logprob,
            compression_ratio_threshold=self._doubts.max_compression,
            fp16=self._model.device.type == 'cuda',
            verbose=None,
        )
        kept = [
            results.Segment(
                text=segment['text'],
                start=segment['start'],
                end=min(segment['end'], samples.size / RATE_HZ),
                confidence=min(1.0, math.exp(segment['avg_logprob'])),
            )
            for segment in found['segments']
            if not self._doubts.drop(
                no_speech=segment['no_speech_prob'],
                logprob=segment['avg_logprob'],
                compression=segment['compression_ratio'],
            )
        ]
        return results.answer(kept, found['language'])


def _device(name: str) -> str:
    if name != 'auto':
        return name
    return 'cuda' if torch.cuda.is_available() else 'cpu'
