"""Model files: in a local folder, or from the Hugging Face hub at a pinned revision.

Contract
    A name is a path when it begins with ``/``, ``.`` or ``~``, or when such a folder exists; else
    it is ``organisation/model`` on the hub, and needs a commit of 40 hexadecimal digits: a branch
    could bring other weights tomorrow. Only weights as safetensors, tokenizer files, templates and
    JSON are fetched; never pickles, never code. What is in the hub's local cache is used without
    asking the hub. With HF_HUB_OFFLINE the hub is never asked. HF_HOME, HF_HUB_CACHE, HF_ENDPOINT
    and HF_TOKEN have their usual meaning. A connection that breaks is taken up again some times;
    after that, files that are whole are kept and the rest is fetched anew when asked for again.

    `obstacle` and `local_folder` are cheap and import nothing big; `fetch` is for worker processes.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from typing import Final

from bbia_sim_ros.models.errors import ModelLoadError

_FILES: Final = ('*.safetensors', '*.json', '*.jinja', '*.model', '*.txt', '*.tiktoken')
_WEIGHTS: Final = 'model.safetensors'
_INDEX: Final = 'model.safetensors.index.json'
_TOKENIZERS: Final = ('tokenizer.json', 'tokenizer.model', 'vocab.json', 'tekken.json')
_COMMIT: Final = re.compile(r'[0-9a-f]{40}')
_HUB_NAME: Final = re.compile(r'[\w.-]+/[\w.-]+', re.ASCII)
_TRANSFER: Final = 'Downloading bytes'
"""The hub's second bar; it says the same but for compressed transfers."""
_MB: Final = 1e6
_STALE_S: Final = 3600.0

Progress = Callable[[float, str], None]


def is_path(model: str) -> bool:
    """Whether a model's name is that of a folder, not of a model on the hub."""
    return model.startswith(('/', '.', '~')) or (bool(model) and Path(model).is_dir())


def folder_problem(folder: Path) -> str:
    """Return what a folder lacks to be a language model, and what to do; empty for nothing."""
    advice = 'name the folder of a model in the transformers format, with all its files'
    if not folder.is_dir():
        return f'{folder} is not a folder: {advice}'
    if not (folder / 'config.json').is_file():
        return f'{folder} is not a model, for it has no config.json: {advice}'
    try:
        missing = [name for name in weight_files(folder) if not (folder / name).is_file()]
    except ValueError as error:
        return str(error)
    if missing:
        other = any(folder.glob('*.bin')) or any(folder.glob('*.gguf'))
        hint = '; only weights in safetensors files are loaded' if other else ''
        return f'{folder} lacks the weights {", ".join(missing[:3])}{hint}: {advice}'
    if not any((folder / name).is_file() for name in _TOKENIZERS):
        return f'{folder} has no tokenizer, such as {_TOKENIZERS[0]}: {advice}'
    return ''


def weight_files(folder: Path) -> list[str]:
    """Return the names of the files that hold the weights, whether they exist or not."""
    index = folder / _INDEX
    if not index.is_file():
        return [_WEIGHTS]
    try:
        names = sorted(set(json.loads(index.read_bytes())['weight_map'].values()))
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ValueError(f'{index} is damaged ({error!r}): fetch the model again') from error
    if not all(isinstance(name, str) and Path(name).name == name for name in names):
        raise ValueError(f'{index} names files outside its folder: use another model')
    return names


def chat_template_problem(folder: Path) -> str:
    """Return what to do when a model has no chat template, so cannot chat; else nothing."""
    try:
        config = json.loads((folder / 'tokenizer_config.json').read_bytes())
    except (OSError, ValueError):
        config = {}
    if 'chat_template' in config or any(folder.glob('chat_template.*')):
        return ''
    return (
        f'{folder} has no chat template, neither chat_template.jinja nor chat_template in '
        'tokenizer_config.json: use a model made for chats, with Instruct in its name'
    )


def local_folder(model: str, revision: str) -> Path | None:
    """Return the complete folder of a model on this computer; None when there is none."""
    folder = Path(model).expanduser() if is_path(model) else _cached(model, revision)
    return folder if folder is not None and not folder_problem(folder) else None


