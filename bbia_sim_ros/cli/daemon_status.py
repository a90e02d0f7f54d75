"""Asking the daemon of a robot for its status, over REST.

Contract: one GET, no proxy, no redirect, at most ANSWER_MAX_B bytes. Connecting takes at most
`timeout_s` for each address that the name stands for, the answer `timeout_s` in all.
"""

import http.client
import json
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass

DEFAULT_PORT = 8000
STATUS_PATH = '/api/daemon/status'
TIMEOUT_S = 5.0
ANSWER_MAX_B = 64 * 1024
START_IT = (
    'start it there: reachy-mini-daemon --fastapi-host 0.0.0.0 (without the option it listens to'
    ' its own computer only)'
)


@dataclass(frozen=True)
class RobotAddress:
    """Name or address of the robot, IPv6 without brackets, and the TCP port of its daemon."""

    host: str
    port: int = DEFAULT_PORT

    def __str__(self) -> str:
        host = f'[{self.host}]' if ':' in self.host else self.host
        return f'{host}:{self.port}'


class NoStatus(Exception):
    """No status could be had: why, and what to do."""

    def __init__(self, why: str, fix: str) -> None:
        super().__init__(why)
        self.why = why
        self.fix = fix


@dataclass(frozen=True)
class DaemonStatus:
    """What the daemon says of itself; None or '' where it says nothing.

    state     not_initialized, starting, running, stopping, stopped, error
    motors    enabled, disabled, gravity_compensation
    error     of the daemon or of its connection to the motors
    ready     whether the motors answer; only a real robot says it
    robot     what stands behind it: real, simulated (MuJoCo), mockup
    has_media whether it holds camera, microphone and speaker for itself
    """

    version: str
    state: str
    motors: str
    error: str
    ready: bool | None
    robot: str
    has_media: bool


def read_status(address: RobotAddress, timeout_s: float = TIMEOUT_S) -> DaemonStatus:
    """Ask the daemon at `address`. Raises NoStatus."""
    try:
        code, answer = _get(address, timeout_s)
    except socket.gaierror as error:
        raise NoStatus(
            f'{address.host}: {error.strerror}',
            'give its IP address; robot and this computer have to be in the same network',
        ) from error
    except ConnectionRefusedError as error:
        raise NoStatus(f'no daemon at {address}: {error.strerror}', START_IT) from error
    except (OSError, http.client.HTTPException) as error:
        why = str(error) or type(error).__name__
        fix = f'is it on and in the same network? ping {address.host}'
        raise NoStatus(f'no answer from {address}: {why}', fix) from error
    if code == http.client.FORBIDDEN:
        fix = 'use its IP address or NAME.local: the daemon refuses other names'
        raise NoStatus(f'the daemon refuses to be called {address.host}', fix)
    status = _parse(answer) if code == http.client.OK else None
    if status is None:
        why = f'{address} answers, but is no Reachy Mini daemon (HTTP {code})'
        raise NoStatus(why, 'give the right HOST:PORT')
    return status


def _get(address: RobotAddress, timeout_s: float) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(address.host, address.port, timeout=timeout_s)
    try:
        connection.connect()
        connected: socket.socket = connection.sock
        # The timeout of the socket starts anew with every byte.
        end = threading.Timer(timeout_s, _hang_up, [connected])
        end.start()
        try:
            connection.request('GET', STATUS_PATH, headers={'Accept': 'application/json'})
            response = connection.getresponse()
            body = response.read(ANSWER_MAX_B + 1)
            if response.length and len(body) <= ANSWER_MAX_B:
                raise http.client.IncompleteRead(body, response.length)
            return response.status, body
        finally:
            end.cancel()
    finally:
        connection.close()


def _hang_up(connected: socket.socket) -> None:
    with suppress(OSError):  # it has ended meanwhile
        connected.shutdown(socket.SHUT_RDWR)


def _parse(answer: bytes) -> DaemonStatus | None:
    """Return the status in `answer`; None when it is something else."""
    if len(answer) > ANSWER_MAX_B:
        return None
    try:
        status = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    if not isinstance(status, dict) or not isinstance(status.get('state'), str):
        return None
    backend = status.get('backend_status')
    if not isinstance(backend, dict):
        backend = {}
    ready = backend.get('ready')
    simulated = 'simulated' if status.get('simulation_enabled') else 'real'
    return DaemonStatus(
        version=_text(status.get('version')),
        state=status['state'],
        motors=_text(backend.get('motor_control_mode')),
        error=_text(status.get('error')) or _text(backend.get('error')),
        ready=ready if isinstance(ready, bool) else None,
        robot='mockup' if status.get('mockup_sim_enabled') else simulated,
        has_media=not (status.get('no_media') or status.get('media_released')),
    )


def _text(value: object) -> str:
    """Return what may be shown on one line of a terminal."""
    if value is None or value == '':
        return ''
    return ''.join(c if c.isprintable() else ' ' for c in str(value))[:200]
