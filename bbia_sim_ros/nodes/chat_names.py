"""The names of what the robot can play, for the tools of a conversation.

Emotions come from the file of the package, and from the person's own; moves from the library, which
is read again each time; behaviors from whoever offers `behavior/list`, asked every `PERIOD_S` in
the executor's thread. Without such a node there are none, and no conversation is offered any.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from rclpy.client import Client
from rclpy.node import Node
from rclpy.task import Future

from bbia_msgs.srv import ListBehaviors
from bbia_sim_ros.chat.tools import ToolTable
from bbia_sim_ros.motion.emotions import EmotionSet
from bbia_sim_ros.motion.library import MoveLibrary
from bbia_sim_ros.motion.library import user_move_folder
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.stack import share_directory

PERIOD_S: Final = 5.0


class ChatNames:
    """See the module's docstring; `on_change`, when set, gets the table as names come or go.

    Raises `FileError` for an emotion file that cannot be read.
    """

    def __init__(
        self,
        node: Node,
        *,
        emotion_file: str,
        move_folder: str,
    ) -> None:
        config = share_directory() / 'config'
        files = [config / 'emotions.yaml']
        if emotion_file:
            files.append(Path(emotion_file).expanduser())
        folder = Path(move_folder).expanduser() if move_folder else user_move_folder()
        self.emotions = EmotionSet.load(files).names
        self._library = MoveLibrary([folder, config / 'moves'])
        self._moves = self._library.names()
        self._behaviors: tuple[str, ...] = ()
        self.on_change: Callable[[ToolTable], None] = lambda _: None
        self._asked: Future[ListBehaviors.Response] | None = None
        self._client: Client[ListBehaviors.Request, ListBehaviors.Response] = node.create_client(
            ListBehaviors, 'behavior/list'
        )
        node.create_timer(PERIOD_S, self._look, clock=steady_clock())

    @property
    def table(self) -> ToolTable:
        """The tools with the names known now."""
        return ToolTable(emotions=self.emotions, moves=self._moves, behaviors=self._behaviors)

    def _look(self) -> None:
        self._know(self._library.names(), self._behaviors)
        if not self._client.service_is_ready():
            self._know(self._moves, ())
        elif self._asked is None or self._asked.done():
            self._asked = self._client.call_async(ListBehaviors.Request())
            self._asked.add_done_callback(self._on_behaviors)

    def _on_behaviors(self, answer: Future[ListBehaviors.Response]) -> None:
        response = answer.result()
        if response is not None and response.success:
            self._know(self._moves, tuple(one.name for one in response.behaviors))

    def _know(self, moves: tuple[str, ...], behaviors: tuple[str, ...]) -> None:
        if (moves, behaviors) != (self._moves, self._behaviors):
            self._moves, self._behaviors = moves, behaviors
            self.on_change(self.table)
