"""Conversations: answers what is typed and what was heard, and moves the robot through tools.

In: the action `chat` (`nodes/chat_action.py`) and `speech/transcript`, whose final texts are turns
of the conversation `speech`. Out: `chat/reply`, `chat/tools` (each tool call and what came of it),
`speech/turn` (where the time of a spoken turn went), `emotion`, `models/status`; answers to what
was heard are spoken by the action `say`. Who answers, and why, is on `/diagnostics` in
`<node>: engine`.

The conversation itself is `chat/talk.py`, in threads of its own (`nodes/chat_turns.py`); models are
in processes of their own (`models/pool.py`). The engine is chosen and may ask a server in a thread
too, so nothing here waits.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from typing import Literal
from typing import cast

from rcl_interfaces.msg import SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter

from bbia_msgs.msg import Transcript
from bbia_sim_ros.chat.commands import understand
from bbia_sim_ros.chat.engine import Engine
from bbia_sim_ros.chat.memory import Memory
from bbia_sim_ros.chat.notebook import Notebook
from bbia_sim_ros.chat.openai_engine import OpenAiEngine
from bbia_sim_ros.chat.parameters import ChatParameters
from bbia_sim_ros.chat.personas import PersonaSet
from bbia_sim_ros.chat.personas import UnknownPersonaError
from bbia_sim_ros.chat.selection import COMMANDS
from bbia_sim_ros.chat.selection import OPENAI
from bbia_sim_ros.chat.selection import TRANSFORMERS
from bbia_sim_ros.chat.selection import Selection
from bbia_sim_ros.chat.selection import SelectionReport
from bbia_sim_ros.chat.selection import auto_order
from bbia_sim_ros.chat.talk import Talk
from bbia_sim_ros.chat.talk import TalkSettings
from bbia_sim_ros.chat.toolbox import Toolbox
from bbia_sim_ros.chat.transformers_engine import TransformersEngine
from bbia_sim_ros.container import main as run_container
from bbia_sim_ros.marked_yaml import FileError
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.behavior_claim import BehaviorClaim
from bbia_sim_ros.nodes.chat_action import ChatAction
from bbia_sim_ros.nodes.chat_names import ChatNames
from bbia_sim_ros.nodes.chat_robot import RosRobot
from bbia_sim_ros.nodes.chat_turns import MOST_TURNS
from bbia_sim_ros.nodes.chat_turns import ChatTurn
from bbia_sim_ros.nodes.chat_turns import ChatTurns
from bbia_sim_ros.nodes.chat_turns import TurnSettings
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.diagnostics import Diagnostics
from bbia_sim_ros.nodes.diagnostics import Level
from bbia_sim_ros.nodes.errors import StartError
from bbia_sim_ros.nodes.lifetime import claim_name
from bbia_sim_ros.nodes.lifetime import finish_goals
from bbia_sim_ros.nodes.model_owner import ModelOwner
from bbia_sim_ros.nodes.node_parameters import NodeParameters
from bbia_sim_ros.nodes.polling import Poller
from bbia_sim_ros.stack import share_directory

SPEECH_CONVERSATION = 'speech'
_LOOK_PERIOD_S = 2.0
_REPORT_PERIOD_S = 0.2
_SHOWN = 80


class ChatNode(Node):
    """The node `chat`; see the module's docstring."""

    def __init__(self) -> None:
        super().__init__('chat')
        self._cleanup = ExitStack()
        claim_name(self, self._cleanup)
        self.parameters = NodeParameters(self, ChatParameters, on_change=self._on_parameters)
        values = self.parameters.value
        self._diagnostics = Diagnostics(self, hardware_id='conversation')
        self._owner = ModelOwner(self, values.pool_limits(), self._diagnostics)
        self._cleanup.callback(self._owner.close)
        self._engines = self._make_engines(values)
        self._robot = RosRobot(self)
        self._turns = ChatTurns(self, self._robot, self._turn_settings)
        self._cleanup.callback(self._turns.close)
        try:
            self._make_conversation(values)
        except (FileError, ValueError) as error:
            self._cleanup.close()
            raise StartError(str(error)) from error
        self.add_on_set_parameters_callback(self._check_persona)
        self._poller = Poller(self)
        # Its timer comes due until the goals have ended.
        self._looking = ThreadPoolExecutor(1, thread_name_prefix='selection')
        self._cleanup.callback(self._looking.shutdown)
        self._action = ChatAction(self, self._poller, self._begin)
        self._cleanup.callback(self._action.destroy)
        self._cleanup.callback(self._end_goals)
        self._look: Future[SelectionReport] | None = None
        self._missed = 0
        self._claim = BehaviorClaim(self)
        self.create_subscription(Transcript, 'speech/transcript', self._on_transcript, qos.STREAM)
        self._look_due = 0.0
        self._report()
        self.create_timer(_REPORT_PERIOD_S, self._report, clock=steady_clock())

    def _make_engines(self, values: ChatParameters) -> dict[str, Engine]:
        engines: dict[str, Engine] = {
            TRANSFORMERS: TransformersEngine(
                self._owner.pool,
                model=values.model,
                revision=values.revision,
                device=values.device,
                threads=values.threads,
                context_tokens=values.context_tokens,
            )
        }
        if values.openai_url:
            engines[OPENAI] = OpenAiEngine(
                base_url=values.openai_url,
                model=values.openai_model,
                key_variable=values.openai_key_variable,
                context_tokens=values.context_tokens,
            )
        for engine in engines.values():
            self._cleanup.callback(engine.close)
        return engines

    def _make_conversation(self, values: ChatParameters) -> None:
        """Read the files; raises FileError or ValueError for what is in them."""
        self._notebook = Notebook(_path(values.facts_file), max_facts=values.max_facts)
        self._memory = Memory(values.memory_limits(), _path(values.conversation_file))
        self._names = ChatNames(
            self, emotion_file=values.emotion_file, move_folder=values.move_folder
        )
        self._toolbox = Toolbox(
            self._robot,
            self._notebook,
            self._names.table,
            values.tools,
            observer=self._turns.report_tool,
        )
        self._names.on_change = self._toolbox.know
        files = [share_directory() / 'config' / 'personas.yaml', _path(values.persona_file)]
        self._personas = PersonaSet.load([path for path in files if path is not None])
        self._talk = Talk(
            selection=self._selection(values),
            toolbox=self._toolbox,
            memory=self._memory,
            personas=self._personas,
            settings=self._settings(values),
            understand=understand,
        )

    def _selection(self, values: ChatParameters) -> Selection:
        order = auto_order(server_named=bool(values.openai_url))
        return Selection(self._engines, wanted=values.engine, order=order)

    def _settings(self, values: ChatParameters) -> TalkSettings:
        return TalkSettings(
            persona=values.persona,
            language=cast(Literal['auto', 'en', 'fr'], values.language),
            sampling=values.sampling(),
            max_tool_calls=values.max_tool_calls,
            emotions=self._names.emotions,
        )

    def _turn_settings(self) -> TurnSettings:
        values = self.parameters.value
        return TurnSettings(
            deadline_s=values.answer_timeout,
            show_emotion=values.show_emotion,
            speak=values.speak,
        )

    def _check_persona(self, parameters: list[Parameter[Any]]) -> SetParametersResult:
        for parameter in parameters:
            if parameter.name == 'persona':
                try:
                    self._personas.get(parameter.value)
                except UnknownPersonaError as error:
                    return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _on_parameters(self, before: ChatParameters, after: ChatParameters) -> None:
        self._owner.pool.limits = after.pool_limits()
        self._memory.limits = after.memory_limits()
        self._talk.settings = self._settings(after)
        if after.engine != before.engine:
            self._talk.selection = self._selection(after)
            self._look_due = 0.0

    def _begin(
        self, text: str, conversation: str, on_token: Callable[[str], None]
    ) -> ChatTurn | None:
        return self._turns.begin(self._talk, text, conversation, on_token)

    def _on_transcript(self, message: Transcript) -> None:
        if not (self.parameters.value.listen and message.final and message.text.strip()):
            return
        if self._claim.holds(message) and not _says_stop(message.text):
            # A behavior has asked, and hears the answer itself.
            return
        turn = self._turns.begin(
            self._talk, message.text, SPEECH_CONVERSATION, lambda _: None, message
        )
        if turn is None:
            self._missed += 1
            self.get_logger().warning(
                f'not answered, {MOST_TURNS} turns are under way: {message.text[:_SHOWN]!r}'
            )

    def _report(self) -> None:
        """Show the last look at the engines, and have a new one taken when it is time."""
        if self._look is not None and self._look.done():
            self._show(self._look.result())
            self._look = None
        if self._look is None and time.monotonic() >= self._look_due:
            self._look_due = time.monotonic() + _LOOK_PERIOD_S
            self._look = self._looking.submit(self._talk.selection.report)

    def _show(self, report: SelectionReport) -> None:
        who = ' and '.join(filter(None, ('commands' if report.commands else '', report.answers)))
        problems = [text for text in (self._memory.problem, self._notebook.problem) if text]
        helpless = not report.answers and report.wanted != COMMANDS
        message = f'{who or "nobody"} answers'
        if helpless:
            problems.append(f'no model can answer: {report.reason}')
        elif report.answers:
            message += f': {report.reason}'
        values = {
            'engine': report.wanted,
            'turns under way': str(self._turns.count),
            'spoken texts not answered': str(self._missed),
            'conversations': str(len(self._memory.names)),
            'facts': str(len(self._notebook.facts)),
            'facts dropped': str(self._notebook.dropped),
        }
        values.update({f'obstacle of {name}': why for name, why in report.obstacles.items()})
        self._diagnostics.update(
            'engine',
            Level.WARN if problems else Level.OK,
            '; '.join((message, *problems)),
            values,
        )

    def destroy_node(self) -> None:
        """End every turn with a result, unload the models, destroy the node."""
        self._cleanup.close()
        super().destroy_node()

    def _end_goals(self) -> None:
        """Let the clients of running goals hear how they ended."""
        self._turns.cancel_all()

        def still_running() -> bool:
            self._poller.look()
            return self._action.running > 0

        finish_goals(self, still_running)


def _path(text: str) -> Path | None:
    return Path(text).expanduser() if text else None


def _says_stop(text: str) -> bool:
    understood = understand(text)
    return understood is not None and [call.name for call in understood.calls] == ['stop']


def main() -> int:
    """Run this node alone; return the exit code."""
    return run_container(['chat_node', *sys.argv[1:]])
