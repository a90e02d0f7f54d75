"""A chat through the engine and its worker, and through the node, against bare transformers.

Bare is `model.generate` in this process, which tells a streamer that does no more than look at the
clock. Both compute with the same weights, threads and prompts, take the likeliest token each time,
and take turns. Models are made on the spot, at random, since only times count: a Llama of 0.5 MB,
whose passes are so short that all else shows, and a Qwen2 of 531 MB; or name one with `--model`.

Printed are the seconds to load (this process has imported torch before, the worker imports it),
and medians of the rounds: ms to the first text, tokens per second after it, and what a token takes
longer through the engine, in percent of a bare one. Each prompt is new; `again` is the first text
of a second turn of the same conversation, of which the engine keeps what it has read.

The node gets the same prompts by the action `chat`, without tools; its client is in this process.

    ./bbia bench chat [--model FOLDER] [--tokens N] [--rounds N] [--threads N]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Protocol

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

import torch  # noqa: E402
from rcl_interfaces.srv import SetParameters  # noqa: E402
from rclpy.parameter import Parameter  # noqa: E402
from transformers import AutoModelForCausalLM  # noqa: E402
from transformers import AutoTokenizer  # noqa: E402
from transformers.generation import BaseStreamer  # noqa: E402
from transformers.utils import logging  # noqa: E402

from bbia_msgs.srv import LoadModel  # noqa: E402
from bbia_sim_ros.chat.engine import Sampling  # noqa: E402
from bbia_sim_ros.chat.messages import Message  # noqa: E402
from bbia_sim_ros.chat.transformers_engine import TransformersEngine  # noqa: E402
from bbia_sim_ros.models.limits import PoolLimits  # noqa: E402
from bbia_sim_ros.models.pool import ModelPool  # noqa: E402
from support import tiny_chat_model  # noqa: E402
from support.chat import person  # noqa: E402
from support.domains import reserved_domain  # noqa: E402
from support.ros import probe  # noqa: E402
from support.waiting import wait_until  # noqa: E402

DEADLINE_S = 300.0
WORDS = 40
SYSTEM_HALF = 'You are a robot.'
# The text for everyone and that of the persona.
SYSTEM = f'{SYSTEM_HALF}\n\n{SYSTEM_HALF}'
AGAIN_TOKENS = 32


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer: its text, seconds to its first text, tokens, and seconds a token took then."""

    text: str
    first_s: float
    tokens: int
    token_s: float


class Way(Protocol):
    """A way to get answers; `load_s` is how long it took to be ready."""

    name: str
    load_s: float

    def ask(self, messages: Sequence[Message], tokens: int) -> Answer:
        """Return the likeliest answer of at most so many tokens."""

    def close(self) -> None:
        """Give everything back."""


