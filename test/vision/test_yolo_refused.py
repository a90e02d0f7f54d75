"""Every wrong YOLO file is said to be wrong when loaded; odd answers and pictures do no harm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bbia_sim_ros.vision.errors import DetectorError
from bbia_sim_ros.vision.errors import ImageError
from bbia_sim_ros.vision.yolo_output import Layout
from bbia_sim_ros.vision.yolo_output import candidates
from support import onnx_file
from support.optional import need
from support.yolo_files import DETECT
from support.yolo_files import constant
from support.yolo_files import end_to_end
from support.yolo_files import model
from support.yolo_files import network_of_colours
from support.yolo_files import seen
from support.yolo_files import v8


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
