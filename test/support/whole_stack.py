"""The whole stack, started as a person does."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from bbia_sim_ros.cli.child import die_with_parent
from support.ros import ROOT

START_DEADLINE_S = 60.0
LIGHT = {'hearing': 'none', 'vision': 'none', 'bridge_port': '0', 'web_port': '0'}
"""Launch arguments of the stack without the large models."""


@contextmanager
def running_stack(log: IO[str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `./bbia up` as a person would, in a session of its own; kill what is left."""
    process = subprocess.Popen(
        [str(ROOT / 'bbia'), 'up', 'bridge_port:=0', 'web_port:=0', *arguments],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=die_with_parent(),  # noqa: PLW1509 - only a prctl
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
