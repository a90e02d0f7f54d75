"""Asking an engine in tests, with what most tests do not care about filled in."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from bbia_sim_ros.chat.engine import Engine
from bbia_sim_ros.chat.engine import EngineAnswer
from bbia_sim_ros.chat.engine import Sampling
from bbia_sim_ros.chat.messages import Message
from bbia_sim_ros.chat.messages import ToolSpec

DEADLINE_S = 100.0
HELLO = (Message(role='user', content='Bonjour !'),)
SHORT = Sampling(max_tokens=20, seed=1)
LOOK = ToolSpec(
    name='look',
    description='Look somewhere.',
    parameters={'type': 'object', 'properties': {'direction': {'type': 'string'}}},
)


def answered(
    engine: Engine,
    messages: Sequence[Message] = HELLO,
    tools: Sequence[ToolSpec] = (),
    sampling: Sampling = SHORT,
    **more: Any,
) -> tuple[EngineAnswer, list[str]]:
    """Return the answer and the pieces of its text."""
    pieces: list[str] = []
    options = {'on_text': pieces.append, 'cancelled': threading.Event(), 'deadline_s': DEADLINE_S}
    return engine.answer(messages, tools, sampling=sampling, **{**options, **more}), pieces
