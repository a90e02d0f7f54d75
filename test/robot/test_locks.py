"""The two locks of the robot drivers."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from bbia_sim_ros.robot.fair_lock import FairLock
from bbia_sim_ros.robot.instance_lock import InstanceLock
from bbia_sim_ros.robot.instance_lock import InstanceLockError

HOLDER = """
import sys
from bbia_sim_ros.robot.instance_lock import InstanceLock
lock = InstanceLock(7, sys.argv[1])
print('held', flush=True)
sys.stdin.read()
"""


def hold(name: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, '-c', HOLDER, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == 'held\n'
    return process


def test_a_robot_is_driven_by_one_process_even_when_that_one_is_killed() -> None:
    with hold('/locks/robot') as process:
        with pytest.raises(InstanceLockError, match=f'process {process.pid}'):
            InstanceLock(7, '/locks/robot')
        InstanceLock(7, '/locks/other').release()
        InstanceLock(8, '/locks/robot').release()
        process.kill()
        process.wait()
        InstanceLock(7, '/locks/robot').release()


def test_a_busy_thread_lets_a_waiting_one_in() -> None:
    lock = FairLock()
    rounds = 0
    got_in = threading.Event()
    running = threading.Event()

    def busy() -> None:
        nonlocal rounds
        while not got_in.is_set() and rounds < 10_000_000:
            with lock:
                rounds += 1
                running.set()

    thread = threading.Thread(target=busy)
    thread.start()
    running.wait()
    with lock:
        got_in.set()
    thread.join()
    assert rounds < 10_000_000
