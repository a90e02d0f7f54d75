"""The recorder and the player as processes, with a real simulator."""

from __future__ import annotations

import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rclpy.qos import DurabilityPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy
from rosbags.highlevel import AnyReader
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from bbia_msgs.msg import BodyTarget
from bbia_msgs.msg import RobotStatus
from bbia_msgs.srv import StepSimulation
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.recorder import output_path
from bbia_sim_ros.recording.reader import Contents
from bbia_sim_ros.recording.reader import inspect
from support.recorder import Recorder
from support.recorder import replayed
from support.ros import Probe
from support.ros import StackProcess
from support.simulator import Simulator
from support.waiting import wait_until

IMAGE_B = 200_000
STEPS = 5
TURNS = 40


def topics(contents: Contents) -> dict[str, int]:
    return {
        channel.topic: contents.counts.get(number, 0)
        for number, channel in contents.channels.items()
    }


def stream_until(publisher: object, condition: Callable[[], object], what: str) -> None:
    """Publish numbered texts until a condition holds."""
    number = 0

    def publish_and_look() -> object:
        nonlocal number
        publisher.publish(String(data=str(number)))
        number += 1
        return condition()

    wait_until(publish_and_look, what)


def test_a_recording_is_named_by_its_time_unless_it_has_a_name(tmp_path: Path) -> None:
    now = time.struct_time((2026, 11, 22, 9, 8, 7, 6, 326, 0))
    assert output_path('', now) == Path('recording_20261122_090807.mcap')
    assert output_path(str(tmp_path), now) == tmp_path / 'recording_20261122_090807.mcap'
    assert output_path('walk', now) == Path('walk.mcap')
    assert output_path('walk.v2', now) == Path('walk.v2.mcap')
    assert output_path('walk.mcap', now) == Path('walk.mcap')


def test_a_simulator_is_recorded_and_played_again(start_simulator, tmp_path: Path) -> None:
    simulator: Simulator = start_simulator()
    file = tmp_path / 'run.mcap'
    with Recorder('--output', str(file)) as recorder:
        recorder.wait_for(file, '/joint_states', 50)
        assert recorder.stop() == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert simulator.process.stop() == 0

    contents = inspect(file)
    assert contents.complete
    assert {'/joint_states', '/head_pose', '/robot_status'} <= topics(contents).keys()
    assert '/camera/image_raw' not in topics(contents)
    profiles = {one.topic: one.profiles[0] for one in contents.channels.values()}
    assert profiles['/robot_status'].durability == 'transient_local'
    assert profiles['/joint_states'].reliability == 'reliable'

    again = simulator.probe.collect(JointState, 'joint_states', QoSProfile(depth=1000))
    statuses = simulator.probe.collect(RobotStatus, 'robot_status', qos.LATCHED)
    count = len(again)
    with StackProcess(str(file), '--rate', '4', module='bbia_sim_ros.nodes.player') as player:
        assert player.wait() == 0
        assert 'messages played' in player.output
    wait_until(lambda: len(again) - count == topics(contents)['/joint_states'], 'every state')
    assert statuses


def test_real_readers_of_other_projects_read_what_was_recorded(
    ros_probe: Probe, tmp_path: Path
) -> None:
    file = tmp_path / 'run.mcap'
    publisher = ros_probe.node.create_publisher(String, 'words', 10)
    with Recorder('--output', str(file)) as recorder:
        stream_until(publisher, lambda: recorder.has(file, '/words', 5), 'five words')
        assert recorder.stop() == 0
    with AnyReader([file]) as reader:
        words = [
            int(reader.deserialize(data, connection.msgtype).data)
            for connection, _, data in reader.messages()
            if connection.topic == '/words'
        ]
    assert len(words) >= 5
    assert words == list(range(words[0], words[0] + len(words)))


