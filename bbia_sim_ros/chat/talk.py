"""A turn of a conversation: from what a person says to the answer, the motions in between.

Contract
    ``Talk.reply`` blocks in the caller's thread; never raises for what is said or what engines and
    robot do. Turns of one conversation come one after the other, up to ``waiting_turns`` wait and
    more are refused; those of different conversations run side by side as far as the engine does.
    Once ``cancelled`` is set it returns within 0.2 s, as far as engine and robot keep their own
    contracts. A tool call under way ends by the bounds of the robot's port, also past the deadline.

Stop
    A command that begins with stopping does not wait: it ends all turns of all conversations, as
    if ``cancelled`` were set for each (and it is), and runs at once, whatever engine is chosen.

What is remembered
    Only turns with an answer. A turn that was cancelled or failed leaves no trace, neither the
    answer so far nor what the person said: they can say it again, or something better. Motions that
    were run have been run.

Who answers
    See ``selection``. A text that is a command runs through the same tools as a model's calls. When
    no engine can answer there is no answer: ``Reply.success`` is false and ``message`` says why.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from typing import Literal

from bbia_sim_ros.chat.command_turn import run_command
from bbia_sim_ros.chat.commands import Understood
from bbia_sim_ros.chat.engine import AnswerCancelledError
from bbia_sim_ros.chat.engine import Engine
from bbia_sim_ros.chat.engine import EngineError
from bbia_sim_ros.chat.engine import Sampling
from bbia_sim_ros.chat.language import ENGLISH
from bbia_sim_ros.chat.language import language_of
from bbia_sim_ros.chat.memory import Memory
from bbia_sim_ros.chat.memory import NoRoomError
from bbia_sim_ros.chat.memory import conversation_name
from bbia_sim_ros.chat.memory_file import Turn
from bbia_sim_ros.chat.messages import Message
from bbia_sim_ros.chat.model_turn import ModelTurn
from bbia_sim_ros.chat.mood import Mood
from bbia_sim_ros.chat.mood import mood_of_text
from bbia_sim_ros.chat.personas import PersonaSet
from bbia_sim_ros.chat.reply import Reply
from bbia_sim_ros.chat.reply import ReplyUnderWay
from bbia_sim_ros.chat.selection import AUTO
from bbia_sim_ros.chat.selection import Selection
from bbia_sim_ros.chat.text import clean
from bbia_sim_ros.chat.toolbox import Toolbox
from bbia_sim_ros.chat.turns import TurnCancelledError
from bbia_sim_ros.chat.turns import TurnQueue
from bbia_sim_ros.chat.turns import TurnsFullError
from bbia_sim_ros.chat.turns import TurnTimeoutError

CANCELLED: Final = 'cancelled'
STOPPED: Final = 'ended, because somebody told the robot to stop'
AUTO_LANGUAGE: Final = 'auto'


@dataclass(frozen=True, kw_only=True)
class TalkSettings:
    """How answers are made; can be changed between turns.

    ``persona`` is a name of the persona set; ``language`` is ``en``, ``fr``, or ``auto`` for that
    of what the person says. ``emotions`` are those that an answer may have. ``max_tool_calls`` a
    turn, at least 0; ``waiting_turns`` of a conversation, at least 0.
    """

    persona: str = 'friendly'
    language: Literal['auto', 'en', 'fr'] = 'auto'
    sampling: Sampling = dataclasses.field(default_factory=Sampling)
    max_tool_calls: int = 5
    waiting_turns: int = 4
    emotions: tuple[str, ...] = ()


class Talk:
    """All conversations of one node; see the module's docstring."""

    def __init__(
        self,
        *,
        selection: Selection,
        toolbox: Toolbox,
        memory: Memory,
        personas: PersonaSet,
        settings: TalkSettings,
        understand: Callable[[str], Understood | None],
    ) -> None:
        """Take the parts; ``understand`` returns None for a text that is no certain command.

        Raises ValueError for settings with a persona that is not known.
        """
        self.selection = selection
        self._toolbox = toolbox
        self._memory = memory
        self._personas = personas
        self._understand = understand
        self._queue = TurnQueue()
        self._lock = threading.Lock()
        self._under_way: set[ReplyUnderWay] = set()
        self.settings = settings

    @property
    def settings(self) -> TalkSettings:
        """How answers are made; what is set holds from the next turn on."""
        return self._settings

    @settings.setter
    def settings(self, settings: TalkSettings) -> None:
        self._personas.get(settings.persona)
        self._settings = settings

    @property
    def turns(self) -> int:
        """How many turns are under way or wait."""
        return len(self._queue)

    def reply(
        self,
        text: str,
        conversation: str = '',
        *,
        on_token: Callable[[str], None],
        cancelled: threading.Event,
        deadline_s: float,
    ) -> Reply:
        """Return the answer to ``text``, after giving it piece by piece to ``on_token``.

        The pieces joined are ``Reply.text``. ``deadline_s``: s from now, waiting and tools
        included. What an engine takes before it writes is not counted, since it may be loading;
        each of its answers is bounded by the time left when it is asked.
        """
        reply = ReplyUnderWay(on_token, cancelled, deadline_s)
        try:
            reply.conversation = conversation_name(conversation)
            said = _said(text, reply)
        except ValueError as error:
            return reply.failure(str(error))
        command = self._understand(said)
        try:
            if command is not None and self._is_stop(command):
                self._end_all()
                return self._obey(command, said, reply)
            with self._begun(reply), self._turn_of(reply):
                if command is not None and self.selection.commands:
                    return self._obey(command, said, reply)
                return self._answer(said, reply)
        except (AnswerCancelledError, TurnCancelledError):
            return reply.failure(STOPPED if reply.stopped else CANCELLED)
        except TurnTimeoutError as error:
            return reply.failure(f'no answer within {deadline_s:g} s: {error}')
        except (TurnsFullError, EngineError) as error:
            return reply.failure(str(error))

    def _is_stop(self, command: Understood) -> bool:
        first = [call.name for call in command.calls[:1]]
        return first == ['stop'] and 'stop' in self._toolbox.allowed

    def _end_all(self) -> None:
        with self._lock:
            for reply in self._under_way:
                reply.stopped = True
                reply.cancelled.set()

    @contextmanager
    def _begun(self, reply: ReplyUnderWay) -> Iterator[None]:
        """Let a stop end this turn for as long as it lasts."""
        with self._lock:
            self._under_way.add(reply)
        try:
            yield
        finally:
            with self._lock:
                self._under_way.remove(reply)

    def _turn_of(self, reply: ReplyUnderWay) -> AbstractContextManager[None]:
        return self._queue.turn(
            reply.conversation,
            cancelled=reply.cancelled,
            until_s=reply.until_s,
            waiting=self._settings.waiting_turns,
        )

    def _obey(self, command: Understood, said: str, reply: ReplyUnderWay) -> Reply:
        messages, mood = run_command(command, said, self._toolbox, reply)
        return self._kept(messages, mood, reply)

    def _answer(self, said: str, reply: ReplyUnderWay) -> Reply:
        settings = self._settings
        reply.language = self._language(said, settings, reply.conversation)
        messages, mood = self._ask_models(said, settings, self.selection, reply)
        return self._kept(messages, mood, reply)

    def _kept(
        self, messages: tuple[Message, ...], mood: Mood | None, reply: ReplyUnderWay
    ) -> Reply:
        problem = self._memory.add(reply.conversation, Turn(messages), reply.language)
        if problem:
            reply.notices.append(problem)
        return reply.done(mood)

    def _language(self, said: str, settings: TalkSettings, conversation: str) -> str:
        if settings.language != AUTO_LANGUAGE:
            return settings.language
        return language_of(said) or self._memory.language(conversation) or ENGLISH

    def _ask_models(
        self, said: str, settings: TalkSettings, selection: Selection, reply: ReplyUnderWay
    ) -> tuple[tuple[Message, ...], Mood | None]:
        """Ask the engine chosen, and with ``auto`` the next best while none has begun."""
        failed: dict[str, str] = {}
        while True:
            choice = selection.choose(without=frozenset(failed))
            reply.left_s()
            if choice.engine is None:
                reasons = [f'{name}: {message}' for name, message in failed.items()]
                reasons += [choice.reason] if choice.reason else []
                raise EngineError(f'no chat engine can answer: {"; ".join(reasons)}')
            reply.engine = choice.engine.name
            try:
                return self._ask(choice.engine, said, settings, reply)
            except AnswerCancelledError:
                raise
            except EngineError as error:
                selection.failed(choice.engine.name, str(error))
                if selection.wanted != AUTO or reply.text or reply.tools:
                    raise
                failed[choice.engine.name] = str(error)
                reply.notices.append(f'{choice.engine.name} could not answer: {error}')

    def _ask(
        self, engine: Engine, said: str, settings: TalkSettings, reply: ReplyUnderWay
    ) -> tuple[tuple[Message, ...], Mood | None]:
        turn = ModelTurn(
            engine,
            self._toolbox,
            reply,
            sampling=settings.sampling,
            max_tool_calls=settings.max_tool_calls,
            emotions=settings.emotions,
        )
        persona = self._personas.get(settings.persona)
        try:
            prompt = self._memory.prompt(
                reply.conversation,
                system=persona.system_prompt(reply.language, settings.emotions),
                text=said,
                count=engine.count_tokens,
                most_tokens=turn.prompt_room(),
            )
        except NoRoomError as error:
            raise EngineError(str(error)) from error
        reply.notices += prompt.notices
        added = turn.run(prompt.messages)
        mood = turn.mood or mood_of_text(reply.text, settings.emotions)
        return (prompt.messages[-1], *added), mood


def _said(text: str, reply: ReplyUnderWay) -> str:
    """Return what can be answered of a text; ValueError when that is nothing."""
    said, removed = clean(text)
    if removed:
        reply.notices.append(f'{removed} characters that are no text were left out')
    if not said.strip():
        raise ValueError('the text is empty; say something')
    return said.strip()
