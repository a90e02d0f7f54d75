"""Messages between the pool's process and a worker process.

Contract
    One message is one packet of a `SOCK_SEQPACKET` socket: a head, and a body pickled with
    protocol 5. What is large never goes through the socket: a body, or a buffer that pickle hands
    out of band (the data of an array), of `SHARE_FROM_B` or more goes into nameless shared memory
    (memfd) whose descriptor travels with the packet. The receiver maps it: arrays come without a
    further copy, writable if they were, and the memory is freed with the last of them. Nothing is
    left behind whoever dies. Each side copies what it sends, so it may change it afterwards.
    `Channel.send` may be called by several threads; one thread receives.

Bounds
    A message of more than ``max_message_b`` is refused before anything is sent.
"""

from __future__ import annotations

import array
import enum
import io
import mmap
import os
import pickle
import socket
import struct
import sys
import threading
from dataclasses import dataclass
from typing import Any
from typing import Final

SHARE_FROM_B: Final = 64 * 1024
DEFAULT_MAX_MESSAGE_B: Final = 256_000_000
_ALIGNMENT_B: Final = 64  # a cache line, and more than any array's item needs
_HEAD: Final = struct.Struct('<BIQI')  # kind, request, bytes of the body, buffers out of band
_PACKET_B: Final = _HEAD.size + SHARE_FROM_B
_SIZE: Final = struct.Struct('<Q')
# Classes that an answer may have, beside those of modules which the receiver has imported anyway.
_EXPECTED: Final = frozenset({'bbia_sim_ros', 'numpy'})


class TransportError(ValueError):
    """A value cannot be sent or read; the message says why and what to do."""


class Kind(enum.IntEnum):
    """What a message is about; those before GONE come from the worker."""

    PROGRESS = 0  # (share 0..1 or -1, stage)
    READY = 1  # device
    LOAD_FAILED = 2  # Failure
    ITEM = 3  # what a generator yielded
    DONE = 4  # the result
    FAILED = 5  # Failure
    STOPPED = 6  # the request noticed that it was cancelled or late
    GONE = 7  # never sent: the parent's end notes the end of the process
    LOAD = 8  # (factory, options)
    CALL = 9  # (method, arguments, deadline_s)
    CANCEL = 10
    CLOSE = 11


@dataclass(frozen=True)
class Failure:
    """An exception of the worker: its class, its text and the stack, for the log."""

    kind: str
    text: str
    trace: str = ''
    out_of_memory: bool = False


@dataclass(frozen=True)
class Unreadable:
    """Stands for a payload that could not be read."""

    reason: str


@dataclass(frozen=True)
class Message:
    """A message; ``request`` is 0 where it belongs to none."""

    kind: Kind
    request: int = 0
    payload: Any = None


class Channel:
    """One end of a connection; see the module's docstring.

    With ``imports`` false, reading a message imports no module: an answer that would need one,
    such as a tensor, becomes `Unreadable`.
    """

    def __init__(
        self,
        connection: socket.socket,
        *,
        max_message_b: int = DEFAULT_MAX_MESSAGE_B,
        imports: bool = True,
    ) -> None:
        self._connection = connection
        self._max_message_b = max_message_b
        self._imports = imports
        self._sending = threading.Lock()

    def fileno(self) -> int:
        """Return the descriptor, to wait for it."""
        return self._connection.fileno()

    def send(self, message: Message) -> int:
        """Send a message and return the bytes that went through the socket.

        Raises `TransportError` for what cannot be sent; the connection is as good as before. Raises
        `OSError` when the other end is gone.
        """
        packet, memory = encode(message, self._max_message_b)
        try:
            ancillary = (
                [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [memory]))]
                if memory >= 0
                else []
            )
            with self._sending:
                return self._connection.sendmsg([packet], ancillary, socket.MSG_NOSIGNAL)
        finally:
            if memory >= 0:
                os.close(memory)

    def receive(self) -> Message:
        """Wait for a message and return it; raises EOFError when the other end is gone."""
        try:
            packet, memories, _, _ = socket.recv_fds(
                self._connection, _PACKET_B, 1, socket.MSG_CMSG_CLOEXEC
            )
        except ConnectionError as error:
            raise EOFError from error
        if not packet:
            raise EOFError
        return decode(packet, memories[0] if memories else -1, imports=self._imports)

    def close(self) -> None:
        """Close this end."""
        self._connection.close()


