"""The player: `python -m bbia_sim_ros.nodes.player FILE`, which `./bbia replay` runs.

Everything happens in the main thread: a message is read, waited for on an absolute schedule
(`recording/schedule.py`), and published as it is, with the quality of service that was recorded.
Ctrl-C ends it at once. With a dashboard, a bridge runs beside it (`nodes/dashboard_process.py`),
and playing begins with the first page. Exit code 0 when all was played or the person ended it, 1
when the file cannot be played.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from argparse import Namespace
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from typing import Final

from rclpy.duration import Duration
from rclpy.event_handler import PublisherEventCallbacks
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy
from rclpy.qos import HistoryPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy
from rclpy.serialization import serialize_message
from rosgraph_msgs.msg import Clock

from bbia_sim_ros.bridge.interfaces import UnknownInterface
from bbia_sim_ros.bridge.interfaces import message_class
from bbia_sim_ros.cli.recording_arguments import replay_parser
from bbia_sim_ros.nodes.dashboard_process import PAGE_TIMEOUT_S
from bbia_sim_ros.nodes.dashboard_process import DashboardProcess
from bbia_sim_ros.nodes.lock_step_player import play_in_lock_step
from bbia_sim_ros.nodes.messages import time_message
from bbia_sim_ros.nodes.progress_line import ProgressLine
from bbia_sim_ros.nodes.qos import CLOCK as CLOCK_QOS
from bbia_sim_ros.nodes.recording_program import run_program
from bbia_sim_ros.recording.definitions import definition_of
from bbia_sim_ros.recording.errors import RecordingError
from bbia_sim_ros.recording.profiles import replay_profile
from bbia_sim_ros.recording.reader import Channel
from bbia_sim_ros.recording.reader import Contents
from bbia_sim_ros.recording.reader import inspect
from bbia_sim_ros.recording.reader import messages
from bbia_sim_ros.recording.schedule import Schedule
from bbia_sim_ros.recording.selection import CLOCK
from bbia_sim_ros.recording.selection import Selection
from bbia_sim_ros.recording.selection import held_back

# How long it takes to find a first other node at most, and then the rest.
_DISCOVERY_S: Final = 5.0
_SETTLE_S: Final = 1.0
_MATCHING_S: Final = 0.5
_MATCHING_TIMEOUT_S: Final = 5.0
_POLL_S: Final = 0.02
_DELIVERY_S: Final = 1.0
_SHOW_PERIOD_S: Final = 0.2
_CLOCK_PERIOD_NS: Final = 10_000_000
# Each message names the node that it is from, so the bridge's own do not contradict recorded ones.
_SHARED: Final = frozenset({'/diagnostics', '/rosout'})


def check_types(channels: Sequence[Channel]) -> None:
    """Raise RecordingError unless every type is installed as it was recorded."""
    wrong = []
    for channel in channels:
        try:
            installed = definition_of(channel.type_name)
        except UnknownInterface as error:
            wrong.append(f'{channel.topic}: {error}')
            continue
        if channel.type_hash and installed.type_hash and channel.type_hash != installed.type_hash:
            wrong.append(f'{channel.topic}: {channel.type_name} has other fields than it had then')
    if wrong:
        raise RecordingError(
            'these topics cannot be played:\n  '
            + '\n  '.join(wrong)
            + '\nInstall the packages, or leave the topics out with --exclude'
        )


class Player:
    """Publishers for the topics of a recording that may be played."""

    def __init__(self, node: Node, contents: Contents, channels: dict[int, Channel]) -> None:
        self._node = node
        self._contents = contents
        self._publishers_of = {
            number: self._publisher(channel) for number, channel in channels.items()
        }
        self._own_clock: Publisher[Any] | None = None
        self.played = 0

    @property
    def topics(self) -> list[str]:
        """Full names of the topics that are played."""
        return [publisher.topic_name for publisher in self._publishers_of.values()]

    def make_clock(self) -> None:
        """Publish `/clock` from the times of reception."""
        self._own_clock = self._node.create_publisher(Clock, CLOCK, CLOCK_QOS)

    def wait_for_subscribers(self, stop: threading.Event) -> None:
        """Wait until those who subscribe have found us: what came before would be lost to them."""
        begun = time.monotonic()
        while not stop.wait(_POLL_S):
            passed_s = time.monotonic() - begun
            matched = all(
                publisher.get_subscription_count()
                >= self._node.count_subscribers(publisher.topic_name)
                for publisher in self._publishers_of.values()
            )
            if (matched and passed_s > _MATCHING_S) or passed_s > _MATCHING_TIMEOUT_S:
                return

    def play(self, rate: float, stop: threading.Event, line: ProgressLine) -> Schedule:
        """Play once, or until `stop`; return the schedule, which knows the lateness."""
        contents = self._contents
        schedule = Schedule(contents.begin_ns, rate=rate)
        show_at = time.monotonic()
        for due_ns, channel, data in self._timeline():
            if stop.wait(schedule.wait_s(due_ns)):
                break
            publisher = self._own_clock if channel is None else self._publishers_of[channel]
            if publisher is not None:
                publisher.publish(data)
            self.played += channel is not None
            now = time.monotonic()
            if now >= show_at:
                show_at = now + _SHOW_PERIOD_S
                done_s = (due_ns - contents.begin_ns) * 1e-9
                line.show(f'{done_s:.1f} of {contents.duration_s:.1f} s, {self.played} messages')
        return schedule

    def finish(self) -> None:
        """Wait until the last messages have come to their subscribers, for a while at most."""
        end = time.monotonic() + _DELIVERY_S
        for publisher in self._publishers_of.values():
            left_s = max(0.0, end - time.monotonic())
            publisher.wait_for_all_acked(Duration(seconds=left_s))

    def _timeline(self) -> Iterator[tuple[int, int | None, bytes]]:
        """Return when, on which channel (None: our own clock) and what, in order."""
        clock_ns = self._contents.begin_ns
        for message in messages(self._contents, self._publishers_of):
            while self._own_clock is not None and clock_ns <= message.received_ns:
                yield clock_ns, None, serialize_message(Clock(clock=time_message(clock_ns * 1e-9)))
                clock_ns += _CLOCK_PERIOD_NS
            yield message.received_ns, message.channel, message.data

    def _publisher(self, channel: Channel) -> Publisher[Any]:
        wanted = replay_profile(channel.profiles)
        return self._node.create_publisher(
            message_class(channel.type_name),
            channel.topic,
            QoSProfile(
                history=HistoryPolicy.KEEP_LAST,
                depth=wanted.depth,
                reliability=ReliabilityPolicy.RELIABLE
                if wanted.reliable
                else ReliabilityPolicy.BEST_EFFORT,
                durability=DurabilityPolicy.TRANSIENT_LOCAL
                if wanted.latched
                else DurabilityPolicy.VOLATILE,
            ),
            # They would wait for an executor.
            event_callbacks=PublisherEventCallbacks(use_default_callbacks=False),
        )


def replay(options: Namespace, stop: threading.Event) -> int:
    """Play a file as the command line says; return the exit code. Raises RecordingError."""
    contents = inspect(Path(options.file).expanduser())
    line = ProgressLine(sys.stderr)
    if not contents.complete:
        line.say(
            f'{contents.path} ends too early: its first {contents.whole_b} of {contents.size_b}'
            ' bytes are good'
        )
    if options.lock_step:
        return play_in_lock_step(contents, stop, line)
    with ExitStack() as cleanup:
        dashboard = None
        if options.dashboard_port is not None:
            dashboard = cleanup.enter_context(DashboardProcess(options.dashboard_port, stop))
        node = Node(f'player_{os.getpid()}', enable_rosout=False, start_parameter_services=False)
        cleanup.callback(node.destroy_node)
        if dashboard is not None:
            dashboard.wait_until_up(node)
        _wait_for_others(node, stop)
        published = _published_by_others(node, '' if dashboard is None else dashboard.node_name)
        player = _player(node, contents, options, published, line)
        if dashboard is not None and not options.loop:
            line.say(f'playing begins when the dashboard is opened, or in {PAGE_TIMEOUT_S:g} s')
            dashboard.wait_for_page(node, player.topics)
        player.wait_for_subscribers(stop)
        while not stop.is_set():
            schedule = player.play(options.rate, stop, line)
            line.say(f'{player.played} messages played, at most {schedule.latest_s:.3f} s late')
            if not options.loop:
                break
        player.finish()
        if dashboard is not None:
            dashboard.check()
    return 0


def _player(
    node: Node,
    contents: Contents,
    options: Namespace,
    published: set[str],
    line: ProgressLine,
) -> Player:
    selection = Selection(include=tuple(options.topics), exclude=tuple(options.exclude))
    chosen = {
        number: channel
        for number, channel in contents.channels.items()
        if contents.counts.get(number) and selection.matches(channel.topic)
    }
    back = held_back(
        sorted({channel.topic for channel in chosen.values()}),
        commands=options.commands,
        clock=options.clock,
        published=published,
    )
    for topic, reason in back.items():
        line.say(f'left out: {topic} ({reason})')
    played = {number: one for number, one in chosen.items() if one.topic not in back}
    if not played:
        known = ', '.join(sorted(channel.topic for channel in contents.channels.values()))
        raise RecordingError(
            f'{contents.path} has nothing to play here; recorded are: {known or "no topics"}'
        )
    check_types(list(played.values()))
    player = Player(node, contents, played)
    if options.clock and CLOCK not in {one.topic for one in played.values()}:
        player.make_clock()
    line.say(
        f'{contents.path}: {contents.duration_s:.1f} s, {len(played)} of'
        f' {len(contents.channels)} topics at {options.rate:g} times the speed'
    )
    return player


def _wait_for_others(node: Node, stop: threading.Event) -> None:
    """Wait until the other nodes are known, which takes longer on a busy computer."""
    begun = time.monotonic()
    found_at = math.inf
    while not stop.wait(_POLL_S):
        now = time.monotonic()
        if found_at == math.inf and len(node.get_node_names()) > 1:
            found_at = now
        if now > begun + _DISCOVERY_S or now > found_at + _SETTLE_S:
            return


def _published_by_others(node: Node, dashboard: str) -> set[str]:
    """Return the topics that other nodes publish; `dashboard` is the name of our bridge, if any."""
    return {
        name
        for name, _ in node.get_topic_names_and_types()
        if any(
            info.node_name != node.get_name()
            and not (info.node_name == dashboard and name in _SHARED)
            for info in node.get_publishers_info_by_topic(name)
        )
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Play as the command line says; return the exit code."""
    return run_program('replay', replay_parser(), replay, arguments)


if __name__ == '__main__':
    sys.exit(main())
