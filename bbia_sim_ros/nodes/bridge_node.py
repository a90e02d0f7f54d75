"""Browsers, scripts and ROS: rosbridge v2 on `port`, the dashboard on `web_port`.

Out: `bridge/clients` (latched, once a second while somebody is connected), `/diagnostics`. What
clients publish, subscribe to, call and offer is theirs.

Threads: the executor's takes messages from ROS and makes and destroys entities; the bridge's own
(`nodes/bridge_thread.py`) does everything else. The node refuses to start on an address that other
computers can reach without a token (`bridge/access.py`), and on a port that is in use.
"""

from __future__ import annotations

import os
import socket
import ssl
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ament_index_python import PackageNotFoundError
from ament_index_python import get_package_share_directory
from rclpy.node import Node
from std_msgs.msg import Header

from bbia_msgs.msg import BridgeClient
from bbia_msgs.msg import BridgeClients
from bbia_sim_ros.addresses import is_loopback
from bbia_sim_ros.bridge.access import Access
from bbia_sim_ros.bridge.access import AccessError
from bbia_sim_ros.bridge.access import load_token
from bbia_sim_ros.bridge.access import require_token_unless_loopback
from bbia_sim_ros.bridge.parameters import BridgeParameters
from bbia_sim_ros.bridge.server import ClientReport
from bbia_sim_ros.bridge.server import ServerReport
from bbia_sim_ros.bridge.web import WebFolders
from bbia_sim_ros.container import main as run_container
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.bridge_thread import BridgeThread
from bbia_sim_ros.nodes.bridge_thread import Listening
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.diagnostics import Diagnostics
from bbia_sim_ros.nodes.diagnostics import Level
from bbia_sim_ros.nodes.errors import StartError
from bbia_sim_ros.nodes.lifetime import forget_destroyed
from bbia_sim_ros.nodes.node_parameters import NodeParameters
from bbia_sim_ros.nodes.polling import executor_of
from bbia_sim_ros.nodes.ros_logging import log_to_node
from bbia_sim_ros.simulation.assets import prepare
from bbia_sim_ros.simulation.errors import AssetError
from bbia_sim_ros.stack import share_directory

_REPORT_PERIOD_S = 1.0
_BEGIN_S = 0.001
_SPIN_SLICE_S = 0.02
_BACKLOG = 128
_LOGGERS = ('bbia_sim_ros.bridge', 'aiohttp')


