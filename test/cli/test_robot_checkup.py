"""`./bbia doctor --robot HOST`: the official daemon, daemons in trouble, and what is no daemon."""

from __future__ import annotations

import os
import signal
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest

from bbia_sim_ros.cli.daemon_status import ANSWER_MAX_B
from bbia_sim_ros.cli.daemon_status import DaemonStatus
from bbia_sim_ros.cli.daemon_status import NoStatus
from bbia_sim_ros.cli.daemon_status import RobotAddress
from bbia_sim_ros.cli.daemon_status import read_status
from bbia_sim_ros.cli.errors import UsageError
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.prerequisites import FAIL
from bbia_sim_ros.cli.prerequisites import NOT_APPLICABLE
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import WARN
from bbia_sim_ros.cli.prerequisites import Finding
from bbia_sim_ros.cli.robot_checkup import check_backend
from bbia_sim_ros.cli.robot_checkup import check_local_daemon
from bbia_sim_ros.cli.robot_checkup import check_media
from bbia_sim_ros.cli.robot_checkup import check_motors
from bbia_sim_ros.cli.robot_checkup import check_state
from bbia_sim_ros.cli.robot_checkup import check_version
from bbia_sim_ros.cli.robot_checkup import robot_checkup
from bbia_sim_ros.cli.verbs.doctor import parse
from support.official_daemon import OfficialDaemon

ROBOT = RobotAddress('reachy-mini.local')
HEALTHY = DaemonStatus(
    version='1.13.0',
    state='running',
    motors='enabled',
    error='',
    ready=True,
    robot='real',
    has_media=False,
)
SHORT_S = 0.3


