"""The action `play_sound` over DDS: sound, the place in the file, texts meanwhile, cancelling."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rclpy.action import ActionClient

from bbia_msgs.action import PlaySound
from support.domains import reserved_domain
from support.motion import ABORTED
from support.motion import CANCELED
from support.motion import SUCCEEDED
from support.motion import Goal
from support.ros import Probe
from support.ros import probe
from support.sound_files import write_sound
from support.speech_node import Talker
from support.speech_node import talker
from support.waiting import wait_until

RATE_HZ = 24_000


class Jukebox:
    """A speech node that is asked to play files."""

    def __init__(self, talking: Talker) -> None:
        self.talking = talking
        self._client: Any = talking.probe.make(
            lambda node: ActionClient(node, PlaySound, 'play_sound')
        )
        wait_until(self._client.server_is_ready, 'the action play_sound')

    def play(self, path: Path | str, **fields: Any) -> Goal:
        """Begin to play a file."""
        feedback: list[Any] = []

        def keep(message: Any) -> None:
            feedback.append((time.monotonic(), message.feedback))

        sent = self._client.send_goal_async(
            PlaySound.Goal(path=str(path), **fields), feedback_callback=keep
        )
        wait_until(sent.done, 'the goal is answered')
        return Goal('play_sound', sent.result(), feedback)


@pytest.fixture(scope='module')
def shared() -> Iterator[Jukebox]:
    """A node that the tests of this file share."""
    with reserved_domain(), probe() as made, talker(made) as talking:
        yield Jukebox(talking)


@pytest.fixture
def jukebox(shared: Jukebox) -> Jukebox:
    """The shared node, silent, with nothing kept of earlier tests."""
    talking = shared.talking
    wait_until(lambda: not talking.speaking[-1].data, 'silence')
    talking.chunks.clear()
    del talking.speaking[:-1]
    return shared


def noise(seconds: float) -> np.ndarray:
    rng = np.random.default_rng(7)
    return rng.integers(-8000, 8000, round(seconds * RATE_HZ)).astype(np.int16)


def test_a_file_is_heard_and_told_where_it_is(jukebox: Jukebox, tmp_path: Path) -> None:
    sound = noise(1.0)
    goal = jukebox.play(write_sound(tmp_path / 'noise.wav', sound, RATE_HZ))
    status, result = goal.outcome()
    assert (status, result.success, result.message) == (SUCCEEDED, True, '1.0 s were played')
    assert result.duration == pytest.approx(1.0)
    talking = jukebox.talking
    talking.wait_for_all(result.duration)
    heard = np.concatenate([np.array(chunk.samples, np.int16) for chunk in talking.chunks])
    np.testing.assert_array_equal(heard, sound)
    places = [feedback.position for _, feedback in goal.feedback]
    assert places[0] == pytest.approx(0.0, abs=0.05)
    assert all(after > before for before, after in pairwise(places))
    assert goal.feedback[-1][1].progress == pytest.approx(1.0, abs=0.06)
    wait_until(lambda: not talking.speaking[-1].data, 'silence is told')
    assert [message.data for message in talking.speaking] == [False, True, False]


def test_a_text_waits_for_the_file_or_takes_its_place(jukebox: Jukebox, tmp_path: Path) -> None:
    short = jukebox.play(write_sound(tmp_path / 'short.wav', noise(0.5), RATE_HZ))
    jukebox.talking.said('one', speed=2.0)
    assert short.outcome()[1].success
    long = jukebox.play(write_sound(tmp_path / 'long.wav', noise(60.0), RATE_HZ))
    wait_until(lambda: long.feedback, 'sound')
    jukebox.talking.said('stop', when_busy='replace')
    status, result = long.outcome()
    assert (status, result.message) == (ABORTED, 'another text took its place')


def test_cancelling_makes_silence(jukebox: Jukebox, tmp_path: Path) -> None:
    goal = jukebox.play(write_sound(tmp_path / 'long.wav', noise(60.0), RATE_HZ))
    jukebox.talking.wait_for_sound()
    goal.cancel()
    status, result = goal.outcome()
    assert (status, result.message) == (CANCELED, 'cancelled')
    jukebox.talking.wait_for_all(result.duration)
    wait_until(lambda: not jukebox.talking.speaking[-1].data, 'silence is told')
    assert jukebox.talking.duration_s == pytest.approx(result.duration, abs=2e-3)


def test_what_cannot_be_played_is_aborted_with_the_reason(jukebox: Jukebox, tmp_path: Path) -> None:
    status, result = jukebox.play(tmp_path / 'missing.mp3').outcome()
    assert status == ABORTED
    assert 'missing.mp3: does not exist' in result.message
    status, result = jukebox.play('song.mp3', volume=2.0).outcome()
    assert status == ABORTED
    assert 'volume is 2' in result.message
    assert not jukebox.talking.chunks


def test_a_name_that_no_file_can_have_silences_nobody(jukebox: Jukebox, tmp_path: Path) -> None:
    (tmp_path / 'noise.raw').write_bytes(noise(0.1).tobytes())
    for name in ('x' * 300 + '.wav', 'noise.raw'):
        status, result = jukebox.play(tmp_path / name).outcome()
        assert (status, result.success) == (ABORTED, False)
        assert name in result.message
    sound = write_sound(tmp_path / 'noise.wav', noise(0.1), RATE_HZ)
    assert jukebox.play(sound).outcome()[1].success


def test_ctrl_c_ends_a_file_with_a_result(ros_probe: Probe, tmp_path: Path) -> None:
    with talker(ros_probe) as talking:
        goal = Jukebox(talking).play(write_sound(tmp_path / 'long.wav', noise(60.0), RATE_HZ))
        talking.wait_for_sound()
        assert talking.process.stop() == 0
        status, result = goal.outcome()
        assert (status, result.message) == (ABORTED, 'the speaker ends')
