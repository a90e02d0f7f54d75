"""A YOLO network in an ONNX file, as ultralytics exports them, run by onnxruntime.

Contract
    For a worker process; one thread. The file is run once while it is loaded, so whatever is wrong
    with it, or with its names, is said then, as `DetectorError`. The network gets the picture
    letterboxed (`letterbox`), red first, 0..1, in float32 or float16, and answers in one of the
    layouts of `yolo_output`. A size that the file leaves open is the one of its metadata `imgsz`,
    or `USUAL_SIZE`.
"""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import Any
from typing import Final

import numpy as np
import numpy.typing as npt

from bbia_sim_ros.vision.class_names import names_from_file
from bbia_sim_ros.vision.class_names import names_from_metadata
from bbia_sim_ros.vision.errors import DetectorError
from bbia_sim_ros.vision.letterbox import Letterbox
from bbia_sim_ros.vision.picture import Picture
from bbia_sim_ros.vision.results import Box
from bbia_sim_ros.vision.results import Thing
from bbia_sim_ros.vision.yolo_output import Layout
from bbia_sim_ros.vision.yolo_output import candidates
from bbia_sim_ros.vision.yolo_output import layout_of
from bbia_sim_ros.vision.yolo_output import suppressed

USUAL_SIZE: Final = 640
MAX_SIZE: Final = 4096
_DETECT: Final = 'detect'
_DTYPES: Final = {'tensor(float)': np.float32, 'tensor(float16)': np.float16}
_ERRORS_ONLY: Final = 3
_ADVICE: Final = 'export a detection model with: yolo export model=FILE.pt format=onnx'


class Yolo:
    """See the module's docstring.

    Attributes
    ----------
    names:
        Of its classes.
    canvas:
        The width and height of its input, px.
    layout:
        How its answer is read.

    """

    def __init__(self, weights: str, *, names: str = '', min_score: float = 0.4) -> None:
        """Load a file; ``names`` is a text file of classes, '' for those in the weights' file."""
        self._file = weights
        self._min_score = min_score
        self._session = _session(weights)
        metadata = self._session.get_modelmeta().custom_metadata_map
        task = metadata.get('task', '')
        if task not in ('', _DETECT):
            raise DetectorError(f'{weights} is for the task {task!r}, not {_DETECT!r}: {_ADVICE}')
        self.names = _names(weights, names, metadata)
        self._input, self._dtype, self.canvas = self._network_input(metadata)
        blank = np.zeros((self.canvas[1], self.canvas[0], 3), np.uint8)
        shape = self._answer(blank).shape
        self.layout = layout_of(shape, len(self.names), has_task=bool(task))

    def detect(self, picture: Picture) -> list[Thing]:
        """Return the objects in a picture, the best first; boxes do not leave the picture."""
        height, width = picture.shape[:2]
        fit = Letterbox.of((width, height), self.canvas)
        answer = self._answer(fit.put(picture))
        found = candidates(answer, self.layout, len(self.names), self._min_score)
        if self.layout is not Layout.END_TO_END:
            found = suppressed(found)
        corners = fit.to_picture(found.corners.reshape(-1, 2, 2))
        things = zip(corners, found.scores.tolist(), found.classes.tolist(), strict=True)
        return [
            Thing(label=self.names[number], score=min(1.0, score), box=_box(both))
            for both, score, number in things
            # Nothing is left of what was found in the padding.
            if (both[1] > both[0]).all()
        ]

    def _answer(self, canvas: Picture) -> npt.NDArray[np.float64]:
        planes = canvas.transpose(2, 0, 1)[None].astype(self._dtype) / self._dtype(255.0)
        try:
            outputs = self._session.run(None, {self._input: planes})
        except Exception as error:  # onnxruntime raises classes of its C++ part
            raise DetectorError(
                f'{self._file} cannot be run on a picture of {canvas.shape[1]}x{canvas.shape[0]}: '
                f'{_in_short(error)}; {_ADVICE}'
            ) from error
        found = [f'{np.shape(output)} of {getattr(output, "dtype", "?")}' for output in outputs]
        if len(outputs) != 1 or getattr(outputs[0], 'dtype', None) not in _DTYPES.values():
            raise DetectorError(
                f'{self._file} answers with {", ".join(found)}, and should with one array of '
                f'float32 or float16: {_ADVICE}'
            )
        return np.asarray(outputs[0], dtype=np.float64)

    def _network_input(self, metadata: dict[str, str]) -> tuple[str, Any, tuple[int, int]]:
        inputs = self._session.get_inputs()
        found = ', '.join(f'{one.name} {one.shape} of {one.type}' for one in inputs)
        refused = DetectorError(
            f'{self._file} wants {found or "nothing"}, and should want one picture [1, 3, height, '
            f'width], at most {MAX_SIZE} each, of tensor(float) or tensor(float16): {_ADVICE}'
        )
        if len(inputs) != 1 or len(inputs[0].shape) != 4 or inputs[0].type not in _DTYPES:
            raise refused
        batch, channels, *sides = inputs[0].shape
        usual = _usual_size(metadata)
        # What is left open has a name, or None, for its size.
        height, width = (
            side if isinstance(side, int) else free for side, free in zip(sides, usual, strict=True)
        )
        open_or_one = batch == 1 or not isinstance(batch, int)
        if not open_or_one or channels != 3 or not all(0 < n <= MAX_SIZE for n in (height, width)):
            raise refused
        return inputs[0].name, _DTYPES[inputs[0].type], (width, height)


def _session(weights: str) -> Any:
    import onnxruntime  # noqa: PLC0415 - not part of the core

    if not Path(weights).is_file():
        raise DetectorError(f'there is no file {weights}: {_ADVICE}')
    options = onnxruntime.SessionOptions()
    # One core is left to the control loop, and nobody spins.
    options.intra_op_num_threads = max(1, (os.cpu_count() or 2) - 1)
    options.add_session_config_entry('session.intra_op.allow_spinning', '0')
    options.log_severity_level = _ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(weights, options, providers=['CPUExecutionProvider'])
    except Exception as error:  # onnxruntime raises classes of its C++ part
        raise DetectorError(
            f'{weights} cannot be loaded as ONNX: {_in_short(error)}; {_ADVICE}'
        ) from error


def _names(weights: str, names: str, metadata: dict[str, str]) -> tuple[str, ...]:
    if names:
        return names_from_file(names)
    if 'names' not in metadata:
        raise DetectorError(
            f'{weights} does not say how its classes are called: give the names in a text file, '
            'one a line, with objects_names'
        )
    return names_from_metadata(metadata['names'], weights)


def _usual_size(metadata: dict[str, str]) -> tuple[int, int]:
    """Return height and width that a file was made for."""
    try:
        height, width = ast.literal_eval(metadata.get('imgsz', '')[:100])
        return int(height), int(width)
    except (ValueError, TypeError, SyntaxError):
        return USUAL_SIZE, USUAL_SIZE


def _box(corners: npt.NDArray[np.float64]) -> Box:
    (x, y), (width, height) = (corners.mean(axis=0).tolist(), (corners[1] - corners[0]).tolist())
    return Box(x=x, y=y, width=width, height=height)


def _in_short(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:200]
