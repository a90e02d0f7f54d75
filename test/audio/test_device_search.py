"""When a device is looked for again: at every sign of one, and now and then."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbia_sim_ros.audio.device_search import SEARCH_AGAIN_S
from bbia_sim_ros.audio.device_search import SETTLING_S
from bbia_sim_ros.audio.device_search import DeviceSearch
from bbia_sim_ros.audio.device_search import Signs
from bbia_sim_ros.audio.device_search import signs_of_sound

NONE_THERE = 'there is no input device'


class System:
    """A clock and the signs of sound at its time."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.signs: Signs = ()
        self.search = DeviceSearch(lambda: self.signs, lambda: self.now_s)

    def search_in_vain(self) -> None:
        self.search.begin()
        self.search.fail(NONE_THERE)

    def settle(self) -> None:
        self.search_in_vain()
        self.now_s += SETTLING_S
        self.search_in_vain()


@pytest.fixture
def system() -> System:
    """A system that has shown the same signs for long, none of a device."""
    system = System()
    system.settle()
    return system


def test_a_failure_is_known_until_it_is_time_for_a_search(system: System) -> None:
    assert system.search.known_failure() == NONE_THERE
    system.now_s += SEARCH_AGAIN_S - 1.0
    assert system.search.known_failure() == NONE_THERE
    system.now_s += 1.0
    assert system.search.known_failure() == ''


def test_at_first_every_search_is_worth_it() -> None:
    system = System()
    assert system.search.known_failure() == ''
    system.search_in_vain()
    system.now_s += SETTLING_S - 1.0
    assert system.search.known_failure() == ''


def test_after_a_sign_every_search_is_worth_it_until_things_have_settled(system: System) -> None:
    system.signs = (('card', 1),)
    for _ in range(3):
        assert system.search.known_failure() == ''
        system.search_in_vain()
        system.now_s += SETTLING_S / 3.0
    assert system.search.known_failure() == NONE_THERE


def test_a_device_that_was_found_or_given_back_is_looked_for_at_once(system: System) -> None:
    system.search.begin()
    assert system.search.known_failure() == ''
    system.search_in_vain()
    assert system.search.known_failure() == NONE_THERE
    system.search.forget()
    assert system.search.known_failure() == ''


@pytest.mark.parametrize(
    ('variable', 'value', 'socket'),
    [
        ('XDG_RUNTIME_DIR', '{}', 'pulse/native'),
        ('XDG_RUNTIME_DIR', '{}', 'pipewire-0'),
        ('PULSE_SERVER', 'unix:{}/own', 'own'),
    ],
)
def test_a_sound_server_that_comes_or_starts_again_is_a_sign(
    tmp_path: Path, variable: str, value: str, socket: str
) -> None:
    environment = {variable: value.format(tmp_path)}
    without = signs_of_sound(environment)
    assert signs_of_sound(environment) == without
    path = tmp_path / socket
    path.parent.mkdir(exist_ok=True)
    path.touch()
    running = signs_of_sound(environment)
    assert running != without
    path.chmod(0o600)
    assert signs_of_sound(environment) != running
