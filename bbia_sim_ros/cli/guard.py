"""Runs one command and takes it along, with everything it started, when it is itself told to end.

    python guard.py PARENT COMMAND [ARGUMENTS]

Has to be the leader of its process group. Ends with the command's exit code (128 + number after a
signal). On SIGTERM, or when process PARENT dies (Linux), the whole group is killed: without this a
compiler started by make, started by colcon, would go on writing after a setup that was killed.
"""

import os
import signal
import subprocess
import sys
from types import FrameType

from bbia_sim_ros.cli.child import ask_for_signal_at_parents_death


def kill_group(number: int, frame: FrameType | None) -> None:
    """End every process of this group, this one included."""
    os.killpg(0, signal.SIGKILL)


def main() -> int:
    """Run the command of the command line to its end and return its exit code."""
    signal.signal(signal.SIGTERM, kill_group)
    ask_for_signal_at_parents_death(signal.SIGTERM)
    if os.getppid() != int(sys.argv[1]):
        return 1
    status = subprocess.run(sys.argv[2:], check=False).returncode
    return status if status >= 0 else 128 - status


if __name__ == '__main__':
    sys.exit(main())
