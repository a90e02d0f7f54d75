"""A conversation with a scripted robot and scripted engines."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from bbia_sim_ros.chat.commands import understand
from bbia_sim_ros.chat.engine import Engine
from bbia_sim_ros.chat.memory import Memory
from bbia_sim_ros.chat.memory import MemoryLimits
from bbia_sim_ros.chat.notebook import Notebook
from bbia_sim_ros.chat.personas import PersonaSet
from bbia_sim_ros.chat.reply import Reply
from bbia_sim_ros.chat.selection import AUTO
from bbia_sim_ros.chat.selection import TRANSFORMERS
from bbia_sim_ros.chat.selection import Selection
from bbia_sim_ros.chat.talk import Talk
from bbia_sim_ros.chat.talk import TalkSettings
from bbia_sim_ros.chat.toolbox import Toolbox
from bbia_sim_ros.chat.toolbox import ToolReport
from bbia_sim_ros.chat.tools import TOOL_NAMES
from bbia_sim_ros.chat.tools import ToolTable
from bbia_sim_ros.motion.emotions import EMOTIONS
from support.scripted_engine import Scripted
from support.scripted_engine import ScriptedEngine
from support.scripted_robot import ScriptedRobot

PERSONAS = PersonaSet.load([Path(__file__).parents[2] / 'config' / 'personas.yaml'])
DEADLINE_S = 20.0


class Case:
    """A conversation with a robot that records and engines that follow a script."""

    def __init__(
        self,
        *answers: Scripted,
        others: tuple[Engine, ...] = (),
        wanted: str = AUTO,
        allowed: tuple[str, ...] = TOOL_NAMES,
        limits: MemoryLimits | None = None,
        path: Path | None = None,
        **settings: Any,
    ) -> None:
        self.engine = ScriptedEngine(TRANSFORMERS, *answers)
        self.robot = ScriptedRobot()
        self.reports: list[ToolReport] = []
        self.memory = Memory(limits or MemoryLimits(), path)
        engines: dict[str, Engine] = {one.name: one for one in (*others, self.engine)}
        self.toolbox = Toolbox(
            self.robot,
            Notebook(),
            ToolTable(emotions=EMOTIONS, moves=('wave_hello',)),
            allowed,
            observer=self.reports.append,
        )
        self.talk = Talk(
            selection=Selection(engines, wanted=wanted, order=tuple(engines)),
            toolbox=self.toolbox,
            memory=self.memory,
            personas=PERSONAS,
            settings=TalkSettings(emotions=EMOTIONS, **settings),
            understand=understand,
        )
        self.pieces: list[str] = []
        self.cancelled = threading.Event()

    def say(self, text: str, conversation: str = '', deadline_s: float = DEADLINE_S) -> Reply:
        """Take a turn and return its reply."""
        return self.talk.reply(
            text,
            conversation,
            on_token=self.pieces.append,
            cancelled=self.cancelled,
            deadline_s=deadline_s,
        )

    def reply_with_own_event(self, text: str, conversation: str) -> Reply:
        """Take a turn that `cancelled` does not cancel."""
        return self.talk.reply(
            text,
            conversation,
            on_token=self.pieces.append,
            cancelled=threading.Event(),
            deadline_s=DEADLINE_S,
        )

    def roles(self, conversation: str = 'default') -> list[str]:
        """Return who spoke, in their order, as it is remembered."""
        return [m.role for turn in self.memory.turns(conversation) for m in turn.messages]
