"""Storytelling: a story with its gestures, own stories, going on where it was interrupted."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.library.storytelling import Storytelling
from support.courses import cancel_at_every_step
from support.courses import play
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import FakeRobot

OWN = """
stone:
  title: The stone
  steps:
    - {say: {en: There was a stone., fr: Il y avait une pierre.}, pose: {pitch: 10}, over: 2}
    - {say: 'It said: {nothing}.', emotion: sad, voice: sad}
    - {pose: neutral, wait: 1.5}
"""


@pytest.fixture
def own(tmp_path: Path) -> str:
    (tmp_path / 'stories.yaml').write_text(OWN, encoding='utf-8')
    return str(tmp_path)


@pytest.mark.parametrize('language', ['en', 'fr'])
@pytest.mark.parametrize('name', ['lighthouse', 'snail'])
def test_a_story_of_the_package_is_told_with_gestures(
    tmp_path: Path, name: str, language: str
) -> None:
    robot = FakeRobot(tmp_path, language=language)
    course = run_course(Storytelling(), {'name': name}, robot)
    assert len(robot.said) >= 8
    assert len(robot.orders_of('go_to')) >= 5
    assert len(robot.orders_of('emotion')) >= 2
    assert 'storytelling: ' in course.sentence
    assert (
        robot.said[-1].endswith({'en': 'The end.', 'fr': 'Fin.'}[language]) or name == 'lighthouse'
    )
    shares = [share for _, share in robot.stages]
    assert shares == sorted(shares)
    assert 0.0 <= shares[0] < shares[-1] < 1.0


def test_languages_tell_different_texts(tmp_path: Path) -> None:
    said = []
    for language in ('en', 'fr'):
        robot = FakeRobot(tmp_path, language=language)
        run_course(Storytelling(), {'name': 'snail'}, robot)
        said.append(robot.said)
    assert len(said[0]) == len(said[1])
    assert not set(said[0]) & set(said[1])


def test_a_story_of_ones_own_is_told_as_it_is_written(tmp_path: Path, own: str) -> None:
    robot = FakeRobot(tmp_path)
    run_course(Storytelling(), {'name': 'stone', 'folder': own}, robot)
    assert robot.said == ['There was a stone.', 'It said: {nothing}.']
    assert [order.arguments['emotion'] for order in robot.orders_of('say')] == ['', 'sad']
    first, last = robot.orders_of('go_to')
    assert first.arguments['head'].pitch == pytest.approx(0.1745, abs=1e-4)
    assert first.arguments['antennas'] is None
    assert last.arguments['head'].pitch == 0.0
    assert last.arguments['antennas'] == (0.1745, -0.1745)


def test_gesture_and_speech_of_a_step_begin_together(tmp_path: Path, own: str) -> None:
    robot = FakeRobot(tmp_path)
    run_course(Storytelling(), {'name': 'stone', 'folder': own}, robot)
    assert robot.orders_of('go_to')[0].began == robot.orders_of('say')[0].began


def test_an_unknown_story_is_refused_with_the_known_ones(tmp_path: Path, own: str) -> None:
    with pytest.raises(BehaviorError, match=r"no 'nemo' among stories; known: lighthouse, .*stone"):
        run_course(Storytelling(), {'name': 'nemo', 'folder': own}, FakeRobot(tmp_path))


@pytest.mark.parametrize(
    ('text', 'complaint'),
    [
        ('a: {title: A}', 'stories.yaml:1: a has no .steps.'),
        ('a: {title: A, steps: []}', 'steps has no step'),
        ('a:\n  title: {en: A}\n  steps: [{wait: 1}]', "stories.yaml:2: title has no 'fr'"),
        ('a: {title: A, steps: [{say: hello, pose: {pich: 3}}]}', "unknown key 'pich' in pose"),
        ('a: {title: A, steps: [{pose: {pitch: .nan}}]}', "pitch must be a number, not '.nan'"),
        ('a: {title: A, steps: [{pose: {x: 600}}]}', 'x is 600; allowed is -60 .. 60'),
        ('a: {title: A, steps: [{pose: {}}]}', 'pose moves nothing'),
        ('a: {title: A, steps: [{pose: {antennas: [1, 2, 3]}}]}', 'antennas has 3 numbers'),
        ('a: {title: A, steps: [{voice: sad}]}', 'does nothing'),
        ('a: {title: A, steps: [{pose: neutral, emotion: sad}]}', 'one of them at a time'),
        ('a: {title: A, steps: [{repeat: 1.5, steps: [{wait: 1}]}]}', 'repeat is 1.5'),
        ('a: {title: A, steps: [{repeat: 101, steps: [{wait: 1}]}]}', 'allowed is 1 .. 100'),
        (f'a: {{title: A, steps: [{{say: {"x" * 1001}}}]}}', 'has 1001 characters'),
        ('a: {title: A, steps: [{say: ""}]}', 'has 0 characters'),
        ('a: [', 'is not YAML'),
        ('- a', 'must be a mapping'),
    ],
)
def test_a_broken_story_is_refused_with_file_and_field(
    tmp_path: Path, text: str, complaint: str
) -> None:
    (tmp_path / 'stories.yaml').write_text(text, encoding='utf-8')
    with pytest.raises(BehaviorError, match=complaint):
        run_course(Storytelling(), {'folder': str(tmp_path)}, FakeRobot(tmp_path))


def test_more_steps_than_fit_are_refused(tmp_path: Path) -> None:
    steps = ', '.join(['{repeat: 100, steps: [{wait: 1}, {wait: 2}]}'] * 6)
    (tmp_path / 'stories.yaml').write_text(f'a: {{title: A, steps: [{steps}]}}', encoding='utf-8')
    with pytest.raises(BehaviorError, match='at most 1000'):
        run_course(Storytelling(), {'folder': str(tmp_path)}, FakeRobot(tmp_path))


def test_a_folder_without_stories_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BehaviorError, match=r'stories\.yaml: cannot be read'):
        run_course(Storytelling(), {'folder': str(tmp_path)}, FakeRobot(tmp_path))


def test_an_interrupted_story_goes_on_with_the_sentence_that_was_cut(tmp_path: Path) -> None:
    whole = FakeRobot(tmp_path)
    length = run_course(Storytelling(), {'name': 'snail'}, whole).seconds
    story, first, then = Storytelling(), FakeRobot(tmp_path), FakeRobot(tmp_path)
    assert play(story, {'name': 'snail'}, first, cancel_at=length / 2).cancelled
    run_course(story, {'name': 'snail'}, then)
    heard = [order.arguments['text'] for order in first.orders_of('say') if order.outcome == 'done']
    assert 0 < len(heard) < len(whole.said)
    told_again = len(heard) + len(then.said[1:]) - len(whole.said)
    assert told_again in (0, 1)
    assert then.said[1:] == whole.said[len(heard) - told_again :]
    assert then.said[0] == 'Where were we? Ah yes.'


def test_it_can_be_cancelled_at_every_step(tmp_path: Path, own: str) -> None:
    given = {'name': 'stone', 'folder': own}
    cancel_at_every_step(Storytelling, given, partial(FakeRobot, tmp_path))


def test_it_survives_or_reports_every_refusal(tmp_path: Path, own: str) -> None:
    given = {'name': 'stone', 'folder': own}
    refuse_at_every_step(Storytelling, given, partial(FakeRobot, tmp_path))
