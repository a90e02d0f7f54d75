"""Faces that are far: found soon and then in each picture, followed, and not made up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.models.context import Context
from bbia_sim_ros.vision.results import LEFT_EYE
from bbia_sim_ros.vision.results import RIGHT_EYE
from support.photographs import FACELESS
from support.photographs import photograph
from support.photographs import with_faces

FAR = (('mediapipe', 'full'), ('mediapipe', 'short'), ('opencv', 'short'))
FAR_PICTURES = 5


@pytest.fixture(params=FAR)
def far(request: pytest.FixtureRequest, make_faces: Callable[..., Any]) -> Any:
    """Return a model that sees far and has seen nothing yet."""
    engine, name = request.param
    return make_faces(engine=engine, model=name, reach='far')


@pytest.mark.parametrize('width', [30.0, 40.0, 60.0, 90.0])
def test_a_far_face_is_found_soon_and_then_in_each_picture(
    far: Any, context: Context, width: float
) -> None:
    for x, y in ((110.0, 110.0), (320.0, 240.0), (213.0, 180.0), (530.0, 370.0)):
        picture = with_faces((x, y, width))
        for _ in range(FAR_PICTURES):
            gone = far.detect(context, image=with_faces())
        assert gone == ()
        found = [far.detect(context, image=picture) for _ in range(2 * FAR_PICTURES)]
        counts = [len(faces) for faces in found]
        assert counts == sorted(counts)
        assert counts[FAR_PICTURES - 1] == 1
        box = found[-1][0].box
        assert box.x == pytest.approx(x, abs=0.08 * width)
        assert box.width == pytest.approx(width, rel=0.2)


@pytest.mark.parametrize('width', [30.0, 40.0])
def test_the_first_picture_is_searched_completely(far: Any, context: Context, width: float) -> None:
    (face,) = far.detect(context, image=with_faces((150.0, 120.0, width)))
    eyes = face.keypoints[[RIGHT_EYE, LEFT_EYE]]
    assert eyes[1, 0] - eyes[0, 0] == pytest.approx(width * 0.45, rel=0.2)


def test_several_faces_at_different_distances_are_found(far: Any, context: Context) -> None:
    places = ((150.0, 100.0, 30.0), (230.0, 110.0, 40.0), (450.0, 300.0, 130.0))
    for _ in range(FAR_PICTURES):
        faces = far.detect(context, image=with_faces(*places))
    found = sorted(face.box.x for face in faces)
    assert found == [pytest.approx(x, abs=6.0) for x, _, _ in places]


@pytest.mark.parametrize('step', [5, 40, 90])
def test_a_far_face_is_followed_while_the_camera_turns(
    far: Any, context: Context, step: int
) -> None:
    far.detect(context, image=with_faces((60.0, 200.0, 30.0)))
    for x in range(60, 600, step):
        (face,) = far.detect(context, image=with_faces((float(x), 200.0, 30.0)))
        assert face.box.x == pytest.approx(x, abs=3.0)


def test_a_face_that_comes_nearer_and_goes_is_never_lost(far: Any, context: Context) -> None:
    far.detect(context, image=with_faces((320.0, 240.0, 30.0)))
    widths = np.concatenate([np.linspace(30.0, 200.0, 20), np.linspace(200.0, 30.0, 20)])
    for width in widths:
        (face,) = far.detect(context, image=with_faces((320.0, 240.0, float(width))))
        assert face.box.width == pytest.approx(width, rel=0.2)


def test_photographs_without_people_have_no_far_faces(far: Any, context: Context) -> None:
    for name in FACELESS:
        for _ in range(FAR_PICTURES):
            assert far.detect(context, image=photograph(name)) == ()


def test_walls_and_noise_have_no_far_faces(far: Any, context: Context) -> None:
    random = np.random.default_rng(4)
    for spread in (0.0, 5.0, 30.0, 100.0):
        for _ in range(FAR_PICTURES):
            noise = np.clip(random.normal(128.0, spread, (480, 640, 3)), 0, 255).astype(np.uint8)
            assert far.detect(context, image=noise) == ()


@pytest.mark.parametrize('shape', [(1, 1), (2, 3), (1, 500), (500, 1), (100, 3000), (2160, 3840)])
def test_far_faces_are_sought_in_odd_sizes(
    far: Any, context: Context, shape: tuple[int, int]
) -> None:
    for _ in range(2):
        assert far.detect(context, image=np.zeros((*shape, 3), np.uint8)) == ()


@pytest.mark.parametrize('enlarged', [2, 6])
def test_a_far_face_is_found_in_a_large_picture(far: Any, context: Context, enlarged: int) -> None:
    small = with_faces((150.0, 120.0, 40.0))
    picture = small.repeat(enlarged, axis=0).repeat(enlarged, axis=1)
    for _ in range(FAR_PICTURES):
        faces = far.detect(context, image=picture)
    (face,) = faces
    assert face.box.x / enlarged == pytest.approx(150.0, abs=3.0)


def test_the_smallest_score_is_obeyed_for_far_faces(
    make_faces: Callable[..., Any], context: Context
) -> None:
    strict = make_faces(engine='opencv', reach='far', min_score=0.99)
    picture = with_faces((150.0, 120.0, 40.0))
    assert [strict.detect(context, image=picture) for _ in range(3)] == [(), (), ()]


def test_tiles_overlap_cover_the_picture_and_are_few(make_faces: Callable[..., Any]) -> None:
    make_faces(engine='opencv')
    from bbia_sim_ros.vision.face_reach import grid

    for height, width in ((480, 640), (720, 1280), (2160, 3840), (3840, 2160), (1, 5000)):
        for share in (5.0 / 16.0, 9.0 / 16.0):
            tiles = grid(np.zeros((height, width, 3), np.uint8), share)
            assert len(tiles) <= 12
            covered = np.zeros((height, width), np.bool_)
            for tile in tiles:
                part = covered[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
                assert part.shape == (tile.height, tile.width)
                part[:] = True
            assert covered.all()
    assert grid(np.zeros((90, 120, 3), np.uint8), 0.5) == []
