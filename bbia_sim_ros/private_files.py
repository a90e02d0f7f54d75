"""Files and folders that only the account that runs the robot may read: what it saw, heard, said.

What is there already keeps its mode: a person who opened a folder to others meant it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600


def private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing. Raises OSError."""
    if not folder.is_dir():
        private_folder(folder.parent)
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def private(path: str, flags: int) -> int:
    """Open a file as `os.open` does; to be given to `open` as its ``opener``."""
    return os.open(path, flags, FILE_MODE)


def private_not_linked(path: str, flags: int) -> int:
    """Do as `private`, and raise OSError for a link, for places where others can put one."""
    return private(path, flags | os.O_NOFOLLOW)
