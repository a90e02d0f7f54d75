"""What a behavior has others do: move, follow, answer, speak, play and fetch."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from action_msgs.srv import CancelGoal
from rclpy.action import ActionServer
from rclpy.action import CancelResponse

from bbia_msgs.action import Chat
from bbia_msgs.action import Follow
from bbia_msgs.action import GoTo
from support.behaving import Behaving
from support.pages import served
from support.rhythms import clicks
from support.ros import Probe
from support.sound_files import write_sound
from support.speech_node import Talker
from support.speech_node import talker
from support.waiting import wait_until

SPEAKS = pytest.mark.skipif(shutil.which('flite') is None, reason='flite is not installed')


@contextmanager
def action(made: Probe, kind: Any, name: str, execute: Any) -> Iterator[None]:
    """Serve an action in the probe's node."""
    server: Any = made.make(
        lambda node: ActionServer(
            node, kind, name, execute, cancel_callback=lambda _: CancelResponse.ACCEPT
        )
    )
    try:
        yield
    finally:
        made.make(lambda _: server.destroy())


def test_eyes_follow_until_the_block_is_left(stage: Behaving) -> None:
    ends: list[str] = []
    asked: list[Follow.Goal] = []

    async def follow(handle: Any) -> Follow.Result:
        asked.append(handle.request)
        handle.publish_feedback(
            Follow.Feedback(state='following', target='face:3', error=0.25, progress=-1.0)
        )
        return await ended(handle)

    async def ended(handle: Any) -> Follow.Result:
        made = stage.probe
        future: Any = made.node.executor.create_future()

        def look() -> None:
            if handle.is_cancel_requested and not future.done():
                future.set_result(None)

        timer = made.node.create_timer(0.01, look)
        await future
        made.node.destroy_timer(timer)
        handle.canceled()
        ends.append('cancelled')
        return Follow.Result(message='cancelled')

    with action(stage.probe, Follow, 'follow', follow):
        assert stage.sensed('follow', text='face:3') == 'following face:3 0.25'
        wait_until(lambda: ends, 'following has ended')
    assert (asked[0].target, asked[0].keep, asked[0].timeout) == ('face:3', True, 0.0)


def test_following_that_ends_by_itself_is_told(stage: Behaving) -> None:
    def follow(handle: Any) -> Follow.Result:
        handle.abort()
        return Follow.Result(message='no camera gives pictures')

    with action(stage.probe, Follow, 'follow', follow):
        assert stage.refused('sense', what='follow') == 'no camera gives pictures'


@pytest.mark.parametrize(
    ('message', 'goes_on'),
    [('not reached within 1.2 mm, 4.85 deg', True), ('replaced by cmd_body', False)],
)
def test_a_movement_that_ends_beside_its_target_is_good_enough(
    stage: Behaving, message: str, *, goes_on: bool
) -> None:
    def go_to(handle: Any) -> GoTo.Result:
        handle.abort()
        return GoTo.Result(message=message)

    with action(stage.probe, GoTo, 'go_to', go_to):
        _, result = stage.begin('sense', what='go').outcome()
    assert result.success is goes_on
    assert goes_on or result.message == message


def test_an_answer_of_the_conversation_is_had(stage: Behaving) -> None:
    asked: list[tuple[str, str]] = []

    def chat(handle: Any) -> Chat.Result:
        asked.append((handle.request.text, handle.request.conversation))
        handle.succeed()
        return Chat.Result(success=True, text='Fine, thanks.')

    with action(stage.probe, Chat, 'chat', chat):
        assert stage.sensed('chat', text='How are you?') == 'Fine, thanks.'
    assert asked == [('How are you?', 'speech')]


def test_an_action_that_nobody_serves_is_missed(stage: Behaving) -> None:
    wait_until(lambda: stage.probe.node.count_publishers('chat/_action/status') == 0, 'nobody')
    assert 'nobody serves the action chat' in stage.refused('sense', what='chat', text='hi')


@contextmanager
def heard(stage: Behaving) -> Iterator[Talker]:
    """Return a speech node that the behavior node has found."""
    with talker(stage.probe) as talking:
        stage.wait_available('talk')
        yield talking


@SPEAKS
def test_a_text_is_said_to_its_end_and_one_that_is_talked_over_is_no_failure(
    stage: Behaving,
) -> None:
    with heard(stage) as talking:
        assert stage.sensed('say', text='Hello robot.') == 'None'
        assert talking.words == 'hello robot'
        wait_until(lambda: not talking.speaking[-1].data, 'silence')
        goal = stage.begin('sense', what='say', text='This is a long sentence. ' * 5)
        talking.wait_for_sound()
        stage.probe.call(CancelGoal, 'say/_action/cancel_goal')
        assert goal.outcome()[1].success
        assert 'nothing to read' in stage.refused('sense', what='say', text='')


@SPEAKS
def test_a_sound_file_is_played_until_the_block_is_left(stage: Behaving, tmp_path: Path) -> None:
    path = write_sound(tmp_path / 'clicks.wav', clicks(90.0, 30.0)[0], 22_050)
    with heard(stage) as talking:
        position, done = stage.sensed('play', text=str(path), seconds=0.5).split()
        assert done == 'False'
        assert float(position) == pytest.approx(0.5, abs=0.2)
        wait_until(lambda: not talking.speaking[-1].data, 'silence')
        assert talking.duration_s < 3.0
        assert 'does not exist' in stage.refused('sense', what='play', text='/none.wav')


@SPEAKS
def test_cancelling_silences_what_a_behavior_says(stage: Behaving) -> None:
    with heard(stage) as talking:
        goal = stage.begin('sense', what='say', text='This is a long sentence. ' * 5)
        talking.wait_for_sound()
        goal.cancel()
        assert not goal.outcome()[1].success
        wait_until(lambda: not talking.speaking[-1].data, 'silence')


def test_a_web_page_is_fetched(stage: Behaving) -> None:
    with served({'/page': b'sunny'}) as address:
        assert stage.sensed('fetch', text=f'{address}/page') == 'sunny'
        assert '404' in stage.refused('sense', what='fetch', text=f'{address}/other')
    assert 'is no web address' in stage.refused('sense', what='fetch', text='ftp://x')
