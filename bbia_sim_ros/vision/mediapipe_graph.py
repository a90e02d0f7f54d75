"""A graph of MediaPipe that survives its own failures. Imports no mediapipe itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bbia_sim_ros.vision.errors import DetectorError
from bbia_sim_ros.vision.errors import one_line
from bbia_sim_ros.vision.picture import Picture


class Graph:
    """Runs what ``make`` returns, a solution of mediapipe. One owner.

    A solution that has failed answers with the same error for ever, so the next picture after a
    failure gets a new one.
    """

    def __init__(self, name: str, make: Callable[[], Any]) -> None:
        """Load it; ``name`` is for errors. Raises `DetectorError` when that fails."""
        self._name = name
        self._make = make
        self._solution = self._made()

    def process(self, picture: Picture) -> Any:
        """Return the outputs for a picture of `rgb_picture`; raises `DetectorError`."""
        try:
            return self._solution.process(picture)
        except RuntimeError as error:
            self._solution = self._made()
            raise DetectorError(
                f'mediapipe cannot search this picture for {self._name}: {one_line(error)}'
            ) from error

    def _made(self) -> Any:
        try:
            return self._make()
        except (RuntimeError, FileNotFoundError) as error:
            raise DetectorError(
                f'mediapipe cannot load its model for {self._name}: {one_line(error)}; install'
                ' mediapipe 0.10.14 again'
            ) from error
