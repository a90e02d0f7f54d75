"""A sound file from its first frame to its last, through a player.

Contract
    Files are those that libsndfile reads (WAV, FLAC, OGG, MP3), of any length: they are read piece
    by piece. Channels are averaged. The constructor raises `SpeechError` for a file that cannot be
    played, before any sound; `read` does where it is damaged, after all that could be read was
    heard. Positions are those of the file.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bbia_sim_ros.audio.conversion import Converter
from bbia_sim_ros.audio.errors import AudioError
from bbia_sim_ros.speech.errors import SpeechError
from bbia_sim_ros.speech.narration import louder
from bbia_sim_ros.speech.player import Chunk
from bbia_sim_ros.speech.player import Player
from bbia_sim_ros.speech.utterance import Position
from bbia_sim_ros.speech.utterance import SoundOrder

_PIECE_S: Final = 0.25


class SoundReader:
    """See the module's docstring.

    `volume` 0 .. 1 is asked for with each piece, and `on_position` told with each chunk.
    """

    def __init__(
        self,
        order: SoundOrder,
        *,
        volume: Callable[[], float],
        on_position: Callable[[Position], None],
    ) -> None:
        # libsndfile is loaded for files alone.
        from bbia_sim_ros.audio.sound_file import SoundFile  # noqa: PLC0415

        if not (math.isfinite(order.volume) and 0.0 <= order.volume <= 1.0):
            raise SpeechError(f'volume is {order.volume:g}; allowed is 0 .. 1, 0 for full')
        self._factor = order.volume or 1.0
        self._volume = volume
        self._on_position = on_position
        try:
            self._file = SoundFile(_file_named(order.path))
        except AudioError as error:
            raise SpeechError(str(error)) from error
        self._duration_s = self._file.frames / self._file.rate_hz

    def read(self, player: Player, rate: int) -> None:
        """Play it all and close the file; raises `SpeechError` and its kinds."""
        converter = Converter(rate)
        with self._file as file:
            try:
                while len(piece := file.read(round(_PIECE_S * file.rate_hz))):
                    sound = converter.convert(piece, file.rate_hz)
                    player.feed(louder(sound, self._factor * self._volume()))
            except AudioError as error:
                player.finish()
                raise SpeechError(str(error)) from error
        player.feed(louder(converter.finish(), self._factor * self._volume()))
        if not player.fed_s:
            raise SpeechError(f'{self._file.path}: there is no sound in it')
        player.finish()

    def follow(self, chunk: Chunk, rate: int) -> None:
        """Tell what is heard now: a chunk is given to a device before that."""
        del rate
        heard_s = max(0.0, chunk.position_s - max(0.0, chunk.start - time.monotonic()))
        # The header of a file may be wrong about its length.
        share = min(1.0, heard_s / self._duration_s) if self._duration_s > 0.0 else 0.0
        self._on_position(Position(position_s=heard_s, progress=share))

    def close(self) -> None:
        """Close the file, also when it was never read."""
        self._file.close()


def _file_named(text: str) -> Path:
    try:
        path = Path(text).expanduser()
    except RuntimeError as error:
        raise SpeechError(f'{text!r}: {error}') from error
    if not path.is_absolute() or '\0' in text:
        raise SpeechError(
            f'path is {text!r}; name a sound file by its whole path, such as /a/b.wav'
        )
    # Unlike the methods of Path, these raise nothing for a path that cannot be looked at.
    if os.path.exists(path) and not os.path.isfile(path):
        # Opening a pipe would wait for who writes into it.
        raise SpeechError(f'{path}: is no file')
    return path
