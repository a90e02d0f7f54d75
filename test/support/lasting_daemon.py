"""The official daemon as a fault test needs it: it comes back where it was, also on another host.

Contract: as `OfficialDaemon`, but every start uses the port of the first one, and with `network` it
runs on the host `robot` of that network and listens on that host's address.
"""

from __future__ import annotations

from support.netns import Namespaces
from support.official_daemon import Mode
from support.official_daemon import OfficialDaemon
from support.ports import HOST

ROBOT = 'robot'


class LastingDaemon(OfficialDaemon):
    """See the module's docstring."""

    def __init__(self, mode: Mode = Mode.MOCKUP, *, network: Namespaces | None = None) -> None:
        self._port = 0
        super().__init__(mode)
        self.mode = mode
        self.host = HOST
        if network is not None:
            self.host = network.address(ROBOT)
            # The last one of an option that is given twice counts.
            self._command = network.command(ROBOT, [*self._command, '--fastapi-host', self.host])

    @property
    def port(self) -> int:
        """The port that it listens on, 0 before the first start."""
        return self._port

    @port.setter
    def port(self, port: int) -> None:
        self._port = self._port or port

    @property
    def url(self) -> str:
        """Base of the REST interface."""
        return f'http://{self.host}:{self.port}'

    @property
    def websocket_url(self) -> str:
        """The socket that the official SDK uses."""
        return f'ws://{self.host}:{self.port}/ws/sdk'
