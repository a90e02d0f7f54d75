"""A worker process: one model, one request at a time. Started by `worker.Worker`, never by hand.

Contract
    The model is made by its factory, ``Class(progress, **options)``; ``progress(share, stage)``
    tells how far loading is, share 0..1 or -1, from any thread. A public method is called by its
    name as ``method(context, **arguments)``. What it returns is the answer; if it is a generator,
    each item is sent at once and its return value is the answer. Between two items the request is
    checked, so that a generator stops when it is cancelled; other methods call `Context.check`.
    Methods run in the main thread; a second thread listens. An attribute ``device`` (str) says
    where it computes.

    The process ends when its parent does, however that ends and whatever this process is doing:
    then the kernel, not a thread of Python, kills it together with its own children.
"""

from __future__ import annotations

import fcntl
import importlib
import json
import os
import queue
import select
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Generator
from collections.abc import Mapping
from typing import Any
from typing import Final
from typing import NoReturn

from bbia_sim_ros.models.context import Context
from bbia_sim_ros.models.errors import CancelledError
from bbia_sim_ros.models.errors import DeadlineError
from bbia_sim_ros.models.transport import Channel
from bbia_sim_ros.models.transport import Failure
from bbia_sim_ros.models.transport import Kind
from bbia_sim_ros.models.transport import Message
from bbia_sim_ros.models.transport import Unreadable

_PROGRESS_PERIOD_S: Final = 0.05
_FRAMES_TOLD: Final = 8
# The robot's control loop comes first.
_NICENESS: Final = 5


class Server:
    """Loads the model and answers requests; see the module's docstring."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._jobs: queue.SimpleQueue[tuple[Message, Context]] = queue.SimpleQueue()
        self._contexts: dict[int, Context] = {}
        self._told = (-1.0, '', 0.0)

    def run(self) -> None:
        """Work until the connection ends, then end the process."""
        try:
            load = self._channel.receive()
        except EOFError:
            end()
        if load.kind is not Kind.LOAD:
            end()
        threading.Thread(target=self._listen, name='listener', daemon=True).start()
        try:
            model = self._load(load.payload)
        except Exception as error:  # noqa: BLE001 - a factory's code may raise anything
            self._send(Kind.LOAD_FAILED, 0, failure(error))
            end()
        self._send(Kind.READY, 0, str(getattr(model, 'device', '')))
        while True:
            self._answer(model, *self._jobs.get())

    def _load(self, payload: Any) -> Any:
        if isinstance(payload, Unreadable):
            raise ValueError(f'its options cannot be read: {payload.reason}')
        target, options = payload
        module, _, name = target.partition(':')
        factory = getattr(importlib.import_module(module), name)
        return factory(self._progress, **options)

    def _progress(self, share: float, stage: str) -> None:
        # Also what is not a number becomes "unknown".
        share = float(share) if 0.0 <= share <= 1.0 else -1.0
        told, told_stage, told_at = self._told
        now = time.monotonic()
        if stage == told_stage and (share == told or now < told_at + _PROGRESS_PERIOD_S):
            return
        self._told = (share, stage, now)
        self._send(Kind.PROGRESS, 0, (share, str(stage)))

    def _listen(self) -> None:
        while True:
            try:
                message = self._channel.receive()
            except EOFError:
                end()
            if message.kind is Kind.CLOSE:
                end()
            if message.kind is Kind.CANCEL:
                # One that is not there any more has been answered.
                if (context := self._contexts.get(message.request)) is not None:
                    context.cancelled.set()
                continue
            readable = not isinstance(message.payload, Unreadable)
            context = Context(message.payload[2] if readable else 0.0)
            self._contexts[message.request] = context
            self._jobs.put((message, context))

    def _answer(self, model: Any, message: Message, context: Context) -> None:
        try:
            result = self._result(model, message, context)
            self._send(Kind.DONE, message.request, result)
        except (CancelledError, DeadlineError):
            self._send(Kind.STOPPED, message.request)
        except Exception as error:  # noqa: BLE001 - a model's code may raise anything
            self._send(Kind.FAILED, message.request, failure(error))
        finally:
            del self._contexts[message.request]

    def _result(self, model: Any, message: Message, context: Context) -> Any:
        if isinstance(message.payload, Unreadable):
            raise ValueError(f'the arguments cannot be read: {message.payload.reason}')
        name, arguments, _ = message.payload
        method = None if name.startswith('_') else getattr(model, name, None)
        if not callable(method):
            raise ValueError(f'the model has no method {name!r}; it has {_methods(model)}')
        context.check()
        result = method(context, **arguments)
        if isinstance(result, Generator):
            return self._stream(result, message.request, context)
        return result

    def _stream(self, items: Generator[Any, None, Any], request: int, context: Context) -> Any:
        try:
            while True:
                self._send(Kind.ITEM, request, next(items))
                context.check()
        except StopIteration as stop:
            return stop.value
        finally:
            items.close()

    def _send(self, kind: Kind, request: int, payload: Any = None) -> None:
        try:
            self._channel.send(Message(kind, request, payload))
        except OSError:
            end()


def _methods(model: Any) -> str:
    names = (name for name in dir(model) if not name.startswith('_'))
    return ', '.join(name for name in names if callable(getattr(model, name))) or 'none'


def failure(error: Exception) -> Failure:
    """Return what the parent is told about an exception."""
    kind = type(error).__name__
    return Failure(
        kind=kind,
        text=str(error),
        trace=''.join(traceback.format_exception(error, limit=-_FRAMES_TOLD)),
        # torch.OutOfMemoryError, and the RuntimeError of its allocator for the CPU
        out_of_memory=isinstance(error, MemoryError)
        or kind == 'OutOfMemoryError'
        or "can't allocate memory" in str(error),
    )


def end() -> NoReturn:
    """End the process at once, without waiting for threads that may hang."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)


def die_with_parent(life: int) -> None:
    """Let the kernel kill this process and its group when the other end of a pipe is closed.

    A thread that watches would need Python's lock, which a long call into C may hold; the signal
    of an asynchronous descriptor (fcntl(2), F_SETSIG) needs nobody's help.
    """
    fcntl.fcntl(life, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(life, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
    # The parent may have died before.
    poller = select.poll()
    poller.register(life, 0)
    if poller.poll(0):
        os._exit(1)


def main(config: Mapping[str, int]) -> None:
    """Serve the connection that the parent has made."""
    # Ctrl-C is the parent's business.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICENESS)
    die_with_parent(config['life'])
    # Nor may children of the model keep them.
    for descriptor in (config['life'], config['channel']):
        os.set_inheritable(descriptor, False)
    connection = socket.socket(fileno=config['channel'])
    Server(Channel(connection, max_message_b=config['max_message_b'])).run()


if __name__ == '__main__':
    main(json.loads(sys.argv[1]))