class BridgeNode(Node):
    """The node `bridge`; see the module's docstring."""

    def __init__(self) -> None:
        super().__init__('bridge')
        self._cleanup = ExitStack()
        self.parameters = NodeParameters(self, BridgeParameters, on_change=self._on_parameters)
        values = self.parameters.value
        try:
            self._token = load_token(os.environ, values.token_file)
            require_token_unless_loopback(values.host, self._token)
        except AccessError as error:
            raise StartError(str(error)) from error
        self._access = self._access_of(values)
        listening = self._listen(values)
        for name in _LOGGERS:
            self._cleanup.enter_context(log_to_node(name, self))
        self._thread = BridgeThread(
            self,
            listening=listening,
            parameters=lambda: self.parameters.value,
            access=lambda: self._access,
            folders=WebFolders(
                dashboard=_dashboard_folder, assets=_asset_folder, package_share=_package_share
            ),
            config=lambda: self._config(listening),
        )
        self._cleanup.callback(self._thread.close, self._spin)
        self._published: ServerReport | None = None
        self._dropped = 0
        self._publisher = self.create_publisher(BridgeClients, 'bridge/clients', qos.LATCHED)
        self._diagnostics = Diagnostics(self, hardware_id='none')
        self.create_timer(_REPORT_PERIOD_S, self._report, clock=steady_clock())
        self._begin_timer = self.create_timer(_BEGIN_S, self._begin, clock=steady_clock())
        self._addresses = _addresses(listening)

    def _begin(self) -> None:
        """Start serving, now that an executor is there."""
        self._begin_timer.cancel()
        self._thread.start()
        self.get_logger().info(self._addresses)
        self._report()

    def _listen(self, values: BridgeParameters) -> Listening:
        tls = None
        if values.certificate:
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            try:
                tls.load_cert_chain(
                    Path(values.certificate).expanduser(), Path(values.private_key).expanduser()
                )
            except (OSError, ssl.SSLError) as error:
                raise StartError(
                    f'certificate {values.certificate} with private_key {values.private_key}'
                    f' cannot be used: {error}'
                ) from error
        bridge = _bind(values.host, values.port, 'port')
        self._cleanup.callback(bridge.close)
        web = None
        if values.web_port >= 0:
            web = _bind(values.host, values.web_port, 'web_port')
            self._cleanup.callback(web.close)
        return Listening(bridge=bridge, web=web, tls=tls)

    def _access_of(self, values: BridgeParameters) -> Access:
        return Access(
            token=self._token,
            loopback=is_loopback(values.host),
            origins=values.allowed_origins,
            topics=values.topics_allowed,
            publish=values.publish_allowed,
            services=values.services_allowed,
            actions=values.actions_allowed,
        )

    def _on_parameters(self, before: BridgeParameters, after: BridgeParameters) -> None:
        self._access = self._access_of(after)

    def _config(self, listening: Listening) -> dict[str, Any]:
        """Return what the page has to know."""
        return {
            'websocket': {
                'port': listening.bridge.getsockname()[1],
                'path': '/',
                'secure': listening.tls is not None,
            },
            'token_needed': bool(self._token),
            'namespace': self.get_namespace(),
        }

    def _report(self) -> None:
        forget_destroyed(self)
        report = self._thread.report
        if report is not self._published:
            self._published = report
            self._publisher.publish(self._message(report))
        lost = report.dropped - self._dropped
        self._dropped = report.dropped
        count = len(report.clients)
        message = f'{count} client{"" if count == 1 else "s"}'
        if lost > 0:
            message += f'; {lost} messages left out for clients that read too slowly'
        self._diagnostics.update(
            'bridge',
            Level.WARN if lost > 0 else Level.OK,
            message,
            {
                'clients': str(count),
                'clients since start': str(report.total),
                'refused': str(report.refused),
                'closed for inactivity': str(report.closed_idle),
                'messages left out': str(report.dropped),
                'bytes waiting': str(sum(client.backlog_B for client in report.clients)),
                'closed last': report.last_closed,
            },
        )

    def _message(self, report: ServerReport) -> BridgeClients:
        return BridgeClients(
            header=Header(stamp=self.get_clock().now().to_msg()),
            clients=[_client_message(client) for client in report.clients],
            total=report.total,
            refused=report.refused,
            closed_idle=report.closed_idle,
            last_closed=report.last_closed,
        )

    def _spin(self) -> None:
        """Let the executor do what the ending bridge hands to it."""
        executor_of(self).spin_once(_SPIN_SLICE_S)

    def destroy_node(self) -> None:
        """Tell the clients, give everything back, destroy the node."""
        self._cleanup.close()
        super().destroy_node()


def _bind(host: str, port: int, parameter: str) -> socket.socket:
    """Return a listening socket; raises `StartError` naming the parameter."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        raise StartError(
            f'cannot listen on {host}:{port}: {error.strerror}; end what uses it, or set the'
            f' parameters host and {parameter} of the node bridge'
        ) from error


def _addresses(listening: Listening) -> str:
    secure = 's' if listening.tls is not None else ''
    text = f'rosbridge on ws{secure}://{_address(listening.bridge)}'
    if listening.web is not None:
        text += f', dashboard on http{secure}://{_address(listening.web)}'
    return text


def _address(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f'[{host}]:{port}' if ':' in host else f'{host}:{port}'


def _dashboard_folder() -> Path | None:
    share = share_directory()
    for folder in (share / 'web' / 'dist', share / 'web'):
        if (folder / 'index.html').is_file() and not (folder / 'package.json').is_file():
            return folder
    return None


def _asset_folder() -> Path:
    try:
        return prepare().root
    except AssetError as error:
        raise LookupError(str(error)) from error


def _package_share(package: str) -> Path:
    try:
        return Path(get_package_share_directory(package))
    except (PackageNotFoundError, ValueError) as error:
        raise LookupError(f'there is no package {package!r}') from error


def _client_message(client: ClientReport) -> BridgeClient:
    return BridgeClient(
        id=client.number,
        address=client.address,
        connected_for=client.connected_s,
        idle=client.idle_s,
        subscriptions=list(client.subscriptions),
        publications=list(client.publications),
        messages_in=client.messages_in,
        messages_out=client.messages_out,
        bytes_in=client.bytes_in,
        bytes_out=client.bytes_out,
        dropped=client.dropped,
        backlog=min(client.backlog_B, 2**32 - 1),
    )


def main() -> int:
    """Run this node alone; return the exit code."""
    return run_container(['bridge_node', *sys.argv[1:]])
