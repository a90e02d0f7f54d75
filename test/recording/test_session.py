"""A recording that goes on: what is too much is counted, and limits end it or begin a new file."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np

from bbia_sim_ros.recording.inbox import Inbox
from bbia_sim_ros.recording.reader import inspect
from bbia_sim_ros.recording.reader import messages
from bbia_sim_ros.recording.session import Limits
from bbia_sim_ros.recording.session import RecordingSession
from support.recordings import arrival
from support.recordings import topic
from support.waiting import wait_until

FOREVER = Limits(max_b=10**9, max_s=1e6)


def test_the_inbox_refuses_what_does_not_fit_and_counts_it_by_topic() -> None:
    inbox = Inbox(100)
    words, noise = topic('/words'), topic('/noise')
    assert inbox.put(arrival(0, words, bytes(60)))
    assert not inbox.put(arrival(1, noise, bytes(60)))
    assert inbox.put(arrival(2, words, bytes(40)))
    assert not inbox.put(arrival(3, noise, bytes(1)))
    assert inbox.dropped == {'/noise': 2}
    assert [one.sequence for one in inbox.take(0.0)] == [0, 2]
    assert inbox.put(arrival(4, noise, bytes(100)))
    inbox.close()
    assert not inbox.put(arrival(5, words))
    assert inbox.dropped == {'/noise': 2}
    assert [one.sequence for one in inbox.take(0.0)] == [4]


def test_a_message_wakes_who_waits_for_it() -> None:
    inbox = Inbox(100)
    taken: list[int] = []
    waiting = threading.Thread(
        target=lambda: taken.extend(one.sequence for one in inbox.take(30.0))
    )
    waiting.start()
    inbox.put(arrival(3, topic(), b'x'))
    waiting.join(10.0)
    assert taken == [3]


def test_what_the_disk_was_too_slow_for_is_counted_and_the_rest_is_in_the_file(
    tmp_path: Path,
) -> None:
    file = tmp_path / 'run.mcap'
    session = RecordingSession(file, FOREVER, inbox_b=1000)
    words = topic()
    kept = sum(session.put(arrival(number, words, bytes(400))) for number in range(2000))
    session.close()
    assert session.dropped['/words'] == 2000 - kept > 0
    assert session.written['/words'] == kept == inspect(file).message_count
    assert session.reason == ''


def test_what_came_is_on_the_disk_soon_also_when_nothing_follows(tmp_path: Path) -> None:
    file = tmp_path / 'run.mcap'
    session = RecordingSession(file, FOREVER)
    session.put(arrival(0, topic()))
    wait_until(lambda: inspect(file).message_count == 1, 'the message is on the disk')
    assert not inspect(file).complete
    session.close()
    assert inspect(file).complete


def test_it_ends_by_itself_after_its_time_and_says_so(tmp_path: Path) -> None:
    session = RecordingSession(tmp_path / 'run.mcap', Limits(max_b=10**9, max_s=0.2))
    assert session.ended.wait(30.0)
    assert session.reason.endswith('has reached 0.2 s')
    assert not session.failed
    assert not session.put(arrival(0, topic()))
    session.close()


def test_files_that_follow_each_other_begin_with_the_newest_latched_messages(
    tmp_path: Path,
) -> None:
    stranger = tmp_path / 'run_0000.mcap'
    stranger.write_bytes(b'of another recording')
    limits = Limits(max_b=1_000_000, max_s=1e6, keep=2)
    session = RecordingSession(tmp_path / 'run.mcap', limits)
    description = topic('/robot_description', latched=True)
    session.put(arrival(0, description, b'old'))
    session.put(arrival(1, description, b'new'))
    noise = np.random.default_rng(1)
    for number in range(2, 30):
        session.put(arrival(number, topic('/noise'), noise.bytes(200_000)))
    session.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ['run_0000.mcap', *(path.name for path in session.files)]
    assert len(session.files) == 2
    assert not session.dropped
    for path in session.files:
        contents = inspect(path)
        assert contents.complete
        assert path.stat().st_size <= 1_000_000
        held = {contents.channels[one.channel].topic: one.data for one in messages(contents)}
        assert held['/robot_description'] == b'new'
