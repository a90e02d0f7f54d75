"""A language model and its tokenizer, read from a folder. Imports torch and transformers.

Contract
    Only for a worker process. Whatever is wrong with the files is said, with the file: what
    `models.weights` finds, and a tokenizer that cannot be read or is without a chat template.
    Code that comes with a model is never run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from transformers import AutoModelForCausalLM
from transformers import AutoTokenizer
from transformers import PreTrainedModel
from transformers import PreTrainedTokenizerBase
from transformers.utils import logging

from bbia_sim_ros.models import hub
from bbia_sim_ros.models.errors import ModelLoadError
from bbia_sim_ros.models.weights import check_memory
from bbia_sim_ros.models.weights import device_of
from bbia_sim_ros.models.weights import dtype_of
from bbia_sim_ros.models.weights import in_short
from bbia_sim_ros.models.weights import load_weights

_SMALLER: Final = 'name a smaller model, unload others, or use the engine openai'


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A model that is ready for its first pass, and what belongs to it."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    template: str
    device: torch.device


def load(
    folder: Path, *, device: str, dtype: str, progress: Callable[[float, str], None]
) -> Loaded:
    """Load what a folder holds, in the dtype of the file where ``dtype`` is 'auto'.

    Raises `ModelLoadError`, and MemoryError where it does not fit.
    """
    logging.disable_progress_bar()
    place, wanted = device_of(device), dtype_of(dtype)
    if problem := hub.folder_problem(folder) or hub.chat_template_problem(folder):
        raise ModelLoadError(problem)
    check_memory(folder, wanted, _SMALLER)
    progress(0.1, 'reading the tokenizer')
    tokenizer = _tokenizer(folder)
    template = tokenizer.chat_template
    if not isinstance(template, str):
        raise ModelLoadError(
            f'{folder} has several chat templates, and none is the default: use another model'
        )
    progress(0.2, 'reading the weights')
    model = load_weights(folder, AutoModelForCausalLM, wanted)
    progress(0.7, f'moving the weights to {place}')
    return Loaded(
        model=model.to(place).eval(), tokenizer=tokenizer, template=template, device=place
    )


def _tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    try:
        made: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # tokenizers raises Exception itself
        raise ModelLoadError(
            f'the tokenizer of {folder} cannot be read ({in_short(error)}): fetch the model again'
        ) from error
    return made
