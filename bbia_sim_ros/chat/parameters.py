"""Parameters of `chat_node`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bbia_sim_ros.chat.engine import Sampling
from bbia_sim_ros.chat.memory import MemoryLimits
from bbia_sim_ros.chat.selection import CHOICES
from bbia_sim_ros.chat.tools import TOOL_NAMES
from bbia_sim_ros.models.parameters import ModelParameters
from bbia_sim_ros.parameters import parameter

# Qwen3-0.6B: 1.5 GB on disk, knows the tool calls of its template.
DEFAULT_MODEL = 'Qwen/Qwen3-0.6B'
DEFAULT_REVISION = 'c1899de289a04d12100db370d81485cdf75e47ca'


@dataclass(frozen=True, kw_only=True)
class ChatParameters(ModelParameters):
    """Parameters of `chat_node`."""

    engine: str = parameter(
        'auto',
        'What answers: commands (a grammar, no model), transformers, openai, or auto: commands for'
        ' what it understands with certainty, else the best of the others that can load.',
        choices=CHOICES,
    )
    model: str = parameter(
        DEFAULT_MODEL,
        'Model of the engine transformers: a folder, or a name on the Hugging Face hub.',
        read_only=True,
    )
    revision: str = parameter(
        DEFAULT_REVISION,
        'Commit of the model on the hub that is fetched; not read for a folder.',
        read_only=True,
    )
    device: str = parameter(
        'auto', 'Where transformers computes.', choices=('auto', 'cpu', 'cuda'), read_only=True
    )
    threads: int = parameter(
        0,
        'CPU threads of transformers; 0: as many as the machine has cores, but one.',
        minimum=0,
        maximum=256,
        read_only=True,
    )
    context_tokens: int = parameter(
        4096,
        'Tokens that prompt and answer may have together; bounds the memory that a model takes.',
        minimum=512,
        maximum=1_000_000,
        read_only=True,
    )
    openai_url: str = parameter(
        '',
        'Base URL of an OpenAI-compatible server, such as http://localhost:11434/v1; empty: none.',
        read_only=True,
    )
    openai_model: str = parameter(
        '', 'Model that the server is asked for; empty: the first that it lists.', read_only=True
    )
    openai_key_variable: str = parameter(
        'OPENAI_API_KEY',
        'Environment variable with the key for that server; the key itself is never a parameter.',
        read_only=True,
    )
    persona: str = parameter(
        'friendly',
        'Character of the robot: friendly, curious, calm, enthusiastic, professional, or one of'
        ' persona_file.',
    )
    persona_file: str = parameter(
        '', 'YAML file with further personas; empty: none.', read_only=True
    )
    language: str = parameter(
        'auto', "Language of the answers; auto: the person's.", choices=('auto', 'en', 'fr')
    )
    max_tokens: int = parameter(
        512, 'Greatest length of an answer, tokens.', minimum=1, maximum=32768
    )
    temperature: float = parameter(
        0.7, 'Randomness of answers; 0: always the likeliest token.', minimum=0.0, maximum=2.0
    )
    top_p: float = parameter(
        0.9, 'Share of probability that tokens are drawn from.', minimum=0.01, maximum=1.0
    )
    answer_timeout: float = parameter(
        120.0,
        'Longest time for an answer after its model is loaded, s.',
        minimum=1.0,
        maximum=3600.0,
    )
    history_turns: int = parameter(20, 'Turns kept of a conversation.', minimum=1, maximum=1000)
    history_tokens: int = parameter(
        4096,
        'Tokens of a conversation that are given to a model, without the system prompt.',
        minimum=256,
        maximum=1_000_000,
    )
    max_conversations: int = parameter(
        16,
        'Conversations kept; the one not used for longest goes first.',
        minimum=1,
        maximum=1000,
    )
    conversation_file: str = parameter(
        '', 'File that conversations are saved in; empty: they are not saved.', read_only=True
    )
    max_facts: int = parameter(
        200,
        'Things that the tool remember keeps; the oldest goes first.',
        minimum=1,
        maximum=10000,
        read_only=True,
    )
    facts_file: str = parameter(
        '', 'File that they are saved in; empty: they are not saved.', read_only=True
    )
    emotion_file: str = parameter(
        '', 'The emotion_file that motion_node has; empty: none.', read_only=True
    )
    move_folder: str = parameter(
        '', 'The move_folder that motion_node has; empty: the default.', read_only=True
    )
    tools: tuple[str, ...] = parameter(
        TOOL_NAMES,
        'Tools that a conversation may use; nothing that is said changes it.',
        choices=TOOL_NAMES,
        read_only=True,
    )
    max_tool_calls: int = parameter(5, 'Tools used in one turn at most.', minimum=0, maximum=50)
    listen: bool = parameter(
        True, 'Answer what speech/transcript says, in the conversation named speech.'
    )
    speak: str = parameter(
        'heard',
        'Which answers are spoken: those to what was heard, all, or none. A new one replaces the'
        ' one that is being spoken.',
        choices=('heard', 'all', 'none'),
    )
    show_emotion: bool = parameter(True, 'Publish the emotion of an answer on emotion.')

    def conflicts(self) -> Iterable[str]:
        """Yield what does not go together."""
        yield from super().conflicts()
        if self.engine == 'openai' and not self.openai_url:
            yield 'engine is openai, but openai_url is empty; give the URL of a server'

    def sampling(self) -> Sampling:
        """Return how answers are drawn."""
        return Sampling(max_tokens=self.max_tokens, temperature=self.temperature, top_p=self.top_p)

    def memory_limits(self) -> MemoryLimits:
        """Return how much is kept of conversations."""
        return MemoryLimits(
            max_conversations=self.max_conversations,
            max_turns=self.history_turns,
            max_tokens=self.history_tokens,
        )
