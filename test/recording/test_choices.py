"""Which topics, with which quality of service, when, and after how many steps."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from bbia_sim_ros.bridge.interfaces import UnknownInterface
from bbia_sim_ros.recording.definitions import definition_of
from bbia_sim_ros.recording.errors import RecordingError
from bbia_sim_ros.recording.lock_step import periods
from bbia_sim_ros.recording.lock_step import stamp_ns
from bbia_sim_ros.recording.profiles import OfferedProfile
from bbia_sim_ros.recording.profiles import from_text
from bbia_sim_ros.recording.profiles import replay_profile
from bbia_sim_ros.recording.profiles import to_text
from bbia_sim_ros.recording.reader import Stored
from bbia_sim_ros.recording.schedule import Schedule
from bbia_sim_ros.recording.selection import RAW_IMAGE
from bbia_sim_ros.recording.selection import Selection
from bbia_sim_ros.recording.selection import held_back

STATES, COMMANDS = 1, 2
TIMESTEP_S = 0.002
OFFERED = OfferedProfile(reliability='reliable', durability='transient_local')


def test_raw_images_and_hidden_topics_are_recorded_only_when_named() -> None:
    everything = Selection()
    assert everything.records('/joint_states', 'sensor_msgs/msg/JointState')
    assert not everything.records('/camera/image_raw', RAW_IMAGE)
    assert not everything.records('/go_to/_action/status', 'action_msgs/msg/GoalStatusArray')
    assert Selection(include=('camera/*',)).records('/camera/image_raw', RAW_IMAGE)
    assert Selection(include=('/go_to/_action/status',)).records('/go_to/_action/status', 'any')


@pytest.mark.parametrize(
    ('include', 'exclude', 'topic', 'wanted'),
    [
        ((), ('camera/*',), '/camera/camera_info', False),
        ((), ('camera/*',), '/left/camera/camera_info', True),
        (('*/camera_info',), (), '/left/camera/camera_info', True),
        (('joint_states',), (), '/joint_states', True),
        (('/joint_states',), (), '/joint_states', True),
        (('joint_states',), (), '/joint_states_2', False),
        (('vision/*',), ('vision/faces',), '/vision/faces', False),
    ],
)
def test_patterns_choose_topics(
    include: tuple[str, ...], exclude: tuple[str, ...], topic: str, wanted: bool
) -> None:
    assert Selection(include=include, exclude=exclude).matches(topic) is wanted


def test_commands_time_and_what_others_publish_are_held_back() -> None:
    topics = ['/joint_states', '/left/body_target', '/cmd_gaze', '/clock', '/tf', '/my_emotion']
    back = held_back(topics, commands=False, clock=False, published=['/tf', '/cmd_gaze'])
    assert back.keys() == {'/left/body_target', '/cmd_gaze', '/clock', '/tf'}
    assert '--commands' in back['/cmd_gaze']
    back = held_back(topics, commands=True, clock=True, published=['/tf', '/cmd_gaze', '/clock'])
    assert back.keys() == {'/tf'}


def test_qualities_survive_the_file() -> None:
    weak = replace(OFFERED, reliability='best_effort', durability='volatile', depth=5)
    assert from_text(to_text([OFFERED, weak])) == (OFFERED, weak)
    assert from_text('') == ()


def test_the_numbers_of_older_recordings_are_understood() -> None:
    text = '- {history: 1, depth: 10, reliability: 2, durability: 1}'
    assert from_text(text) == (
        OfferedProfile(reliability='best_effort', durability='transient_local', depth=10),
    )


@pytest.mark.parametrize('text', ['[', 'a: b', '[1]', '- {reliability: 1}', '- {depth: x}', '5'])
def test_qualities_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r'offered_qos_profiles cannot be read|invalid literal'):
        from_text(text)


def test_a_topic_is_published_again_as_all_its_publishers_did() -> None:
    weak = replace(OFFERED, reliability='best_effort')
    fleeting = replace(OFFERED, durability='volatile')
    assert replay_profile([OFFERED] * 3).depth == 3
    assert replay_profile([OFFERED] * 3).latched
    assert not replay_profile([OFFERED, weak]).reliable
    assert not replay_profile([OFFERED, fleeting]).latched
    assert replay_profile([]).reliable
    assert not replay_profile([]).latched


def test_lateness_does_not_add_up_and_the_rate_scales_time() -> None:
    now = 100.0
    schedule = Schedule(5_000_000_000, rate=2.0, clock=lambda: now)
    assert schedule.wait_s(5_000_000_000) == 0.0
    assert schedule.wait_s(9_000_000_000) == pytest.approx(2.0)
    now = 103.0
    assert schedule.wait_s(9_000_000_000) == 0.0
    assert schedule.latest_s == pytest.approx(1.0)
    assert schedule.wait_s(13_000_000_000) == pytest.approx(1.0)
    with pytest.raises(ValueError, match='rate is 0'):
        Schedule(0, rate=0.0)


def test_definitions_are_whole_and_unknown_types_are_named() -> None:
    definition = definition_of('sensor_msgs/msg/JointState')
    assert 'MSG: std_msgs/Header' in definition.text
    assert 'MSG: builtin_interfaces/Time' in definition.text
    assert definition.type_hash.startswith('RIHS01_')
    assert definition_of('std_msgs/msg/Empty').name == 'std_msgs/msg/Empty'
    with pytest.raises(UnknownInterface, match='no package'):
        definition_of('no_such_msgs/msg/Type')


def state(steps: int) -> Stored:
    stamp = round(steps * TIMESTEP_S * 1e9)
    data = b'\x00\x01\x00\x00' + struct.pack('<iI', stamp // 10**9, stamp % 10**9)
    return Stored(STATES, 0, 0, data)


def command(number: int) -> Stored:
    return Stored(COMMANDS, 0, 0, bytes([number]))


def run(*messages: Stored) -> list[tuple[list[int], int]]:
    found = periods(messages, states=STATES, commands={COMMANDS}, timestep_s=TIMESTEP_S)
    return [([one.data[0] for one in period.commands], period.steps) for period in found]


def test_a_run_is_cut_at_its_states() -> None:
    cut = run(command(1), command(2), state(5), state(10), command(3), state(13), command(4))
    assert cut == [([1, 2], 5), ([], 5), ([3], 3)]


def test_a_recording_that_begins_in_the_middle_of_a_run_is_refused() -> None:
    with pytest.raises(RecordingError, match=r'begins 2\.00 s after the run'):
        run(state(1000), state(1005))


def test_states_that_are_no_number_of_steps_apart_are_refused() -> None:
    with pytest.raises(RecordingError, match='not a number of steps'):
        run(state(5), state(5))
    with pytest.raises(RecordingError, match='not a number of steps'):
        list(periods([state(5)], states=STATES, commands=(), timestep_s=0.003))


def test_a_stamp_in_another_byte_order_is_refused() -> None:
    assert stamp_ns(state(500).data) == 1_000_000_000
    with pytest.raises(RecordingError, match='no stamp that can be read'):
        stamp_ns(b'\x00\x00' + bytes(20))
    with pytest.raises(RecordingError, match='no stamp that can be read'):
        stamp_ns(b'\x00\x01')
