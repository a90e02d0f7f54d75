"""One JSON file that is written whole or not at all, and never lost.

Contract
    ``save`` writes next to the file, syncs, and renames: whoever reads sees the old content or the
    new one, also after a power cut. ``load`` sets a file that cannot be used aside, as
    ``NAME.broken-1`` (-2, ...), and says so in ``problem``; nothing is overwritten. A file that
    could not be read or set aside is not written either. The file, and a folder made for it, are
    for this account alone. One thread at a time.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from typing import Final
from typing import TypeVar

from bbia_sim_ros.private_files import private_folder

MAX_FILE_B: Final = 50_000_000
_MAX_ASIDE: Final = 100

Content = TypeVar('Content')


class JsonFileError(RuntimeError):
    """A file was not written; the message says which, why, and what to do."""


class JsonFile:
    """See the module's docstring."""

    def __init__(self, path: Path) -> None:
        """Take the file at ``path``, which need not exist; ``~`` is the home folder."""
        self._path = path.expanduser()
        self._protected = False
        self._lost = ''
        self._unwritten = ''

    @property
    def problem(self) -> str:
        """What is wrong with the file, for a person; empty if nothing is."""
        return '; '.join(filter(None, (self._lost, self._unwritten)))

    def load(self, parse: Callable[[Any], Content]) -> Content | None:
        """Return what ``parse`` makes of the content; None without a usable file.

        ``parse`` raises ValueError for a content that it cannot use.
        """
        try:
            if self._path.stat().st_size > MAX_FILE_B:
                raise ValueError(f'it is larger than {MAX_FILE_B} bytes')
            return parse(json.loads(self._path.read_text(encoding='utf-8')))
        except FileNotFoundError:
            return None
        except (ValueError, RecursionError) as error:
            self._set_aside(str(error))
        except OSError as error:
            self._protect(f'cannot be read ({error.strerror})')
        return None

    def save(self, content: Any) -> None:
        """Write ``content``, or raise `JsonFileError` and leave the file as it was."""
        if self._protected:
            raise JsonFileError(self._lost)
        temporary = ''
        try:
            private_folder(self._path.parent)
            handle, temporary = tempfile.mkstemp(
                dir=self._path.parent, prefix=f'.{self._path.name}-'
            )
            # A lone surrogate becomes an escape that JSON knows too.
            with os.fdopen(handle, 'w', encoding='utf-8', errors='backslashreplace') as file:
                json.dump(content, file, ensure_ascii=False, separators=(',', ':'))
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._path)
            _sync_folder(self._path.parent)
        except OSError as error:
            if temporary:
                Path(temporary).unlink(missing_ok=True)
            self._unwritten = (
                f'{self._path} cannot be written ({error.strerror}); '
                'free space or give a folder that can be written to'
            )
            raise JsonFileError(self._unwritten) from error
        self._unwritten = ''

    def _set_aside(self, reason: str) -> None:
        names = (f'{self._path.name}.broken-{number}' for number in range(1, _MAX_ASIDE + 1))
        free = (aside for aside in map(self._path.with_name, names) if not aside.exists())
        aside = next(free, None)
        if aside is None:
            self._protect(f'cannot be used: {reason}; {_MAX_ASIDE} broken ones lie beside it')
            return
        try:
            self._path.rename(aside)
        except OSError as error:
            self._protect(f'cannot be used: {reason}; nor set aside ({error.strerror})')
            return
        self._lost = f'{self._path} could not be used: {reason}; it is kept as {aside}'

    def _protect(self, reason: str) -> None:
        self._protected = True
        self._lost = f'{self._path} {reason}; repair or move it, then start again'


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
