"""Detectors, made once for all tests of a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bbia_sim_ros.models.context import Context
from support.optional import SEEING
from support.optional import need


def _no_progress(share: float, stage: str) -> None:
    del share, stage


@pytest.fixture
def context() -> Context:
    return Context(60.0)


@pytest.fixture(scope='session')
def make_faces() -> Callable[..., Any]:
    """Return a maker of face models, as a worker process would make them."""
    need(*SEEING)
    from bbia_sim_ros.vision.face_model import FaceModel

    def make(**options: Any) -> FaceModel:
        return FaceModel(_no_progress, **options)

    return make


@pytest.fixture(scope='session')
def make_landmarks() -> Callable[..., Any]:
    """Return a maker of landmark models, as a worker process would make them."""
    need(*SEEING)
    from bbia_sim_ros.vision.landmark_model import LandmarkModel

    def make(**options: Any) -> LandmarkModel:
        return LandmarkModel(_no_progress, **options)

    return make
