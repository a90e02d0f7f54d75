"""Packages that `./bbia test --core` leaves out."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

HEARING = ('onnxruntime', 'silero_vad', 'pocketsphinx')
TRANSFORMERS = ('torch', 'transformers')
SEEING = ('mediapipe', 'skimage')


def need(*modules: str) -> None:
    """Skip the test, naming what is missing, where one of these modules is not installed."""
    for module in modules:
        if find_spec(module) is None:
            pytest.skip(f'{module} is not installed; it comes without --core')
