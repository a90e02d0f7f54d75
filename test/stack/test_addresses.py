"""Which addresses lead to this computer only."""

from __future__ import annotations

import pytest

from bbia_sim_ros.addresses import is_loopback


@pytest.mark.parametrize('host', ['127.0.0.1', '127.9.9.9', 'localhost', '::1', '[::1]'])
def test_an_address_of_this_computer_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    'host',
    ['', '0.0.0.0', '::', '192.168.1.5', 'robot.local', 'localhost.example', '127.0.0.1.nip'],
)
def test_any_other_may_lead_elsewhere(host: str) -> None:
    assert not is_loopback(host)
