"""A language model of transformers as an engine; the model lives in a worker process.

Contract
    The model is loaded by the first answer, after a download where that is needed, and given back
    by the pool. Loading is bounded by ``load_timeout_s``, a download of some GB included; an
    answer's deadline counts from when the model is ready. Several answers wait for one another in
    the pool's queue. Nothing of torch or transformers is imported here. No thread of its own.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import threading
import time
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from typing import Final

from bbia_sim_ros.chat.engine import AnswerCancelledError
from bbia_sim_ros.chat.engine import EngineAnswer
from bbia_sim_ros.chat.engine import EngineError
from bbia_sim_ros.chat.engine import Sampling
from bbia_sim_ros.chat.messages import Message
from bbia_sim_ros.chat.messages import ToolSpec
from bbia_sim_ros.chat.relay import Pieces
from bbia_sim_ros.chat.relay import pass_on
from bbia_sim_ros.chat.token_text import estimated_tokens
from bbia_sim_ros.chat.wire import wire_messages
from bbia_sim_ros.chat.wire import wire_tools
from bbia_sim_ros.models import hub
from bbia_sim_ros.models.errors import CancelledError
from bbia_sim_ros.models.errors import ModelError
from bbia_sim_ros.models.errors import UnknownModelError
from bbia_sim_ros.models.pool import ModelPool
from bbia_sim_ros.models.spec import ModelSpec
from bbia_sim_ros.models.spec import ModelState

FACTORY: Final = 'bbia_sim_ros.chat.transformers_model:ChatModel'
_COUNT_DEADLINE_S: Final = 1.0
_LOADED: Final = frozenset({ModelState.READY, ModelState.BUSY})
_NO_TOOLS: Final = (
    'the chat template of this model knows no tools, so it was told of none: '
    'use a model made for tool calls'
)


class TransformersEngine:
    """See the module's docstring.

    ``model`` is a folder or a name on the hub, then with ``revision``, a commit; see `hub`.
    ``threads`` is the number of processor threads, 0 for one less than there are cores. ``dtype``
    'auto' computes in that of the weights' file. ``context_tokens`` bounds prompt and answer
    together, and with them the memory that a conversation takes.
    """

    def __init__(
        self,
        pool: ModelPool,
        *,
        model: str,
        revision: str = '',
        device: str = 'auto',
        threads: int = 0,
        dtype: str = 'auto',
        context_tokens: int = 4096,
        load_timeout_s: float = 3600.0,
        model_name: str = 'chat',
    ) -> None:
        self._pool = pool
        self._model = model
        self._revision = revision
        self._wanted_context = context_tokens
        self._own_context: int | None = None
        self._closed = threading.Event()
        self._model_name = model_name
        options = {
            'model': model,
            'revision': revision,
            'device': device,
            'threads': threads,
            'dtype': dtype,
            'context_tokens': context_tokens,
        }
        pool.add(
            ModelSpec(
                name=model_name,
                engine=self.name,
                factory=FACTORY,
                options=options,
                environment={'HF_HUB_DISABLE_TELEMETRY': '1'},
                load_timeout_s=load_timeout_s,
            )
        )

    @property
    def name(self) -> str:
        """The name of the engine."""
        return 'transformers'

    def obstacle(self) -> str:
        """Return why it cannot answer and what to do; loads and asks nothing."""
        for library in ('torch', 'transformers', 'huggingface_hub'):
            if importlib.util.find_spec(library) is None:
                return f'{library} is not installed: install everything with ./bbia setup'
        if problem := hub.obstacle(self._model, self._revision):
            return problem
        folder = hub.local_folder(self._model, self._revision)
        return hub.chat_template_problem(folder) if folder is not None else ''

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text takes; an estimate unless the model is loaded and idle."""
        if self._state() is not ModelState.READY:
            return estimated_tokens(text)
        try:
            request = self._pool.request(
                self._model_name, 'count_tokens', {'texts': [text]}, deadline_s=_COUNT_DEADLINE_S
            )
            counts: list[int] = request.result(_COUNT_DEADLINE_S)
        except ModelError:
            return estimated_tokens(text)
        return counts[0]

    @property
    def context_tokens(self) -> int:
        """How many tokens prompt and answer may have together."""
        if self._own_context is None:
            folder = hub.local_folder(self._model, self._revision)
            self._own_context = _context_of(folder) if folder is not None else None
        return min(self._wanted_context, self._own_context or self._wanted_context)

    def answer(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec],
        *,
        sampling: Sampling,
        on_text: Callable[[str], None],
        cancelled: threading.Event,
        deadline_s: float,
    ) -> EngineAnswer:
        """Answer; see `Engine`. ``on_text`` is called in this thread."""
        began = time.monotonic()
        arguments = {
            'messages': wire_messages(messages, as_text=False),
            'tools': wire_tools(tools),
            'max_tokens': sampling.max_tokens,
            'temperature': sampling.temperature,
            'top_p': sampling.top_p,
            'seed': sampling.seed,
        }
        result = self._asked(arguments, on_text, cancelled, deadline_s)
        first = result['first_token_at']
        return EngineAnswer(
            text=result['text'],
            tool_calls=tuple(result['calls']),
            model=self._model,
            prompt_tokens=result['prompt_tokens'],
            tokens=result['tokens'],
            # The clock of Linux is the same in all processes.
            first_token_s=first - began if first >= 0.0 else -1.0,
            total_s=time.monotonic() - began,
            cut=result['cut'],
            notices=(_NO_TOOLS,) if tools and not result['knows_tools'] else (),
        )

    def close(self) -> None:
        """Give the model back; answers under way end with `EngineError`."""
        self._closed.set()
        with contextlib.suppress(UnknownModelError):  # closed before
            self._pool.remove(self._model_name)

    def _state(self) -> ModelState | None:
        named = {snapshot.name: snapshot.state for snapshot in self._pool.snapshots()}
        return named.get(self._model_name)

    def _asked(
        self,
        arguments: Mapping[str, Any],
        on_text: Callable[[str], None],
        cancelled: threading.Event,
        deadline_s: float,
    ) -> Mapping[str, Any]:
        if self._closed.is_set():
            raise EngineError('the engine is closed')
        if self._state() not in _LOADED and (problem := self.obstacle()):
            raise EngineError(problem)
        pieces = Pieces()
        try:
            request = self._pool.request(
                self._model_name, 'generate', arguments, deadline_s=deadline_s, on_item=pieces.put
            )
            request.add_done_callback(lambda _: pieces.put(None))
            try:
                pass_on(pieces, on_text, cancelled=cancelled, closed=self._closed)
            finally:
                request.cancel()  # of no effect on one that is done
            result: Mapping[str, Any] = request.result(0.0)
        except CancelledError as error:
            raise AnswerCancelledError(str(error)) from error
        except ModelError as error:
            raise EngineError(str(error)) from error
        return result


def _context_of(folder: Path) -> int | None:
    """Return how many tokens a model was made for, as far as its config.json says so."""
    try:
        longest = json.loads((folder / 'config.json').read_bytes())['max_position_embeddings']
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return longest if isinstance(longest, int) and longest > 0 else None
