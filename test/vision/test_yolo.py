"""YOLO files: every layout is read right.

The files are made here. Their networks answer with boxes that are known, so it is the reading that
is tested, not any network.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bbia_sim_ros.vision.letterbox import PADDING
from bbia_sim_ros.vision.letterbox import Letterbox
from bbia_sim_ros.vision.results import Thing
from bbia_sim_ros.vision.yolo_output import Layout
from bbia_sim_ros.vision.yolo_output import layout_of
from support import onnx_file
from support.optional import need
from support.yolo_files import BOXES
from support.yolo_files import DETECT
from support.yolo_files import V5
from support.yolo_files import constant
from support.yolo_files import end_to_end
from support.yolo_files import network_of_colours
from support.yolo_files import seen
from support.yolo_files import v5
from support.yolo_files import v8


def assert_boxes_are_known(things: tuple[Thing, ...]) -> None:
    assert [thing.label for thing in things] == ['ball', 'robot']
    assert [thing.score for thing in things] == pytest.approx([0.9, 0.5], abs=2e-3)
    for thing, (expected, _, _) in zip(things, BOXES, strict=True):
        box = thing.box
        assert (box.x, box.y, box.width, box.height) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(
    ('answer', 'metadata'),
    [(v8(), DETECT), (v5(), V5), (end_to_end(), DETECT)],
    ids=['v8', 'v5', 'end to end'],
)
@pytest.mark.parametrize('dtype', ['float32', 'float16'])
def test_known_boxes_are_read_from_every_layout(
    tmp_path: Path, answer: np.ndarray, metadata: dict[str, str], dtype: str
) -> None:
    kind = onnx_file.KINDS[dtype]
    weights = constant(tmp_path / 'a.onnx', answer.astype(dtype), metadata, kind=kind)
    assert_boxes_are_known(seen(weights))


@pytest.mark.parametrize('size', [(128, 192), (640, 480), (480, 640), (63, 97), (2160, 3840)])
def test_boxes_come_back_through_the_letterbox(tmp_path: Path, size: tuple[int, int]) -> None:
    """A box in the picture, put into the canvas as ultralytics documents it, is found again."""
    height, width = size
    scale = min(96 / width, 64 / height)
    left, top = (96 - width * scale) / 2, (64 - height * scale) / 2
    true = (0.3 * width, 0.6 * height, 0.2 * width, 0.1 * height)
    inside = (true[0] * scale + left, true[1] * scale + top, true[2] * scale, true[3] * scale)
    weights = constant(tmp_path / 'a.onnx', v8([(inside, 0, 0.9)]), DETECT)
    (thing,) = seen(weights, np.zeros((height, width, 3), np.uint8))
    found = (thing.box.x, thing.box.y, thing.box.width, thing.box.height)
    # The picture in the canvas is whole pixels large and at a whole pixel.
    assert found == pytest.approx(true, abs=1.0 / scale)


def test_boxes_do_not_leave_the_picture_and_none_is_left_in_the_padding(tmp_path: Path) -> None:
    # A square picture of 64 px has 16 px of padding left and right.
    boxes = [((20.0, 32.0, 20.0, 20.0), 0, 0.9), ((6.0, 32.0, 8.0, 8.0), 1, 0.8)]
    weights = constant(tmp_path / 'a.onnx', v8(boxes), DETECT)
    (thing,) = seen(weights, np.zeros((64, 64, 3), np.uint8))
    assert thing.label == 'cup'
    assert (thing.box.left, thing.box.right) == pytest.approx((0.0, 14.0))


@pytest.mark.parametrize('kind', [onnx_file.FLOAT, onnx_file.FLOAT16])
@pytest.mark.parametrize('channel', [0, 1, 2])
def test_the_network_is_given_red_green_and_blue_from_0_to_1(
    tmp_path: Path, channel: int, kind: int
) -> None:
    need('onnxruntime')
    picture = np.zeros((64, 96, 3), np.uint8)
    picture[..., channel] = 204
    (thing,) = seen(network_of_colours(tmp_path / 'a.onnx', kind), picture)
    assert thing.label == ('red', 'green', 'blue')[channel]
    assert thing.score == pytest.approx(0.8, abs=2e-3)


def test_what_a_picture_does_not_fill_is_grey(tmp_path: Path) -> None:
    need('onnxruntime')
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[..., 0] = 255
    (thing,) = seen(network_of_colours(tmp_path / 'a.onnx'), picture, min_score=0.5)
    assert thing.score == pytest.approx((64 + 32 * PADDING / 255) / 96, abs=1e-3)


def test_the_picture_lies_in_the_middle_of_the_canvas() -> None:
    picture = np.full((10, 40, 3), 200, np.uint8)
    canvas = Letterbox.of((40, 10), (80, 60)).put(picture)
    assert canvas.shape == (60, 80, 3)
    assert (canvas[20:40] == 200).all()
    assert (canvas[:20] == PADDING).all()
    assert (canvas[40:] == PADDING).all()


def test_of_boxes_that_cover_each_other_the_best_of_each_class_is_left(tmp_path: Path) -> None:
    place, beside = (40.0, 30.0, 20.0, 20.0), (42.0, 30.0, 20.0, 20.0)
    apart = (40.0, 55.0, 20.0, 10.0)
    boxes = [(beside, 0, 0.7), (place, 0, 0.9), (place, 1, 0.8), (apart, 0, 0.6)]
    things = seen(constant(tmp_path / 'a.onnx', v8(boxes), DETECT))
    assert [(thing.label, thing.box.y) for thing in things] == [
        ('cup', pytest.approx(30.0)),
        ('ball', pytest.approx(30.0)),
        ('cup', pytest.approx(55.0)),
    ]
    assert things[0].score == pytest.approx(0.9)


def test_what_the_network_has_suppressed_itself_is_not_suppressed_again(tmp_path: Path) -> None:
    boxes = [((40.0, 30.0, 20.0, 20.0), 0, 0.9), ((41.0, 30.0, 20.0, 20.0), 0, 0.8)]
    assert len(seen(constant(tmp_path / 'a.onnx', end_to_end(boxes), DETECT))) == 2


def test_only_what_is_sure_enough_is_told_and_not_too_much(tmp_path: Path) -> None:
    weights = constant(tmp_path / 'a.onnx', v8(), DETECT)
    assert [thing.label for thing in seen(weights, min_score=0.6)] == ['ball']
    assert [thing.label for thing in seen(weights, min_score=0.1, max_objects=1)] == ['ball']
    assert seen(weights, min_score=0.95) == ()


def test_a_size_that_the_file_leaves_open_is_that_of_its_training(tmp_path: Path) -> None:
    for shape in ((1, 3, 'height', 'width'), ('batch', 3, '', '')):
        weights = constant(tmp_path / 'a.onnx', v8(), DETECT, shape=shape)
        assert_boxes_are_known(seen(weights))


def test_class_names_may_come_from_a_text_file(tmp_path: Path) -> None:
    names = tmp_path / 'names.txt'
    names.write_text('a\nb\ntoy robot\n\n', encoding='utf-8')
    weights = constant(tmp_path / 'a.onnx', v8(), {})
    assert [thing.label for thing in seen(weights, names=str(names))] == ['b', 'toy robot']


def test_one_class_in_six_columns_is_told_apart_by_what_the_file_says_of_itself() -> None:
    assert layout_of((1, 300, 6), 1, has_task=True) is Layout.END_TO_END
    assert layout_of((1, 25200, 6), 1, has_task=False) is Layout.V5
    assert layout_of((1, 300, 6), 80, has_task=False) is Layout.END_TO_END
    assert layout_of((1, 5, 8400), 1, has_task=True) is Layout.V8
