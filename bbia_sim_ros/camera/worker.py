"""The parent's end of a camera's process: start it, ask it, end it, bury it.

Contract
    The process is a module run with one JSON argument: the given configuration, and the file
    descriptors `memory_fd` (shared memory) and `connection_fd`. It sends one answer when it is
    ready, then one for each request. Every wait has a deadline. The process sees the end of its
    connection when this end is closed, by `close` or by the death of the parent, and ends.
"""

from __future__ import annotations

import json
import mmap
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing import Pipe
from pathlib import Path
from typing import Any
from typing import Final

from bbia_sim_ros.camera.errors import WorkerError

START_TIMEOUT_S: Final = 30.0
EXIT_TIMEOUT_S: Final = 2.0


class WorkerProcess:
    """A running process that is ready to answer.

    Attributes
    ----------
    memory:
        The memory shared with the process.
    ready:
        Its first answer.

    """

    def __init__(
        self,
        module: str,
        config: Mapping[str, Any],
        *,
        memory_b: int,
        environment: Mapping[str, str],
    ) -> None:
        """Start the process and wait until it is ready; raises `WorkerError`."""
        # Without a name, so nothing is left behind whoever dies.
        memory_fd = os.memfd_create('bbia_camera')
        self._connection, theirs = Pipe(duplex=True)
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        try:
            os.ftruncate(memory_fd, memory_b)
            self.memory = mmap.mmap(memory_fd, 0)
            descriptors = {'memory_fd': memory_fd, 'connection_fd': theirs.fileno()}
            self.process = subprocess.Popen(
                [sys.executable, '-m', module, json.dumps({**config, **descriptors})],
                env={**os.environ, 'PYTHONPATH': _python_path(), **environment},
                pass_fds=tuple(descriptors.values()),
                stdin=subprocess.DEVNULL,
                stdout=self._complaints,
                stderr=self._complaints,
            )
        finally:
            theirs.close()
            os.close(memory_fd)
        try:
            self.ready = self._receive(START_TIMEOUT_S)
        except BaseException:
            self.close()
            raise

    def ask(self, request: Any, timeout_s: float) -> dict[str, Any]:
        """Return the answer to a request; after a `WorkerError` the process is of no more use."""
        try:
            self._connection.send(request)
        except OSError as error:
            raise WorkerError(self._obituary()) from error
        return self._receive(timeout_s)

    def close(self) -> None:
        """End the process, by force if it does not end by itself, and free everything."""
        self._connection.close()
        try:
            self.process.wait(EXIT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._complaints.close()
        self.memory.close()

    def _receive(self, timeout_s: float) -> dict[str, Any]:
        try:
            if not self._connection.poll(timeout_s):
                raise WorkerError(f'the camera process did not answer within {timeout_s} s')
            answer: dict[str, Any] = self._connection.recv()
        except (EOFError, OSError) as error:
            raise WorkerError(self._obituary()) from error
        return answer

    def _obituary(self) -> str:
        """Say how the process ended, with the last line it wrote."""
        try:
            code = self.process.wait(EXIT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return 'the camera process closed its connection'
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors='replace').strip().splitlines()
        how = f'was killed by signal {-code}' if code < 0 else f'ended with exit code {code}'
        return f'the camera process {how}' + (f': {lines[-1]}' if lines else '')


def _python_path() -> str:
    # The package may have been found through sys.path alone (an editable checkout, a test run).
    package_parent = str(Path(__file__).resolve().parents[2])
    known = os.environ.get('PYTHONPATH')
    return f'{package_parent}{os.pathsep}{known}' if known else package_parent
