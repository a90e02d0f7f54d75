"""Opening sources of pictures with OpenCV and reading them, one picture after the other.

Contract
    Runs in the camera's own process. A reader's `grab` waits for the next picture and may hang for
    as long as the driver or the network does; who needs an end to that ends the process. `decode`
    returns the grabbed picture. Both raise `CameraError` when the source has none any more.
"""

from __future__ import annotations

import errno
import os
import socket
import time
from pathlib import Path
from typing import Any
from typing import Final
from typing import Protocol
from urllib.parse import urlsplit

import cv2
import numpy as np
import numpy.typing as npt

from bbia_sim_ros.camera.address import Address
from bbia_sim_ros.camera.address import Kind
from bbia_sim_ros.camera.errors import CameraError

Pixels = npt.NDArray[np.uint8]
PICTURE_SUFFIXES: Final = frozenset(
    {'.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff', '.ppm', '.pgm'}
)
# A video file that claims another rate is shown at the usual one.
_FILE_RATES_HZ = (0.1, 240.0)
_USUAL_RATE_HZ = 25.0
_PORTS = {'http': 80, 'https': 443, 'rtsp': 554, 'rtsps': 322}
_CONNECT_TIMEOUT_S = 2.0
_RELEASE_HINT = (
    'if the daemon of Reachy Mini holds it, let it go: curl -X POST'
    ' http://HOST:8000/api/media/release'
)


class Reader(Protocol):
    """See the module's docstring.

    Attributes
    ----------
    live:
        Whether pictures come by themselves, wanted or not; if not, `grab` returns at once.

    """

    live: bool

    def grab(self) -> None:
        """Wait for the next picture."""

    def decode(self) -> Pixels:
        """Return the picture that `grab` waited for: (height, width, 3), blue first."""

    def close(self) -> None:
        """Let go of the source."""


def open_reader(address: Address, *, width: int, height: int) -> Reader:
    """Open a source; the size is asked of devices only. Raises `CameraError`."""
    match address.kind:
        case Kind.DEVICE:
            return CaptureReader(_open_device(address, width, height), address.label)
        case Kind.STREAM:
            return CaptureReader(_open_stream(address), address.label)
        case Kind.FILE:
            return FileReader(address)
        case Kind.FOLDER:
            return FolderReader(address)


class CaptureReader:
    """A device or a stream."""

    live = True

    def __init__(self, capture: Any, label: str) -> None:
        self._capture = capture
        self._label = label

    def grab(self) -> None:
        """Wait for the next picture."""
        if not self._capture.grab():
            raise CameraError(f'{self._label} gives no more pictures; is it still connected?')

    def decode(self) -> Pixels:
        """Return the picture."""
        return _retrieve(self._capture, self._label)

    def close(self) -> None:
        """Close device or connection."""
        self._capture.release()


class FileReader:
    """A video file, shown at its own rate, from the beginning again when it ends."""

    live = True

    def __init__(self, address: Address) -> None:
        self._path = address.location
        self._capture = _open_file(self._path)
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        low, high = _FILE_RATES_HZ
        self._period_s = 1.0 / (rate if low <= rate <= high else _USUAL_RATE_HZ)
        self._next = time.monotonic()

    def grab(self) -> None:
        """Wait until the next picture is due."""
        if not self._capture.grab():
            self._capture.release()
            self._capture = _open_file(self._path)
            if not self._capture.grab():
                raise CameraError(f'{self._path} holds no picture that OpenCV can read')
        now = time.monotonic()
        self._next = max(self._next, now - self._period_s) + self._period_s
        time.sleep(max(0.0, self._next - now))

    def decode(self) -> Pixels:
        """Return the picture."""
        return _retrieve(self._capture, self._path)

    def close(self) -> None:
        """Close the file."""
        self._capture.release()


