"""A signal that another thread than the main one takes ends the process all the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

from support.waiting import DEADLINE_S

PROGRAM = """
import signal, sys, threading, time
from bbia_sim_ros.end_signals import event_of_end_signals

stop = event_of_end_signals()
taker = threading.Thread(target=time.sleep, args=(3600,), daemon=True)
taker.start()
threading.Timer(0.2, signal.pthread_kill, (taker.ident, signal.{number})).start()
stop.wait()
print('ended')
"""


@pytest.mark.parametrize('number', ['SIGINT', 'SIGTERM'])
def test_a_signal_that_another_thread_takes_ends_a_waiting_main_thread(number: str) -> None:
    ended = subprocess.run(
        [sys.executable, '-c', PROGRAM.format(number=number)],
        capture_output=True,
        text=True,
        check=True,
        timeout=DEADLINE_S,
    )
    assert ended.stdout == 'ended\n'
