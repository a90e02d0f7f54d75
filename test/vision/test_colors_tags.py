"""Colour patches and markers: found where they were drawn, and not where there are none."""

from __future__ import annotations

import colorsys
import itertools
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from bbia_sim_ros.models.context import Context
from bbia_sim_ros.models.errors import CancelledError
from bbia_sim_ros.models.limits import PoolLimits
from bbia_sim_ros.models.pool import ModelPool
from bbia_sim_ros.models.spec import ModelSpec
from bbia_sim_ros.vision.colors import COLORS
from bbia_sim_ros.vision.colors import HUES_DEG
from bbia_sim_ros.vision.errors import DetectorError
from bbia_sim_ros.vision.errors import ImageError
from bbia_sim_ros.vision.object_model import ObjectModel
from bbia_sim_ros.vision.results import Thing
from support.optional import need

FAMILIES = ('DICT_4X4_50', 'DICT_6X6_250', 'DICT_ARUCO_ORIGINAL', 'DICT_APRILTAG_36h11')
WALL = (190, 185, 180)


@pytest.fixture
def pool() -> Iterator[ModelPool]:
    made = ModelPool(owner='vision', limits=PoolLimits())
    yield made
    made.close()


def wall(height: int = 480, width: int = 640) -> np.ndarray:
    """A plain wall with the noise of a camera."""
    noise = np.random.default_rng(5).normal(0.0, 4.0, (height, width, 3))
    return (noise + WALL).clip(0, 255).astype(np.uint8)


def rgb(hue_deg: float, saturation: float = 0.85, value: float = 0.8) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue_deg % 360.0 / 360.0, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)


def middle_hue(color: str) -> float:
    first, last = HUES_DEG[color]
    return first + ((last - first) % 360.0) / 2.0


def seen(image: np.ndarray, **options: object) -> tuple[Thing, ...]:
    finder = ObjectModel(lambda share, stage: None, **({'min_score': 0.4} | options))
    return finder.detect(Context(60.0), image=image)


def marker(family: str, number: int, side: int = 120, margin: int = 30) -> np.ndarray:
    """A marker printed on white paper, grey."""
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, family))
    drawn = cv2.aruco.generateImageMarker(dictionary, number, side)
    return cv2.copyMakeBorder(drawn, *(margin,) * 4, cv2.BORDER_CONSTANT, value=255)


def held(
    family: str, number: int, *, yaw_deg: float = 0.0, roll_deg: float = 0.0, distance: float = 4.0
) -> tuple[np.ndarray, np.ndarray]:
    """A picture of a marker turned in space, and the places (4, 2) of its corners, px.

    The marker's side is 1; the focal length 600 px, so that it is 150 px wide at distance 4.
    """
    paper = marker(family, number)
    yaw, roll = np.radians((yaw_deg, roll_deg))
    turn = np.array(
        [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    ) @ np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])

    def pixels(square: np.ndarray) -> np.ndarray:
        points = np.column_stack((square, np.zeros(4))) @ turn.T + (0.0, 0.0, distance)
        return (600.0 * points[:, :2] / points[:, 2:] + (320.0, 240.0)).astype(np.float32)

    unit = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
    side = paper.shape[0]
    corners = np.array([(0, 0), (side, 0), (side, side), (0, side)], np.float32)
    # OpenCV counts from the middle of a pixel.
    way = cv2.getPerspectiveTransform(corners - 0.5, pixels(unit * side / 120.0) - 0.5)
    picture = wall()
    paper = cv2.cvtColor(paper, cv2.COLOR_GRAY2RGB)
    picture = cv2.warpPerspective(
        paper, way, (640, 480), picture, borderMode=cv2.BORDER_TRANSPARENT
    )
    return picture, pixels(unit)


