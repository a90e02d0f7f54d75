"""A turn that needs no model: a command is run, and what came of it is said.

Contract
    Runs in the thread of the turn. Every call is run, also after one that failed; what was refused
    is said in the person's language, with the robot's own words for the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from bbia_sim_ros.chat.commands import Understood
from bbia_sim_ros.chat.language import ENGLISH
from bbia_sim_ros.chat.language import FRENCH
from bbia_sim_ros.chat.messages import Message
from bbia_sim_ros.chat.messages import ToolCall
from bbia_sim_ros.chat.mood import Mood
from bbia_sim_ros.chat.reply import ReplyUnderWay
from bbia_sim_ros.chat.selection import COMMANDS
from bbia_sim_ros.chat.toolbox import Toolbox
from bbia_sim_ros.chat.toolbox import ToolOutcome

# Tools whose outcome is what the person wants to hear.
_TELLING: Final = frozenset({'what_do_you_see', 'recall'})
_REFUSALS: Final[Mapping[str, str]] = MappingProxyType(
    {ENGLISH: 'I could not {deed}: {reason}', FRENCH: "Je n'ai pas pu {deed} : {reason}"}
)
_DEEDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        ENGLISH: {
            'look': 'look there',
            'go_to': 'move there',
            'emotion': 'act out that emotion',
            'move': 'play that move',
            'behave': 'do that',
            'say': 'say that',
            'what_do_you_see': 'see anything',
            'stop': 'stop',
            'remember': 'note that',
            'recall': 'look into my notes',
        },
        FRENCH: {
            'look': 'regarder là',
            'go_to': 'bouger ainsi',
            'emotion': 'jouer cette émotion',
            'move': 'jouer ce mouvement',
            'behave': 'faire cela',
            'say': 'dire cela',
            'what_do_you_see': 'voir quelque chose',
            'stop': "m'arrêter",
            'remember': 'noter cela',
            'recall': 'lire mes notes',
        },
    }
)


def run_command(
    understood: Understood, text: str, toolbox: Toolbox, reply: ReplyUnderWay
) -> tuple[tuple[Message, ...], Mood | None]:
    """Run the calls and say what came of it; return the messages of the turn and its mood."""
    reply.engine, reply.language = COMMANDS, understood.language
    outcomes = []
    for call in understood.calls:
        reply.left_s()
        reply.tools.append(call.name)
        outcomes.append(
            toolbox.run(call, reply.cancelled, conversation=reply.conversation, engine=COMMANDS)
        )
    reply.left_s()
    results = list(zip(understood.calls, outcomes, strict=True))
    reply.emit(_said(understood, results))
    messages = [Message(role='user', content=text)]
    if results:
        messages.append(Message(role='assistant', content='', tool_calls=understood.calls))
        messages += [
            Message(role='tool', content=outcome.text, tool_call_id=call.id, name=call.name)
            for call, outcome in results
        ]
    messages.append(Message(role='assistant', content=reply.text))
    return tuple(messages), _mood(results)


def _said(understood: Understood, results: Sequence[tuple[ToolCall, ToolOutcome]]) -> str:
    language = understood.language
    failed = [(call, outcome) for call, outcome in results if not outcome.success]
    said = [] if failed else [understood.reply]
    said += [outcome.text for call, outcome in results if outcome.success and call.name in _TELLING]
    for call, outcome in failed:
        deed = _DEEDS[language].get(call.name, call.name)
        said.append(_REFUSALS[language].format(deed=deed, reason=outcome.text))
    return ' '.join(filter(None, said))


def _mood(results: Sequence[tuple[ToolCall, ToolOutcome]]) -> Mood | None:
    """Return the mood of an emotion that was acted out, the last if there are several."""
    for call, outcome in reversed(results):
        if call.name == 'emotion' and outcome.success and call.arguments is not None:
            intensity = call.arguments.get('intensity')
            return Mood(str(call.arguments['name']), 1.0 if intensity is None else float(intensity))
    return None
