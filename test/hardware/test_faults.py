"""What real robots do to their driver: the official daemon dies, hangs, is cut off, is shared.

A stream of targets goes on throughout; every test ends in motion. Times are measured by
`bench/hardware.py`; the deadlines here are only generous bounds.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import orjson
import pytest
from websockets.sync.client import connect

from support.domains import reserved_domain
from support.driven import RADIUS_RAD
from support.driven import SPEED_RAD_S
from support.driven import Driven
from support.driven import driven
from support.lasting_daemon import ROBOT
from support.lasting_daemon import LastingDaemon
from support.netns import Namespaces
from support.official_daemon import Mode
from support.waiting import wait_until

NOTICED_WITHIN_S = 3.0
BACK_WITHIN_S = 6.0
# The driver stops sending when the state is 0.2 s old; the daemon still obeys what came until then.
OBEYED_WHILE_DOWN_RAD = 0.4 * SPEED_RAD_S
RIVAL_RATE_HZ = 100.0


class Robot(NamedTuple):
    """An official daemon, and its driver under a stream of targets."""

    daemon: LastingDaemon
    driver: Driven


@pytest.fixture(scope='module', params=Mode)
def shared(request: pytest.FixtureRequest) -> Iterator[Robot]:
    """One driver for many faults, since it has to live through all of them."""
    with (
        reserved_domain(),
        LastingDaemon(request.param) as daemon,
        driven(daemon.host, daemon.port) as driver,
    ):
        yield Robot(daemon, driver)


@pytest.fixture
def robot(shared: Robot) -> Robot:
    """The shared robot, in motion."""
    shared.driver.wait_motion('motion to begin with')
    return shared


def absent(driver: Driven, reason: str) -> None:
    """Wait until the driver says that the robot is absent, and refuses commands with the reason."""
    driver.wait_status(
        lambda status: not status.connected and reason in status.detail,
        f'absent because "{reason}"',
        NOTICED_WITHIN_S,
    )
    driver.wait_status(lambda status: reason in status.last_refusal, f'refusals for "{reason}"')


def test_a_killed_daemon_is_missed_and_motion_goes_on_without_a_jump_when_it_is_back(
    robot: Robot,
) -> None:
    daemon, driver = robot
    daemon.stop(signal.SIGKILL)
    absent(driver, 'no connection to')
    assert driver.diagnosis('connection').level == b'\x02'
    before = len(driver.joints)
    driver.wait_refusals(100)
    assert len(driver.joints) == before
    daemon.start()
    driver.wait_motion('motion again', BACK_WITHIN_S)
    assert driver.jumps(before) == []


def test_a_stopped_daemon_goes_stale_and_obeys_no_old_targets_when_it_wakes_up(
    robot: Robot,
) -> None:
    daemon, driver = robot
    os.kill(daemon.pid, signal.SIGSTOP)
    try:
        absent(driver, 'is older than 0.2 s')
        asleep = driver.joints[-1]
        driver.wait_refusals(280)
        assert driver.joints[-1] is asleep
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
    driver.wait_status(lambda status: status.connected, 'connected again', BACK_WITHIN_S)
    connected = len(driver.joints) - 1
    driver.wait_motion('motion again', BACK_WITHIN_S)
    woken = driver.joints[driver.joints.index(asleep) : connected]
    moved = [np.linalg.norm((one.positions - asleep.positions)[7:9]) for one in woken]
    assert max(moved, default=0.0) < OBEYED_WHILE_DOWN_RAD
    # What still waited in the daemon's socket may be obeyed after the first fresh state.
    assert driver.jumps(connected, beyond=OBEYED_WHILE_DOWN_RAD) == []


# The motors of the other mode cannot be switched off.
@pytest.mark.parametrize('shared', [Mode.MOCKUP], indirect=True)
def test_motors_that_somebody_else_switches_off_are_waited_for(robot: Robot) -> None:
    daemon, driver = robot
    switch(daemon, 'disabled')
    driver.wait_status(lambda status: status.motors == 'off', 'motors off', NOTICED_WITHIN_S)
    driver.wait_status(lambda s: 'the motors are off' in s.last_refusal, 'refusals')
    assert driver.status.connected
    resting = len(driver.joints)
    driver.wait_refusals(50)
    assert np.ptp([one.positions for one in driver.joints[resting:]], axis=0).max() < 0.01
    switch(daemon, 'enabled')
    driver.wait_status(lambda s: 'another program' in s.detail, 'waiting for the other program')
    driver.wait_motion('motion again', BACK_WITHIN_S)
    assert driver.jumps(resting) == []


def test_a_rival_for_the_same_robot_is_named_until_it_stops(robot: Robot) -> None:
    daemon, driver = robot
    accepted = driver.status.commands_accepted
    with rival(daemon.websocket_url):
        driver.wait_status(
            lambda status: 'another program drives the same robot' in status.detail, 'the rival'
        )
        assert driver.status.connected
        driver.wait_status(lambda s: s.commands_accepted > accepted + 100, 'our commands go on')
    driver.wait_motion('motion again', BACK_WITHIN_S)
    driver.wait_status(lambda status: not status.detail, 'no complaint any more', BACK_WITHIN_S)


def switch(daemon: LastingDaemon, mode: str) -> None:
    """Switch the motors past the driver."""
    request = urllib.request.Request(f'{daemon.url}/api/motors/set_mode/{mode}', method='POST')
    urllib.request.urlopen(request, timeout=5.0).close()


@contextmanager
def rival(url: str) -> Iterator[None]:
    """Stream targets of our own that are nowhere near those of the driver."""
    frame = orjson.dumps({'type': 'set_full_target', 'antennas': [2.5, -2.5], 'body_yaw': -1.0})
    stop = threading.Event()

    def stream() -> None:
        with connect(url, compression=None, proxy=None) as connection:
            while not stop.wait(1.0 / RIVAL_RATE_HZ):
                connection.send(frame.decode())

    thread = threading.Thread(target=stream)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture(scope='module')
def far_robot() -> Iterator[tuple[Namespaces, Driven]]:
    """A robot on another host, and the driver on this one."""
    with (
        reserved_domain(),
        Namespaces(ROBOT, this_host=True) as network,
        LastingDaemon(network=network) as daemon,
        driven(daemon.host, daemon.port) as driver,
    ):
        yield network, driver


def test_a_cut_network_is_missed_and_motion_goes_on_when_it_is_mended(
    far_robot: tuple[Namespaces, Driven],
) -> None:
    network, driver = far_robot
    driver.wait_motion('motion to begin with')
    network.cut()
    absent(driver, 'is older than 0.2 s')
    absent(driver, 'nothing came for 1.5 s')
    before = len(driver.joints)
    driver.wait_refusals(300)
    assert len(driver.joints) == before
    network.mend()
    driver.wait_motion('motion again', BACK_WITHIN_S)
    driver.wait_status(lambda status: not status.detail, 'no complaint any more')


def test_a_slow_and_lossy_network_slows_the_robot_down_but_loses_nothing(
    far_robot: tuple[Namespaces, Driven],
) -> None:
    network, driver = far_robot
    driver.wait_motion('motion to begin with')
    accepted, received = driver.status.commands_accepted, len(driver.joints)
    jitter = random.Random(1)

    def swung() -> bool:
        network.delay(jitter.uniform(50.0, 150.0), loss_percent=5.0)
        slowed = [one.positions[7:9] for one in driver.joints[received:]]
        taken = driver.status.commands_accepted - accepted
        return taken > 300 and float(np.ptp(slowed, axis=0).min()) > RADIUS_RAD

    wait_until(swung, '300 commands were taken, and the antennas swung as they said', 20.0)
    network.mend()
    driver.wait_motion('motion again', BACK_WITHIN_S)
    driver.wait_status(lambda status: not status.detail, 'no complaint any more')
