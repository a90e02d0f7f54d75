"""Weights of transformers models, read from a folder. Imports torch: for worker processes alone.

Contract
    Whatever is wrong with the files is said, with the file: weights that are damaged, not all
    there, or larger than the memory, and a model of a kind that transformers does not know. Only
    safetensors are read, and code that comes with a model is never run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from typing import Final

import psutil
import torch
from safetensors import SafetensorError
from safetensors import safe_open
from transformers import PreTrainedModel

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
_REASON_LENGTH: Final = 200


def device_of(name: str) -> torch.device:
    """Return one of `DEVICES`, ``auto`` being a GPU where there is one; raises `ModelLoadError`."""
    if name not in DEVICES:
        raise ModelLoadError(f'the device is {name!r}, and may be {", ".join(DEVICES)}')
    if name == 'cuda' and not torch.cuda.is_available():
        raise ModelLoadError("the device is 'cuda', but torch finds no GPU: use 'auto' or 'cpu'")
    return torch.device('cuda' if name != 'cpu' and torch.cuda.is_available() else 'cpu')


def dtype_of(name: str) -> torch.dtype | None:
    """Return one of `DTYPES`, None for that of the file; raises `ModelLoadError`."""
    if name not in DTYPES:
        raise ModelLoadError(f'the dtype is {name!r}, and may be {", ".join(DTYPES)}')
    return DTYPES[name]


def check_memory(folder: Path, dtype: torch.dtype | None, advice: str) -> None:
    """Raise MemoryError, with what to do, for weights that do not fit.

    Linux would end some process otherwise, and perhaps another one.
    """
    names = hub.weight_files(folder)
    need_b = sum((folder / name).stat().st_size for name in names)
    if dtype is not None:
        need_b = max(need_b, sum(_elements(folder / name) for name in names) * dtype.itemsize)
    free_b = psutil.virtual_memory().available
    if need_b > free_b:
        raise MemoryError(
            f'{folder.name} needs {need_b / _GB:.1f} GB, and {free_b / _GB:.1f} GB are free: '
            + advice
        )


def load_weights(folder: Path, auto_class: Any, dtype: torch.dtype | None) -> PreTrainedModel:
    """Return the model in a folder, made by one of transformers' ``AutoModelFor...``.

    ``dtype`` None is that of the file. Raises `ModelLoadError`.
    """
    for name in hub.weight_files(folder):
        _elements(folder / name)
    model: PreTrainedModel
    try:
        model, about = auto_class.from_pretrained(
            folder,
            dtype='auto' if dtype is None else dtype,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except (OSError, ValueError, KeyError, TypeError, ImportError, SafetensorError) as error:
        raise ModelLoadError(
            f'the model in {folder} cannot be loaded ({in_short(error)}): use one that this '
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


def in_short(error: Any) -> str:
    """Return the first line of an error's text, or its class where it has none."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:_REASON_LENGTH]


def _elements(weights: Path) -> int:
    try:
        with safe_open(weights, framework='pt') as tensors:
            shapes = [tensors.get_slice(name).get_shape() for name in tensors.keys()]  # noqa: SIM118
    except SafetensorError as error:
        raise ModelLoadError(
            f'{weights} is damaged or not complete ({error}): delete it and fetch the model again'
        ) from error
    return sum(torch.Size(shape).numel() for shape in shapes)
