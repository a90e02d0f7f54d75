"""The robot that a course is given passes wishes on until it is revoked or flooded."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.errors import Flood
from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.behaviors.handle import CALLS_PER_S
from bbia_sim_ros.behaviors.handle import MAX_STAGE
from bbia_sim_ros.behaviors.robot import HeadPose
from support.fake_robot import FakeRobot
from support.virtual_time import run_virtually

CALLS = {
    'stage': lambda handle: handle.stage('on'),
    'wait': lambda handle: handle.wait(1.0),
    'go_to': lambda handle: handle.go_to(head=HeadPose()),
    'look_at': lambda handle: handle.look_at((1.0, 0.0, 0.0)),
    'emotion': lambda handle: handle.emotion('happy'),
    'feel': lambda handle: handle.feel('happy'),
    'move': lambda handle: handle.move('nod'),
    'say': lambda handle: handle.say('hello'),
    'listen': lambda handle: handle.listen(1.0),
    'ask': lambda handle: handle.ask('Who?', 1.0),
    'chat': lambda handle: handle.chat('hello'),
    'see': lambda handle: handle.see(),
    'watch': lambda handle: handle.watch(),
    'following': lambda handle: handle.following(),
    'photograph': lambda handle: handle.photograph(),
    'music': lambda handle: handle.music(1.0),
    'analyse': lambda handle: handle.analyse(Path('song.wav')),
    'playing': lambda handle: handle.playing(Path('song.wav')),
    'voice_heard': lambda handle: handle.voice_heard(1.0),
    'fetch': lambda handle: handle.fetch('http://localhost/'),
    'call': lambda handle: handle.call('bow'),
    'together': lambda handle: handle.together(handle.wait(1.0)),
}


@pytest.fixture
def robot(tmp_path: Path) -> FakeRobot:
    """A robot with everything."""
    return FakeRobot(tmp_path, pages={'http://localhost/': b'page'})


async def _made(call, handle):
    result = call(handle)
    return await result if asyncio.iscoroutine(result) else result


@pytest.mark.parametrize('name', CALLS)
def test_after_the_end_no_call_has_an_effect(robot: FakeRobot, name: str) -> None:
    async def course() -> None:
        handle = robot.handle()
        await _made(CALLS[name], handle)
        before = len(robot.orders), len(robot.stages)
        handle.revoke()
        with pytest.raises(asyncio.CancelledError):
            await _made(CALLS[name], handle)
        assert (len(robot.orders), len(robot.stages)) == before

    run_virtually(course())


def test_all_calls_that_do_something_are_known_here() -> None:
    reads = {
        'has',
        'rhythm_loaded',
        'now',
        'elapsed',
        'language',
        'random',
        'storage',
        'pictures',
        'revoke',
    }
    from bbia_sim_ros.behaviors.handle import Handle

    assert {name for name in vars(Handle) if not name.startswith('_')} - reads == set(CALLS)


def test_too_many_calls_in_a_second_are_a_flood_for_good(robot: FakeRobot) -> None:
    async def course() -> None:
        handle = robot.handle()
        for _ in range(3 * CALLS_PER_S):
            handle.stage('steady')
            await asyncio.sleep(1.01 / CALLS_PER_S)
        await asyncio.sleep(2.0)
        for _ in range(CALLS_PER_S):
            handle.stage('fast')
        with pytest.raises(Flood, match=f'more than {CALLS_PER_S} times within a second'):
            handle.stage('too fast')
        await asyncio.sleep(10.0)
        with pytest.raises(Flood):
            await handle.wait(1.0)

    run_virtually(course())


@pytest.mark.parametrize('seconds', [-1.0, float('nan'), float('inf')])
def test_waits_are_finite(robot: FakeRobot, seconds: float) -> None:
    async def course() -> None:
        with pytest.raises(ValueError, match='a finite number, not below 0'):
            await robot.handle().wait(seconds)

    run_virtually(course())


@pytest.mark.parametrize('progress', [-0.5, 1.1, float('nan')])
def test_progress_is_a_share(robot: FakeRobot, progress: float) -> None:
    async def course() -> None:
        with pytest.raises(ValueError, match='progress is'):
            robot.handle().stage('half', progress)

    run_virtually(course())


def test_a_stage_is_one_short_line(robot: FakeRobot) -> None:
    async def course() -> None:
        handle = robot.handle()
        handle.stage('two\nlines', 0.5)
        handle.stage('x' * 10_000)

    run_virtually(course())
    assert robot.stages == [('two lines', 0.5), ('x' * MAX_STAGE, -1.0)]


def test_a_question_is_said_before_it_is_listened_for(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, hears=lambda question: 'fine' if question == 'How?' else None)

    async def course() -> None:
        heard = await robot.handle().ask('How?', 5.0)
        assert heard is not None
        assert heard.text == 'fine'

    run_virtually(course())
    assert robot.names == ['say', 'listen']


def test_several_at_once_begin_together_and_give_results_in_order(robot: FakeRobot) -> None:
    async def course() -> None:
        handle = robot.handle()
        results = await handle.together(handle.emotion('happy'), handle.chat('hi'))
        assert results == [None, 'You said: hi']

    run_virtually(course())
    assert [order.began for order in robot.orders] == [0.0, 0.0]


def test_the_first_of_several_that_fails_ends_all(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, refuse_at=1)

    async def course() -> float:
        handle = robot.handle()
        with pytest.raises(OrderRefused):
            await handle.together(handle.emotion('happy'), handle.chat('hi'))
        return handle.elapsed()

    assert run_virtually(course()) == 0.0
    assert [order.outcome for order in robot.orders] == ['cancelled', 'refused']


def test_folders_are_made_when_they_are_asked_for(robot: FakeRobot) -> None:
    async def course() -> None:
        handle = robot.handle()
        assert not robot.storage.exists()
        assert handle.storage.is_dir()
        assert handle.storage.stat().st_mode & 0o777 == 0o700
        assert handle.pictures.is_dir()

    run_virtually(course())


def test_a_folder_that_cannot_be_made_is_named_with_its_parameter(robot: FakeRobot) -> None:
    robot.pictures.write_text('a file is in the way', encoding='utf-8')

    async def course() -> None:
        with pytest.raises(BehaviorError, match=r'cannot be made .* by pictures_folder'):
            _ = robot.handle().pictures

    run_virtually(course())
