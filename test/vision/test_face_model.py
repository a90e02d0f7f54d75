"""Faces in real photographs, by both engines; no faces where there are none; odd pictures."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.models.context import Context
from bbia_sim_ros.models.errors import ModelError
from bbia_sim_ros.models.limits import PoolLimits
from bbia_sim_ros.models.pool import ModelPool
from bbia_sim_ros.models.spec import ModelSpec
from bbia_sim_ros.vision.errors import DetectorError
from bbia_sim_ros.vision.errors import ImageError
from bbia_sim_ros.vision.model_files import FACE_SHORT
from bbia_sim_ros.vision.model_files import HAND
from bbia_sim_ros.vision.model_files import bundled
from bbia_sim_ros.vision.model_files import obstacle
from bbia_sim_ros.vision.results import LEFT_EYE
from bbia_sim_ros.vision.results import RIGHT_EYE
from support.optional import need
from support.photographs import FACELESS
from support.photographs import admiral
from support.photographs import astronaut
from support.photographs import in_frame
from support.photographs import photograph
from support.photographs import with_faces

SHORT = (('mediapipe', 'short'), ('opencv', 'short'))
# At 0.5 the full-range network takes a galaxy for a face.
ALL = (*SHORT, ('mediapipe', 'full', 0.6))
FAR = (('mediapipe', 'full'), *SHORT)
# Read off the photograph, px.
ASTRONAUTS_EYES = {RIGHT_EYE: (203.5, 101.1), LEFT_EYE: (246.6, 103.5)}
ANSWER_S = 60.0


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


def test_what_is_near_sees_no_far_face(model: Callable[..., Any], context: Context) -> None:
    for kind in (*SHORT, ('mediapipe', 'full')):
        assert model(*kind, 0.6).detect(context, image=with_faces((150.0, 120.0, 25.0))) == ()


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


def test_what_cannot_be_loaded_is_explained(make_faces: Callable[..., Any]) -> None:
    with pytest.raises(DetectorError, match='engines are mediapipe, opencv, models short, full'):
        make_faces(engine='haar')
    with pytest.raises(DetectorError, match='engines are mediapipe, opencv, models short, full'):
        make_faces(engine='opencv', model='medium')
    with pytest.raises(DetectorError, match="no reach 'wide': there are near, far"):
        make_faces(engine='opencv', reach='wide')
    with pytest.raises(DetectorError, match=r"opencv cannot run the model 'full'.*take 'short'"):
        make_faces(engine='opencv', model='full')


def test_a_damaged_or_another_network_is_explained(tmp_path: Path) -> None:
    need('mediapipe')
    from bbia_sim_ros.vision.face_opencv import OpencvFaces

    whole = bundled(FACE_SHORT).read_bytes()
    damaged = tmp_path / 'damaged.tflite'
    for content in (b'', whole[: len(whole) // 2], b'not a model' * 100):
        damaged.write_bytes(content)
        with pytest.raises(DetectorError, match='cannot be loaded as a face model'):
            OpencvFaces(min_score=0.5, path=damaged)
    with pytest.raises(DetectorError, match='cannot be loaded as a face model'):
        OpencvFaces(min_score=0.5, path=tmp_path / 'missing.tflite')
    with pytest.raises(DetectorError, match=r'has outputs of .*\(1, 896, 1\), \(1, 896, 16\)'):
        OpencvFaces(min_score=0.5, path=bundled(HAND))


def test_mediapipe_goes_on_after_a_picture_that_breaks_it() -> None:
    need('mediapipe')
    from mediapipe.python.solutions.face_detection import FaceDetection

    from bbia_sim_ros.vision.mediapipe_graph import Graph

    graph = Graph('faces', FaceDetection)
    with pytest.raises(DetectorError, match=r'cannot search this picture for faces: .*ROI width'):
        graph.process(np.zeros((0, 5, 3), np.uint8))
    assert len(graph.process(astronaut()).detections) == 1


def test_what_is_in_the_way_of_an_engine_is_told() -> None:
    need('mediapipe')
    assert (obstacle('mediapipe'), obstacle('opencv')) == ('', '')
    assert obstacle('haar') == "there is no engine 'haar'; there are mediapipe, opencv"
    with pytest.raises(DetectorError, match=r'has no face_detection/other\.tflite: install'):
        bundled('face_detection/other.tflite')


@pytest.mark.parametrize('engine', ['mediapipe', 'opencv'])
def test_it_works_in_a_worker_process(engine: str) -> None:
    need('mediapipe', 'skimage')
    pool = ModelPool(owner='tests', limits=PoolLimits())
    try:
        factory = 'bbia_sim_ros.vision.face_model:FaceModel'
        pool.add(
            ModelSpec(name='faces', engine=engine, factory=factory, options={'engine': engine})
        )
        answer = pool.request('faces', 'detect', {'image': astronaut()}, deadline_s=ANSWER_S)
        (face,) = answer.result(ANSWER_S)
        assert face.keypoints.shape == (6, 2)
        empty = {'image': np.zeros((0, 0, 3), np.uint8)}
        with pytest.raises(ModelError, match='the picture is empty: 0x0 px'):
            pool.request('faces', 'detect', empty, deadline_s=ANSWER_S).result(ANSWER_S)
    finally:
        pool.close()


SEARCH = """
import numpy
from bbia_sim_ros.models.context import Context
from bbia_sim_ros.vision.face_model import FaceModel
from bbia_sim_ros.vision.landmark_model import LandmarkModel
image = numpy.zeros((480, 640, 3), numpy.uint8)
for engine in ('mediapipe', 'opencv'):
    FaceModel(lambda share, stage: None, engine=engine).detect(Context(60.0), image=image)
LandmarkModel(lambda share, stage: None, pose=True).detect(Context(60.0), image=image)
"""


def test_nothing_is_sent_anywhere(tmp_path: Path) -> None:
    """Later versions of MediaPipe report how they are used."""
    need('mediapipe')
    tracer = shutil.which('strace')
    allowed = tracer is not None and not subprocess.call([tracer, '-o', os.devnull, 'true'])
    if tracer is None or not allowed:
        pytest.skip('strace, which shows what is sent, is not installed or not allowed')
    calls = tmp_path / 'calls'
    trace = [tracer, '-f', '--seccomp-bpf', '-e', 'trace=network', '-o', str(calls)]
    subprocess.run([*trace, sys.executable, '-c', SEARCH], check=True, capture_output=True)
    assert 'exited with 0' in calls.read_text(encoding='utf-8')
    assert 'AF_INET' not in calls.read_text(encoding='utf-8')
