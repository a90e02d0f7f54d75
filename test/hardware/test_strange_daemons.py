"""The driver of the real robot in front of servers that are no daemon, until a real one is there.

The address stays the same throughout: a relay leads to the impostor, then to the official daemon.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import psutil
import pytest

from support.domains import reserved_domain
from support.driven import Driven
from support.driven import driven
from support.garbage_daemon import Garbage
from support.garbage_daemon import closes
from support.garbage_daemon import floods
from support.garbage_daemon import plain_http
from support.garbage_daemon import says
from support.garbage_daemon import silent
from support.lasting_daemon import LastingDaemon
from support.relay import HOST
from support.relay import Relay
from support.waiting import wait_until

GROWTH_B = 30e6


def joints(head: object, antennas: object = (0.0, 0.0)) -> str:
    """Return a frame of joints; NaN becomes a literal, as Python writes it by default."""
    frame = {'head_joint_positions': head, 'antennas_joint_positions': antennas}
    return json.dumps({'type': 'joint_positions', **frame})


IMPOSTORS: dict[str, tuple[Garbage, str]] = {
    'text': (says('Hello, I am a robot.'), 'not JSON'),
    'JSON of another kind': (says('[1, 2]', '{"type": 7}'), 'not an object with a text "type"'),
    'words for numbers': (says(joints(['up'] * 7)), 'something that is not a number'),
    'NaN literals': (says(joints([float('nan')] * 7)), 'not JSON'),
    'nothing for numbers': (says(joints([None] * 7)), 'a number that is not finite'),
    'a joint too few': (says(joints([0.0] * 6)), 'has the shape (6,), not (7,)'),
    'wild joints': (says(joints([1e9] * 7)), 'beyond +-50 rad'),
    'a status without state': (says('{"type": "daemon_status"}'), 'without a text "state"'),
    'joints without a status': (says(joints([0.0] * 7)), 'has not told its state yet'),
    'frames of a megabyte': (says(joints([0.0] * 250_000)), '1009 (message too big)'),
    'an internal error': (closes(1011, 'something broke'), 'something broke'),
    'a request for patience': (closes(1013, 'no backend yet'), 'no backend yet'),
    'a web server': (plain_http, 'what answers there is not the daemon'),
    'silence': (silent, 'no answer in time'),
    'a flood of text': (floods('x' * 1000), 'not JSON'),
    'a flood of joints': (floods(joints([0.0] * 7)), 'has not told its state yet'),
}


class Stand(NamedTuple):
    """The driver of `robot` behind `relay`, and the `daemon` that belongs there."""

    robot: Driven
    relay: Relay
    daemon: LastingDaemon

    def complaint(self) -> str:
        """Return all that the driver says of its connection."""
        diagnosis = self.robot.diagnosis('connection')
        values = ' '.join(value.value for value in diagnosis.values)
        return f'{self.robot.status.detail} {diagnosis.message} {values}'


@pytest.fixture(scope='module')
def stand() -> Iterator[Stand]:
    """A driver that all tests of the module share, as one that meets them all has to live."""
    with (
        reserved_domain(),
        LastingDaemon() as daemon,
        Relay() as relay,
        driven(HOST, relay.port) as robot,
    ):
        yield Stand(robot, relay, daemon)


@pytest.mark.parametrize('impostor', IMPOSTORS)
def test_a_server_that_is_no_daemon_is_named_and_does_no_harm(stand: Stand, impostor: str) -> None:
    serve, complaint = IMPOSTORS[impostor]
    driver = psutil.Process(stand.robot.process.process.pid)
    with serve() as port:
        stand.relay.lead_to(port)
        try:
            wait_until(lambda: complaint in stand.complaint(), complaint)
        except AssertionError as error:
            raise AssertionError(f'{error}; the driver says: {stand.complaint()}') from error
        assert not stand.robot.status.connected
        before = driver.memory_info().rss
        stand.robot.wait_refusals(100)
        assert driver.memory_info().rss < before + GROWTH_B
        stand.relay.lead_to(stand.daemon.port)
    stand.robot.wait_motion('motion again')
    wait_until(lambda: stand.robot.diagnosis('connection').level == b'\0', 'the complaint goes')
