"""Objects in one picture: those of a YOLO file, patches of colour, and markers. For a worker.

Contract
    `ObjectModel` is a factory of `models/worker_main.py`; a picture is an array (h, w, 3) of uint8,
    red first, of any size, and the answer a tuple of `results.Thing`, the best first, in pixels of
    that picture. onnxruntime is imported when there is a YOLO file.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from typing import Protocol

from bbia_sim_ros.models.context import Context
from bbia_sim_ros.vision.colors import ColorFinder
from bbia_sim_ros.vision.errors import DetectorError
from bbia_sim_ros.vision.picture import Picture
from bbia_sim_ros.vision.picture import rgb_picture
from bbia_sim_ros.vision.results import Thing
from bbia_sim_ros.vision.tags import TagFinder
from bbia_sim_ros.vision.yolo import Yolo


class _Finder(Protocol):
    def detect(self, picture: Picture) -> list[Thing]: ...


class ObjectModel:
    """See the module's docstring."""

    device = 'cpu'

    def __init__(
        self,
        progress: Callable[[float, str], None],
        *,
        weights: str = '',
        names: str = '',
        colors: Sequence[str] = (),
        tags: str = '',
        min_score: float = 0.4,
        max_objects: int = 50,
    ) -> None:
        """Load what is wanted.

        ``weights`` is a YOLO file (`yolo`), ``names`` a text file of its classes, ``colors`` some
        of `colors.COLORS`, ``tags`` one of `tags.FAMILIES`; each may be empty, but not all.
        ``min_score`` is 0..1, ``max_objects`` at least 1. Raises `DetectorError` with what to do.
        """
        self._min_score = min_score
        self._max_objects = max_objects
        self._finders: list[_Finder] = []
        if weights:
            progress(0.1, f'loading {weights}')
            self._finders.append(Yolo(weights, names=names, min_score=min_score))
        if colors:
            self._finders.append(ColorFinder(colors, max_patches=max_objects))
        if tags:
            self._finders.append(TagFinder(tags))
        if not self._finders:
            raise DetectorError('there is nothing to look for: give objects_model, colors or tags')

    def detect(self, context: Context, *, image: Picture) -> tuple[Thing, ...]:
        """Return the objects of a picture, best first, at most ``max_objects``.

        Raises `ImageError` for what is no picture and `DetectorError` when searching fails.
        """
        picture = rgb_picture(image)
        found: list[Thing] = []
        for finder in self._finders:
            context.check()
            found += finder.detect(picture)
        good = (thing for thing in found if thing.score >= self._min_score)
        return tuple(sorted(good, key=lambda thing: -thing.score)[: self._max_objects])
