"""Runs the tools that a conversation calls: checked, allowed, through the robot's port.

Contract
    What may be called is fixed when a `Toolbox` is made; nothing that people, models, pages,
    pictures or tools say changes it. ``run`` never raises for what a model asks: whatever is wrong
    comes back as an outcome that the model can be told. Any thread; calls of several threads run
    side by side. This is the one place where degrees and millimetres become radians and metres.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from typing import Final

from bbia_sim_ros.chat.messages import ToolCall
from bbia_sim_ros.chat.messages import ToolSpec
from bbia_sim_ros.chat.motion_tools import DIRECTIONS
from bbia_sim_ros.chat.motion_tools import NEAREST
from bbia_sim_ros.chat.notebook import Fact
from bbia_sim_ros.chat.notebook import Notebook
from bbia_sim_ros.chat.notebook import NotebookError
from bbia_sim_ros.chat.robot_port import HeadGoal
from bbia_sim_ros.chat.robot_port import Outcome
from bbia_sim_ros.chat.robot_port import RobotPort
from bbia_sim_ros.chat.text import clean
from bbia_sim_ros.chat.text import shown
from bbia_sim_ros.chat.tool_arguments import ArgumentError
from bbia_sim_ros.chat.tool_arguments import Checked
from bbia_sim_ros.chat.tools import TOOL_NAMES
from bbia_sim_ros.chat.tools import ToolTable
from bbia_sim_ros.robot.names import BASE_LINK
from bbia_sim_ros.robot.names import NEUTRAL_ANTENNAS_RAD

MAX_RESULT_CHARACTERS: Final = 4000
DEFAULT_SIDEWAYS_DEG: Final = 40.0
DEFAULT_VERTICAL_DEG: Final = 20.0


@dataclass(frozen=True, kw_only=True)
class ToolOutcome:
    """What came of a call: ``text`` is what the model is told, ``duration_s`` what it took."""

    success: bool
    text: str
    duration_s: float


@dataclass(frozen=True, kw_only=True)
class ToolReport:
    """A call and its outcome, for whoever keeps a log; the fields of ``bbia_msgs/ToolCall``."""

    conversation: str
    engine: str
    call: ToolCall
    outcome: ToolOutcome


class Toolbox:
    """The tools of one node; see the module's docstring."""

    def __init__(
        self,
        robot: RobotPort,
        notebook: Notebook,
        tools: ToolTable,
        allowed: Collection[str] = TOOL_NAMES,
        *,
        observer: Callable[[ToolReport], None] | None = None,
    ) -> None:
        """Allow the tools named; ``observer`` hears of every call, in the thread that ran it.

        Raises ValueError for a name in ``allowed`` that is no tool.
        """
        unknown = sorted(set(allowed) - set(TOOL_NAMES))
        if unknown:
            raise ValueError(
                f'no tool is called {", ".join(map(repr, unknown))}; '
                f'tools that can be allowed: {", ".join(TOOL_NAMES)}'
            )
        self._robot = robot
        self._notebook = notebook
        self._tools = tools
        self._allowed = frozenset(allowed)
        self._observer = observer
        self._actions: Mapping[str, Callable[[Checked, threading.Event], Outcome]] = {
            'look': self._look,
            'go_to': self._go_to,
            'emotion': self._emotion,
            'move': lambda given, cancelled: robot.move(given['name'], cancelled),
            'behave': self._behave,
            'say': self._say,
            'what_do_you_see': lambda _given, _cancelled: robot.sight(),
            'stop': lambda _given, _cancelled: robot.stop(),
            'remember': self._remember,
            'recall': self._recall,
        }

    @property
    def allowed(self) -> frozenset[str]:
        """The names of the tools that may be called."""
        return self._allowed

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """The allowed tools as a model is told of them."""
        return self._tools.specs(self._allowed)

    def know(self, tools: ToolTable) -> None:
        """Take a table with the names that the robot knows now; what is allowed stays."""
        self._tools = tools

    def run(
        self,
        call: ToolCall,
        cancelled: threading.Event,
        *,
        conversation: str = '',
        engine: str = '',
    ) -> ToolOutcome:
        """Check and run one call, wait for its end, tell the observer, return the outcome."""
        start = time.monotonic()
        outcome = self._outcome(call, cancelled)
        return self._report(call, outcome, time.monotonic() - start, conversation, engine)

    def refuse(
        self, call: ToolCall, reason: str, *, conversation: str = '', engine: str = ''
    ) -> ToolOutcome:
        """Return the outcome of a call that is not run for ``reason``, after reporting it."""
        return self._report(call, _failure(reason), 0.0, conversation, engine)

    def _report(
        self, call: ToolCall, outcome: Outcome, duration_s: float, conversation: str, engine: str
    ) -> ToolOutcome:
        text = clean(outcome.message)[0].strip()
        if len(text) > MAX_RESULT_CHARACTERS:
            text = f'{text[:MAX_RESULT_CHARACTERS]}... ({len(text)} characters in all)'
        result = ToolOutcome(success=outcome.success, text=text, duration_s=duration_s)
        if self._observer is not None:
            self._observer(
                ToolReport(conversation=conversation, engine=engine, call=call, outcome=result)
            )
        return result

    def _outcome(self, call: ToolCall, cancelled: threading.Event) -> Outcome:
        permitted = ', '.join(name for name in TOOL_NAMES if name in self._allowed) or 'none'
        if call.name not in TOOL_NAMES:
            return _failure(f'there is no tool {shown(call.name)}; tools: {permitted}')
        if call.name not in self._allowed:
            return _failure(f'the tool {call.name} is not allowed here; allowed: {permitted}')
        if call.arguments is None:
            return _failure(
                f'the arguments of {call.name} are no JSON object: {shown(call.raw, 200)}; '
                'give them like {"name": value}'
            )
        if cancelled.is_set():
            return _failure('cancelled')
        try:
            checked = self._tools.check(call.name, call.arguments)
            return self._actions[call.name](checked, cancelled)
        except (ArgumentError, NotebookError) as error:
            return _failure(str(error))

    def _look(self, given: Checked, cancelled: threading.Event) -> Outcome:
        if 'direction' in given:
            return self._robot.go_to(
                goal_of_direction(given['direction'], given.get('degrees')), cancelled
            )
        if 'person' in given:
            person = given['person']
            return self._robot.look_at_person(None if person == NEAREST else person, cancelled)
        point = (given['x'], given['y'], given['z'])
        return self._robot.look_at(point, given.get('frame', BASE_LINK), cancelled)

    def _go_to(self, given: Checked, cancelled: threading.Event) -> Outcome:
        return self._robot.go_to(goal_of_posture(given), cancelled)

    def _emotion(self, given: Checked, cancelled: threading.Event) -> Outcome:
        return self._robot.emotion(given['name'], given.get('intensity', 1.0), cancelled)

    def _behave(self, given: Checked, cancelled: threading.Event) -> Outcome:
        return self._robot.behave(given['name'], given.get('parameters', {}), cancelled)

    def _say(self, given: Checked, cancelled: threading.Event) -> Outcome:
        return self._robot.say(given['text'], given.get('language', ''), cancelled)

    def _remember(self, given: Checked, _cancelled: threading.Event) -> Outcome:
        return Outcome(
            success=True,
            message=self._notebook.remember(given['text'], given.get('topic', '')),
        )

    def _recall(self, given: Checked, _cancelled: threading.Event) -> Outcome:
        facts = self._notebook.recall(given.get('query', ''))
        if not facts:
            return Outcome(success=True, message='nothing was noted about that')
        # Quoted, so that whoever reads it can tell the words of a note from all others.
        return Outcome(success=True, message='; '.join(_quoted(fact) for fact in facts))


