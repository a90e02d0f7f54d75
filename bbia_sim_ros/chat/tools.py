"""The tools that a conversation may use: what models are told of them, and what is accepted.

Contract
    A `ToolTable` is immutable; any thread. ``check`` returns checked arguments or raises
    `ArgumentError`; it never lets a number out of its range pass. Units are those of people and
    models: see ``motion_tools``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from typing import Final

from bbia_sim_ros.chat.messages import ToolSpec
from bbia_sim_ros.chat.motion_tools import check_go_to
from bbia_sim_ros.chat.motion_tools import check_look
from bbia_sim_ros.chat.motion_tools import go_to_arguments
from bbia_sim_ros.chat.motion_tools import look_arguments
from bbia_sim_ros.chat.text import shown
from bbia_sim_ros.chat.tool_arguments import Argument
from bbia_sim_ros.chat.tool_arguments import ArgumentError
from bbia_sim_ros.chat.tool_arguments import Checked
from bbia_sim_ros.chat.tool_arguments import Choice
from bbia_sim_ros.chat.tool_arguments import JsonObject
from bbia_sim_ros.chat.tool_arguments import Number
from bbia_sim_ros.chat.tool_arguments import Text

TOOL_NAMES: Final = (
    'look',
    'go_to',
    'emotion',
    'move',
    'behave',
    'say',
    'what_do_you_see',
    'stop',
    'remember',
    'recall',
)


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One tool; ``rule`` checks arguments against each other and raises `ArgumentError`."""

    name: str
    description: str
    arguments: Mapping[str, Argument] = dataclasses.field(default_factory=dict)
    required: tuple[str, ...] = ()
    rule: Callable[[Checked], None] | None = None

    def spec(self) -> ToolSpec:
        """Return the tool as models are told of it."""
        properties = {name: argument.schema() for name, argument in self.arguments.items()}
        return ToolSpec(
            name=self.name,
            description=self.description,
            parameters={
                'type': 'object',
                'properties': properties,
                'required': list(self.required),
                'additionalProperties': False,
            },
        )

    def check(self, given: Mapping[str, Any]) -> Checked:
        """Return the arguments that were given, checked; an argument of null counts as left out."""
        for name in given:
            if name not in self.arguments:
                known = ', '.join(self.arguments) or 'none'
                raise ArgumentError(
                    f'{self.name} has no argument {shown(name)}; its arguments: {known}'
                )
        checked = {
            name: self.arguments[name].check(name, value)
            for name, value in given.items()
            if value is not None
        }
        for name in self.required:
            if name not in checked:
                raise ArgumentError(f'{self.name} needs {name}: {_wanted(self.arguments[name])}')
        if self.rule is not None:
            self.rule(checked)
        return checked


class ToolTable:
    """All tools, with the names that the robot knows at present."""

    def __init__(
        self,
        *,
        emotions: Collection[str] = (),
        moves: Collection[str] = (),
        behaviors: Collection[str] = (),
    ) -> None:
        """Take the names of emotions, recorded moves and behaviors that can be asked for.

        A tool whose list of names is empty is not offered to models, and calls of it are refused.
        """
        self._tools = {tool.name: tool for tool in _tools(emotions, moves, behaviors)}
        named = {'emotion': emotions, 'move': moves, 'behave': behaviors}
        self._empty = frozenset(name for name, names in named.items() if not names)

    def specs(self, allowed: Collection[str] = TOOL_NAMES) -> tuple[ToolSpec, ...]:
        """Return the ``allowed`` tools that can be used at present, in the order of the table."""
        return tuple(
            tool.spec()
            for name, tool in self._tools.items()
            if name in allowed and name not in self._empty
        )

    def check(self, name: str, arguments: Mapping[str, Any]) -> Checked:
        """Return the checked arguments of a tool of ``TOOL_NAMES``, or raise `ArgumentError`."""
        tool = self._tools.get(name)
        if tool is None:
            raise ArgumentError(f'there is no tool {shown(name)}; tools: {", ".join(TOOL_NAMES)}')
        return tool.check(arguments)


def _tools(
    emotions: Collection[str], moves: Collection[str], behaviors: Collection[str]
) -> tuple[Tool, ...]:
    return (
        Tool(
            name='look',
            description='Turn the head. Give one of: direction; x, y and z of a point; person.',
            arguments=look_arguments(),
            rule=check_look,
        ),
        Tool(
            name='go_to',
            description='Move head (roll .. z), antennas or body. Of the head, and of the two '
            'antennas, what is not given goes to neutral.',
            arguments=go_to_arguments(),
            rule=check_go_to,
        ),
        Tool(
            name='emotion',
            description='Act out an emotion with the whole body.',
            arguments={
                'name': Choice(names=tuple(emotions), description='emotion'),
                'intensity': Number(low=0.0, high=1.0, description='strength, full unless given'),
            },
            required=('name',),
        ),
        Tool(
            name='move',
            description='Play a recorded move, such as a dance.',
            arguments={'name': Choice(names=tuple(moves), description='move')},
            required=('name',),
        ),
        Tool(
            name='behave',
            description='Start a behavior; it goes on by itself.',
            arguments={
                'name': Choice(names=tuple(behaviors), description='behavior'),
                'parameters': JsonObject(description='what the behavior takes'),
            },
            required=('name',),
        ),
        Tool(
            name='say',
            description='Speak now, before the answer is finished.',
            arguments={
                'text': Text(description='what to say'),
                'language': Text(description='such as en or fr', most=16, pattern=r'[A-Za-z-]+'),
            },
            required=('text',),
        ),
        Tool(
            name='what_do_you_see',
            description='Tell what the camera sees now: people and objects.',
        ),
        Tool(name='stop', description='End all motion, behaviors and speech now.'),
        Tool(
            name='remember',
            description='Note a fact for later, across conversations.',
            arguments={
                'text': Text(description='a fact, in one sentence'),
                'topic': Text(description='one or two words', most=100),
            },
            required=('text',),
        ),
        Tool(
            name='recall',
            description='Read facts that were noted before.',
            arguments={'query': Text(description='words to look for; the newest unless given')},
        ),
    )


def _wanted(argument: Argument) -> str:
    schema = argument.schema()
    names = schema.get('enum')
    return f'one of {", ".join(names)}' if names else str(schema['description'])
