"""A recording in the dashboard, in a real Chromium: shown as it was, and never as a robot."""

from __future__ import annotations

import math
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from geometry_msgs.msg import PoseStamped
from rcl_interfaces.msg import Log
from web.conftest import pages_of
from websockets.sync.client import connect

from bbia_msgs.msg import BodyTarget
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.recording.reader import inspect
from bbia_sim_ros.robot.poses import euler_from_rotation
from support.bridge import RawClient
from support.recorder import replayed
from support.replayed import recorded
from support.replayed import recorded_run
from support.ros import Probe
from support.ros import StackProcess
from support.simulator import pose_of
from support.waiting import wait_until

HOST = '127.0.0.1'
# The page shows whole degrees.
ROUNDED_DEG = 1.0


@pytest.fixture(scope='module')
def run_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recorded run of a simulated robot whose head looks to its left, then to its right."""
    file = tmp_path_factory.mktemp('recordings') / 'run.mcap'
    recorded_run(file)
    return file


def start_player(file: Path, *arguments: str) -> StackProcess:
    """Play a file with a dashboard on any free port."""
    arguments = (str(file), '--dashboard-port', '0', *arguments)
    return StackProcess(*arguments, module='bbia_sim_ros.nodes.player')


def address(player: StackProcess, name: str) -> str:
    """Return what the bridge says after these words, once it listens."""
    found = wait_until(lambda: re.search(rf'{name} ([^\s,]+)', player.output), 'the bridge listens')
    return found[1]


@contextmanager
def opened(browser: Any, player: StackProcess) -> Iterator[Any]:
    """Open the page that shows the recording."""
    with pages_of(browser, address(player, 'dashboard on')) as open_page:
        yield open_page()


def yaw_deg(message: PoseStamped) -> float:
    return math.degrees(euler_from_rotation(pose_of(message))[2])


def wait_for_yaw(page: Any, wanted_deg: float) -> None:
    pad = page.get_by_role('slider', name='Head direction')
    wait_until(
        lambda: abs(float(pad.get_attribute('aria-valuenow')) - wanted_deg) <= ROUNDED_DEG,
        f'the page shows {wanted_deg:.1f} degrees',
    )


def test_a_usual_recording_holds_what_the_page_draws_the_robot_from(run_file: Path) -> None:
    profiles = {one.topic: one.profiles[0] for one in inspect(run_file).channels.values()}
    for topic in ('/robot_description', '/tf_static', '/robot_status'):
        assert profiles[topic].durability == 'transient_local'
    assert profiles['/joint_states'].reliability == 'reliable'


def test_the_page_shows_the_recorded_head_at_its_time_and_says_that_it_is_a_recording(
    browser: Any, dist: Path, ros_domain: int, run_file: Path
) -> None:
    yaws = [yaw_deg(message) for message in recorded(run_file, PoseStamped, '/head_pose')]
    assert max(yaws) > 15.0 > -10.0 > yaws[-1]
    with start_player(run_file, '--loop') as player, opened(browser, player) as page:
        page.get_by_text('This is a recording').wait_for()
        page.locator('.topbar .chip', has_text='Recording: Simulation').wait_for()
        page.locator('.stage[data-note=""] canvas').wait_for()
        wait_for_yaw(page, max(yaws))
        wait_for_yaw(page, yaws[-1])
        page.get_by_role('button', name='System').click()
        said = recorded(run_file, Log, '/rosout')[0].msg
        page.locator('.log').get_by_text(said).first.wait_for()
        assert player.stop() == 0
        page.locator('.connection[data-state=lost]').wait_for()
        page.locator('.topbar .chip', has_text='Recording: Simulation').wait_for()


def test_nothing_on_the_page_moves_or_stops_what_was_recorded(
    browser: Any, dist: Path, ros_probe: Probe, run_file: Path
) -> None:
    orders = ros_probe.collect(BodyTarget, 'cmd_body', qos.COMMANDS)
    with start_player(run_file, '--loop') as player, opened(browser, player) as page:
        page.get_by_text('This is a recording').wait_for()
        page.locator('[data-panel=head][data-absent=true]').wait_for()
        assert page.get_by_role('button', name='Soft').is_disabled()
        page.locator('.pad').press('ArrowRight')
        assert page.locator('.pad').get_attribute('data-held') == 'false'
        page.keyboard.press('Escape')
        page.get_by_text('STOP NOT DELIVERED').wait_for()
        page.get_by_role('button', name='Withdraw').click()
        page.get_by_text('STOP NOT DELIVERED').wait_for(state='detached')
    assert not orders


def test_playing_begins_with_the_first_page_and_ends_the_bridge_with_the_file(
    ros_domain: int, run_file: Path
) -> None:
    first = recorded(run_file, PoseStamped, '/head_pose')[0].header.stamp
    with start_player(run_file, '--rate', '4') as player:
        wait_until(lambda: 'playing begins' in player.output, 'it waits for a page')
        with connect(address(player, 'rosbridge on'), proxy=None) as socket_:
            client = RawClient(socket_)
            client.send(op='subscribe', topic='/head_pose', type='geometry_msgs/msg/PoseStamped')
            pose = client.wait_for(op='publish', topic='/head_pose')['msg']
            assert player.wait() == 0
        assert pose['header']['stamp'] == {'sec': first.sec, 'nanosec': first.nanosec}
        assert player.output.count('messages played') == 1


def test_a_loop_goes_round_until_it_is_ended_and_takes_the_bridge_with_it(
    ros_domain: int, run_file: Path
) -> None:
    with start_player(run_file, '--loop', '--rate', '50') as player:
        port = urlsplit(address(player, 'dashboard on')).port
        wait_until(lambda: player.output.count('messages played') > 1, 'the second round')
        assert player.stop() == 0
    with socket.socket() as client:
        assert client.connect_ex((HOST, port)) != 0


def test_a_port_that_is_in_use_is_named_and_nothing_is_played(
    ros_domain: int, run_file: Path
) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = str(taken.getsockname()[1])
        said = replayed(run_file, '--dashboard-port', port, exit_code=1)
    assert f'cannot listen on {HOST}:{port}' in said
    assert 'the bridge ended with status 2' in said
    assert 'messages played' not in said
