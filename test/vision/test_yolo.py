"""YOLO files: every layout is read right, and every wrong file is said to be wrong when loaded.

The files are made here. Their networks answer with boxes that are known, so it is the reading that
is tested, not any network.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bbia_sim_ros.models.context import Context
from bbia_sim_ros.vision.errors import DetectorError
from bbia_sim_ros.vision.errors import ImageError
from bbia_sim_ros.vision.letterbox import PADDING
from bbia_sim_ros.vision.letterbox import Letterbox
from bbia_sim_ros.vision.object_model import ObjectModel
from bbia_sim_ros.vision.results import Thing
from bbia_sim_ros.vision.yolo_output import Layout
from bbia_sim_ros.vision.yolo_output import candidates
from bbia_sim_ros.vision.yolo_output import layout_of
from support import onnx_file
from support.optional import need

NAMES = ('cup', 'ball', 'robot')
DETECT = {'names': str(dict(enumerate(NAMES))), 'task': 'detect', 'imgsz': '[64, 96]'}
V5 = {'names': DETECT['names'], 'stride': '32'}
Boxes = Sequence[tuple[tuple[float, ...], int, float]]
# Middle, size, class, score, in a canvas 96 wide and 64 high.
BOXES = [((40.0, 30.0, 20.0, 10.0), 1, 0.9), ((70.0, 20.0, 8.0, 24.0), 2, 0.5)]
WIDE = np.zeros((64, 96, 3), np.uint8)


def v8(boxes: Boxes = BOXES, spare: int = 30) -> np.ndarray:
    rows = np.zeros((1, len(boxes) + spare, 4 + len(NAMES)), np.float32)
    rows[0, :, 2:4] = 5.0
    for row, (box, number, score) in zip(rows[0], boxes, strict=False):
        row[:4], row[4 + number] = box, score
    return np.ascontiguousarray(rows.transpose(0, 2, 1))


def v5(boxes: Boxes = BOXES) -> np.ndarray:
    rows = v8(boxes).transpose(0, 2, 1)
    sure = np.full((*rows.shape[:2], 1), 0.8, np.float32)
    return np.concatenate((rows[..., :4], sure, rows[..., 4:] / 0.8), axis=2)


def end_to_end(boxes: Boxes = BOXES, spare: int = 30) -> np.ndarray:
    rows = np.zeros((1, len(boxes) + spare, 6), np.float32)
    for row, ((x, y, width, height), number, score) in zip(rows[0], boxes, strict=False):
        row[:] = (x - width / 2, y - height / 2, x + width / 2, y + height / 2, score, number)
    return rows


def constant(
    path: Path,
    answer: np.ndarray,
    metadata: Mapping[str, str],
    *,
    shape: Sequence[int | str] = (1, 3, 64, 96),
    kind: int = onnx_file.FLOAT,
    outputs: int = 1,
) -> str:
    """Write a network that answers every picture with the same."""
    need('onnxruntime')
    names = [f'output{number}' for number in range(outputs)]
    onnx_file.write(
        path,
        nodes=[onnx_file.node('Identity', ['answer'], [name]) for name in names],
        inputs=[onnx_file.port('images', shape, kind)],
        outputs=[
            onnx_file.port(name, answer.shape, onnx_file.KINDS[answer.dtype.name]) for name in names
        ],
        constants=[onnx_file.tensor('answer', answer)],
        metadata=metadata,
    )
    return str(path)


def model(weights: str, **options: object) -> ObjectModel:
    return ObjectModel(lambda share, stage: None, weights=weights, **options)


def seen(weights: str, image: np.ndarray = WIDE, **options: object) -> tuple[Thing, ...]:
    return model(weights, **options).detect(Context(60.0), image=image)


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


def network_of_colours(path: Path, kind: int = onnx_file.FLOAT) -> str:
    """Write a network that is as sure of red, green and blue as its input has of them."""
    dtype = np.float16 if kind == onnx_file.FLOAT16 else np.float32
    onnx_file.write(
        path,
        nodes=[
            onnx_file.node('GlobalAveragePool', ['images'], ['mean']),
            onnx_file.node('Reshape', ['mean', 'shape'], ['sure']),
            onnx_file.node('Concat', ['box', 'sure'], ['output0'], axis=1),
        ],
        inputs=[onnx_file.port('images', ('batch', 3, 'height', 'width'), kind)],
        outputs=[onnx_file.port('output0', ('batch', 7, 'anchors'), kind)],
        constants=[
            onnx_file.tensor('shape', np.array([1, 3, 1], np.int64)),
            onnx_file.tensor('box', np.array([[[48.0], [32.0], [20.0], [10.0]]], dtype)),
        ],
        metadata={**DETECT, 'names': "{0: 'red', 1: 'green', 2: 'blue'}"},
    )
    return str(path)


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


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize('column', [0, 1, 2, 3])
def test_boxes_that_are_not_finite_are_left_out(column: int, value: float) -> None:
    rows = v8()
    rows[0, column, 0] = value
    found = candidates(rows.astype(float), Layout.V8, 3, 0.4)
    assert found.classes.tolist() == [2]


def test_scores_that_are_no_numbers_are_left_out() -> None:
    rows = v8()
    rows[0, 4:, 0] = np.nan
    assert candidates(rows.astype(float), Layout.V8, 3, 0.4).classes.tolist() == [2]


@pytest.mark.parametrize('score', [7.5, -3.0, np.inf])
def test_numbers_that_are_no_scores_are_an_error(score: float) -> None:
    rows = end_to_end()
    rows[0, 0, 4] = score
    with pytest.raises(DetectorError, match=r'within 0\.\.1'):
        candidates(rows.astype(float), Layout.END_TO_END, 3, 0.4)


@pytest.mark.parametrize('number', [3.0, -1.0, 1e30])
def test_a_class_without_a_name_is_an_error(number: float) -> None:
    rows = end_to_end()
    rows[0, 0, 5] = number
    with pytest.raises(DetectorError, match='3 classes have names'):
        candidates(rows.astype(float), Layout.END_TO_END, 3, 0.4)


@pytest.mark.parametrize(
    ('metadata', 'reason'),
    [
        ({}, 'give the names in a text file'),
        ({'names': ''}, 'should be a dict'),
        ({'names': '__import__("os").getcwd()'}, 'should be a dict'),
        ({'names': '{' * 500}, 'should be a dict'),
        ({'names': '7'}, 'should be a dict'),
        ({'names': '{}'}, 'names 0 classes'),
        ({'names': "{0: 'a', 2: 'b', 3: 'c'}"}, 'not numbered 0, 1, 2'),
        ({'names': "{0: 'a', 1: 'b', 2: 3}"}, "class 2 in .* is called '3'"),
        ({'names': "{0: 'a', 1: 'b\\nc', 2: 'd'}"}, 'class 1'),
        ({'names': 'x' * 2_000_000}, '2000000 characters'),
        ({'names': "{0: 'a', 1: 'b'}"}, r'shape \(1, 7, 32\), and has 2 names'),
        ({**DETECT, 'task': 'segment'}, "for the task 'segment'"),
    ],
)
def test_a_file_that_says_something_wrong_of_itself_is_refused(
    tmp_path: Path, metadata: dict[str, str], reason: str
) -> None:
    weights = constant(tmp_path / 'a.onnx', v8(), metadata)
    with pytest.raises(DetectorError, match=reason):
        model(weights)


@pytest.mark.parametrize(
    'shape', [(1, 1, 64, 96), (8, 3, 64, 96), (1, 3, 64), (1, 64, 96, 3), (1, 3, 5000, 96)]
)
def test_an_input_that_is_no_picture_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    weights = constant(tmp_path / 'a.onnx', v8(), DETECT, shape=shape)
    with pytest.raises(DetectorError, match=r'wants images \[.*one picture \[1, 3, height'):
        model(weights)


def test_an_input_of_whole_numbers_is_refused(tmp_path: Path) -> None:
    weights = constant(tmp_path / 'a.onnx', v8(), DETECT, kind=onnx_file.UINT8)
    with pytest.raises(DetectorError, match=r'tensor\(uint8\)'):
        model(weights)


@pytest.mark.parametrize(
    ('answer', 'outputs', 'reason'),
    [
        (v8(), 2, r'\(1, 7, 32\) of float32, \(1, 7, 32\) of float32, and should with one'),
        (np.zeros((1, 7, 32), np.int64), 1, 'of int64, and should with one array'),
        (np.zeros((1, 1000), np.float32), 1, r'shape \(1, 1000\)'),
        (np.zeros((1, 300, 9), np.float32), 1, r'fits with \(1, n, 8\), \(1, 7, n\)'),
        (np.zeros((2, 7, 32), np.float32), 1, r'shape \(2, 7, 32\)'),
    ],
)
def test_outputs_that_are_no_detections_are_refused(
    tmp_path: Path, answer: np.ndarray, outputs: int, reason: str
) -> None:
    weights = constant(tmp_path / 'a.onnx', answer, DETECT, outputs=outputs)
    with pytest.raises(DetectorError, match=reason):
        model(weights)


@pytest.mark.parametrize('content', [b'', b'not a network', bytes(1000)])
def test_a_file_that_is_no_network_is_refused(tmp_path: Path, content: bytes) -> None:
    need('onnxruntime')
    path = tmp_path / 'a.onnx'
    path.write_bytes(content)
    with pytest.raises(DetectorError, match=r'a\.onnx .*yolo export'):
        model(str(path))


def test_a_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = Path(constant(tmp_path / 'a.onnx', v8(), DETECT))
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(DetectorError, match='cannot be loaded as ONNX'):
        model(str(path))


def test_missing_files_are_named(tmp_path: Path) -> None:
    need('onnxruntime')
    with pytest.raises(DetectorError, match=r'no file .*nowhere\.onnx'):
        model(str(tmp_path / 'nowhere.onnx'))
    weights = constant(tmp_path / 'a.onnx', v8(), {})
    with pytest.raises(DetectorError, match=r'nowhere\.txt cannot be read'):
        model(weights, names=str(tmp_path / 'nowhere.txt'))


@pytest.mark.parametrize('shape', [(1, 1), (1, 500), (500, 1), (2160, 3840)])
def test_pictures_of_any_size_are_looked_at(tmp_path: Path, shape: tuple[int, int]) -> None:
    need('onnxruntime')
    weights = network_of_colours(tmp_path / 'a.onnx')
    picture = np.full((*shape, 3), 255, np.uint8)
    for thing in seen(weights, picture, min_score=0.0):
        assert thing.box.left >= 0.0
        assert thing.box.right <= shape[1]


def test_what_is_no_picture_is_an_error(tmp_path: Path) -> None:
    weights = constant(tmp_path / 'a.onnx', v8(), DETECT)
    for wrong in (np.zeros((4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8)):
        with pytest.raises(ImageError):
            seen(weights, wrong)
