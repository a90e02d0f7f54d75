"""The recorder and the player as processes of their own."""

from __future__ import annotations

from pathlib import Path

from bbia_sim_ros.recording.errors import RecordingError
from bbia_sim_ros.recording.reader import inspect
from support.ros import StackProcess
from support.waiting import wait_until

_RECORDER = 'bbia_sim_ros.nodes.recorder'
_PLAYER = 'bbia_sim_ros.nodes.player'


class Recorder(StackProcess):
    """A recorder with the arguments of `./bbia record`."""

    def __init__(self, *arguments: str) -> None:
        super().__init__(*arguments, module=_RECORDER)
        self._seen_b = 0
        self._counts: dict[str, int] = {}

    def has(self, file: Path, topic: str, count: int) -> bool:
        """Whether so many messages of a topic are on the disk."""
        size = file.stat().st_size if file.exists() else 0
        if size != self._seen_b:
            self._seen_b = size
            self._counts = _counts(file)
        return self._counts.get(topic, 0) >= count

    def wait_for(self, file: Path, topic: str, count: int) -> None:
        """Wait until so many messages of a topic are on the disk."""
        wait_until(
            lambda: self.has(file, topic, count),
            f'{count} messages of {topic}; the recorder says:\n{self.output}',
        )


def _counts(file: Path) -> dict[str, int]:
    try:
        contents = inspect(file)
    except RecordingError:
        # It has been made, but its header is not yet there.
        return {}
    return {one.topic: contents.counts[key] for key, one in contents.channels.items()}


def replayed(file: Path, *arguments: str, exit_code: int = 0) -> str:
    """Play a file to its end and return what the player said."""
    with StackProcess(str(file), *arguments, module=_PLAYER) as player:
        ended, said = player.wait(), player.output
    assert ended == exit_code, said
    return said
