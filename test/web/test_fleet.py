"""Two robots behind one bridge in a real Chromium: a card each, one chosen, all stopped."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from web.conftest import OpenPage
from web.conftest import pages_of

from bbia_msgs.msg import RobotStatus
from bbia_sim_ros.nodes import qos
from support.bridge import Bridge
from support.bridge import running_bridge
from support.domains import reserved_domain
from support.ros import StackProcess
from support.simulator import head_pose
from support.simulator import target
from support.waiting import wait_until

ROBOTS = ('robot_1', 'robot_2')


class Fleet:
    """Two simulated robots, each in a process of its own, and the bridge."""

    def __init__(self, bridge: Bridge, cleanup: ExitStack) -> None:
        self.probe = bridge.probe
        self.address = f'http://127.0.0.1:{bridge.web_port}'
        self._cleanup = cleanup
        self._statuses: dict[str, list[RobotStatus]] = {}
        self.processes: dict[str, StackProcess] = {}

    def start(self, name: str) -> None:
        """Start a robot and wait for its status."""
        process = self._cleanup.enter_context(StackProcess(f'simulator_node@/{name}'))
        self.processes[name] = process
        seen = self.probe.collect(RobotStatus, f'/{name}/robot_status', qos.LATCHED)
        self._statuses[name] = wait_until(lambda: seen, f'status of {name}') and seen

    @property
    def stopped(self) -> list[str]:
        """Names of the robots whose emergency stop is latched."""
        return [name for name, seen in self._statuses.items() if seen[-1].emergency_stopped]


@pytest.fixture
def fleet(dist: Path) -> Iterator[Fleet]:
    """A bridge with its dashboard, and as yet only the first robot."""
    with reserved_domain(), running_bridge() as bridge, ExitStack() as cleanup:
        made = Fleet(bridge, cleanup)
        made.start(ROBOTS[0])
        yield made


@pytest.fixture
def open_fleet(browser: Any, fleet: Fleet) -> Iterator[OpenPage]:
    """Return a function that opens the dashboard of the fleet."""
    with pages_of(browser, fleet.address) as open_:
        yield open_


def card(page: Any, name: str) -> Any:
    return page.locator(f'.fleet-robot[data-robot={name}]')


def test_a_second_robot_brings_a_view_of_all_whose_cards_open_one_each(
    fleet: Fleet, open_fleet: OpenPage
) -> None:
    page = open_fleet('?ns=robot_1')
    page.locator('.topbar .chip', has_text='Simulation').wait_for()
    assert page.get_by_role('button', name='Robots').count() == 0
    fleet.start('robot_2')
    page.get_by_role('button', name='Robots').click()
    for name in ROBOTS:
        for text in ('Simulation', 'Ready', 'Motors on', 'straight ahead'):
            card(page, name).get_by_text(text).wait_for()
    publisher = fleet.probe.publisher(type(target()), '/robot_1/body_target')
    looking = card(page, 'robot_1').get_by_text(re.compile(r'1\d° to its left'))
    pose = head_pose(yaw=15.0)

    def looks_left() -> bool:
        publisher.publish(target(head=pose))
        return bool(looking.count())

    wait_until(looks_left, 'the card shows the head turned')
    assert card(page, 'robot_2').get_by_text('straight ahead').count() == 1
    card(page, 'robot_2').get_by_role('link').click()
    page.wait_for_url('**/?ns=robot_2')
    choice = page.get_by_label('Robot that this page shows')
    choice.locator('option:checked', has_text='robot_2').wait_for(state='attached')
    page.keyboard.press('Escape')
    wait_until(lambda: fleet.stopped == ['robot_2'], 'the robot that is shown stops, and no other')
    choice.select_option('robot_1')
    page.wait_for_url('**/?ns=robot_1')


def test_where_no_robot_has_the_pages_namespace_all_are_shown_and_stopped_together(
    fleet: Fleet, open_fleet: OpenPage
) -> None:
    fleet.start('robot_2')
    page = open_fleet()
    card(page, 'robot_2').get_by_text('Ready').wait_for()
    page.get_by_role('button', name='Emergency stop of all robots').click()
    wait_until(lambda: fleet.stopped == list(ROBOTS), 'both are stopped')
    for name in ROBOTS:
        card(page, name).get_by_text('Stopped').wait_for()
    page.get_by_role('button', name='Release all').click()
    wait_until(lambda: fleet.stopped == [], 'both are released')


def test_a_robot_that_is_lost_is_shown_as_lost_and_a_stop_that_misses_it_says_so(
    fleet: Fleet, open_fleet: OpenPage
) -> None:
    fleet.start('robot_2')
    page = open_fleet()
    card(page, 'robot_2').get_by_text('Ready').wait_for()
    fleet.processes['robot_2'].stop(signal.SIGKILL)
    page.locator('.fleet-robot[data-robot=robot_2][data-lost=true]').wait_for()
    page.keyboard.press('Escape')
    banner = page.get_by_role('alert').filter(has_text='NOT DELIVERED to robot_2.')
    banner.wait_for()
    wait_until(lambda: fleet.stopped == ['robot_1'], 'the other one is stopped')
    banner.get_by_role('button', name='Withdraw').click()
    banner.wait_for(state='detached')
