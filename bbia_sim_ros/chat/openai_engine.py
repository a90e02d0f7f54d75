"""Any server with the OpenAI interface as an engine: llama.cpp, Ollama, vLLM, or one far away.

Contract
    Answers are asked for as a stream; several at once are several requests of the server. One
    thread with an event loop and a kept connection, from the first question to `close`. The key is
    read from an environment variable for each request, sent to the server of ``base_url`` alone
    (redirects are refused) and never part of an error. Proxies of the environment are used, except
    for this computer's own servers. Everything a server sends is bounded: an event by
    `MAX_EVENT_B`, an answer by `CHARACTERS_PER_TOKEN` for each token that was allowed, and all
    of it by the deadline.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from collections.abc import Coroutine
from collections.abc import Sequence
from concurrent.futures import CancelledError
from concurrent.futures import Future
from typing import TYPE_CHECKING
from typing import Any
from typing import Final
from typing import TypeVar

from bbia_sim_ros.chat.completion import ChunkError
from bbia_sim_ros.chat.completion import Completion
from bbia_sim_ros.chat.engine import EngineAnswer
from bbia_sim_ros.chat.engine import EngineError
from bbia_sim_ros.chat.engine import Sampling
from bbia_sim_ros.chat.messages import Message
from bbia_sim_ros.chat.messages import ToolSpec
from bbia_sim_ros.chat.openai_address import ServerAddress
from bbia_sim_ros.chat.relay import Pieces
from bbia_sim_ros.chat.relay import pass_on
from bbia_sim_ros.chat.token_text import estimated_tokens
from bbia_sim_ros.chat.wire import wire_messages
from bbia_sim_ros.chat.wire import wire_tools

if TYPE_CHECKING:
    from bbia_sim_ros.chat.openai_client import OpenAiClient

OBSTACLE_TIMEOUT_S: Final = 2.0
CHARACTERS_PER_TOKEN: Final = 16
_JOIN_S: Final = 2.0
_LAST: Final = '[DONE]'
T = TypeVar('T')


class OpenAiEngine:
    """See the module's docstring.

    ``base_url`` is such as ``http://localhost:11434/v1``. ``model`` '' takes the first that the
    server lists. ``key_variable`` names an environment variable; where it is not set, no key is
    sent. ``context_tokens`` is what the server was set up for; the interface does not tell.
    """

    def __init__(
        self,
        *,
        base_url: str,
        model: str = '',
        key_variable: str = '',
        context_tokens: int = 8192,
        connect_timeout_s: float = 5.0,
    ) -> None:
        self._address = ServerAddress(
            base_url=base_url, key_variable=key_variable, connect_timeout_s=connect_timeout_s
        )
        self._model = model
        self._context_tokens = context_tokens
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._running: _Running | None = None

    @property
    def name(self) -> str:
        """The name of the engine."""
        return 'openai'

    @property
    def context_tokens(self) -> int:
        """How many tokens prompt and answer may have together."""
        return self._context_tokens

    def count_tokens(self, text: str) -> int:
        """Return an estimate."""
        return estimated_tokens(text)

    def obstacle(self) -> str:
        """Return why it cannot answer and what to do; asks the server for its models."""
        if problem := self._address.problem():
            return problem
        asking = self._start(lambda client: client.models())
        try:
            models = asking.result(OBSTACLE_TIMEOUT_S)
        except TimeoutError:
            asking.cancel()
            return f'{self._address.shown} did not answer within {OBSTACLE_TIMEOUT_S:g} s: start it'
        except EngineError as error:
            return str(error)
        except CancelledError:
            return 'the engine was closed'
        if self._model or models:
            return ''
        return f'{self._address.shown} lists no model: load one there, or say which to ask for'

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
        if problem := self._address.problem():
            raise EngineError(problem)
        request: dict[str, Any] = {
            'messages': wire_messages(messages, as_text=True),
            'max_tokens': sampling.max_tokens,
            'temperature': sampling.temperature,
            'top_p': sampling.top_p,
        }
        if sampling.seed is not None:
            request['seed'] = sampling.seed
        if tools:
            request['tools'] = wire_tools(tools)
        pieces = Pieces()
        answering = self._start(
            lambda client: self._answer(client, request, sampling.max_tokens, pieces.put)
        )
        answering.add_done_callback(lambda _: pieces.put(None))
        try:
            pass_on(
                pieces, on_text, cancelled=cancelled, closed=self._closed, deadline_s=deadline_s
            )
        finally:
            answering.cancel()  # closes the connection; of no effect on one that is done
        try:
            return answering.result(0.0)
        except CancelledError as error:
            raise EngineError('the engine was closed while it answered') from error

    def close(self) -> None:
        """End answers under way, the connections and the thread."""
        with self._lock:
            self._closed.set()
            running, self._running = self._running, None
        if running is not None:
            running.close()

    def _start(self, work: Callable[[OpenAiClient], Coroutine[Any, Any, T]]) -> Future[T]:
        with self._lock:
            if self._closed.is_set():
                raise EngineError('the engine is closed')
            if self._running is None:
                self._running = _Running(self._address)
            return self._running.start(work)

    async def _answer(
        self,
        client: OpenAiClient,
        request: dict[str, Any],
        max_tokens: int,
        put: Callable[[str], None],
    ) -> EngineAnswer:
        began = time.monotonic()
        request['model'] = self._model or await self._first_model(client)
        completion = Completion()
        first_token_s, endless, ended = -1.0, False, False
        async with contextlib.aclosing(client.stream(request)) as events:
            async for data in events:
                if ended := data == _LAST:
                    break
                try:
                    piece = completion.feed(data)
                except ChunkError as error:
                    raise EngineError(f'{self._address.shown} went wrong: {error}') from error
                if first_token_s < 0.0 and completion.characters:
                    first_token_s = time.monotonic() - began
                if piece:
                    put(piece)
                if endless := completion.characters > max_tokens * CHARACTERS_PER_TOKEN:
                    break
        if not (ended or endless or completion.finish_reason):
            raise EngineError(f'{self._address.shown} ended in the middle of its answer: ask again')
        if piece := completion.finish():
            put(piece)
        too_long = f'the server went on after {max_tokens} tokens and was interrupted'
        return EngineAnswer(
            text=completion.text,
            tool_calls=completion.calls,
            model=completion.model or request['model'],
            prompt_tokens=completion.prompt_tokens,
            tokens=completion.tokens,
            first_token_s=first_token_s,
            total_s=time.monotonic() - began,
            cut=endless or completion.finish_reason == 'length',
            notices=(too_long,) if endless else (),
        )

    async def _first_model(self, client: OpenAiClient) -> str:
        models = await client.models()
        if not models:
            raise EngineError(
                f'{self._address.shown} lists no model: load one there, or say which to ask for'
            )
        return models[0]


class _Running:
    """The thread with the event loop, and the connections."""

    def __init__(self, address: ServerAddress) -> None:
        from bbia_sim_ros.chat.openai_client import OpenAiClient  # noqa: PLC0415 - 15 MB

        self._client = OpenAiClient(address)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name='openai', daemon=True)
        self._thread.start()

    def start(self, work: Callable[[OpenAiClient], Coroutine[Any, Any, T]]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work(self._client), self._loop)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_JOIN_S)

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.run_until_complete(self._wind_up())
        self._loop.close()

    async def _wind_up(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.close()
