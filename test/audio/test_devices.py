"""Which device a person means."""

from __future__ import annotations

import pytest

from bbia_sim_ros.audio.devices import InputDevice
from bbia_sim_ros.audio.devices import choose_device
from bbia_sim_ros.audio.errors import AudioError


def device(index: int, name: str, *, is_default: bool = False) -> InputDevice:
    return InputDevice(index=index, name=name, channels=1, rate_hz=48_000, is_default=is_default)


CARD = device(1, 'Reachy Mini Audio: USB (hw:1,0)')
WEBCAM = device(4, 'Webcam: USB (hw:2,0)')
DEFAULT = device(7, 'default', is_default=True)
DEVICES = [CARD, WEBCAM, DEFAULT]


@pytest.mark.parametrize(
    ('wanted', 'chosen'),
    [
        ('', DEFAULT),
        ('4', WEBCAM),
        ('reachy mini', CARD),
        ('hw:2', WEBCAM),
        ('Webcam: USB (hw:2,0)', WEBCAM),
    ],
)
def test_a_device_is_named_by_index_or_any_part_of_its_name(
    wanted: str, chosen: InputDevice
) -> None:
    assert choose_device(DEVICES, wanted) is chosen


def test_a_whole_name_is_not_taken_for_a_part_of_another() -> None:
    longer = device(2, 'default copy')
    assert choose_device([longer, DEFAULT], 'default') is DEFAULT


def test_the_only_device_is_the_default_one() -> None:
    assert choose_device([CARD], '') is CARD


@pytest.mark.parametrize(
    ('wanted', 'reason'),
    [
        ('Bluetooth', "no input device 'Bluetooth'"),
        ('2', "no input device '2'"),
        ('usb', "'usb' fits 2 input devices, name one"),
    ],
)
def test_what_does_not_name_one_device_is_refused_with_the_list(wanted: str, reason: str) -> None:
    with pytest.raises(AudioError) as error:
        choose_device(DEVICES, wanted)
    assert str(error.value).startswith(reason)
    for one in DEVICES:
        assert f'{one.index} {one.name!r}' in str(error.value)


def test_without_a_default_one_has_to_be_named() -> None:
    with pytest.raises(AudioError, match='no default input device, name one'):
        choose_device([CARD, WEBCAM], '')


def test_without_any_device_it_is_said_what_to_do() -> None:
    with pytest.raises(AudioError, match='there is no input device; plug one in'):
        choose_device([], '')