def test_a_topic_that_appears_later_is_recorded_with_what_its_publisher_offers(
    ros_probe: Probe, tmp_path: Path
) -> None:
    file = tmp_path / 'run.mcap'
    words = ros_probe.node.create_publisher(String, 'words', 10)
    with Recorder('--output', str(file), '--topics', 'words', 'la*') as recorder:
        stream_until(words, lambda: recorder.has(file, '/words', 1), 'a word')
        latched = QoSProfile(
            depth=1,
            durability=DurabilityPolicy.TRANSIENT_LOCAL,
            reliability=ReliabilityPolicy.RELIABLE,
        )
        late = ros_probe.node.create_publisher(String, 'later/latched', latched)
        late.publish(String(data='once'))
        best_effort = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
        weak = ros_probe.node.create_publisher(String, 'later/weak', best_effort)
        stream_until(
            weak,
            lambda: (
                recorder.has(file, '/later/latched', 1) and recorder.has(file, '/later/weak', 1)
            ),
            'what came later',
        )
        assert recorder.stop() == 0
    profiles = {one.topic: one.profiles[0] for one in inspect(file).channels.values()}
    assert profiles['/later/latched'].durability == 'transient_local'
    assert profiles['/later/weak'].reliability == 'best_effort'
    assert set(profiles) == {'/words', '/later/latched', '/later/weak'}


def test_a_killed_recorder_leaves_a_file_that_is_played_to_where_it_ends(
    ros_probe: Probe, tmp_path: Path
) -> None:
    file = tmp_path / 'run.mcap'
    words = ros_probe.node.create_publisher(String, 'words', 10)
    with Recorder('--output', str(file)) as recorder:
        stream_until(words, lambda: recorder.has(file, '/words', 20), 'twenty words')
        recorder.stop(signal.SIGKILL)
    contents = inspect(file)
    assert not contents.complete
    kept = topics(contents)['/words']
    assert kept >= 20
    ros_probe.node.destroy_publisher(words)
    heard = ros_probe.collect(String, 'words', QoSProfile(depth=1000))
    said = replayed(file, '--topics', 'words', '--rate', '50')
    assert 'ends too early' in said
    wait_until(lambda: len(heard) == kept, 'every word that was kept')


def test_recording_ends_at_the_size_and_at_the_time_that_were_asked_for(
    ros_probe: Probe, tmp_path: Path
) -> None:
    images = ros_probe.node.create_publisher(Image, 'picture', qos.SENSOR_DATA)
    noise = np.random.default_rng(1)
    large = tmp_path / 'large.mcap'
    with Recorder('--output', str(large), '--max-size', '1', '--topics', 'picture') as recorder:

        def publish_and_look() -> bool:
            images.publish(Image(data=noise.bytes(IMAGE_B)))
            return recorder.process.poll() is not None

        wait_until(publish_and_look, 'the recorder ends')
        assert recorder.wait() == 0
        assert 'has reached 1 MB' in recorder.output
    assert 800_000 < large.stat().st_size <= 1_000_000
    assert inspect(large).message_count == 1_000_000 // IMAGE_B - 1
    short = tmp_path / 'short.mcap'
    with Recorder('--output', str(short), '--max-duration', '0.5') as recorder:
        assert recorder.wait() == 0
        assert 'has reached 0.5 s' in recorder.output
    assert inspect(short).complete


def test_with_keep_only_the_newest_files_stay_and_each_has_the_latched_topics(
    ros_probe: Probe, tmp_path: Path
) -> None:
    latched = ros_probe.node.create_publisher(String, 'latched', qos.LATCHED)
    latched.publish(String(data='once'))
    images = ros_probe.node.create_publisher(Image, 'picture', qos.SENSOR_DATA)
    noise = np.random.default_rng(1)
    with Recorder(
        *('--output', str(tmp_path / 'run.mcap'), '--max-size', '1', '--keep', '2'),
        *('--topics', 'picture', 'latched'),
    ) as recorder:

        def publish_and_look() -> bool:
            images.publish(Image(data=noise.bytes(IMAGE_B)))
            return (tmp_path / 'run_0004.mcap').exists()

        wait_until(publish_and_look, 'a fourth file')
        recorder.wait_for(tmp_path / 'run_0004.mcap', '/latched', 1)
        assert recorder.stop() == 0
    numbers = sorted(int(path.stem.removeprefix('run_')) for path in tmp_path.iterdir())
    # Pictures on their way may have begun a fifth.
    assert numbers in ([3, 4], [4, 5])
    for path in tmp_path.iterdir():
        assert inspect(path).complete
        assert '/latched' in topics(inspect(path))