def test_the_robot_is_named_with_or_without_its_port() -> None:
    assert parse([]) is None
    assert parse(['--robot', '10.0.0.7']) == RobotAddress('10.0.0.7', 8000)
    assert parse(['--robot=reachy-mini.local:81']) == RobotAddress('reachy-mini.local', 81)
    assert str(parse(['--robot', '[fe80::1]'])) == '[fe80::1]:8000'


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--robot'], '--robot needs'),
        (['--robot='], '--robot needs'),
        (['--robot', '--core'], '--robot needs'),
        (['--robot', 'a', '--robot', 'b'], 'given twice'),
        (['--robot', 'http://a'], 'HOST or HOST:PORT'),
        (['--robot', 'a', 'b'], 'unexpected b'),
    ],
)
def test_a_wrong_robot_is_wrong_usage(arguments: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse(arguments)


def address_of(daemon: OfficialDaemon) -> RobotAddress:
    return RobotAddress('127.0.0.1', daemon.port)


def findings(address: RobotAddress) -> dict[str, Finding]:
    return {finding.name: finding for finding in robot_checkup(Layout(), address)}


def test_the_official_daemon_passes_every_check_of_it(official_daemon: OfficialDaemon) -> None:
    found = findings(address_of(official_daemon))
    names = ['daemon', 'version', 'state', 'backend', 'motors', 'media']
    assert list(found) == [*names, 'camera', 'microphone', 'speaker']
    assert [found[name].level for name in names] == [OK] * len(names)
    assert 'mockup' in found['daemon'].text


def test_a_daemon_of_this_computer_is_found_without_naming_it(
    official_daemon: OfficialDaemon,
) -> None:
    found = check_local_daemon(address_of(official_daemon))
    assert found.level == OK
    assert '1.13.0 of a mockup robot' in found.text
    assert f'--robot {address_of(official_daemon)}' in found.text


def test_the_simulator_needs_no_daemon() -> None:
    with socket.socket() as closed:
        closed.bind(('127.0.0.1', 0))  # and does not listen
        found = check_local_daemon(RobotAddress('127.0.0.1', closed.getsockname()[1]))
    assert found.level == NOT_APPLICABLE
    assert 'Connection refused' in found.text


@pytest.mark.parametrize(
    ('mode', 'text'), [('disabled', 'off'), ('gravity_compensation', 'compliant')]
)
def test_motors_that_are_not_on_are_a_warning_whose_fix_works(
    official_daemon: OfficialDaemon, mode: str, text: str
) -> None:
    switch_motors(official_daemon, f'/api/motors/set_mode/{mode}')
    finding = findings(address_of(official_daemon))['motors']
    assert finding.level == WARN
    assert text in finding.text
    command = f'http://{address_of(official_daemon)}/api/motors/set_mode/enabled'
    assert command in finding.fix
    switch_motors(official_daemon, '/api/motors/set_mode/enabled')
    assert findings(address_of(official_daemon))['motors'].level == OK


def switch_motors(daemon: OfficialDaemon, path: str) -> None:
    connection = HTTPConnection('127.0.0.1', daemon.port, timeout=10.0)
    try:
        connection.request('POST', path)
        assert connection.getresponse().status == 200
    finally:
        connection.close()


def test_a_daemon_that_hangs_is_no_answer(official_daemon: OfficialDaemon) -> None:
    os.kill(official_daemon.pid, signal.SIGSTOP)
    try:
        with pytest.raises(NoStatus, match='no answer from'):
            read_status(address_of(official_daemon), SHORT_S)
    finally:
        os.kill(official_daemon.pid, signal.SIGCONT)
    assert read_status(address_of(official_daemon)).state == 'running'


def test_without_a_daemon_its_senses_are_checked_all_the_same() -> None:
    with socket.socket() as closed:
        closed.bind(('127.0.0.1', 0))  # and does not listen
        found = findings(RobotAddress('127.0.0.1', closed.getsockname()[1]))
    assert list(found) == ['daemon', 'camera', 'microphone', 'speaker']
    assert found['daemon'].level == FAIL
    assert 'Connection refused' in found['daemon'].text
    assert 'reachy-mini-daemon' in found['daemon'].fix
    assert all(finding.fix for finding in found.values() if finding.level != OK)


@contextmanager
def server(answer: bytes, *, drip: bool = False) -> Iterator[RobotAddress]:
    """Answer every request with these bytes; then hang up, or go on with a byte at a time."""
    over = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(4096)
            try:
                self.request.sendall(answer)
                while drip and not over.wait(SHORT_S / 10):
                    self.request.sendall(b' ')
            except OSError:
                return  # the other side has had enough

    with socketserver.ThreadingTCPServer(('127.0.0.1', 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield RobotAddress('127.0.0.1', made.server_address[1])
        finally:
            over.set()
            made.shutdown()
            thread.join()


def http(body: bytes, status: str = '200 OK') -> bytes:
    return f'HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n'.encode() + body


@pytest.mark.parametrize(
    ('answer', 'message'),
    [
        (b'', 'no answer'),
        (b'SSH-2.0-OpenSSH_9.2\r\n', 'no answer'),
        (http(b'{"state":"running"}')[:-4], 'no answer'),
        (http(b'<html></html>'), 'no Reachy Mini daemon'),
        (http(b'\xff\xfe'), 'no Reachy Mini daemon'),
        (http(b'[]'), 'no Reachy Mini daemon'),
        (http(b'{"state": 3}'), 'no Reachy Mini daemon'),
        (http(b'[' * ANSWER_MAX_B), 'no Reachy Mini daemon'),
        (http(b'{"state":"running"}' + b' ' * ANSWER_MAX_B), 'no Reachy Mini daemon'),
        (http(b'{"state":"running"}', '404 Not Found'), 'HTTP 404'),
        (http(b'{}', '403 Forbidden'), 'refuses to be called'),
        (http(b'', '302 Found\r\nLocation: http://127.0.0.1:1/'), 'HTTP 302'),
    ],
    ids=[
        *('nothing', 'ssh', 'half', 'html', 'binary', 'list', 'state', 'deep', 'long'),
        *('not-found', 'forbidden', 'redirect'),
    ],
)
def test_what_is_no_daemon_is_told_apart(answer: bytes, message: str) -> None:
    with server(answer) as address, pytest.raises(NoStatus, match=message) as raised:
        read_status(address)
    assert raised.value.fix


def test_an_answer_that_never_ends_is_cut_off() -> None:
    head = b'HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n'
    with server(head, drip=True) as address, pytest.raises(NoStatus, match='no answer'):
        read_status(address, SHORT_S)


def test_a_name_that_nobody_knows_is_said() -> None:
    with pytest.raises(NoStatus, match=r'no-such-robot\.invalid: ') as raised:
        read_status(RobotAddress('no-such-robot.invalid'))
    assert 'IP address' in raised.value.fix


def test_a_status_without_details_is_read_and_cannot_write_to_the_terminal() -> None:
    with server(http(b'{"state":"error","error":"a\\u001b[2Jb","backend_status":7}')) as address:
        status = read_status(address)
    assert status.error == 'a [2Jb'
    assert (status.version, status.motors, status.ready) == ('', '', None)


@pytest.mark.parametrize(
    ('finding', 'level', 'fix'),
    [
        (check_version(HEALTHY, tested='1.13.0'), OK, ''),
        (check_version(HEALTHY, tested='1.14.0'), WARN, 'reachy-mini==1.14.0'),
        (check_state(HEALTHY, ROBOT), OK, ''),
        (check_state(replace(HEALTHY, state='starting'), ROBOT), WARN, 'wait'),
        (check_state(replace(HEALTHY, state='stopped'), ROBOT), FAIL, '/api/daemon/start'),
        (check_state(replace(HEALTHY, state='error'), ROBOT), FAIL, '/api/daemon/restart'),
        (check_backend(HEALTHY, ROBOT), OK, ''),
        (check_backend(replace(HEALTHY, error='no motor 14'), ROBOT), FAIL, 'power supply'),
        (check_backend(replace(HEALTHY, ready=False), ROBOT), FAIL, 'power supply'),
        (check_motors(HEALTHY, ROBOT), OK, ''),
        (check_motors(replace(HEALTHY, motors=''), ROBOT), WARN, 'running'),
        (check_media(HEALTHY, ROBOT), OK, ''),
        (check_media(replace(HEALTHY, has_media=True), ROBOT), WARN, '/api/media/release'),
    ],
)
def test_each_trouble_of_a_robot_has_its_level_and_fix(
    finding: Finding, level: str, fix: str
) -> None:
    assert finding.level == level
    assert fix in finding.fix
    assert bool(finding.fix) == (level != OK)


def test_a_robot_is_checked_where_nothing_is_installed(tmp_path: Path) -> None:
    with server(http(b'{"state":"running"}')) as address:
        lock = tmp_path / 'requirements-core.lock'
        lock.write_text('reachy-mini==1.13.0\n', encoding='utf-8')
        found = {finding.name: finding for finding in robot_checkup(Layout(tmp_path), address)}
    assert found['state'].level == OK
    assert found['version'].text == 'not told; the driver is tested with 1.13.0'
    assert 'speaker' in found
