"""The official Python client in a process of its own; the daemon's Python runs it.

    python _sdk_client.py HOST PORT

Says `ready`, then obeys one line of JSON at a time: {"stream": true} streams the path of `_path` at
its rate until {"stream": false}; {"antenna": RAD} sends one target; {"since": S} answers with
[time, right antenna] of every joint state that came later. Times are those of `time.monotonic`,
which all processes of a Linux machine share; antennas have the sign of the MJCF.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from typing import Any

import _path
import numpy as np
from reachy_mini import ReachyMini
from websockets.exceptions import ConnectionClosed


def stream(robot: ReachyMini, stop: threading.Event) -> None:
    """Send the path; what the client refuses is not sent."""
    due = time.monotonic()
    while not stop.wait(max(0.0, due - time.monotonic())):
        due = max(due + 1.0 / _path.RATE_HZ, time.monotonic() - 1.0 / _path.RATE_HZ)
        wanted = _path.target(time.monotonic())
        send(robot, wanted.antennas, np.array(wanted.head), wanted.body_yaw)


def send(
    robot: ReachyMini,
    antennas: tuple[float, float],
    head: np.ndarray | None = None,
    body_yaw: float | None = None,
) -> None:
    """Send one target."""
    try:
        robot.set_target(head=head, antennas=[-angle for angle in antennas], body_yaw=body_yaw)
    except (OSError, ConnectionClosed) as error:
        logging.getLogger(__name__).debug('not sent: %s', error)


def main() -> None:
    host, port = sys.argv[1:]
    robot = ReachyMini(
        host=host,
        port=int(port),
        connection_mode='network',
        media_backend='no_media',
        automatic_body_yaw=False,
        log_level='ERROR',
    )
    arrivals: list[tuple[float, float]] = []
    dispatch = robot.client._dispatch

    def keep(message: Any) -> None:
        if message.type == 'joint_positions':
            arrivals.append((time.monotonic(), -message.antennas_joint_positions[0]))
        dispatch(message)

    robot.client._dispatch = keep
    stop, thread = threading.Event(), threading.Thread()
    print('ready', flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        if order.get('stream'):
            stop.clear()
            thread = threading.Thread(target=stream, args=(robot, stop), daemon=True)
            thread.start()
        elif 'stream' in order:
            stop.set()
            thread.join()
        elif 'antenna' in order:
            send(robot, (order['antenna'], -order['antenna']))
        else:
            print(json.dumps([one for one in arrivals if one[0] > order['since']]), flush=True)


if __name__ == '__main__':
    main()
