"""Small faces, from one picture to the next: tiles that suggest them, and a closer look at each.

Contract
    ``FarFaces`` is an engine made of two: ``wide`` gets the whole picture and tiles of it,
    ``close`` a square around each face that is less than a fifth of the picture, in which a network
    of 128 px sees it best. It remembers where faces were, so it wants the pictures of one camera in
    their order. One owner. Lengths are px of the picture as it came; tiles are parts of its longer
    side, so their number depends on its shape and not on its size.

What is searched in a picture
    The whole of it; the surroundings of the faces found last; and those tiles whose turn it is. All
    have had a turn after `ROUND` pictures. The first picture, and the first of another size, is
    searched in all tiles. What is only suggested, the `MAX_NEW` best in a picture, is told when
    the closer look says so. A face cut by a tile's edge is a suggestion
    like others: it is whole in the closer look.

    A face that was found and is not where it was is sought in a tile around that place, in
    `MAX_MISSES` more pictures too; at most `MAX_NEW` such tiles a picture.

The numbers are measured: in the rendered scene ``people`` a closer look gives faces of 16 to 50 px
scores of 0.84 and more, also when the suggestion is 6 px off, and 0.68 at most to what tiles of ten
photographs without faces suggest. With squares of 4 or 6 face widths these are 0.74 and 0.73.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from typing import Protocol

import numpy as np

from bbia_sim_ros.vision.picture import Picture
from bbia_sim_ros.vision.results import Box
from bbia_sim_ros.vision.results import Face

# Score from which something deserves a closer look, and from which such a look makes it a face.
SUGGESTED: Final = 0.35
CONVINCING: Final = 0.78
ROUND: Final = 4
MAX_NEW: Final = 2
MAX_MISSES: Final = 2
# Part of the longer side by which tiles overlap at least.
_TILE_OVERLAP: Final = 1.0 / 12.0
_LOOK_WIDTHS: Final = 5.0
# Less shows nothing more.
_MIN_LOOK_PX: Final = 64
_MIN_TILE_PX: Final = 128


class Engine(Protocol):
    """What finds faces in a picture by itself."""

    def detect(self, picture: Picture) -> list[Face]:
        """Return the faces in a picture of `rgb_picture`, in no order."""
        ...


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A part of a picture: its left upper pixel and its size, px."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a face was, and in how many pictures it was not found since."""

    box: Box
    misses: int = 0


class FarFaces:
    """See the module's docstring."""

    def __init__(
        self, wide: Engine, close: Engine, *, tile: float, min_score: float, max_faces: int
    ) -> None:
        """Begin with nobody; ``tile`` is the side of a tile as part of the picture's longer side.

        Both engines have to tell what scores `SUGGESTED` and more. At most ``max_faces`` places are
        looked at again.
        """
        self._wide = wide
        self._close = close
        self._tile = tile
        self._min_score = min_score
        self._max_faces = max_faces
        self._shape: tuple[int, ...] = ()
        self._turn = 0
        self._places: list[_Place] = []

    def detect(self, picture: Picture) -> list[Face]:
        """Return the faces in a picture of `rgb_picture`, in no order; raises `DetectorError`."""
        seen = self._wide.detect(picture)
        sure = [face for face in seen if face.score >= self._min_score]
        longest = max(picture.shape[:2])
        found = [face for face in sure if _LOOK_WIDTHS * face.box.width >= longest]
        # Places first: they came from closer looks and are more exact than the whole picture.
        weak: list[Face] = []
        for box in [*(place.box for place in self._places), *(face.box for face in sure)]:
            weak += self._look(picture, box, found)
        self._seek(picture, found)
        doubtful = [face for face in seen if face.score < self._min_score]
        self._look_at_new(picture, [*doubtful, *self._swept(picture)], found)
        # What no closer look is convinced of is less exact, so it comes last.
        _add(found, [face for face in weak if face.score >= self._min_score])
        _add(found, sure)
        self._remember(found)
        return found

    def _look(self, picture: Picture, box: Box, found: list[Face]) -> list[Face]:
        """Add the convincing faces around a box that are new; return the others."""
        side = max(_MIN_LOOK_PX, round(_LOOK_WIDTHS * box.width))
        if side >= max(picture.shape[:2]) or _known(box, found):
            return []
        faces = _faces_in(picture, around(box, side, picture), self._close)
        convincing = max(CONVINCING, self._min_score)
        _add(found, [face for face in faces if face.score >= convincing])
        return [face for face in faces if face.score < convincing]

    def _look_at_new(self, picture: Picture, faces: Iterable[Face], found: list[Face]) -> None:
        fresh = [face for face in faces if not _known(face.box, found)]
        for face in sorted(fresh, key=lambda face: -face.score)[:MAX_NEW]:
            self._look(picture, face.box, found)

    def _seek(self, picture: Picture, found: list[Face]) -> None:
        """Add those who are further from where they were than a closer look shows."""
        lost = [place for place in self._places if not _known(place.box, found)]
        # As many found as before: those who are not where they were have moved.
        missing = max(0, len(self._places) - len(found))
        for place in lost[: min(missing, MAX_NEW)]:
            tile = around(place.box, tile_side(picture, self._tile), picture)
            self._look_at_new(picture, _faces_in(picture, tile, self._wide), found)

    def _swept(self, picture: Picture) -> list[Face]:
        """Return what the tiles suggest whose turn it is."""
        tiles = grid(picture, self._tile)
        if not tiles:
            return []
        count = math.ceil(len(tiles) / ROUND)
        if picture.shape != self._shape:
            self._shape = picture.shape
            count = len(tiles)
        turns = [tiles[(self._turn + number) % len(tiles)] for number in range(count)]
        self._turn = (self._turn + count) % len(tiles)
        return [face for tile in turns for face in _faces_in(picture, tile, self._wide)]

    def _remember(self, found: Sequence[Face]) -> None:
        missed = [
            _Place(box=place.box, misses=place.misses + 1)
            for place in self._places
            if place.misses < MAX_MISSES and not _known(place.box, found)
        ]
        # Some of these have only moved: no more are missing than there were.
        missing = max(0, len(self._places) - len(found))
        best = sorted(found, key=lambda face: -face.score)
        places = [_Place(box=face.box) for face in best]
        self._places = [*places, *missed[:missing]][: self._max_faces]


