"""The process that reads a real camera. Started by `captured.CapturedCamera`, never by hand.

Contract
    Takes one JSON argument, the fields of `captured.CaptureSettings` and the descriptors of
    `worker.WorkerProcess`. A request is {'rgb', 'jpeg', 'period_s'}; the answer is {} when no
    picture came within `WAIT_S`, {'error'} when the source failed (the next request opens it anew),
    else {'width', 'height', 'native', 'captured_s', 'dropped', 'jpeg'}, with the pixels in the
    shared memory. The process ends when the other end of its connection is closed, whatever its
    reading thread hangs in.
"""

from __future__ import annotations

import json
import mmap
import os
import resource
import signal
import sys
import threading
from multiprocessing.connection import Connection
from typing import Any
from typing import Final

import cv2
import numpy as np

from bbia_sim_ros.camera.address import parse_address
from bbia_sim_ros.camera.capture import Capture
from bbia_sim_ros.camera.capture import Shot
from bbia_sim_ros.camera.errors import CameraError
from bbia_sim_ros.camera.readers import Pixels
from bbia_sim_ros.camera.readers import Reader
from bbia_sim_ros.camera.readers import open_reader

WAIT_S: Final = 0.5
_NICENESS = 5
# What decoders write about damaged pictures may not fill the disk.
_MAX_COMPLAINTS_B = 64 * 1024


class Server:
    """Answers requests; see the module's docstring."""

    def __init__(self, config: dict[str, Any], memory: mmap.mmap) -> None:
        self._memory = memory
        self._max_width = int(config['max_width'])
        self._quality = int(config['jpeg_quality'])
        self._config = config
        self._capture: Capture | None = None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one request."""
        if self._capture is None:
            self._capture = Capture(self._open)
        try:
            shot = self._capture.take(WAIT_S, request['period_s'])
            if shot is None:
                return {}
            return self._deliver(shot, self._capture.dropped, request)
        except CameraError as error:
            self._capture = None
            return {'error': str(error)}

    def _open(self) -> Reader:
        # Told apart anew each time: a folder may be mounted after the first try.
        address = parse_address(self._config['source'])
        return open_reader(address, width=self._config['width'], height=self._config['height'])

    def _deliver(self, shot: Shot, dropped: int, request: dict[str, Any]) -> dict[str, Any]:
        native_height, native_width, _ = shot.pixels.shape
        pixels = narrowed(shot.pixels, self._max_width)
        height, width, _ = pixels.shape
        if pixels.size > len(self._memory):
            raise CameraError(
                f'a picture of {native_width}x{native_height} pixels is too large; at most'
                f' {len(self._memory) // 3} pixels fit'
            )
        if request['rgb']:
            view = np.frombuffer(self._memory, np.uint8, pixels.size).reshape(pixels.shape)
            cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB, dst=view)
        return {
            'width': width,
            'height': height,
            'native': (native_width, native_height),
            'captured_s': shot.captured_s,
            'dropped': dropped,
            'jpeg': self._encode(pixels) if request['jpeg'] else None,
        }

    def _encode(self, pixels: Pixels) -> bytes:
        encoded, data = cv2.imencode('.jpg', pixels, [cv2.IMWRITE_JPEG_QUALITY, self._quality])
        if not encoded:
            raise CameraError('OpenCV cannot encode JPEG')
        return data.tobytes()


def narrowed(pixels: Pixels, max_width: int) -> Pixels:
    """Return pixels scaled down to at most `max_width`."""
    height, width, _ = pixels.shape
    if width <= max_width:
        return pixels
    size = (max_width, max(1, round(height * max_width / width)))
    scaled: Pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return scaled


def serve(config: dict[str, Any]) -> None:
    """Answer until the connection is closed, then end the process."""
    connection = Connection(config['connection_fd'])
    server = Server(config, mmap.mmap(config['memory_fd'], 0))
    connection.send({})
    while True:
        try:
            connection.send(server.answer(connection.recv()))
        except (EOFError, ConnectionError):
            # Not the interpreter's own end, which waits for a thread that may hang for ever.
            os._exit(0)


def _end_with(failure: threading.ExceptHookArgs) -> None:
    """End the process when its reading thread fails, so that the parent learns why."""
    threading.__excepthook__(failure)
    os._exit(1)


if __name__ == '__main__':
    # Ctrl-C reaches the whole process group; the parent decides when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.excepthook = _end_with
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MAX_COMPLAINTS_B, _MAX_COMPLAINTS_B))
    os.nice(_NICENESS)
    cv2.setNumThreads(1)
    serve(json.loads(sys.argv[1]))