def encode(message: Message, max_message_b: int) -> tuple[bytes, int]:
    """Return the packet of a message, and the descriptor of its shared memory or -1.

    Raises `TransportError` when pickle cannot carry the payload or when it is too large.
    """
    buffers: list[memoryview] = []

    def keep_in_band(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes >= SHARE_FROM_B:
            buffers.append(raw)
        return raw.nbytes < SHARE_FROM_B

    try:
        body = pickle.dumps(message.payload, 5, buffer_callback=keep_in_band)
    except Exception as error:
        # Anything: objects bring code of their own to this.
        reason = f'{type(error).__name__}: {error}'
        raise TransportError(f'a value cannot be sent between processes: {reason}') from error
    total = len(body) + sum(buffer.nbytes for buffer in buffers)
    if total > max_message_b:
        raise TransportError(
            f'a message of {total / 1e6:.1f} MB is too large, at most {max_message_b / 1e6:.1f} MB'
            ' go at once: send less at a time, or raise max_message_b'
        )
    head = _HEAD.pack(message.kind, message.request, len(body), len(buffers))
    if not buffers and len(body) < SHARE_FROM_B:
        return head + body, -1
    table = b''.join(_SIZE.pack(buffer.nbytes) for buffer in buffers)
    try:
        return head, _shared([table, body, *buffers])
    except OSError as error:
        raise TransportError(f'no shared memory for {total / 1e6:.1f} MB: {error}') from error


def decode(packet: bytes, memory: int, *, imports: bool) -> Message:
    """Return the message of a packet, and close the descriptor of its shared memory."""
    kind, request, body_b, count = _HEAD.unpack_from(packet)
    body: bytes | memoryview = packet[_HEAD.size :]
    buffers: list[memoryview] = []
    if memory >= 0:
        try:
            # A mapping keeps the memory, whatever becomes of the descriptor.
            area = memoryview(mmap.mmap(memory, 0))
        except OSError as error:
            return Message(Kind(kind), request, Unreadable(f'no room for shared memory: {error}'))
        finally:
            os.close(memory)
        sizes = [_SIZE.unpack_from(area, index * _SIZE.size)[0] for index in range(count)]
        spans = _spans([count * _SIZE.size, body_b, *sizes])
        body, *buffers = (area[start:end] for start, end in spans[1:])
    return Message(Kind(kind), request, _unpickled(body, buffers, imports=imports))


def _shared(parts: list[Any]) -> int:
    """Return the descriptor of new shared memory with the parts, each on its own alignment."""
    spans = _spans([len(part) if isinstance(part, bytes) else part.nbytes for part in parts])
    memory = os.memfd_create('bbia_model', os.MFD_CLOEXEC)
    try:
        os.ftruncate(memory, max(spans[-1][1], 1))
        for part, (start, _) in zip(parts, spans, strict=True):
            _write_at(memory, memoryview(part).cast('B'), start)
    except BaseException:
        os.close(memory)
        raise
    return memory


def _write_at(memory: int, data: memoryview, position: int) -> None:
    # Linux writes at most 2 GiB at once.
    while data:
        written = os.pwrite(memory, data, position)
        data, position = data[written:], position + written


def _spans(sizes: list[int]) -> list[tuple[int, int]]:
    spans, position = [], 0
    for size in sizes:
        spans.append((position, position + size))
        position += -(-size // _ALIGNMENT_B) * _ALIGNMENT_B
    return spans


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        known = module.partition('.')[0]
        if module in sys.modules or known in _EXPECTED or known in sys.stdlib_module_names:
            return super().find_class(module, name)
        raise TransportError(
            f'a model answered with a {module}.{name}, which is unknown here: answer with arrays'
            ' of numpy and plain values'
        )


def _unpickled(body: bytes | memoryview, buffers: list[memoryview], *, imports: bool) -> Any:
    reader = pickle.Unpickler if imports else _Reader
    try:
        return reader(io.BytesIO(body), buffers=buffers).load()
    except Exception as error:  # noqa: BLE001 - objects bring code of their own to this
        return Unreadable(f'{type(error).__name__}: {error}')
