"""Voice activity: how probable speech is in 32 ms of sound, by the silero model.

Contract
    `SileroVad` takes consecutive frames of `sound.FRAME` samples of one stream and answers each
    with a probability, 0 .. 1. It remembers: the end of the last frame and the model's state, so a
    new stream begins with `reset`. One owner. It computes in the calling thread alone, for 0.1 ms a
    frame. The model's file comes with the package silero-vad, which itself is not imported: it
    would import torch. Importing this module does not import onnxruntime; making a `SileroVad`
    does.

The model wants the last `CONTEXT` samples of the previous frame in front of the new ones. It takes
input without them too, without an error, and then finds no speech at all. It is run by onnxruntime.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Final

import numpy as np

from bbia_sim_ros.hearing.errors import HearingError
from bbia_sim_ros.hearing.sound import FRAME
from bbia_sim_ros.hearing.sound import FULL_SCALE
from bbia_sim_ros.hearing.sound import RATE_HZ
from bbia_sim_ros.hearing.sound import Samples

CONTEXT: Final = 64
_STATE_SHAPE: Final = (2, 1, 128)
_ERRORS_ONLY: Final = 3


def model_file() -> Path:
    """Return where the model is; raises `HearingError` when silero-vad is not installed."""
    spec = importlib.util.find_spec('silero_vad')
    folders = [] if spec is None else list(spec.submodule_search_locations or ())
    for folder in folders:
        path = Path(folder, 'data', 'silero_vad.onnx')
        if path.is_file():
            return path
    raise HearingError(
        'silero_vad.onnx is missing, which says where speech is: install everything with '
        './bbia setup'
    )


class SileroVad:
    """See the module's docstring."""

    def __init__(self, path: Path | None = None) -> None:
        """Load the model; raises `HearingError` when it is missing or damaged."""
        import onnxruntime  # noqa: PLC0415 - 58 MB, only while sound arrives

        options = onnxruntime.SessionOptions()
        # More threads would spin, for a model that takes 0.1 ms.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        file = path or model_file()
        try:
            self._session = onnxruntime.InferenceSession(
                str(file), options, providers=['CPUExecutionProvider']
            )
        except Exception as error:  # onnxruntime raises classes of its C++ part
            raise HearingError(f'{file} cannot be loaded: {error}; install it again') from error
        self._rate = np.array(RATE_HZ, dtype=np.int64)
        self._input = np.zeros((1, CONTEXT + FRAME), dtype=np.float32)
        self.reset()

    def reset(self) -> None:
        """Begin a new stream."""
        self._input[:] = 0.0
        self._state = np.zeros(_STATE_SHAPE, dtype=np.float32)

    def probability(self, frame: Samples) -> float:
        """Return how probable speech is in the next frame; ValueError unless it has `FRAME`."""
        if frame.shape != (FRAME,):
            raise ValueError(f'a frame has {FRAME} samples, this one the shape {frame.shape}')
        self._input[0, :CONTEXT] = self._input[0, -CONTEXT:]
        self._input[0, CONTEXT:] = frame
        self._input[0, CONTEXT:] /= FULL_SCALE
        answer, self._state = self._session.run(
            None, {'input': self._input, 'state': self._state, 'sr': self._rate}
        )
        return float(answer[0, 0])
