"""An Ethernet hub between TAP devices, in a thread, with delay and loss (Linux).

Every frame that one device sends comes out of all others: after `delay_s`, in order, unless it is
lost. At most `QUEUE_LIMIT` frames wait; more are dropped and counted.
"""

from __future__ import annotations

import fcntl
import os
import random
import selectors
import struct
import threading
import time
from collections import deque

TUN_DEVICE = '/dev/net/tun'
QUEUE_LIMIT = 20_000
_FRAME_LIMIT_B = 2048
# linux/if_tun.h: TUNSETIFF, IFF_TAP | IFF_NO_PI
_SET_INTERFACE = 0x400454CA
_TAP_WITHOUT_HEADER = 0x0002 | 0x1000
_BROADCAST = b'\xff' * 6


def open_tap(name: str) -> int:
    """Make a TAP device and return its file descriptor; the device goes when that is closed.

    `name` has at most 15 characters. Raises `OSError` without the right to.
    """
    descriptor = os.open(TUN_DEVICE, os.O_RDWR | os.O_NONBLOCK)
    try:
        fcntl.ioctl(
            descriptor, _SET_INTERFACE, struct.pack('16sH22x', name.encode(), _TAP_WITHOUT_HEADER)
        )
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


class Hub:
    """See the module. `delay_s` and `loss` (0 to 1) may be set from any thread at any time."""

    def __init__(self, *, multicast: bool = True) -> None:
        self.delay_s = 0.0
        self.loss = 0.0
        self.carried = 0
        self.lost = 0
        self.dropped = 0
        self._multicast = multicast
        self._ports: list[int] = []
        self._waiting: deque[tuple[float, int, bytes]] = deque()
        self._random = random.Random(0)
        self._closing = threading.Event()
        self._wake = os.eventfd(0)
        self._thread = threading.Thread(target=self._run, name='hub', daemon=True)

    def add(self, port: int) -> None:
        """Take over a descriptor of `open_tap`; only before `start`."""
        self._ports.append(port)

    def start(self) -> None:
        """Carry frames from now on."""
        self._thread.start()

    def close(self) -> None:
        """Stop, and close every device."""
        self._closing.set()
        os.eventfd_write(self._wake, 1)
        if self._thread.ident is not None:
            self._thread.join()
        for descriptor in (*self._ports, self._wake):
            os.close(descriptor)

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            for descriptor in (*self._ports, self._wake):
                selector.register(descriptor, selectors.EVENT_READ)
            while not self._closing.is_set():
                for key, _ in selector.select(self._pause_s()):
                    if key.fd != self._wake:
                        self._take(key.fd)
                self._deliver()

    def _pause_s(self) -> float | None:
        return max(self._waiting[0][0] - time.monotonic(), 0.0) if self._waiting else None

    def _take(self, port: int) -> None:
        frame = os.read(port, _FRAME_LIMIT_B)
        group = frame[0] & 1 and frame[:6] != _BROADCAST
        if group and not self._multicast:
            return
        if self._random.random() < self.loss:
            self.lost += 1
            return
        if len(self._waiting) >= QUEUE_LIMIT:
            self.dropped += 1
            return
        self._waiting.append((time.monotonic() + self.delay_s, port, frame))

    def _deliver(self) -> None:
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now:
            _, origin, frame = self._waiting.popleft()
            self.carried += 1
            for port in self._ports:
                if port != origin:
                    self._send(port, frame)

    def _send(self, port: int, frame: bytes) -> None:
        try:
            os.write(port, frame)
        except OSError:  # a device that is down, or whose queue is full, loses frames
            self.dropped += 1
