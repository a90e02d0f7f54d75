"""The connection: reconnects, newest wins, and a peer that misbehaves does no harm."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bbia_sim_ros.hardware.link import MAX_FRAME_B
from bbia_sim_ros.hardware.link import MAX_REQUESTS
from bbia_sim_ros.hardware.link import DaemonLink
from bbia_sim_ros.hardware.link_state import MAX_ENDED_TASKS
from bbia_sim_ros.hardware.protocol import StatusMessage
from bbia_sim_ros.hardware.rest import DaemonRest
from bbia_sim_ros.robot.driver import DriverError
from support.ports import free_ports
from support.scripted_daemon import HOST
from support.scripted_daemon import ScriptedDaemon
from support.scripted_daemon import joints_frame
from support.waiting import wait_until


def no_status() -> StatusMessage:
    raise DriverError('this peer has no REST interface')


@contextmanager
def link_to(port: int) -> Iterator[DaemonLink]:
    """Return a link that connects, and close it at the end."""
    link = DaemonLink(HOST, port, ask_status=no_status, on_state=lambda: None)
    link.start()
    try:
        yield link
    finally:
        link.close()


@pytest.fixture
def daemon() -> Iterator[ScriptedDaemon]:
    with ScriptedDaemon() as scripted:
        yield scripted


@pytest.fixture
def link(daemon: ScriptedDaemon) -> Iterator[DaemonLink]:
    with link_to(daemon.port) as made:
        wait_until(lambda: made.snapshot().joints, 'a joint state')
        yield made


def test_states_come_in_and_targets_go_out(link: DaemonLink, daemon: ScriptedDaemon) -> None:
    link.send_motion(('{"type": "target", "n": 1}', '{"type": "target", "n": 2}'))
    targets = wait_until(lambda: len(daemon.of_type('target')) == 2 and daemon.of_type('target'))
    assert [target['n'] for target in targets] == [1, 2]
    assert link.snapshot().states > 0
    wait_until(lambda: link.snapshot().status, 'the status')


def test_every_state_wakes_the_listener(daemon: ScriptedDaemon) -> None:
    woken = threading.Event()
    link = DaemonLink(HOST, daemon.port, ask_status=no_status, on_state=woken.set)
    link.start()
    try:
        assert woken.wait(10.0)
    finally:
        link.close()


def test_a_request_overtakes_the_motion_that_waits(
    link: DaemonLink, daemon: ScriptedDaemon
) -> None:
    def numbers() -> list[int]:
        return [frame['n'] for frame in list(daemon.received)]

    daemon.reads.clear()
    padding = 'x' * 60_000
    # The peer does not read: after some frames its buffers are full and the rest must wait.
    wait_until(lambda: _send(link, 0, padding) or link.snapshot().overwritten > 20)
    _send(link, 1, '')
    assert link.request('{"type": "stop_move", "n": 2}')
    daemon.reads.set()
    wait_until(lambda: 1 in numbers(), 'the newest target')
    assert numbers().index(2) < numbers().index(1)


def _send(link: DaemonLink, number: int, padding: str) -> None:
    link.send_motion((json.dumps({'type': 'target', 'n': number, 'padding': padding}),))


def test_a_peer_that_does_not_read_gets_the_newest_target_only(
    link: DaemonLink, daemon: ScriptedDaemon
) -> None:
    daemon.reads.clear()
    padding = 'x' * 60_000
    sent = 0
    while link.snapshot().overwritten < 500:
        sent += 1
        _send(link, sent, padding)
    daemon.reads.set()
    wait_until(lambda: daemon.of_type('target')[-1:] and daemon.received[-1]['n'] == sent)
    assert len(daemon.of_type('target')) < sent - 400


def test_too_many_requests_are_turned_away(link: DaemonLink, daemon: ScriptedDaemon) -> None:
    daemon.reads.clear()
    big = json.dumps({'type': 'request', 'padding': 'x' * 60_000})
    taken = 0
    while link.request(big):
        taken += 1
    assert taken >= MAX_REQUESTS
    daemon.reads.set()
    wait_until(lambda: len(daemon.of_type('request')) == taken, 'all that was taken')


def test_it_connects_again_when_the_peer_comes_back() -> None:
    with ScriptedDaemon() as first:
        port = first.port
        with link_to(port) as link:
            wait_until(lambda: link.snapshot().joints, 'a joint state')
            first.__exit__(None, None, None)
            reason = wait_until(lambda: link.snapshot().reason, 'the end of the connection')
            assert f'no connection to {HOST}:{port}' in reason
            assert not link.request('{"type": "lost"}')
            link.send_motion(('{"type": "lost"}',))
            with ScriptedDaemon(port) as second:
                wait_until(lambda: link.snapshot().connection == 2, 'the second connection')
                wait_until(lambda: link.snapshot().joints, 'a joint state')
                link.send_motion(('{"type": "new"}',))
                wait_until(lambda: second.of_type('new'), 'a target')
                assert not second.of_type('lost')


def test_a_silent_peer_is_given_up_and_connected_to_anew(
    link: DaemonLink, daemon: ScriptedDaemon
) -> None:
    daemon.talks.clear()
    wait_until(lambda: 'nothing came' in link.snapshot().reason, 'giving it up')
    daemon.talks.set()
    wait_until(lambda: link.snapshot().connection == 2 and link.snapshot().joints)


def test_frames_that_cannot_be_read_are_counted_and_the_rest_is_taken(
    link: DaemonLink, daemon: ScriptedDaemon
) -> None:
    daemon.frames = ['garbage', joints_frame([9.9] * 3), joints_frame()]
    wait_until(lambda: link.snapshot().bad_frames >= 4, 'bad frames')
    states = link.snapshot().states
    wait_until(lambda: link.snapshot().states > states, 'more states')
    assert 'head_joint_positions' in link.snapshot().last_bad_frame or 'not JSON' in (
        link.snapshot().last_bad_frame
    )
    assert link.snapshot().connection == 1


def test_a_frame_that_is_too_large_ends_the_connection_with_the_reason(
    link: DaemonLink, daemon: ScriptedDaemon
) -> None:
    good, daemon.frames = daemon.frames, ['x' * (MAX_FRAME_B + 1)]
    reason = wait_until(lambda: link.snapshot().reason, 'the end of the connection')
    assert '1009' in reason
    daemon.frames = good
    wait_until(lambda: link.snapshot().connected and link.snapshot().joints, 'a new connection')


def test_only_the_newest_ends_of_tasks_are_kept(link: DaemonLink, daemon: ScriptedDaemon) -> None:
    daemon.frames = [
        json.dumps({'type': 'task_progress', 'uuid': str(n), 'finished': True, 'error': None})
        for n in range(50)
    ]
    wait_until(lambda: '49' in link.snapshot().ended_tasks, 'the last task')
    assert len(link.snapshot().ended_tasks) <= MAX_ENDED_TASKS


def test_where_nothing_listens_it_says_so() -> None:
    with link_to(free_ports(1)[0]) as link:
        wait_until(lambda: 'is the daemon running' in link.snapshot().reason)


def test_what_is_no_websocket_is_named() -> None:
    with socket.create_server((HOST, 0)) as server, link_to(server.getsockname()[1]) as link:
        while 'not the daemon' not in link.snapshot().reason:
            client, _ = server.accept()
            with client, contextlib.suppress(ConnectionError):
                client.recv(4096)
                client.sendall(b'220 mail.example.org ESMTP\r\n')
            wait_until(lambda: link.snapshot().reason, 'a reason')


def test_a_peer_that_accepts_and_says_nothing_does_not_hold_up_the_end() -> None:
    with socket.create_server((HOST, 0)) as server:
        link = DaemonLink(
            HOST, server.getsockname()[1], ask_status=no_status, on_state=lambda: None
        )
        link.start()
        client, _ = server.accept()
        with client:
            link.close()


def test_the_rest_interface_says_what_went_wrong() -> None:
    port = free_ports(1)[0]
    with pytest.raises(DriverError, match=r'status of the daemon failed: .*refused'):
        DaemonRest(HOST, port).status()
    # The kernel accepts for a server that does not.
    with (
        socket.create_server((HOST, port)),
        pytest.raises(DriverError, match='no answer in time'),
    ):
        DaemonRest(HOST, port).status()


def test_an_answer_in_drips_is_not_waited_for() -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]

        def drip() -> None:
            client, _ = server.accept()
            with client, contextlib.suppress(ConnectionError):
                client.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n')
                while not done.wait(0.05):
                    client.sendall(b' ')

        done = threading.Event()
        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(DriverError, match=r'no answer in time|not that of a daemon'):
                DaemonRest(HOST, port).status()
        finally:
            done.set()
            thread.join()
