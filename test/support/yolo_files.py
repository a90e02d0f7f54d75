"""YOLO files whose networks answer with boxes that are known."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bbia_sim_ros.models.context import Context
from bbia_sim_ros.vision.object_model import ObjectModel
from bbia_sim_ros.vision.results import Thing
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
    """Return what a network of YOLOv8 answers for boxes (1, 4 + classes, n)."""
    rows = np.zeros((1, len(boxes) + spare, 4 + len(NAMES)), np.float32)
    rows[0, :, 2:4] = 5.0
    for row, (box, number, score) in zip(rows[0], boxes, strict=False):
        row[:4], row[4 + number] = box, score
    return np.ascontiguousarray(rows.transpose(0, 2, 1))


def v5(boxes: Boxes = BOXES) -> np.ndarray:
    """Return what a network of YOLOv5 answers for boxes (1, n, 5 + classes)."""
    rows = v8(boxes).transpose(0, 2, 1)
    sure = np.full((*rows.shape[:2], 1), 0.8, np.float32)
    return np.concatenate((rows[..., :4], sure, rows[..., 4:] / 0.8), axis=2)


def end_to_end(boxes: Boxes = BOXES, spare: int = 30) -> np.ndarray:
    """Return what a network that suppresses by itself answers for boxes (1, n, 6)."""
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
    """Return the model of a file, as a worker process would make it."""
    return ObjectModel(lambda share, stage: None, weights=weights, **options)


def seen(weights: str, image: np.ndarray = WIDE, **options: object) -> tuple[Thing, ...]:
    """Return what the model of a file sees in a picture."""
    return model(weights, **options).detect(Context(60.0), image=image)


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