class Clock(BaseStreamer):
    """Notes when each token comes; the first that generate puts is the prompt."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def put(self, value: Any) -> None:
        self.times.append(time.perf_counter())

    def end(self) -> None:
        pass


class Bare:
    """transformers in this process."""

    name = 'bare'

    def __init__(self, folder: Path, threads: int) -> None:
        began = time.perf_counter()
        torch.set_num_threads(threads)
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._model = AutoModelForCausalLM.from_pretrained(folder, dtype='auto').eval()
        self._model.generation_config.repetition_penalty = None
        self.load_s = time.perf_counter() - began

    def ask(self, messages: Sequence[Message], tokens: int) -> Answer:
        clock = Clock()
        began = time.perf_counter()
        prompt = self._tokenizer.apply_chat_template(
            [{'role': message.role, 'content': message.content} for message in messages],
            add_generation_prompt=True,
            enable_thinking=False,
            return_dict=True,
            return_tensors='pt',
        )
        read = self._model.generate(
            **prompt, do_sample=False, max_new_tokens=tokens, streamer=clock
        )
        times = clock.times[1:]
        text = self._tokenizer.decode(
            read[0, prompt['input_ids'].shape[1] :], skip_special_tokens=True
        )
        return _answer(text, times[0] - began, len(times), times[-1] - times[0])

    def close(self) -> None:
        del self._model


class ThroughEngine:
    """The engine of the chat node, with its worker process."""

    name = 'engine'

    def __init__(self, folder: Path, threads: int) -> None:
        began = time.perf_counter()
        self._pool = ModelPool(owner='bench', limits=PoolLimits())
        self._engine = TransformersEngine(
            self._pool, model=str(folder), device='cpu', threads=threads
        )
        self._pool.load('chat').result(DEADLINE_S)
        self.load_s = time.perf_counter() - began

    def ask(self, messages: Sequence[Message], tokens: int) -> Answer:
        times: list[float] = []
        began = time.perf_counter()
        answer = self._engine.answer(
            messages,
            (),
            sampling=Sampling(max_tokens=tokens, temperature=0.0),
            on_text=lambda _: times.append(time.perf_counter()),
            cancelled=threading.Event(),
            deadline_s=DEADLINE_S,
        )
        rest_s = answer.total_s - answer.first_token_s
        # Half a character is no text yet.
        first_s = times[0] - began if times else answer.first_token_s
        return _answer(answer.text, first_s, answer.tokens, rest_s)

    def close(self) -> None:
        self._engine.close()
        self._pool.close()


class ThroughNode:
    """The chat node in a process of its own, asked by the action."""

    name = 'node'

    def __init__(self, folder: Path, threads: int) -> None:
        began = time.perf_counter()
        self._cleanup = ExitStack()
        self._cleanup.enter_context(reserved_domain())
        personas = Path(self._cleanup.enter_context(tempfile.TemporaryDirectory()), 'plain.yaml')
        half = f'{{en: "{SYSTEM_HALF}", fr: "{SYSTEM_HALF}"}}'
        personas.write_text(f'everyone: {half}\nplain: {half}\n', encoding='utf-8')
        parameters = {
            'engine': 'transformers',
            'model': f'"{folder}"',
            'threads': threads,
            'device': 'cpu',
            'temperature': 0.0,
            'max_tool_calls': 0,
            'persona_file': f'"{personas}"',
            'persona': 'plain',
        }
        self._probe = self._cleanup.enter_context(probe())
        self._person = self._cleanup.enter_context(person(self._probe, **parameters))
        request = LoadModel.Request(name='chat')
        loaded = self._probe.node.create_client(LoadModel, 'chat/load_model').call_async(request)
        wait_until(loaded.done, 'the model is loaded', DEADLINE_S)
        self._tokens = 0
        self.load_s = time.perf_counter() - began

    def ask(self, messages: Sequence[Message], tokens: int) -> Answer:
        if tokens != self._tokens:
            change = Parameter('max_tokens', value=tokens).to_parameter_msg()
            self._probe.call(
                SetParameters, 'chat/set_parameters', SetParameters.Request(parameters=[change])
            )
            self._tokens = tokens
        number = messages[1].content.split()[0]
        times: list[float] = []
        began = time.perf_counter()
        goal = self._person.ask(
            messages[-1].content, f'c{number}', lambda _: times.append(time.perf_counter())
        )
        result = goal.outcome(DEADLINE_S)[1]
        if not result.success:
            raise SystemExit(f'the node did not answer: {result.message}')
        return _answer(result.text, times[0] - began, result.tokens, times[-1] - times[0])

    def close(self) -> None:
        self._cleanup.close()


def _answer(text: str, first_s: float, tokens: int, rest_s: float) -> Answer:
    return Answer(text=text, first_s=first_s, tokens=tokens, token_s=rest_s / max(1, tokens - 1))


WAYS: tuple[Callable[[Path, int], Way], ...] = (Bare, ThroughEngine, ThroughNode)


def prompt(number: int) -> tuple[Message, ...]:
    """Return a prompt that begins as no other does."""
    said = f'{number} robot looks left, ' * (WORDS // 4)
    return (Message(role='system', content=SYSTEM), Message(role='user', content=said.strip()))


def compare(title: str, folder: Path, tokens: int, rounds: int, threads: int) -> None:
    """Print the figures for one model."""
    ways = [make(folder, threads) for make in WAYS]
    firsts: dict[str, list[float]] = {way.name: [] for way in ways}
    agains: dict[str, list[float]] = {way.name: [] for way in ways}
    token_times: dict[str, list[float]] = {way.name: [] for way in ways}
    for number in range(-1, rounds):  # the first round warms up
        for way in ways:
            first = way.ask(prompt(number), tokens)
            turns = (
                *prompt(number),
                Message(role='assistant', content=first.text),
                Message(role='user', content='And then?'),
            )
            again = way.ask(turns, AGAIN_TOKENS)
            if number >= 0:
                firsts[way.name].append(first.first_s)
                agains[way.name].append(again.first_s)
                token_times[way.name].append(first.token_s)
    bare_s = statistics.median(token_times['bare'])
    for way in ways:
        token_s = statistics.median(token_times[way.name])
        print(
            f'{title:14} {way.name:8} load {way.load_s:6.2f} s   first '
            f'{1e3 * statistics.median(firsts[way.name]):7.1f} ms   again '
            f'{1e3 * statistics.median(agains[way.name]):7.1f} ms   {1 / token_s:7.1f} tokens/s   '
            f'per token {100 * (token_s / bare_s - 1):+5.1f} %',
            flush=True,
        )
        way.close()


def main() -> None:
    """Compare the ways for each model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--model', type=Path, help='a folder instead of the models made here')
    parser.add_argument('--tokens', type=int, default=64)
    parser.add_argument('--rounds', type=int, default=9)
    parser.add_argument('--threads', type=int, default=1)
    chosen = parser.parse_args()
    logging.disable_progress_bar()
    options = (chosen.tokens, chosen.rounds, chosen.threads)
    if chosen.model:
        compare(chosen.model.name, chosen.model, *options)
        return
    with tempfile.TemporaryDirectory() as folder:
        for title, build in (
            ('llama 0.5 MB', tiny_chat_model.build),
            ('qwen2 531 MB', tiny_chat_model.build_big),
        ):
            compare(title, build(Path(folder) / title), *options)


if __name__ == '__main__':
    main()
