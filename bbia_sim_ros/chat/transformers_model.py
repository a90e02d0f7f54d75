"""A language model of transformers that answers chats; the worker's side of its engine.

Contract
    Only for a worker process, which asks one request at a time. Loading includes the first pass,
    so that the first answer does not wait for it. ``generate`` gives the text while it comes,
    without the markup of tool calls, and ends soon after its context is cancelled or past its
    deadline: each layer of each pass looks at that, and long prompts are read in passes of
    `PREFILL_TOKENS`. What was computed for the last prompt and its answer is kept, at most
    ``context_tokens`` tokens: the next turn of the same conversation is read from where it differs.
    For models that only decode, with any of transformers' caches.
"""

from __future__ import annotations

import inspect
import re
import time
from collections.abc import Callable
from collections.abc import Generator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Final
from typing import Protocol

import jinja2
import torch
from transformers import Cache

from bbia_sim_ros.chat.token_choice import TokenChoice
from bbia_sim_ros.chat.token_text import TokenText
from bbia_sim_ros.chat.tool_markup import MARKERS
from bbia_sim_ros.chat.tool_markup import MarkupSplitter
from bbia_sim_ros.chat.tool_markup import ToolFormat
from bbia_sim_ros.chat.tool_markup import formats_of
from bbia_sim_ros.chat.transformers_loading import load
from bbia_sim_ros.models import hub

PREFILL_TOKENS: Final = 256
DOWNLOAD_SHARE: Final = 0.8


class Context(Protocol):
    """What a worker tells a method of the request it serves."""

    def check(self) -> None:
        """Raise when the request is cancelled or past its deadline."""


