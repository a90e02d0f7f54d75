"""Sources of pictures for camera tests: a video file, a folder, and a server of Motion JPEG."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np

# Red, green, blue; far enough apart to be told apart after JPEG.
COLOURS = {'red': (220, 30, 30), 'green': (30, 200, 30), 'blue': (30, 30, 220)}
WIDTH, HEIGHT = 160, 120
BOUNDARY = 'picture'


def picture(colour: str, width: int = WIDTH, height: int = HEIGHT) -> Any:
    """Return a picture of one colour, blue first, with a white top left quarter."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:] = COLOURS[colour][::-1]
    pixels[: height // 2, : width // 2] = 255
    return pixels


def colour_of(rgb: Any) -> str:
    """Return the colour of a picture's lower right quarter."""
    height, width, _ = rgb.shape
    seen = rgb[height // 2 + 4 :, width // 2 + 4 :].mean(axis=(0, 1))
    return min(COLOURS, key=lambda name: float(np.abs(seen - COLOURS[name]).sum()))


def write_video(path: Path, colours: list[str], *, rate: float, each: int = 1) -> None:
    """Write a Motion JPEG video that shows each colour for some frames."""
    writer = cv2.VideoWriter(
        str(path), cv2.VideoWriter.fourcc(*'MJPG'), rate, (WIDTH, HEIGHT), True
    )
    for colour in colours:
        for _ in range(each):
            writer.write(picture(colour))
    writer.release()


def write_folder(folder: Path, colours: list[str], suffix: str = '.png') -> None:
    """Write a picture for each colour, named in this order."""
    folder.mkdir(exist_ok=True)
    for number, colour in enumerate(colours):
        cv2.imwrite(str(folder / f'{number:02d}{suffix}'), picture(colour))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int) -> None:
        self.ending = threading.Event()
        super().__init__(('127.0.0.1', port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """Send pictures until the server or the client has enough."""
        jpeg = cv2.imencode('.jpg', picture('green'))[1].tobytes()
        self.send_response(200)
        self.send_header('Content-Type', f'multipart/x-mixed-replace; boundary={BOUNDARY}')
        self.end_headers()
        head = f'--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n'
        while not self.server.ending.wait(0.02):
            try:
                self.wfile.write(head.encode() + jpeg + b'\r\n')
            except OSError:
                return

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def mjpeg_server(port: int = 0) -> Iterator[str]:
    """Serve Motion JPEG over HTTP until the end of the block, which cuts every connection."""
    server = _Server(port)
    thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.05})
    thread.start()
    try:
        yield f'http://127.0.0.1:{server.server_address[1]}/stream'
    finally:
        server.ending.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def silent_server(scheme: str) -> Iterator[str]:
    """Accept connections and never say a word."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        yield f'{scheme}://127.0.0.1:{listener.getsockname()[1]}/stream'
