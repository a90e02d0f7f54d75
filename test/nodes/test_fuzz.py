"""The stack under input that has no sense: `bench/fuzz_bridge.py` and `fuzz_topics.py` in short."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from rclpy.serialization import serialize_message

from bbia_msgs.msg import BodyTarget
from bbia_sim_ros.bridge.interfaces import MESSAGE
from bbia_sim_ros.bridge.interfaces import interfaces
from bbia_sim_ros.bridge.interfaces import message_class
from support.domains import reserved_domain
from support.extreme_messages import ExtremeMessages
from support.fuzz_trial import PROCESSES
from support.fuzz_trial import running_trial
from support.fuzzed_frames import MEANINGFUL
from support.fuzzed_frames import FuzzedFrames
from support.fuzzed_frames import Names
from support.joint_watch import SPEED_TOLERANCE
from support.joint_watch import JointWatch
from support.ros import probe
from support.stack_processes import LIGHT_ENGINES
from support.stack_processes import StackProcesses
from support.stack_processes import running_processes
from support.topic_hammer import TopicHammer
from support.waiting import wait_until

SEED = 7
FRAMES = 2000
MESSAGES = 300
START_S = 60.0
NODES = {'robot', 'motion', 'state', 'chat', 'behavior', 'bridge', 'monitor'}
NAMES = Names(
    topics={'/cmd_body': 'bbia_msgs/msg/BodyTarget'},
    services={'/rearm': 'std_srvs/srv/Trigger'},
    actions={'/go_to': 'bbia_msgs/action/GoTo'},
)


def check(stack: StackProcesses, watch: JointWatch) -> None:
    """Fail if a process ended or complained, or the robot left its limits."""
    assert stack.ended() == {}
    assert stack.tracebacks() == []
    assert watch.judged > 0
    assert watch.is_within_ranges, watch.beyond_rad
    assert watch.speed_share.max() <= SPEED_TOLERANCE


def test_the_bridge_serves_on_after_frames_that_nobody_should_send() -> None:
    with reserved_domain(), running_trial(SEED) as trial:
        assert set(trial.stack.processes) == set(PROCESSES)
        trial.send(FRAMES)
        assert trial.hammer.tally.frames >= FRAMES
        assert trial.hammer.tally.cut > 0
        check(trial.stack, trial.watch)


def test_every_node_survives_messages_that_are_valid_in_type_alone() -> None:
    with (
        reserved_domain(),
        probe() as made,
        running_processes({**LIGHT_ENGINES, 'vision': 'none', 'speech': 'none'}) as stack,
    ):
        watch = JointWatch(made)
        wait_until(lambda: NODES.issubset(made.node.get_node_names()), 'all nodes', START_S)
        hammer = wait_until(lambda: whole(TopicHammer(made, SEED)), 'all services', START_S)
        hammer.send(MESSAGES)
        assert hammer.finish() == []
        assert hammer.silent_nodes() == []
        assert min(hammer.sent.values()) > 0
        check(stack, watch)


def whole(hammer: TopicHammer) -> TopicHammer | None:
    """Return a hammer that knows the services of all nodes."""
    there = hammer.services.keys() >= {f'/{name}/list_parameters' for name in NODES}
    return hammer if there and '/simulator/set_pause' in hammer.services else None


@pytest.mark.parametrize('name', [name for name in interfaces(MESSAGE) if name.startswith('bbia')])
def test_every_message_made_can_be_sent(name: str) -> None:
    messages = ExtremeMessages(random.Random(SEED), ['a', 'b'], lambda: 1e9, MEANINGFUL)
    for _ in range(50):
        serialize_message(messages.message(message_class(name)))


def test_a_seed_gives_the_same_messages_and_frames() -> None:
    def messages() -> Iterator[str]:
        made = ExtremeMessages(random.Random(SEED), ['a', 'b'], lambda: 1e9)
        for _ in range(20):
            yield str(made.message(BodyTarget))

    assert list(messages()) == list(messages())


def test_frames_are_of_every_kind_and_bounded() -> None:
    fuzzed = FuzzedFrames(SEED, NAMES, longest_B=20_000)
    frames = [frame for _ in range(3000) for frame in fuzzed.frames()]
    assert {opcode.name for opcode, _ in frames} >= {'TEXT', 'BINARY', 'PING', 'CONT', 'CLOSE'}
    assert sum(len(data) > 20_000 for _, data in frames) > 0
