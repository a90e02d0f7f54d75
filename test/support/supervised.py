"""A `./bbia up` in small: supervises Python one-liners that a test gives as JSON, in a process.

python supervised.py '[{"name": "a", "code": "print(1)"}, ...]'
"""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from bbia_sim_ros.cli.log_output import Output
from bbia_sim_ros.cli.supervisor import Supervisor


@dataclass(frozen=True)
class OneLiner:
    """A process of the shape that the supervisor takes."""

    name: str
    code: str
    respawn_delay_s: float = 0.05
    settled_s: float = 5.0
    max_restarts: int = 2
    restart_window_s: float = 60.0
    hang_timeout_s: float = 0.0
    start_timeout_s: float = 60.0

    @property
    def command_arguments(self) -> tuple[str, ...]:
        return ('-c', self.code)


def main() -> int:
    supervisor = Supervisor(
        [OneLiner(**given) for given in json.loads(sys.argv[1])],
        interpreter=sys.executable,
        environment=os.environ,
        cwd=Path.cwd(),
        output=Output(sys.stdout.buffer),
    )
    return asyncio.run(supervisor.run())


if __name__ == '__main__':
    sys.exit(main())
