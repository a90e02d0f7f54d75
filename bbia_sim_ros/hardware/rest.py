"""The daemon's REST interface, as far as the driver needs it: its status and its motors.

Blocking, each call for at most `TIMEOUT_S`. Switching goes this way because the WebSocket discards
the answers; and the mode is read back, because a daemon answers "changed" to what it did not do.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from http.client import HTTPConnection
from http.client import HTTPException

import orjson

from bbia_sim_ros.hardware.protocol import MODE_NAMES
from bbia_sim_ros.hardware.protocol import ProtocolError
from bbia_sim_ros.hardware.protocol import StatusMessage
from bbia_sim_ros.hardware.protocol import motors_of
from bbia_sim_ros.hardware.protocol import status_message
from bbia_sim_ros.robot.driver import DriverError
from bbia_sim_ros.robot.driver import Motors

TIMEOUT_S = 1.0
_MAX_ANSWER_B = 65536
_OK = 200


class DaemonRest:
    """The REST interface of the daemon at a host and port."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    def status(self) -> StatusMessage:
        """Return what the daemon says of itself; raises `DriverError` as `switch_motors` does."""
        path = '/api/daemon/status'
        try:
            return status_message(self._call('GET', path))
        except ProtocolError as error:
            raise DriverError(f'GET {path}: {error}') from error

    def switch_motors(self, mode: Motors) -> Motors:
        """Switch the motors and return the mode that the daemon reports afterwards.

        Raises `DriverError` when it refuses, does not answer in time or answers nonsense.
        """
        self._call('POST', f'/api/motors/set_mode/{MODE_NAMES[mode]}')
        answer = self._call('GET', '/api/motors/status')
        reported = motors_of(answer.get('mode'))
        if reported is None:
            raise DriverError(f'the daemon reports the unknown motor mode {answer.get("mode")!r}')
        return reported

    def _call(self, method: str, path: str) -> dict[str, object]:
        connection = HTTPConnection(self._host, self._port, timeout=TIMEOUT_S)
        # The connection's own timeout holds for each piece of an answer that comes in many.
        limit = threading.Timer(TIMEOUT_S, _hang_up, (connection,))
        limit.start()
        try:
            connection.request(method, path)
            response = connection.getresponse()
            body = response.read(_MAX_ANSWER_B)
        except (OSError, HTTPException) as error:
            late = isinstance(error, TimeoutError) or limit.finished.is_set()
            reason = 'no answer in time' if late else error
            raise DriverError(f'{method} {path} of the daemon failed: {reason}') from error
        finally:
            limit.cancel()
            connection.close()
        return _object(method, path, response.status, body)


def _hang_up(connection: HTTPConnection) -> None:
    stream = connection.sock
    if stream is not None:
        with contextlib.suppress(OSError):  # it has ended by itself
            stream.shutdown(socket.SHUT_RDWR)


def _object(method: str, path: str, status: int, body: bytes) -> dict[str, object]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        raise DriverError(f'{method} {path}: the answer {body[:80]!r} is not that of a daemon')
    if status != _OK:
        raise DriverError(f'the daemon refuses {method} {path}: {answer.get("detail", status)}')
    return answer
