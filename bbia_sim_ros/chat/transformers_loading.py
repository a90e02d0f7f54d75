"""A language model and its tokenizer, read from a folder. Imports torch and transformers.

Contract
    Only for a worker process. Whatever is wrong with the files is said, with the file: weights
    that are damaged or not all there, a tokenizer without a chat template, a model of a kind that
    transformers does not know. Code that comes with a model is never run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Final

import psutil
import torch
from safetensors import SafetensorError
from safetensors import safe_open
from transformers import AutoModelForCausalLM
from transformers import AutoTokenizer
from transformers import PreTrainedModel
from transformers import PreTrainedTokenizerBase
from transformers.utils import logging

from bbia_sim_ros.models import hub
from bbia_sim_ros.models.errors import ModelLoadError

DEVICES: Final = ('auto', 'cpu', 'cuda')
DTYPES: Final = {
    'auto': None,
    'float32': torch.float32,
    'bfloat16': torch.bfloat16,
    'float16': torch.float16,
}
_GB: Final = 1e9
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
    place = _device(device)
    if dtype not in DTYPES:
        raise ModelLoadError(f'the dtype is {dtype!r}, and may be {", ".join(DTYPES)}')
    if problem := hub.folder_problem(folder) or hub.chat_template_problem(folder):
        raise ModelLoadError(problem)
    _check_memory(folder, DTYPES[dtype])
    progress(0.1, 'reading the tokenizer')
    tokenizer = _tokenizer(folder)
    template = tokenizer.chat_template
    if not isinstance(template, str):
        raise ModelLoadError(
            f'{folder} has several chat templates, and none is the default: use another model'
        )
    progress(0.2, 'reading the weights')
    model = _model(folder, DTYPES[dtype])
    progress(0.7, f'moving the weights to {place}')
    return Loaded(
        model=model.to(place).eval(), tokenizer=tokenizer, template=template, device=place
    )


def _device(name: str) -> torch.device:
    if name not in DEVICES:
        raise ModelLoadError(f'the device is {name!r}, and may be {", ".join(DEVICES)}')
    if name == 'cuda' and not torch.cuda.is_available():
        raise ModelLoadError("the device is 'cuda', but torch finds no GPU: use 'auto' or 'cpu'")
    return torch.device('cuda' if name != 'cpu' and torch.cuda.is_available() else 'cpu')


def _check_memory(folder: Path, dtype: torch.dtype | None) -> None:
    """Refuse what cannot fit: Linux would end some process, and perhaps another one."""
    names = hub.weight_files(folder)
    need_b = sum((folder / name).stat().st_size for name in names)
    if dtype is not None:
        need_b = max(need_b, sum(_elements(folder / name) for name in names) * dtype.itemsize)
    free_b = psutil.virtual_memory().available
    if need_b > free_b:
        raise MemoryError(
            f'{folder.name} needs {need_b / _GB:.1f} GB, and {free_b / _GB:.1f} GB are free: '
            + _SMALLER
        )


def _elements(weights: Path) -> int:
    try:
        with safe_open(weights, framework='pt') as tensors:
            shapes = [tensors.get_slice(name).get_shape() for name in tensors.keys()]  # noqa: SIM118
    except SafetensorError as error:
        raise ModelLoadError(_damaged(weights, error)) from error
    return sum(torch.Size(shape).numel() for shape in shapes)


def _damaged(weights: Path, error: Exception) -> str:
    return f'{weights} is damaged or not complete ({error}): delete it and fetch the model again'


def _tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    try:
        made: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # tokenizers raises Exception itself
        raise ModelLoadError(
            f'the tokenizer of {folder} cannot be read ({_in_short(error)}): fetch the model again'
        ) from error
    return made


def _model(folder: Path, dtype: torch.dtype | None) -> PreTrainedModel:
    for name in hub.weight_files(folder):
        _elements(folder / name)
    try:
        model, about = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype='auto' if dtype is None else dtype,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except (OSError, ValueError, KeyError, TypeError, ImportError, SafetensorError) as error:
        raise ModelLoadError(
            f'the model in {folder} cannot be loaded ({_in_short(error)}): use one that this '
            'version of transformers knows and that brings no code of its own'
        ) from error
    # They would be drawn at random, and the model would talk nonsense.
    missing = sorted(about['missing_keys']) + sorted(str(key) for key in about['mismatched_keys'])
    if missing:
        raise ModelLoadError(
            f'the weights in {folder} do not fit its config.json: {len(missing)} are missing or '
            f'of another shape, such as {missing[0]}: fetch the model again'
        )
    return model


def _in_short(error: Any) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:200]