def obstacle(model: str, revision: str) -> str:
    """Return why a model cannot be had, as far as this computer knows, and what to do."""
    if is_path(model):
        return folder_problem(Path(model).expanduser())
    if not _HUB_NAME.fullmatch(model):
        return f'{model!r} is neither a folder nor a name on the hub such as organisation/model'
    if not _COMMIT.fullmatch(revision):
        return (
            f'the revision {revision!r} of {model} is not a commit: give its 40 hexadecimal '
            'digits, which the page of the model shows under "Files and versions"'
        )
    from huggingface_hub import constants  # noqa: PLC0415 - not part of the core

    if constants.is_offline_mode() and local_folder(model, revision) is None:
        return (
            f'{model} is not on this computer ({constants.HF_HUB_CACHE}) and HF_HUB_OFFLINE is '
            'set: unset it once to download the model, or name a local folder'
        )
    return ''


def fetch(model: str, revision: str, progress: Progress) -> Path:
    """Return the folder of a model, after downloading what is missing of it.

    ``progress`` is told the share of the bytes and what is fetched. Raises `ModelLoadError`.
    """
    if problem := obstacle(model, revision):
        raise ModelLoadError(problem)
    if is_path(model):
        return Path(model).expanduser()
    folder = _downloaded(model, revision, progress)
    if problem := folder_problem(folder):
        raise ModelLoadError(f'{model} cannot be used: {problem}')
    return folder


def _cached(model: str, revision: str) -> Path:
    from huggingface_hub import constants  # noqa: PLC0415

    # The documented layout of the cache; the function for it would import 18 MB.
    folder = f'models--{model.replace("/", "--")}'
    return Path(constants.HF_HUB_CACHE) / folder / 'snapshots' / revision


def _downloaded(model: str, revision: str, progress: Progress) -> Path:
    import httpx  # noqa: PLC0415 - the hub's client, for its errors; big
    from huggingface_hub import constants  # noqa: PLC0415
    from huggingface_hub import errors  # noqa: PLC0415
    from huggingface_hub import snapshot_download  # noqa: PLC0415

    again = 'whole files are kept, so try again, or name a local folder'
    _remove_remains(_cached(model, revision).parents[1] / 'blobs')
    snapshot = partial(
        snapshot_download, model, revision=revision, allow_patterns=list(_FILES), etag_timeout=10
    )
    try:
        with contextlib.suppress(errors.LocalEntryNotFoundError):
            return Path(snapshot(local_files_only=True))
        return Path(snapshot(tqdm_class=_progress_bar(model, progress)))
    except errors.GatedRepoError as error:
        raise ModelLoadError(
            f'{model} asks for an account: accept its terms on its page and set HF_TOKEN'
        ) from error
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError) as error:
        raise ModelLoadError(
            f'{constants.ENDPOINT} has no {model} at {revision}: check both, or set HF_TOKEN if '
            'it is private'
        ) from error
    except (httpx.HTTPError, errors.LocalEntryNotFoundError, errors.XetDownloadError) as error:
        raise ModelLoadError(
            f'{model} could not be fetched from {constants.ENDPOINT} ({_in_short(error)}): {again}'
        ) from error
    except OSError as error:
        raise ModelLoadError(
            f'{model} could not be stored in {constants.HF_HUB_CACHE} ({_in_short(error)}): {again}'
        ) from error


def _remove_remains(blobs: Path) -> None:
    """Remove what downloads left that were killed; the hub's client never looks at it again."""
    for remains in blobs.glob('*.incomplete'):
        with contextlib.suppress(FileNotFoundError):  # finished just now
            if remains.stat().st_mtime < time.time() - _STALE_S:
                remains.unlink()


def _in_short(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:200]


def _progress_bar(model: str, progress: Progress) -> Any:
    """Return a class that shows nothing and tells ``progress`` of the bytes."""
    from tqdm import tqdm  # noqa: PLC0415

    class Bar(tqdm):  # type: ignore[misc]
        monitor_interval = 0

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **{**options, 'disable': False})

        def display(self, *_: Any, **__: Any) -> None:
            if self.unit == 'B' and self.total and not self.desc.startswith(_TRANSFER):
                share = min(1.0, self.n / self.total)
                progress(
                    share, f'downloading {model}: {self.n / _MB:.0f} of {self.total / _MB:.0f} MB'
                )

    return Bar