def goal_of_direction(direction: str, degrees: float | None = None) -> HeadGoal:
    """Return where to turn for a direction of ``tools.DIRECTIONS``; ``ahead`` is neutral."""
    sideways, down = DIRECTIONS[direction]
    yaw = sideways * (DEFAULT_SIDEWAYS_DEG if degrees is None else degrees)
    pitch = down * (DEFAULT_VERTICAL_DEG if degrees is None else degrees)
    head = (0.0, 0.0, 0.0, 0.0, math.radians(pitch), math.radians(yaw))
    return HeadGoal(head=head, body_yaw=None if sideways or down else 0.0)


def goal_of_posture(given: Mapping[str, Any]) -> HeadGoal:
    """Return the goal that checked arguments of ``go_to`` mean.

    Where one part of the head, or one antenna, is given, the others are neutral.
    """
    head = None
    if any(name in given for name in ('x', 'y', 'z', 'roll', 'pitch', 'yaw')):
        x, y, z = (given.get(name, 0.0) * 1e-3 for name in 'xyz')
        roll, pitch, yaw = (math.radians(given.get(n, 0.0)) for n in ('roll', 'pitch', 'yaw'))
        head = (x, y, z, roll, pitch, yaw)
    antennas = None
    if 'right_antenna' in given or 'left_antenna' in given:
        # Outwards is positive for the right joint and negative for the left one.
        right, left = NEUTRAL_ANTENNAS_RAD
        if 'right_antenna' in given:
            right = math.radians(given['right_antenna'])
        if 'left_antenna' in given:
            left = -math.radians(given['left_antenna'])
        antennas = (right, left)
    body_yaw = math.radians(given['body_yaw']) if 'body_yaw' in given else None
    return HeadGoal(
        head=head,
        antennas=antennas,
        body_yaw=body_yaw,
        duration_s=given.get('duration', 0.0),
    )


def _failure(reason: str) -> Outcome:
    return Outcome(success=False, message=reason)


def _quoted(fact: Fact) -> str:
    text = json.dumps(fact.text, ensure_ascii=False)
    return f'{text} ({json.dumps(fact.topic, ensure_ascii=False)})' if fact.topic else text
