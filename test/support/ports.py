"""TCP ports of this computer that nobody listens on."""

from __future__ import annotations

import socket
from contextlib import ExitStack

HOST = '127.0.0.1'


def free_ports(count: int) -> list[int]:
    """Return that many different ports that nobody listens on now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for made in sockets:
            made.bind((HOST, 0))
        return [made.getsockname()[1] for made in sockets]