def tile_side(picture: Picture, share: float) -> int:
    """Return the side of a tile that is ``share`` of the picture's longer side, px."""
    side: int = max(_MIN_TILE_PX, round(share * max(picture.shape[:2])))
    return side


def grid(picture: Picture, share: float) -> list[Tile]:
    """Return tiles that cover a picture, row by row; none when one is as large as the picture."""
    height, width, _ = picture.shape
    longest = max(height, width)
    side = tile_side(picture, share)
    if side >= longest:
        return []
    step = side - _TILE_OVERLAP * longest
    return [
        Tile(x=x, y=y, width=min(side, width), height=min(side, height))
        for y in _starts(height, side, step)
        for x in _starts(width, side, step)
    ]


def around(box: Box, side: int, picture: Picture) -> Tile:
    """Return a tile with a box in its middle, as far as the picture's edges allow."""
    height, width, _ = picture.shape
    wide, high = min(side, width), min(side, height)
    return Tile(
        x=round(min(max(box.x - wide / 2.0, 0.0), width - wide)),
        y=round(min(max(box.y - high / 2.0, 0.0), height - high)),
        width=wide,
        height=high,
    )


def _starts(length: int, side: int, step: float) -> list[int]:
    gaps = max(0, math.ceil((length - side) / step))
    return [round((length - side) * number / max(1, gaps)) for number in range(gaps + 1)]


def _faces_in(picture: Picture, tile: Tile, engine: Engine) -> list[Face]:
    """Return the faces of a tile, in px of the picture."""
    part = picture[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
    corner = np.array([tile.x, tile.y], dtype=np.float64)
    return [
        Face(
            box=Box(
                x=face.box.x + tile.x,
                y=face.box.y + tile.y,
                width=face.box.width,
                height=face.box.height,
            ),
            score=face.score,
            keypoints=face.keypoints + corner,
        )
        for face in engine.detect(np.ascontiguousarray(part))
    ]


def _add(found: list[Face], faces: Iterable[Face]) -> None:
    """Add the faces that are not found already, the best first."""
    for face in sorted(faces, key=lambda face: -face.score):
        if not _known(face.box, found):
            found.append(face)


def _known(box: Box, found: Iterable[Face]) -> bool:
    """Return whether a box and that of a face found are of the same face."""
    return any(_holds(box, face.box) or _holds(face.box, box) for face in found)


def _holds(box: Box, other: Box) -> bool:
    """Return whether the middle of the other is in a box."""
    return box.left < other.x < box.right and box.top < other.y < box.bottom