class FolderReader:
    """The pictures of a folder in the order of their names, again and again.

    The folder is listed anew for each round, so that pictures may come and go.
    """

    live = False

    def __init__(self, address: Address) -> None:
        self._folder = Path(address.location)
        self._waiting: list[Path] = []
        self._current = self._folder
        self._waiting = self._list()

    def grab(self) -> None:
        """Go to the next picture."""
        if not self._waiting:
            self._waiting = self._list()
        self._current = self._waiting.pop(0)

    def decode(self) -> Pixels:
        """Read the picture."""
        try:
            pixels = cv2.imread(str(self._current), cv2.IMREAD_COLOR)
        except cv2.error as error:
            raise CameraError(f'{self._current} is refused by OpenCV: {error.err}') from error
        if pixels is None:
            raise CameraError(
                f'{self._current} is no picture that OpenCV can read; mend it or take it away'
            )
        return checked(pixels, str(self._current))

    def close(self) -> None:
        """Nothing is held open."""

    def _list(self) -> list[Path]:
        try:
            found = sorted(
                path
                for path in self._folder.iterdir()
                if path.suffix.lower() in PICTURE_SUFFIXES and path.is_file()
            )
        except OSError as error:
            raise CameraError(f'{self._folder} cannot be listed: {error.strerror}') from error
        if not found:
            raise CameraError(
                f'{self._folder} holds no picture; allowed are'
                f' {", ".join(sorted(PICTURE_SUFFIXES))}'
            )
        return found


def checked(pixels: Any, label: str) -> Pixels:
    """Return pixels if they are (height, width, 3) uint8; raises `CameraError`."""
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise CameraError(
            f'{label} gives pictures of shape {pixels.shape} and type {pixels.dtype};'
            ' three colours of eight bits are needed'
        )
    typed: Pixels = pixels
    return typed


def _retrieve(capture: Any, label: str) -> Pixels:
    there, pixels = capture.retrieve()
    if not there:
        raise CameraError(f'{label} gave a picture that cannot be decoded')
    return checked(pixels, label)


def _open_device(address: Address, width: int, height: int) -> Any:
    path = address.location
    try:
        os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))
    except OSError as error:
        raise CameraError(f'{path} cannot be opened: {_device_fix(error)}') from error
    capture = cv2.VideoCapture(path, cv2.CAP_V4L2)
    if not capture.isOpened():
        raise CameraError(
            f'{path} is there but cannot be used: another program has it open, or it is not a'
            f' camera; {_RELEASE_HINT}'
        )
    # Motion JPEG first: raw pictures of this size do not fit through USB at full rate. A driver
    # that has not what is asked for keeps to what it has.
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*'MJPG'))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
    return capture


def _device_fix(error: OSError) -> str:
    text = error.strerror or str(error)
    if error.errno == errno.ENOENT:
        return f'{text}; plug the camera in, and see ls /dev/video* for those that are there'
    if error.errno in (errno.EACCES, errno.EPERM):
        return f'{text}; join the group that may: sudo usermod -aG video $USER, then log in again'
    if error.errno == errno.EBUSY:
        return f'{text}; {_RELEASE_HINT}'
    return text


def _open_stream(address: Address) -> Any:
    capture = cv2.VideoCapture(address.location, cv2.CAP_FFMPEG)
    if not capture.isOpened():
        raise CameraError(f'{address.label} cannot be opened: {_why_no_stream(address.location)}')
    return capture


def _why_no_stream(url: str) -> str:
    """Say whether somebody listens at all, because FFmpeg does not tell OpenCV why it failed."""
    parts = urlsplit(url)
    port = parts.port or _PORTS[parts.scheme]
    try:
        socket.create_connection((parts.hostname or '', port), _CONNECT_TIMEOUT_S).close()
    except OSError as error:
        return f'{parts.hostname} port {port}: {error.strerror or error}'
    return f'{parts.hostname} port {port} answers, but not with a video that OpenCV reads'


def _open_file(path: str) -> Any:
    if not Path(path).is_file():
        raise CameraError(f'{path} is neither a file nor a folder')
    capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG)
    if not capture.isOpened():
        raise CameraError(f'{path} is not a video that OpenCV can read')
    return capture
