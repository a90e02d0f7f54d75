"""SIGINT and SIGTERM as an event, whichever thread of the process the kernel gives them to.

Python runs the handlers of signals in its main thread alone, and a signal that another thread takes
does not wake a main thread that waits for a lock: it sleeps on. The descriptor of
`signal.set_wakeup_fd` is written by the thread that takes the signal, whichever that is.
"""

from __future__ import annotations

import signal
import socket
import threading
from typing import Final

END_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def event_of_end_signals() -> threading.Event:
    """Return an event that the first SIGINT or SIGTERM sets. Once per process, in its main thread.

    Raises ValueError in any other thread.
    """
    stop = threading.Event()
    arrivals, writer = socket.socketpair()
    writer.setblocking(False)
    for number in END_SIGNALS:
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(writer.detach(), warn_on_full_buffer=False)

    def watch() -> None:
        with arrivals:
            while not stop.is_set():
                if any(number in END_SIGNALS for number in arrivals.recv(64)):
                    stop.set()

    threading.Thread(target=watch, name='end signals', daemon=True).start()
    return stop