@pytest.mark.parametrize('color', COLORS)
@pytest.mark.parametrize(('saturation', 'value'), [(1.0, 1.0), (0.85, 0.8), (0.65, 0.4)])
def test_a_ball_is_found_where_it_is_and_only_in_its_colour(
    color: str, saturation: float, value: float
) -> None:
    picture = wall()
    cv2.circle(picture, (200, 150), 40, rgb(middle_hue(color), saturation, value), -1)
    (ball,) = seen(picture, colors=COLORS)
    assert ball.label == f'color_{color}'
    assert (ball.box.x, ball.box.y) == pytest.approx((200.5, 150.5), abs=1.0)
    assert (ball.box.width, ball.box.height) == pytest.approx((81.0, 81.0), abs=3.0)
    assert ball.score == pytest.approx(np.pi / 4.0, abs=0.03)


@pytest.mark.parametrize('size', [(120, 160), (1080, 1920), (2160, 3840)])
def test_a_ball_is_found_in_pictures_of_any_size(size: tuple[int, int]) -> None:
    height, width = size
    picture = wall(height, width)
    centre, radius = (width // 4, height // 3), height // 10
    cv2.circle(picture, centre, radius, rgb(middle_hue('blue')), -1)
    (ball,) = seen(picture, colors=('blue',))
    grain = max(1.0, width / 640)
    assert (ball.box.x, ball.box.y) == pytest.approx(np.add(centre, 0.5), abs=grain)
    assert ball.box.width == pytest.approx(2 * radius + 1, abs=3 * grain)


def test_each_hue_has_its_name_or_none() -> None:
    for hue in range(0, 360, 6):
        picture = wall(120, 160)
        cv2.rectangle(picture, (30, 30), (90, 90), rgb(hue), -1)
        # At the edge of a sector a hue may have either name, so those are left out.
        edges = itertools.chain(*HUES_DEG.values())
        if min(abs((hue - edge + 180.0) % 360.0 - 180.0) for edge in edges) < 3.0:
            continue
        names = [
            f'color_{name}'
            for name, (first, last) in HUES_DEG.items()
            if (hue - first) % 360.0 < (last - first) % 360.0
        ]
        assert [thing.label for thing in seen(picture, colors=COLORS)] == names


def test_the_largest_patches_are_told_first_and_small_ones_not_at_all() -> None:
    picture = wall()
    for x, side in ((50, 10), (150, 60), (300, 90)):
        cv2.rectangle(picture, (x, 100), (x + side, 100 + side), rgb(120.0), -1)
    widths = [thing.box.width for thing in seen(picture, colors=('green',))]
    assert widths == pytest.approx([91.0, 61.0], abs=2.0)
    (widest,) = seen(picture, colors=('green',), max_objects=1)
    assert widest.box.width == pytest.approx(91.0, abs=2.0)


def test_pale_and_dark_things_have_no_colour() -> None:
    for saturation, value in ((0.3, 0.9), (0.9, 0.15)):
        picture = wall()
        for index, color in enumerate(COLORS):
            patch = rgb(middle_hue(color), saturation, value)
            cv2.rectangle(picture, (100 * index, 100), (100 * index + 80, 200), patch, -1)
        assert seen(picture, colors=COLORS) == ()


@pytest.mark.parametrize('family', FAMILIES)
@pytest.mark.parametrize('yaw_deg', [-50.0, 0.0, 50.0])
@pytest.mark.parametrize('roll_deg', [0.0, 30.0, 180.0])
def test_a_marker_is_read_and_found_however_it_is_held(
    family: str, yaw_deg: float, roll_deg: float
) -> None:
    picture, corners = held(family, 7, yaw_deg=yaw_deg, roll_deg=roll_deg)
    (tag,) = seen(picture, tags=family)
    assert (tag.label, tag.score) == ('tag_7', 1.0)
    edges = (tag.box.left, tag.box.top, tag.box.right, tag.box.bottom)
    assert edges == pytest.approx((*corners.min(axis=0), *corners.max(axis=0)), abs=2.0)


@pytest.mark.parametrize('distance', [2.0, 8.0, 16.0])
def test_a_marker_is_read_near_and_far(distance: float) -> None:
    picture, corners = held('DICT_4X4_50', 11, distance=distance)
    (tag,) = seen(picture, tags='DICT_4X4_50')
    assert tag.label == 'tag_11'
    assert tag.box.width == pytest.approx(np.ptp(corners[:, 0]), abs=2.0)


def test_several_markers_and_colours_are_told_together() -> None:
    picture = wall()
    for x, number in ((20, 3), (420, 5)):
        paper = marker('DICT_APRILTAG_36h11', number)
        picture[50:230, x : x + 180] = paper[..., None]
    cv2.circle(picture, (320, 350), 50, rgb(0.0), -1)
    labels = [thing.label for thing in seen(picture, tags='DICT_APRILTAG_36h11', colors=COLORS)]
    assert labels == ['tag_3', 'tag_5', 'color_red']


def test_a_marker_of_another_family_is_not_read() -> None:
    picture, _ = held('DICT_4X4_50', 7)
    assert seen(picture, tags='DICT_APRILTAG_36h11') == ()


@pytest.mark.parametrize('family', ['DICT_4X4_50', 'DICT_6X6_250', 'DICT_APRILTAG_36h11'])
def test_there_are_no_markers_in_photographs_and_noise(family: str) -> None:
    need('skimage')
    from skimage import data

    pictures = [getattr(data, name)() for name in ('astronaut', 'coffee', 'chelsea', 'rocket')]
    pictures.append(np.random.default_rng(6).integers(0, 256, (480, 640, 3), dtype=np.uint8))
    for picture in [*pictures, wall()]:
        assert seen(picture, tags=family) == ()


def test_there_is_no_colour_on_a_wall_and_in_noise() -> None:
    assert seen(wall(), colors=COLORS) == ()
    noise = np.random.default_rng(7).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    assert seen(noise, colors=COLORS) == ()


@pytest.mark.parametrize('shape', [(1, 1), (1, 500), (500, 1), (9, 9), (2160, 3840)])
def test_pictures_of_any_size_are_looked_at(shape: tuple[int, int]) -> None:
    black = np.zeros((*shape, 3), np.uint8)
    assert seen(black, colors=COLORS, tags='DICT_4X4_50') == ()


def test_a_picture_with_gaps_in_memory_is_looked_at_as_well() -> None:
    picture, _ = held('DICT_4X4_50', 7)
    turned = np.ascontiguousarray(picture[:, ::-1])[:, ::-1]
    assert seen(turned, tags='DICT_4X4_50') == seen(picture, tags='DICT_4X4_50')


@pytest.mark.parametrize('wrong', [np.zeros((4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8), 'x'])
def test_what_is_no_picture_is_an_error(wrong: object) -> None:
    with pytest.raises(ImageError):
        seen(wrong, colors=('red',))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ('options', 'reason'),
    [
        ({}, 'nothing to look for'),
        ({'colors': ('pink',)}, "'pink' is none of red, orange"),
        ({'tags': 'DICT_99'}, r"'DICT_99' are no family .*DICT_4X4_50"),
        ({'tags': 'getPredefinedDictionary'}, 'are no family'),
    ],
)
def test_what_is_not_known_is_refused_with_what_is(options: dict[str, object], reason: str) -> None:
    with pytest.raises(DetectorError, match=reason):
        ObjectModel(lambda share, stage: None, **options)


def test_a_worker_process_finds_the_same(pool: ModelPool) -> None:
    options = {'colors': COLORS, 'tags': 'DICT_4X4_50'}
    pool.add(
        ModelSpec(
            name='objects',
            engine='opencv',
            factory='bbia_sim_ros.vision.object_model:ObjectModel',
            options=options,
        )
    )
    picture, _ = held('DICT_4X4_50', 7)
    cv2.circle(picture, (80, 80), 40, rgb(0.0), -1)
    request = pool.request('objects', 'detect', {'image': picture}, deadline_s=60.0)
    answer = request.result(60.0)
    assert [thing.label for thing in answer] == ['tag_7', 'color_red']
    assert answer == seen(picture, **options)


def test_a_request_that_nobody_wants_any_more_is_not_begun() -> None:
    finder = ObjectModel(lambda share, stage: None, colors=('red',))
    context = Context(60.0)
    context.cancelled.set()
    with pytest.raises(CancelledError):
        finder.detect(context, image=wall())
