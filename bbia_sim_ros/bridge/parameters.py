"""Parameters of `bridge_node`. The token is none of them: parameters are readable by everybody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bbia_sim_ros.parameters import Parameters
from bbia_sim_ros.parameters import parameter

_ANY_PORT = 65535


@dataclass(frozen=True, kw_only=True)
class BridgeParameters(Parameters):
    """Parameters of `bridge_node`."""

    host: str = parameter(
        '127.0.0.1',
        'Address to listen on; any but a loopback address needs a token (BBIA_BRIDGE_TOKEN or'
        ' token_file).',
        read_only=True,
    )
    port: int = parameter(
        9090,
        'Port of the WebSocket; 0: any free one.',
        minimum=0,
        maximum=_ANY_PORT,
        read_only=True,
    )
    web_port: int = parameter(
        8080,
        'Port of the dashboard; 0: any free one; -1: no dashboard.',
        minimum=-1,
        maximum=_ANY_PORT,
        read_only=True,
    )
    token_file: str = parameter(
        '',
        'File that holds the token which clients must give, readable by its owner only; empty: the'
        ' environment variable BBIA_BRIDGE_TOKEN, if it is set.',
        read_only=True,
    )
    certificate: str = parameter(
        '', 'File with the TLS certificate chain, PEM; empty: no TLS.', read_only=True
    )
    private_key: str = parameter(
        '', 'File with the private key of the certificate, PEM.', read_only=True
    )
    allowed_origins: tuple[str, ...] = parameter(
        ('http://localhost:*', 'https://localhost:*', 'http://127.0.0.1:*', 'https://127.0.0.1:*'),
        'Pages that may connect: their origins, * stands for anything. A client that sends no'
        ' origin is no page.',
    )
    topics_allowed: tuple[str, ...] = parameter(
        ('*',), 'Topics that clients may subscribe to; * stands for anything.'
    )
    publish_allowed: tuple[str, ...] = parameter(
        ('*',), 'Topics that clients may publish; * stands for anything.'
    )
    services_allowed: tuple[str, ...] = parameter(
        ('*',), 'Services that clients may call and offer; * stands for anything.'
    )
    actions_allowed: tuple[str, ...] = parameter(
        ('*',), 'Actions that clients may use and offer; * stands for anything.'
    )
    max_message_size: int = parameter(
        10_000_000,
        'Longest message a client may send, bytes; a longer one closes it with code 1009.',
        minimum=1_000,
        maximum=1_000_000_000,
    )
    max_clients: int = parameter(
        100, 'Clients at the same time; one more is refused.', minimum=1, maximum=10_000
    )
    max_subscriptions: int = parameter(
        200,
        'Topics that one client may subscribe to; as many it may publish, and offer services and'
        ' actions.',
        minimum=1,
        maximum=10_000,
    )
    max_pending_calls: int = parameter(
        100,
        'Service calls and goals of one client that wait for their answer.',
        minimum=1,
        maximum=10_000,
    )
    max_calls_per_second: float = parameter(
        1000.0,
        'Rate of service calls and goals of one client; those above it are refused.',
        minimum=0.1,
        maximum=100_000.0,
    )
    client_queue_bytes: int = parameter(
        4_000_000,
        'Bytes that may wait for one client; beyond that it loses the oldest messages of topics.',
        minimum=10_000,
        maximum=1_000_000_000,
    )
    client_queue_messages: int = parameter(
        1000, 'Messages that may wait for one client.', minimum=10, maximum=1_000_000
    )
    client_inactivity_timeout: float = parameter(
        300.0,
        'Seconds of silence after which a client without subscriptions is closed; 0: never.',
        minimum=0.0,
        maximum=86_400.0,
    )
    ping_period: float = parameter(
        5.0,
        'Seconds between pings; a client that is not heard for three of them is gone.',
        minimum=0.1,
        maximum=3600.0,
    )
    service_timeout: float = parameter(
        30.0,
        'Seconds to wait for the answer of a service, unless the call says otherwise.',
        minimum=0.1,
        maximum=3600.0,
    )
    discovery_timeout: float = parameter(
        1.0,
        'Seconds to wait for a service or an action server that is not there yet.',
        minimum=0.0,
        maximum=60.0,
    )

    def conflicts(self) -> Iterable[str]:
        """Ports must differ; certificate and key belong together."""
        if self.port == self.web_port and self.port > 0:
            yield f'port and web_port are both {self.port}; they must differ'
        if bool(self.certificate) != bool(self.private_key):
            yield 'certificate and private_key belong together; give both or none'
