"""What the parameter `camera_source` can name, told apart by its form alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.parse import urlunsplit

SCHEMES: Final = ('rtsp', 'rtsps', 'http', 'https')
DEVICE_PREFIXES: Final = ('/dev/video', '/dev/v4l/')
ALLOWED: Final = (
    'allowed are a V4L2 device (its number, /dev/videoN or /dev/v4l/by-id/...), a video file,'
    f' a folder of pictures, or a stream ({", ".join(f"{scheme}://" for scheme in SCHEMES)})'
)


class Kind(StrEnum):
    """How a source is opened."""

    DEVICE = 'device'
    STREAM = 'stream'
    FILE = 'file'
    FOLDER = 'folder'


@dataclass(frozen=True, kw_only=True)
class Address:
    """A source of pictures.

    Attributes
    ----------
    location:
        The device's or file's path, or the URL.
    label:
        The same for logs: without a password.

    """

    kind: Kind
    location: str
    label: str


def parse_address(text: str) -> Address:
    """Return what `text` names; a path that does not exist yet is taken for a file.

    Raises
    ------
    ValueError
        The text is empty, a URL of another scheme, or a URL without a host.

    """
    text = text.strip()
    if not text:
        raise ValueError(f'camera_source is empty; {ALLOWED}')
    if '://' in text:
        return _stream(text)
    if text.isdecimal():
        text = f'/dev/video{int(text)}'
    path = Path(text).expanduser()
    if str(path).startswith(DEVICE_PREFIXES):
        kind = Kind.DEVICE
    else:
        kind = Kind.FOLDER if path.is_dir() else Kind.FILE
    return Address(kind=kind, location=str(path), label=str(path))


def _stream(text: str) -> Address:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f'camera_source is not a URL ({error}); {ALLOWED}') from error
    if parts.scheme not in SCHEMES or not host:
        shown = f'{parts.scheme}://{host or ""}'
        raise ValueError(f'camera_source {shown!r} cannot be opened; {ALLOWED}')
    place = f'[{host}]' if ':' in host else host
    netloc = place if port is None else f'{place}:{port}'
    # A query may hold a password or a token just as well.
    label = urlunsplit((parts.scheme, netloc, parts.path, '...' if parts.query else '', ''))
    return Address(kind=Kind.STREAM, location=text, label=label)
