"""Faces in real photographs, by both engines; no faces where there are none; odd pictures."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.models.context import Context
from bbia_sim_ros.vision.errors import ImageError
from bbia_sim_ros.vision.results import LEFT_EYE
from bbia_sim_ros.vision.results import RIGHT_EYE
from support.photographs import FACELESS
from support.photographs import admiral
from support.photographs import astronaut
from support.photographs import in_frame
from support.photographs import photograph
from support.photographs import with_faces

SHORT = (('mediapipe', 'short'), ('opencv', 'short'))
# At 0.5 the full-range network takes a galaxy for a face.
ALL = (*SHORT, ('mediapipe', 'full', 0.6))
# Read off the photograph, px.
ASTRONAUTS_EYES = {RIGHT_EYE: (203.5, 101.1), LEFT_EYE: (246.6, 103.5)}


@pytest.fixture(scope='module')
def model(make_faces: Callable[..., Any]) -> Callable[..., Any]:
    """Return a face model for an engine, a model and a smallest score."""

    @cache
    def made(engine: str, name: str = 'short', min_score: float = 0.5, max_faces: int = 10) -> Any:
        return make_faces(engine=engine, model=name, min_score=min_score, max_faces=max_faces)

    return made


def padded(picture: Any) -> Any:
    """Return a picture in a black frame of 640x480."""
    frame = in_frame(picture, 640, 480)
    frame[:, :80] = frame[:, -80:] = 0
    return frame


@pytest.mark.parametrize('kind', ALL)
def test_a_face_is_found_where_it_is(
    model: Callable[..., Any], context: Context, kind: tuple[Any, ...]
) -> None:
    (face,) = model(*kind).detect(context, image=astronaut())
    assert face.score > 0.85
    for eye, place in ASTRONAUTS_EYES.items():
        assert np.linalg.norm(face.keypoints[eye] - place) < 8.0
    assert (face.box.left, face.box.right) == pytest.approx((176.0, 272.0), abs=8.0)


@pytest.mark.parametrize(
    'picture',
    [
        astronaut,
        admiral,
        lambda: padded(astronaut()),
        lambda: astronaut()[:, 100:400],
        lambda: in_frame(astronaut(), 160, 120),
        lambda: in_frame(astronaut(), 3840, 2160),
    ],
)
def test_both_engines_give_the_same_answer(
    model: Callable[..., Any], context: Context, picture: Callable[[], Any]
) -> None:
    image = picture()
    (one,) = model('mediapipe').detect(context, image=image)
    (other,) = model('opencv').detect(context, image=image)
    near = 0.002 * max(image.shape)
    assert other.score == pytest.approx(one.score, abs=0.01)
    assert np.abs(other.keypoints - one.keypoints).max() < near
    for edge in ('left', 'right', 'top', 'bottom'):
        assert getattr(other.box, edge) == pytest.approx(getattr(one.box, edge), abs=near)


def test_the_shift_is_that_of_the_samples(make_faces: Callable[..., Any]) -> None:
    make_faces(engine='opencv')
    from bbia_sim_ros.vision.face_opencv import letterboxed
    from bbia_sim_ros.vision.picture import sampling_shift

    # Each pixel of the small picture stands for four columns: bright by 0, 60, 120 and 180.
    columns = np.tile(60 * (np.arange(512) % 4), (512, 1)).astype(np.uint8)
    small = letterboxed(np.repeat(columns[:, :, None], 3, axis=2))
    sampled = small[64, :, 0] / 60.0
    assert np.all(sampled + sampling_shift(columns[:, :, None], 128) == 1.5)


@pytest.mark.parametrize('name', FACELESS)
@pytest.mark.parametrize('kind', ALL)
def test_photographs_without_people_have_no_faces(
    model: Callable[..., Any], context: Context, kind: tuple[Any, ...], name: str
) -> None:
    assert model(*kind).detect(context, image=photograph(name)) == ()


@pytest.mark.parametrize('kind', ALL)
def test_a_blank_wall_and_noise_have_no_faces(
    model: Callable[..., Any], context: Context, kind: tuple[Any, ...]
) -> None:
    for shade in (0, 90, 200, 255):
        wall = np.full((480, 640, 3), shade, np.uint8)
        assert model(*kind).detect(context, image=wall) == ()
    random = np.random.default_rng(4)
    for spread in (5.0, 30.0, 100.0):
        noise = np.clip(random.normal(128.0, spread, (480, 640, 3)), 0, 255).astype(np.uint8)
        assert model(*kind).detect(context, image=noise) == ()


@pytest.mark.parametrize('shape', [(1, 1), (2, 3), (1, 500), (500, 1), (2160, 3840)])
@pytest.mark.parametrize('kind', ALL)
def test_odd_sizes_are_searched(
    model: Callable[..., Any], context: Context, kind: tuple[Any, ...], shape: tuple[int, int]
) -> None:
    assert model(*kind).detect(context, image=np.zeros((*shape, 3), np.uint8)) == ()


@pytest.mark.parametrize('kind', ALL)
def test_a_view_of_a_picture_is_as_good(
    model: Callable[..., Any], context: Context, kind: tuple[Any, ...]
) -> None:
    mirrored = astronaut()[:, ::-1]
    (face,) = model(*kind).detect(context, image=mirrored)
    (same,) = model(*kind).detect(context, image=np.ascontiguousarray(mirrored))
    assert np.array_equal(face.keypoints, same.keypoints)
    assert 512.0 - face.box.x == pytest.approx(224.0, abs=8.0)


@pytest.mark.parametrize('kind', ALL)
def test_a_read_only_picture_is_as_good(
    model: Callable[..., Any], context: Context, kind: tuple[Any, ...]
) -> None:
    picture = astronaut().copy()
    picture.flags.writeable = False
    assert len(model(*kind).detect(context, image=picture)) == 1


@pytest.mark.parametrize('kind', ALL)
def test_a_face_without_colour_is_found(
    model: Callable[..., Any], context: Context, kind: tuple[Any, ...]
) -> None:
    grey = astronaut().mean(axis=2).astype(np.uint8)
    (face,) = model(*kind).detect(context, image=np.repeat(grey[:, :, None], 3, axis=2))
    assert face.box.x == pytest.approx(224.0, abs=8.0)


@pytest.mark.parametrize(
    ('image', 'message'),
    [
        (np.zeros((0, 640, 3), np.uint8), r'the picture is empty: 640x0 px'),
        (np.zeros((480, 0, 3), np.uint8), r'the picture is empty: 0x480 px'),
        (np.zeros((480, 640), np.uint8), r'this one is \(480, 640\) of uint8'),
        (np.zeros((480, 640, 4), np.uint8), r'this one is \(480, 640, 4\) of uint8'),
        (np.zeros((480, 640, 3), np.float32), r'this one is \(480, 640, 3\) of float32'),
        ([[0, 0, 0]], r'not a list'),
        (None, r'not a NoneType'),
    ],
)
@pytest.mark.parametrize('engine', ['mediapipe', 'opencv'])
def test_what_is_no_picture_is_refused_and_the_next_one_searched(
    model: Callable[..., Any], context: Context, engine: str, image: Any, message: str
) -> None:
    with pytest.raises(ImageError, match=message):
        model(engine).detect(context, image=image)
    assert len(model(engine).detect(context, image=astronaut())) == 1


@pytest.mark.parametrize('engine', ['mediapipe', 'opencv'])
def test_the_smallest_score_is_obeyed(
    model: Callable[..., Any], context: Context, engine: str
) -> None:
    (face,) = model(engine).detect(context, image=astronaut())
    assert model(engine, min_score=face.score + 0.02).detect(context, image=astronaut()) == ()
    # MediaPipe's own class would not go below 0.5.
    doubtful = model(engine, min_score=0.3).detect(context, image=photograph('cat'))
    assert [0.3 < face.score < 0.5 for face in doubtful] == [True, True]


@pytest.mark.parametrize('engine', ['mediapipe', 'opencv'])
def test_the_best_faces_come_first_and_no_more_than_asked_for(
    model: Callable[..., Any], context: Context, engine: str
) -> None:
    two = np.hstack([astronaut()[:300, 70:370], admiral()[100:400, 110:410]])
    faces = model(engine).detect(context, image=two)
    assert [face.box.x > 300.0 for face in faces] in ([False, True], [True, False])
    assert faces[0].score >= faces[1].score
    (best,) = model(engine, max_faces=1).detect(context, image=two)
    assert best.box == faces[0].box


def test_what_is_near_sees_no_far_face(model: Callable[..., Any], context: Context) -> None:
    for kind in (*SHORT, ('mediapipe', 'full')):
        assert model(*kind, 0.6).detect(context, image=with_faces((150.0, 120.0, 25.0))) == ()