class ChatModel:
    """See the module's docstring; the arguments are those of `TransformersEngine`."""

    def __init__(
        self,
        progress: Callable[[float, str], None],
        *,
        model: str,
        revision: str = '',
        device: str = 'auto',
        threads: int = 0,
        dtype: str = 'auto',
        context_tokens: int = 4096,
    ) -> None:
        """Load, after a download where it is needed; ``threads`` 0 takes all cores but one.

        Raises `ModelLoadError` or MemoryError, with what to do.
        """
        folder = hub.fetch(
            model, revision, lambda share, stage: progress(DOWNLOAD_SHARE * share, stage)
        )
        # torch begins with as many threads as there are cores.
        torch.set_num_threads(threads or max(1, torch.get_num_threads() - 1))

        def loading(share: float, stage: str) -> None:
            progress(DOWNLOAD_SHARE + (1.0 - DOWNLOAD_SHARE) * share, stage)

        loaded = load(folder, device=device, dtype=dtype, progress=loading)
        self.device = loaded.device.type
        self._device = loaded.device
        self._model = loaded.model
        self._tokenizer = loaded.tokenizer
        longest = getattr(loaded.model.config, 'max_position_embeddings', context_tokens)
        self.context_tokens = min(context_tokens, longest)
        self._formats = formats_of(loaded.template)
        self._knows_tools = 'tools' in loaded.template
        self._ends = _end_tokens(loaded.model, loaded.tokenizer)
        self._hidden = _hidden_tokens(loaded.tokenizer)
        self._markup = _markup_of(loaded.tokenizer)
        self._options: dict[str, Any] = {'use_cache': True}
        if 'logits_to_keep' in inspect.signature(loaded.model.forward).parameters:
            self._options['logits_to_keep'] = 1
        self._context: Context | None = None
        self._cache: Cache | None = None
        self._cached: list[int] = []
        for layer in _layers(loaded.model):
            layer.register_forward_pre_hook(self._check)
        loading(0.8, 'the first pass')
        self._next_logits(self._ids('Hello, hello.'))
        self._next_logits(self._cached[-1:])
        self._forget()

    def generate(
        self,
        context: Context,
        *,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]] = (),
        max_tokens: int,
        temperature: float,
        top_p: float,
        seed: int | None = None,
    ) -> Generator[str, None, dict[str, Any]]:
        """Yield the visible text of an answer piece by piece.

        ``messages`` and ``tools`` have the shape that chat templates expect. Returns ``text``,
        ``calls`` (`ToolCall`), ``tokens``, ``prompt_tokens``, ``reused_tokens`` (of the prompt, by
        the last request), ``first_token_at`` (`time.monotonic`, s), ``cut``, and ``knows_tools``.
        Raises ValueError for messages that the template refuses or that the context cannot hold.
        """
        prompt = self._prompt(messages, tools)
        room = self.context_tokens - len(prompt)
        if room < 1:
            raise ValueError(
                f'the prompt has {len(prompt)} tokens, and the context {self.context_tokens}, '
                'of which the answer needs some: leave old messages out, or allow more'
            )
        formats = self._formats if tools else self._formats - {ToolFormat.LLAMA}
        thinking = self._decode(prompt[-4:]).rstrip().endswith(MARKERS[0])
        splitter, text = MarkupSplitter(formats, thinking=thinking), TokenText(self._decode)
        choice = TokenChoice(self._model.generation_config, self._device, temperature, top_p, seed)
        reused = self._keep_common(prompt)
        tokens, first_token_at, ended = 0, -1.0, False
        self._context = context
        new = prompt[reused:]
        while tokens < min(max_tokens, room):
            context.check()
            token = choice.next(self._next_logits(new), self._cached)
            tokens += 1
            if tokens == 1:
                first_token_at = time.monotonic()
            if ended := token in self._ends:
                break
            new = [token]
            if token not in self._hidden and (piece := splitter.feed(text.push(token))):
                yield piece
        if piece := splitter.feed(text.finish()) + splitter.finish():
            yield piece
        return {
            'text': splitter.text,
            'calls': splitter.calls,
            'tokens': tokens,
            'prompt_tokens': len(prompt),
            'reused_tokens': reused,
            'first_token_at': first_token_at,
            'cut': not ended,
            'knows_tools': self._knows_tools,
        }

    def count_tokens(self, _: Context, *, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text takes."""
        return [len(self._ids(text)) for text in texts]

    def _prompt(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]
    ) -> list[int]:
        plain = [{**message, 'content': self._plain(message['content'])} for message in messages]
        try:
            encoded = self._tokenizer.apply_chat_template(
                plain,
                tools=list(tools) or None,
                add_generation_prompt=True,
                return_dict=True,
                # Half a minute of silence otherwise, with templates that know it.
                enable_thinking=False,
            )
        except (jinja2.TemplateError, TypeError) as error:
            raise ValueError(f'the chat template refuses the messages: {error}') from error
        return list(encoded['input_ids'])

    def _plain(self, content: str) -> str:
        """Return a text that no tokenizer takes for the end of a message or the like."""
        whole = content.encode(errors='replace').decode()  # without halves of characters
        return self._markup.sub(lambda found: f'{found[0][0]} {found[0][1:]}', whole)

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False)['input_ids'])

    def _decode(self, ids: list[int]) -> str:
        return str(self._tokenizer.decode(ids, clean_up_tokenization_spaces=False))

    def _keep_common(self, prompt: list[int]) -> int:
        """Leave in the cache what a prompt shares with it; return how many tokens that is."""
        most = min(len(self._cached), len(prompt) - 1)
        differing = (n for n in range(most) if self._cached[n] != prompt[n])
        common = next(differing, most)
        surplus = len(self._cached) - common
        if common == 0 or self._cache is None:
            self._forget()
            return 0
        if surplus:
            try:
                self._cache.crop(-surplus)
            except (RuntimeError, AttributeError):
                # A sliding window or a recurrent state has already lost what came before.
                self._forget()
                return 0
            del self._cached[common:]
        return common

    def _forget(self) -> None:
        self._cache = None
        self._cached.clear()

    def _next_logits(self, new: list[int]) -> torch.Tensor:
        """Read tokens; return the logits, shape (1, vocabulary), of the token after them."""
        for start in range(0, len(new), PREFILL_TOKENS):
            part = new[start : start + PREFILL_TOKENS]
            try:
                with torch.inference_mode():
                    output = self._model(
                        input_ids=torch.tensor([part], device=self._device),
                        past_key_values=self._cache,
                        **self._options,
                    )
            except torch.OutOfMemoryError as error:
                self._forget()
                torch.cuda.empty_cache()
                raise RuntimeError(
                    f'the GPU has no memory for a context of {len(self._cached) + len(new)} '
                    "tokens: allow fewer, or use the device 'cpu'"
                ) from error
            except BaseException:
                self._forget()  # some layers have seen the tokens, and some have not
                raise
            self._cache = output.past_key_values
            self._cached += part
        logits: torch.Tensor = output.logits[:, -1]
        return logits

    def _check(self, *_: object) -> None:
        if self._context is not None:
            self._context.check()


def _layers(model: torch.nn.Module) -> list[torch.nn.Module]:
    """Return the layers of a model: the longest list of modules in it."""
    lists = [part for part in model.modules() if isinstance(part, torch.nn.ModuleList)]
    return list(max(lists, key=len, default=[model]))


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Return the tokens that end an answer; checkpoints name them in three places."""
    ends = {tokenizer.eos_token_id}
    for named in (model.generation_config.eos_token_id, model.config.eos_token_id):
        ends.update(named if isinstance(named, list) else [named])
    return frozenset(ends - {None})


def _hidden_tokens(tokenizer: Any) -> frozenset[int]:
    """Return the special tokens that are no text, which is all but the markup of tool calls."""
    return frozenset(
        token
        for token, added in tokenizer.added_tokens_decoder.items()
        if added.special and added.content not in MARKERS
    )


def _markup_of(tokenizer: Any) -> re.Pattern[str]:
    """Return a pattern of the texts that a tokenizer takes for more than text."""
    texts = {token.content for token in tokenizer.added_tokens_decoder.values()}
    longest_first = sorted((text for text in texts if text.strip()), key=len, reverse=True)
    return re.compile('|'.join(map(re.escape, longest_first)) or r'(?!)')