def test_commands_are_played_only_when_that_is_asked_for(ros_probe: Probe, tmp_path: Path) -> None:
    file = tmp_path / 'run.mcap'
    publisher = ros_probe.node.create_publisher(BodyTarget, 'body_target', qos.STREAM)
    words = ros_probe.node.create_publisher(String, 'words', 10)
    with Recorder('--output', str(file), '--topics', 'body_target', 'words') as recorder:

        def publish_and_look() -> bool:
            publisher.publish(BodyTarget(has_body_yaw=True))
            words.publish(String(data='word'))
            return recorder.has(file, '/body_target', 3) and recorder.has(file, '/words', 3)

        wait_until(publish_and_look, 'three commands')
        assert recorder.stop() == 0
    ros_probe.node.destroy_publisher(publisher)
    ros_probe.node.destroy_publisher(words)
    targets = ros_probe.collect(BodyTarget, 'body_target', QoSProfile(depth=1000))
    heard = ros_probe.collect(String, 'words', QoSProfile(depth=1000))
    said = replayed(file, '--rate', '20')
    assert 'left out: /body_target (a robot obeys it: played with --commands)' in said
    wait_until(lambda: heard, 'the words')
    assert not targets
    clock = ros_probe.collect(Clock, '/clock', qos.CLOCK)
    replayed(file, '--rate', '20', '--commands', '--clock')
    wait_until(lambda: targets, 'the commands')
    seconds = [message.clock.sec + message.clock.nanosec * 1e-9 for message in clock]
    assert seconds
    assert seconds == sorted(seconds)


def test_what_another_node_publishes_is_left_out(ros_probe: Probe, tmp_path: Path) -> None:
    file = tmp_path / 'run.mcap'
    words = ros_probe.node.create_publisher(String, 'words', 10)
    with Recorder('--output', str(file), '--topics', 'words') as recorder:
        stream_until(words, lambda: recorder.has(file, '/words', 1), 'a word')
        recorder.stop()
    said = replayed(file, exit_code=1)
    assert 'left out: /words (another node publishes it now)' in said
    assert 'has nothing to play here; recorded are: /words' in said


def test_a_run_in_lock_step_is_done_again_to_the_last_bit_also_by_a_fresh_simulator(
    start_simulator, tmp_path: Path
) -> None:
    simulator: Simulator = start_simulator(lock_step='true', status_rate=50.0)
    file = tmp_path / 'run.mcap'
    simulator.stream_until(
        lambda: simulator.status.commands_accepted > 0, 'the first command', body_yaw=0.0
    )
    with Recorder('--output', str(file), '--exclude', 'camera/*') as recorder:
        wait_until(lambda: simulator.targets.get_subscription_count() > 1, 'it hears commands')
        wait_until(
            lambda: simulator.probe.node.count_subscribers('joint_states') > 1, 'it hears states'
        )
        for turn in range(TURNS):
            wanted = simulator.status.commands_accepted + 1
            simulator.send(body_yaw=0.3 * np.sin(turn), antennas=(0.02 * turn, -0.02 * turn))
            simulator.wait_accepted(wanted)
            request = StepSimulation.Request(steps=STEPS)
            assert simulator.probe.call(StepSimulation, 'simulator/step', request).success
        recorder.wait_for(file, '/joint_states', TURNS)
        recorder.wait_for(file, '/body_target', TURNS)
        assert recorder.stop() == 0
    moved = simulator.position('left_antenna')
    simulator.probe.node.destroy_publisher(simulator.targets)
    same = f'{TURNS} of {TURNS} states are the same to the last bit'
    assert same in replayed(file, '--lock-step')
    assert simulator.position('left_antenna') == moved
    assert simulator.process.stop() == 0
    fresh: Simulator = start_simulator(lock_step='true')
    fresh.probe.node.destroy_publisher(fresh.targets)
    assert same in replayed(file, '--lock-step')
    assert fresh.position('left_antenna') == moved
