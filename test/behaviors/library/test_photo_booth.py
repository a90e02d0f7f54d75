"""Taking and keeping pictures."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.errors import WrongParameters
from bbia_sim_ros.behaviors.library.photo_booth import FOLDER
from bbia_sim_ros.behaviors.library.photo_booth import PhotoBooth
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Scene
from support.courses import cancel_at_every_step
from support.courses import parameters_of
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import ANNA
from support.fake_robot import PICTURE
from support.fake_robot import FakeRobot

_NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
_WITHOUT_MOTION = [Part.CAMERA, Part.SPEECH]


def _files(robot: FakeRobot) -> list[Path]:
    return sorted((robot.pictures / FOLDER).iterdir())


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@contextmanager
def _files_of_at_most(size_b: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_b, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_the_picture_is_kept_in_a_file_of_its_owner_alone(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    course = run_course(PhotoBooth(), {}, robot)
    (path,) = _files(robot)
    assert path.read_bytes() == PICTURE
    assert (_mode(path), _mode(path.parent)) == (0o600, 0o700)
    assert course.sentence == f'took {path}'


@pytest.mark.parametrize('zone', [UTC, timezone(timedelta(hours=9))])
def test_its_name_tells_when_it_was_taken(zone: timezone, tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, started=_NOW.astimezone(zone), parts=_WITHOUT_MOTION)
    run_course(PhotoBooth(), {'countdown': 0}, robot)
    (path,) = _files(robot)
    (shot,) = robot.orders_of('photograph')
    taken = _NOW.astimezone(zone) + timedelta(seconds=shot.ended)
    assert path.name == f'{taken:%Y-%m-%d_%H-%M-%S}.jpg'


def test_it_counts_down_once_a_second_before_the_shot(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    run_course(PhotoBooth(), {'countdown': 3}, robot)
    assert robot.said[:4] == ['Look at me and smile!', '3', '2', '1']
    counts = robot.orders_of('say')[1:4]
    for earlier, later in pairwise(counts):
        assert later.began - earlier.began == pytest.approx(1.0)
    (shot,) = robot.orders_of('photograph')
    assert shot.began >= counts[-1].began + 1.0


@pytest.mark.parametrize(('language', 'word'), [('en', 'Done!'), ('fr', 'Et voilà !')])
def test_it_tells_where_the_picture_is(language: str, word: str, tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, language=language)
    run_course(PhotoBooth(), {}, robot)
    assert word in robot.said[-1]
    assert 'photo booth' in robot.said[-1]
    assert _files(robot)[0].stem.replace('_', ' ') in robot.said[-1]


def test_several_pictures_are_files_of_their_own(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    course = run_course(PhotoBooth(), {'pictures': 3, 'countdown': 1}, robot)
    assert len(_files(robot)) == 3
    assert all(str(path) in course.sentence for path in _files(robot))
    assert robot.said.count('One more!') == 2
    assert robot.said[-1].startswith('Done! Your 3 pictures')


def test_a_picture_of_the_same_second_replaces_none(tmp_path: Path) -> None:
    for _ in range(3):
        robot = FakeRobot(tmp_path)
        run_course(PhotoBooth(), {}, robot)
    names = [path.name for path in _files(robot)]
    assert len(names) == 3
    assert [name.partition('-')[0] for name in names] == ['2026'] * 3
    assert sum(name.endswith('-2.jpg') for name in names) == 1
    assert sum(name.endswith('-3.jpg') for name in names) == 1


def test_it_looks_at_who_is_there(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, sees=Scene(people=(ANNA,)))
    run_course(PhotoBooth(), {}, robot)
    assert robot.orders_of('look_at')[0].arguments['point'] == ANNA.position


def test_it_works_without_motion_and_sight(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, parts=_WITHOUT_MOTION)
    run_course(PhotoBooth(), {}, robot)
    assert set(robot.names) == {'say', 'photograph'}
    assert len(_files(robot)) == 1


def test_it_takes_a_picture_though_nobody_can_be_looked_for(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, sees=Scene(people=(ANNA,)))
    run_course(PhotoBooth(), {}, robot)
    blinded = FakeRobot(tmp_path, refuse_at=robot.names.index('see'))
    run_course(PhotoBooth(), {}, blinded)
    assert 'photograph' in blinded.names


@pytest.mark.parametrize('picture', [b'', b'\xff\xd8', b'<html>no camera</html>'])
def test_what_is_no_picture_is_reported_and_not_kept(picture: bytes, tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, picture=picture)
    with pytest.raises(BehaviorError, match='no JPEG picture'):
        run_course(PhotoBooth(), {}, robot)
    assert _files(robot) == []


def test_a_full_disk_is_reported_and_leaves_no_piece_behind(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, picture=PICTURE + bytes(100_000))
    with _files_of_at_most(1000), pytest.raises(BehaviorError, match='cannot be written'):
        run_course(PhotoBooth(), {}, robot)
    assert _files(robot) == []


def test_a_folder_that_cannot_be_made_is_reported_before_anybody_smiles(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    robot.pictures.mkdir()
    (robot.pictures / FOLDER).write_text('a file')
    with pytest.raises(BehaviorError, match=r'photo_booth cannot be made .*pictures_folder'):
        run_course(PhotoBooth(), {}, robot)
    assert robot.orders == []


def test_a_folder_that_takes_no_files_is_reported(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    folder = robot.pictures / FOLDER
    folder.parent.mkdir()
    folder.symlink_to('/proc/self/fd')
    with pytest.raises(BehaviorError, match='cannot be written'):
        run_course(PhotoBooth(), {}, robot)


@pytest.mark.parametrize('given', [{'countdown': 11}, {'countdown': 1.5}, {'pictures': 0}])
def test_wrong_parameters_are_named(given: dict[str, object]) -> None:
    with pytest.raises(WrongParameters, match=next(iter(given))):
        parameters_of(PhotoBooth, given)


_GIVEN = {'pictures': 2, 'countdown': 2}


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    sees = Scene(people=(ANNA,))
    cancel_at_every_step(PhotoBooth, _GIVEN, partial(FakeRobot, tmp_path, sees=sees))


def test_it_reports_the_refusal_of_every_order(tmp_path: Path) -> None:
    sees = Scene(people=(ANNA,))
    refuse_at_every_step(PhotoBooth, _GIVEN, partial(FakeRobot, tmp_path, sees=sees))
