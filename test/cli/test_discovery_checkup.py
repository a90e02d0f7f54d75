"""DDS as the doctor sees it: the domain, loopback, a message, and multicast in a network."""

from __future__ import annotations

import socket
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bbia_sim_ros.cli.discovery_checkup import DISCOVERY_GROUP
from bbia_sim_ros.cli.discovery_checkup import IFF_MULTICAST
from bbia_sim_ros.cli.discovery_checkup import IFF_UP
from bbia_sim_ros.cli.discovery_checkup import UNUSED_PORT
from bbia_sim_ros.cli.discovery_checkup import Interface
from bbia_sim_ros.cli.discovery_checkup import check_buffers
from bbia_sim_ros.cli.discovery_checkup import check_dds
from bbia_sim_ros.cli.discovery_checkup import check_domain
from bbia_sim_ros.cli.discovery_checkup import check_loopback
from bbia_sim_ros.cli.discovery_checkup import check_multicast
from bbia_sim_ros.cli.discovery_checkup import interfaces_up
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.prerequisites import FAIL
from bbia_sim_ros.cli.prerequisites import NOT_APPLICABLE
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import WARN
from bbia_sim_ros.cli.probes import runtime_of
from support.netns import Namespaces

OPEN = {'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET'}
NOT_OURS = Interface('eth7', '192.0.2.200', IFF_UP | IFF_MULTICAST)


@pytest.mark.parametrize(
    ('given', 'level'),
    [
        *[('', OK), ('0', OK), ('101', OK), ('102', WARN), ('232', WARN)],
        *[('233', FAIL), ('-1', FAIL), ('one', FAIL), ('1' * 5000, FAIL), ('\u00b2', FAIL)],
    ],
)
def test_a_domain_is_judged_by_its_ports(given: str, level: str) -> None:
    finding = check_domain({'ROS_DOMAIN_ID': given})
    assert finding.level == level
    assert bool(finding.fix) == (level != OK)


def test_a_message_goes_from_one_process_to_another_on_this_machine() -> None:
    assert check_dds(runtime_of(Layout())).level == OK


def test_processes_that_may_not_meet_are_a_failure_that_names_the_variable(tmp_path: Path) -> None:
    assert check_dds(runtime_of(Layout(tmp_path))).level == FAIL
    runtime = runtime_of(Layout())
    off = {**runtime.variables, 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'OFF'}
    off.pop('FASTDDS_DEFAULT_PROFILES_FILE')  # as the stack has it with this range
    finding = check_dds(replace(runtime, variables=off))
    assert finding.level == FAIL
    assert finding.fix.startswith('unset ROS_AUTOMATIC_DISCOVERY_RANGE')


def test_multicast_does_not_matter_on_this_computer_alone_or_with_named_peers() -> None:
    assert check_multicast({}, []).level == NOT_APPLICABLE
    local = {'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SYSTEM_DEFAULT'}
    assert check_multicast(local, []).level == NOT_APPLICABLE
    named = check_multicast({**OPEN, 'ROS_STATIC_PEERS': '192.0.2.7'}, [])
    assert named.level == NOT_APPLICABLE
    assert 'ROS_STATIC_PEERS' in named.text


def test_a_computer_without_a_network_cannot_find_others() -> None:
    finding = check_multicast(OPEN, [])
    assert finding.level == WARN
    assert 'no network interface' in finding.text


def test_an_interface_that_refuses_multicast_says_why_and_what_else_there_is() -> None:
    finding = check_multicast({**OPEN, 'ROS_DOMAIN_ID': '7'}, [NOT_OURS])
    assert finding.level == WARN
    assert finding.text.startswith('eth7: ')
    assert 'UDP 9150 to 9225' in finding.fix
    assert 'ROS_STATIC_PEERS' in finding.fix


def test_multicast_passes_in_a_network_until_it_is_switched_off() -> None:
    with Namespaces('alone') as network, network.entered('alone'):
        lo, eth0 = interfaces_up()
        assert (lo.name, lo.address) == ('lo', '127.0.0.1')
        assert (eth0.name, eth0.address) == ('eth0', network.address('alone'))
        assert check_loopback([lo, eth0]).level == OK
        passing = check_multicast(OPEN, [lo, eth0])
        assert passing.level == OK
        assert 'eth0' in passing.text
        subprocess.run(['ip', 'link', 'set', 'eth0', 'multicast', 'off'], check=True)
        subprocess.run(['ip', 'link', 'set', 'lo', 'down'], check=True)
        (eth0,) = interfaces_up()
        assert check_loopback([eth0]).level == FAIL
        refused = check_multicast(OPEN, [eth0])
        assert refused.level == WARN
        assert refused.fix.startswith('sudo ip link set eth0 multicast on')


def test_what_others_send_to_the_same_port_is_not_taken_for_the_echo() -> None:
    with (
        Namespaces('busy') as network,
        network.entered('busy'),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((DISCOVERY_GROUP, UNUSED_PORT))
        assert check_multicast(OPEN, interfaces_up()).level == OK


def test_buffers_too_small_for_raw_pictures_come_with_the_command_that_enlarges_them(
    tmp_path: Path,
) -> None:
    limit = tmp_path / 'rmem_max'
    limit.write_text('212992\n', encoding='ascii')
    finding = check_buffers(limit)
    assert finding.level == WARN
    assert finding.text.startswith('a socket may hold 0.2 MiB: raw pictures')
    assert finding.fix == 'sudo sysctl -w net.core.rmem_max=4194304'
    limit.write_text('4194304\n', encoding='ascii')
    assert check_buffers(limit).level == OK
    assert check_buffers(tmp_path / 'none').level == NOT_APPLICABLE
