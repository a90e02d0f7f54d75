"""What the parameter `audio_source` can name, told apart by its form and by what exists."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

SOUND_SUFFIXES: Final = ('.wav', '.flac')


class Kind(StrEnum):
    """How a source is opened."""

    DEVICE = 'device'
    FILE = 'file'
    FOLDER = 'folder'


@dataclass(frozen=True, kw_only=True)
class Address:
    """A source of sound.

    Attributes
    ----------
    location:
        The path of a file or folder; the index or a part of the name of a device, '' for the
        default one.

    """

    kind: Kind
    location: str

    @property
    def label(self) -> str:
        """The location for people."""
        if self.kind is not Kind.DEVICE:
            return self.location
        return f'device {self.location!r}' if self.location else 'the default device'


def parse_address(text: str) -> Address:
    """Return what `text` names.

    A path is what exists, ends like a sound file, or begins like a path; all else is a device, so
    that a device called `USB Audio: - (hw:1,0)` can be named by any part of that.
    """
    text = text.strip()
    path = Path(text).expanduser()
    if text and path.is_dir():
        return Address(kind=Kind.FOLDER, location=str(path))
    looks_like_path = text.startswith(('/', './', '../', '~'))
    if looks_like_path or path.suffix.lower() in SOUND_SUFFIXES or (text and path.is_file()):
        return Address(kind=Kind.FILE, location=str(path))
    return Address(kind=Kind.DEVICE, location=text)
