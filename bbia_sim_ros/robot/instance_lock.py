"""One driver a robot: a lock among the processes of this computer.

The lock is an advisory `flock` on a file in the temporary folder; the kernel frees it when the
process ends, however it ends. Drivers on other computers are not seen by it.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path

from bbia_sim_ros.private_files import private_not_linked


class InstanceLockError(RuntimeError):
    """Another driver holds the robot, or the lock file cannot be made."""


class InstanceLock:
    """Held from construction to `release`.

    `domain` is the ROS domain, `name` the fully qualified node name of the driver. Raises
    `InstanceLockError` at once when another process holds it.
    """

    def __init__(self, domain: int, name: str) -> None:
        label = name.strip('/').replace('/', '.')
        self._path = Path(tempfile.gettempdir()) / f'bbia_{os.getuid()}_{domain}_{label}.lock'
        try:
            # Anybody may put a link into the temporary folder, under a name that is easy to guess.
            self._file = open(  # noqa: SIM115
                self._path, 'a+', encoding='ascii', opener=private_not_linked
            )
        except OSError as error:
            raise InstanceLockError(f'cannot make the lock file {self._path}: {error}') from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or 'unknown'
            self._file.close()
            raise InstanceLockError(
                f'{name} already runs in ROS domain {domain} (process {holder}); stop it, or start'
                ' this one with another namespace or ROS_DOMAIN_ID'
            ) from error
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Give the robot free; more than once is allowed."""
        self._file.close()
