"""What must outlive the process of a node: a small private file that only a crash leaves behind.

Contract
    The owner of the node's name (`robot/instance_lock.py`) keeps one `LastingState`. `save`
    replaces the content whole; it survives any end of the process, and no power cut. What cannot be
    written leaves an empty file, which `load` refuses: it is known then that something was kept.
    A node that ends as it should calls `forget`: the next start is then a fresh one. What `load`
    finds was therefore left by a process that was killed or failed. One thread at a time.

    The file lies in ``$BBIA_RUNTIME_DIR``, else ``$XDG_RUNTIME_DIR/bbia_sim_ros``, else
    ``bbia_<user id>`` in the temporary folder; that folder must be this user's own, because what
    stands in it releases or holds back a robot.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any
from typing import Final

from bbia_sim_ros.private_files import private_folder
from bbia_sim_ros.private_files import private_not_linked

FOLDER_VARIABLE: Final = 'BBIA_RUNTIME_DIR'
MAX_FILE_B: Final = 4096


class LastingStateError(RuntimeError):
    """The file cannot be used; the message says which, why, and what to do."""


class LastingState:
    """See the module's docstring."""

    def __init__(self, domain: int, name: str) -> None:
        """Take the file of the node with the fully qualified `name` in a ROS domain."""
        label = name.strip('/').replace('/', '.')
        self.path = _folder() / f'{domain}_{label}.json'
        self._saved: dict[str, Any] | None = None

    def load(self) -> dict[str, Any] | None:
        """Return what a process that did not end well left, None if there is nothing.

        Raises `LastingStateError` for a file that cannot be read or is none of ours, and for a
        folder that somebody else can write into.
        """
        try:
            _check_private(self.path.parent)
            with open(self.path, 'rb', opener=private_not_linked) as file:
                text = file.read(MAX_FILE_B + 1)
            if len(text) > MAX_FILE_B:
                raise ValueError(f'it is larger than {MAX_FILE_B} bytes')
            content = json.loads(text)
            if not isinstance(content, dict):
                raise ValueError('it is no JSON object')
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            raise LastingStateError(
                f'{self.path} cannot be read: {error}; remove it, or name a folder of your own in'
                f' {FOLDER_VARIABLE}'
            ) from error
        return content

    def save(self, content: dict[str, Any]) -> None:
        """Write `content`, unless it is what was written last; raises `LastingStateError`."""
        if content == self._saved:
            return
        temporary = self.path.with_suffix('.new')
        try:
            private_folder(self.path.parent)
            _check_private(self.path.parent)
            with open(temporary, 'w', encoding='utf-8', opener=private_not_linked) as file:
                json.dump(content, file)
            os.replace(temporary, self.path)
        except OSError as error:
            self._saved = None
            self._empty()
            raise LastingStateError(
                f'{self.path} cannot be written ({error}): what it is to keep would not survive a'
                f' crash; free space, or name a folder of your own in {FOLDER_VARIABLE}'
            ) from error
        self._saved = content

    def _empty(self) -> None:
        """Empty the file, which needs no space on the disk, where that is possible."""
        with suppress(OSError):
            _check_private(self.path.parent)
            open(self.path, 'wb', opener=private_not_linked).close()

    def forget(self) -> None:
        """Remove the file; raises `LastingStateError` when that fails."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise LastingStateError(f'{self.path} cannot be removed: {error}') from error
        self._saved = None


def _folder() -> Path:
    if named := os.environ.get(FOLDER_VARIABLE):
        return Path(named)
    if session := os.environ.get('XDG_RUNTIME_DIR'):
        return Path(session) / 'bbia_sim_ros'
    return Path(tempfile.gettempdir()) / f'bbia_{os.getuid()}'


def _check_private(folder: Path) -> None:
    """Raise PermissionError when somebody else could write into the folder, or has made it."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise PermissionError(f'{folder} is not a folder that this user alone can write into')
