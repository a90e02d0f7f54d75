"""The parent's end of a model's worker process: start it, ask it, end it, bury it.

Contract
    `Worker` starts the process, and `Worker.start` one thread, which does all the talking: it sends
    what was posted, and gives every message of the process to ``on_message``, in order; the last is
    ``GONE`` with how the process ended (str). By then the process is reaped, its process group has
    been killed and all descriptors are closed. ``on_message`` must not block for long and must not
    raise. The methods may be called by any thread, never block, and do nothing once the process is
    gone.

Bounds
    Of what the process writes to its standard output and error, the last `_TAIL_B` are kept.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any
from typing import Final

from bbia_sim_ros.models.spec import ModelSpec
from bbia_sim_ros.models.transport import DEFAULT_MAX_MESSAGE_B
from bbia_sim_ros.models.transport import Channel
from bbia_sim_ros.models.transport import Failure
from bbia_sim_ros.models.transport import Kind
from bbia_sim_ros.models.transport import Message
from bbia_sim_ros.models.transport import TransportError

_MODULE: Final = 'bbia_sim_ros.models.worker_main'
_TAIL_B: Final = 4096
_READ_B: Final = 65536


class Worker:
    """A worker process; see the module's docstring.

    Attributes
    ----------
    pid:
        Its process id, which is that of its process group as well.

    """

    def __init__(
        self,
        spec: ModelSpec,
        on_message: Callable[[Worker, Message], None],
        *,
        max_message_b: int = DEFAULT_MAX_MESSAGE_B,
    ) -> None:
        """Start the process, which loads the model.

        Raises OSError when it cannot be started, TypeError or ValueError for an environment that no
        process can have.
        """
        self._on_message = on_message
        self._outbox: deque[Message] = deque([Message(Kind.LOAD, 0, (spec.factory, spec.options))])
        self._tail = b''
        self._lock = threading.Lock()
        self._gone = False
        with ExitStack() as undo:
            self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
            undo.callback(os.close, self._wake)
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._channel = Channel(ours, max_message_b=max_message_b, imports=False)
            undo.callback(self._channel.close)
            with theirs:
                life, self._life = os.pipe()
                undo.callback(os.close, self._life)
                try:
                    self._process = _started(
                        spec.environment,
                        {'channel': theirs.fileno(), 'life': life, 'max_message_b': max_message_b},
                    )
                finally:
                    os.close(life)
            undo.push(self._process)
            undo.callback(self._process.kill)
            self._end = os.pidfd_open(self._process.pid)
            undo.pop_all()
        self.pid = self._process.pid
        assert self._process.stdout is not None
        self._output = self._process.stdout.fileno()
        os.set_blocking(self._output, False)
        self._thread = threading.Thread(target=self._run, name=f'model {spec.name}', daemon=True)

    def start(self) -> None:
        """Let the messages begin."""
        self._thread.start()

    def call(
        self, request: int, method: str, arguments: Mapping[str, Any], deadline_s: float
    ) -> None:
        """Ask for the answer of a method. One request at a time."""
        self._post(Message(Kind.CALL, request, (method, dict(arguments), deadline_s)))

    def cancel(self, request: int) -> None:
        """Tell the model that nobody wants the answer any more."""
        self._post(Message(Kind.CANCEL, request))

    def close(self) -> None:
        """Tell the process to end."""
        self._post(Message(Kind.CLOSE))

    def kill(self) -> None:
        """End the process and its children by force."""
        with self._lock:
            if not self._gone:
                os.killpg(self.pid, signal.SIGKILL)

    def tail(self) -> str:
        """Return the end of what the process has written."""
        return self._tail.decode(errors='replace').strip()

    def _post(self, message: Message) -> None:
        with self._lock:
            if not self._gone:
                self._outbox.append(message)
                os.eventfd_write(self._wake, 1)

    def _run(self) -> None:
        poller = select.poll()
        for descriptor in (self._end, self._output, self._wake):
            poller.register(descriptor, select.POLLIN)
        poller.register(self._channel, select.POLLIN | select.POLLOUT)
        talking = True
        while True:
            ready = dict(poller.poll())
            if self._wake in ready:
                os.eventfd_read(self._wake)
            if self._output in ready and not self._read_output():
                poller.unregister(self._output)
            talk = ready.get(self._channel.fileno(), 0)
            if talk & select.POLLIN and not self._receive():
                # It is ending, or of no more use: the exit code of one that ends stays as it is.
                talking = False
                poller.unregister(self._channel)
                self.kill()
            elif talk & select.POLLOUT:
                self._send_next()
            if self._end in ready and not talk & select.POLLIN:
                break
            if talking:
                waiting = select.POLLOUT if self._outbox else 0
                poller.modify(self._channel, select.POLLIN | waiting)
        self._on_message(self, Message(Kind.GONE, 0, self._bury()))

    def _receive(self) -> bool:
        try:
            message = self._channel.receive()
        except EOFError:
            return False
        self._on_message(self, message)
        return True

    def _send_next(self) -> None:
        if not self._outbox:
            return
        message = self._outbox.popleft()
        try:
            self._channel.send(message)
        except TransportError as error:
            kind = Kind.LOAD_FAILED if message.kind is Kind.LOAD else Kind.FAILED
            failed = Failure('ValueError', str(error))
            self._on_message(self, Message(kind, message.request, failed))
        except OSError:
            # The process is gone; the loop is about to notice.
            self._outbox.clear()

    def _read_output(self) -> bool:
        try:
            text = os.read(self._output, _READ_B)
        except BlockingIOError:
            return True
        self._tail = (self._tail + text)[-_TAIL_B:]
        return bool(text)

    def _bury(self) -> str:
        """Reap the process, free everything and say how it ended."""
        with self._lock:
            # It is not reaped yet, so its group cannot be another's.
            os.killpg(self.pid, signal.SIGKILL)
            code = self._process.wait()
            self._gone = True
            self._outbox.clear()
            self._read_output()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._channel.close()
            for descriptor in (self._end, self._wake, self._life):
                os.close(descriptor)
        if code < 0:
            how = f'was killed by signal {-code} ({signal.strsignal(-code)})'
            if code == -signal.SIGKILL:
                how += ', as the kernel does when memory runs out'
        else:
            how = f'ended with exit code {code}'
        lines = self.tail().replace('\r', '\n').splitlines()
        return f'its process {how}' + (f': {lines[-1].strip()}' if lines else '')


def _started(environment: Mapping[str, str], config: Mapping[str, int]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        # -P: the folder that the parent happens to run in is not searched for modules.
        [sys.executable, '-P', '-m', _MODULE, json.dumps(config)],
        # A factory is found where this process would find it.
        env={**os.environ, 'PYTHONPATH': os.pathsep.join(filter(None, sys.path)), **environment},
        pass_fds=(config['channel'], config['life']),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # A group of its own, to be killed as one.
        start_new_session=True,
    )
