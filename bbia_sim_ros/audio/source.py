"""What every source of sound is to the node that publishes it: one block after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of sound as its source gives it.

    Attributes
    ----------
    samples:
        (frames, channels) float32, full scale 1; may hold anything, also what is not a number.
    rate_hz:
        Frames per second.
    start_s:
        When the first frame was captured, seconds of the monotonic clock.
    overruns:
        How often sound was lost right before it. The block then begins a new stretch of sound.

    """

    samples: Samples
    rate_hz: int
    start_s: float
    overruns: int = 0


class SoundSource(Protocol):
    """A source that opens at the first `read`. Used by one thread at a time.

    Attributes
    ----------
    label:
        What is read, for people.
    details:
        More about it for people: name and value.
    problem:
        What is wrong though there is sound, '' if nothing is.

    """

    @property
    def label(self) -> str: ...

    @property
    def details(self) -> dict[str, str]: ...

    @property
    def problem(self) -> str: ...

    def read(self) -> Block | None:
        """Return the next block, None if there is none yet after at most about half a second.

        Raises
        ------
        AudioError
            There will be none; the next call tries anew.
        EndOfSound
            All has been read.

        """

    def pause(self) -> None:
        """Let go of a device; stay at the place in a file. The next `read` goes on."""
