"""What is left of clients that come, use everything and vanish: threads, files, memory, entities.

A thousand times a client subscribes, advertises, publishes, offers a service, calls one, and cuts
its connection without a word. Printed is what the bridge's process has before, after a warm-up of
fifty, and in the end.

    ./bbia bench bridge_cycles
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

import psutil  # noqa: E402

from support.bridge import Bridge  # noqa: E402
from support.bridge import running_bridge  # noqa: E402
from support.domains import reserved_domain  # noqa: E402
from support.waiting import wait_until  # noqa: E402

WARM_UP = 50
CYCLES = 1000
TOPIC = '/cycled'
_MEGABYTE = 1_000_000


def cycle(bridge: Bridge) -> None:
    """Be a client that vanishes."""
    with bridge.client() as client:
        client.send(op='subscribe', topic=TOPIC, type='std_msgs/String')
        client.send(op='subscribe', topic='/bridge/clients')
        client.send(op='advertise', topic=TOPIC, type='std_msgs/String')
        client.send(op='publish', topic=TOPIC, msg={'data': 'x' * 1000})
        client.send(op='advertise_service', service='/cycled_service', type='std_srvs/Trigger')
        client.done()
        client.socket.socket.shutdown(socket.SHUT_RDWR)


def entities(bridge: Bridge) -> list[str]:
    """Return the names of what the bridge's node subscribes to, publishes and serves."""
    with bridge.client() as client:
        details = client.call('/rosapi/node_details', node='/bridge')['values']
    return [name for names in details.values() for name in names]


def show(when: str, bridge: Bridge) -> None:
    """Print what the process has once the last client's entities are gone."""
    wait_until(lambda: TOPIC not in entities(bridge), f'{TOPIC} is let go')
    threads, files = bridge.usage()
    memory = psutil.Process(bridge.pid).memory_full_info().uss / _MEGABYTE
    count = len(entities(bridge))
    print(f'{when}: {threads} threads, {files} files, USS {memory:.1f} MB, {count} entities')


def main() -> None:
    """Run the cycles and print one line per stage."""
    with reserved_domain(), running_bridge() as bridge:
        show('at the start', bridge)
        for _ in range(WARM_UP):
            cycle(bridge)
        show(f'after {WARM_UP} cycles', bridge)
        for _ in range(CYCLES):
            cycle(bridge)
        show(f'after {CYCLES} more', bridge)


if __name__ == '__main__':
    main()
