"""The nodes that hear, see, speak, chat and behave, with the launch arguments for each.

Standard library only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bbia_sim_ros.stack_nodes import node_entry
from bbia_sim_ros.stack_process import as_arguments


@dataclass(frozen=True, kw_only=True)
class Part:
    """A node: its executable, and the parameters that launch arguments give it, name -> YAML."""

    executable: str
    options: Mapping[str, str]

    @property
    def name(self) -> str:
        """The name of the node."""
        return node_entry(self.executable).name

    @property
    def is_given(self) -> bool:
        """Whether any parameter is given."""
        return any(self.options.values())

    def arguments(self, *, alone: bool) -> tuple[str, ...]:
        """Return the options as ROS arguments; not `alone` they are for one node of several."""
        return as_arguments(self.options, node='' if alone else self.name)


def mind_parts(values: Mapping[str, str]) -> tuple[Part, ...]:
    """Return the nodes that are not left out; `values` has every launch argument."""
    return (
        *_hearing(values),
        *_vision(values),
        *_speech(values),
        *_chat(values),
        *_behaviors(values),
    )


def _hearing(values: Mapping[str, str]) -> tuple[Part, ...]:
    if values['audio'] == 'none' or values['hearing'] == 'none':
        return ()
    audio = json.dumps(values['audio']) if values['audio'] else ''
    return (
        Part(executable='microphone_node', options={'audio_source': audio}),
        Part(executable='hearing_node', options={'engine': values['hearing']}),
    )


def _vision(values: Mapping[str, str]) -> tuple[Part, ...]:
    if values['vision'] == 'none':
        return ()
    objects = json.dumps(values['objects']) if values['objects'] else ''
    options = {'engine': values['vision'], 'objects_model': objects}
    return (Part(executable='vision_node', options=options),)


def _speech(values: Mapping[str, str]) -> tuple[Part, ...]:
    if values['speech'] == 'none':
        return ()
    output = values['speech_output']
    is_file = output.endswith('.wav')
    options = {
        'engine': values['speech'],
        'output': 'file' if is_file else output,
        'file': json.dumps(str(Path(output).absolute())) if is_file else '',
    }
    return (Part(executable='speech_node', options=options),)


def _chat(values: Mapping[str, str]) -> tuple[Part, ...]:
    if values['chat'] == 'none':
        return ()
    model, url = values['chat_model'], values['chat_url']
    options = {
        'engine': values['chat'],
        'openai_model' if url else 'model': json.dumps(model) if model else '',
        'openai_url': json.dumps(url) if url else '',
    }
    return (Part(executable='chat_node', options=options),)


def _behaviors(values: Mapping[str, str]) -> tuple[Part, ...]:
    if values['behaviors'] != 'true':
        return ()
    return (Part(executable='behavior_node', options={}),)
