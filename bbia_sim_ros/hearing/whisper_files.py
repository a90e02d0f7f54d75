"""Where models of the whisper engines are on this computer. Imports nothing big.

`problem` says why a model cannot be had, and what to do, or nothing at all when it can.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_NAMES: Final = {'large': 'large-v3', 'turbo': 'large-v3-turbo'}
_CTRANSLATE_FILES: Final = ('model.bin', 'config.json', 'tokenizer.json')
_ORGANISATION: Final = 'Systran/faster-whisper-'
_SET_DOWNLOAD: Final = 'set download to fetch it once, or name a model that is on this computer'


def checkpoint_file(model: str) -> Path:
    """Return the file of an openai-whisper model: its own, or that of its name in the cache."""
    if _is_path(model) or model.endswith('.pt'):
        return Path(model).expanduser()
    cache = os.environ.get('XDG_CACHE_HOME') or str(Path('~/.cache').expanduser())
    return Path(cache, 'whisper', f'{_NAMES.get(model, model)}.pt')


def checkpoint_problem(model: str, *, download: bool) -> str:
    """Return why an openai-whisper model cannot be had; empty when it can."""
    file = checkpoint_file(model)
    if file.is_file() or (download and not _is_path(model)):
        return ''
    return f'there is no file {file}: {_SET_DOWNLOAD}'


def ctranslate_problem(model: str, revision: str, *, download: bool) -> str:
    """Return why a model of faster-whisper cannot be had; empty when it can."""
    if _is_path(model):
        return _folder_problem(Path(model).expanduser())
    if download:
        return ''
    from huggingface_hub import constants  # noqa: PLC0415 - not part of the core

    name = model if '/' in model else _ORGANISATION + model
    # The documented layout of the hub's cache; a name without a commit stands for the main branch.
    stored = Path(constants.HF_HUB_CACHE) / f'models--{name.replace("/", "--")}'
    commit = revision
    if not commit and (stored / 'refs' / 'main').is_file():
        commit = (stored / 'refs' / 'main').read_text(encoding='ascii').strip()
    if commit and not _folder_problem(stored / 'snapshots' / commit):
        return ''
    return f'{name} is not in {constants.HF_HUB_CACHE}: {_SET_DOWNLOAD}'


def _folder_problem(folder: Path) -> str:
    missing = [name for name in _CTRANSLATE_FILES if not (folder / name).is_file()]
    if not missing:
        return ''
    return (
        f'{folder} lacks {", ".join(missing)}: name the folder of a whisper model in the '
        'CTranslate2 format'
    )


def _is_path(model: str) -> bool:
    return model.startswith(('/', '.', '~'))
