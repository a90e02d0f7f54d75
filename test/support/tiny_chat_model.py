"""Chat models made on the spot, in the format that real ones have; what they say is nonsense.

`build` gives a random Llama of 0.3 million weights with a byte-level tokenizer trained on a few
sentences and a chat template with tools; `build_endless` one that at temperature 0 never ends an
answer; `build_big` a Qwen2 whose weights take 531 MB. The same seed gives the same weights. As a
program, so that a test's own process need not import torch:

    python -m support.tiny_chat_model FOLDER [--big | --endless]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

SEED = 20
VOCABULARY = 600
CONTEXT_TOKENS = 2048
BUILD_DEADLINE_S = 120.0
BIG_B = 500_000_000

TEMPLATE = """\
{%- if tools -%}
<|im_start|>system
{% if messages[0].role == 'system' %}{{ messages[0].content }}

{% endif -%}
You may call these functions:
{% for tool in tools %}{{ tool | tojson }}
{% endfor -%}
Answer <tool_call>{"name": ..., "arguments": {...}}</tool_call> to call one.<|im_end|>
{% elif messages[0].role == 'system' -%}
<|im_start|>system
{{ messages[0].content }}<|im_end|>
{% endif -%}
{% for message in messages -%}
{% if message.role == 'tool' -%}
<|im_start|>user
<tool_response>{{ message.content }}</tool_response><|im_end|>
{% elif message.role != 'system' -%}
<|im_start|>{{ message.role }}
{{ message.content }}{% for call in message.tool_calls or [] %}
<tool_call>{{ call.function | tojson }}</tool_call>{% endfor %}<|im_end|>
{% endif -%}
{% endfor -%}
{% if add_generation_prompt -%}
<|im_start|>assistant
{% if enable_thinking is defined and not enable_thinking %}<think>

</think>

{% endif %}{% endif -%}
"""

_CORPUS = (
    'Hello, how are you? The robot looks left, looks right and nods.',
    'Bonjour, comment ça va ? Le robot regarde à gauche, puis à droite, et sourit.',
    'Ein kleiner Roboter schaut nach oben und fragt: Wie geht es Ihnen?',
    'こんにちは。ロボットは左を見ます。',
    'Привет, робот смотрит направо. 🙂🤖',
    '{"name": "look", "arguments": {"direction": "left", "degrees": 20}}',
)


def build(folder: Path) -> Path:
    """Make the small model in a folder, in a process of its own; return the folder."""
    return in_process(__name__, folder)


def build_endless(folder: Path) -> Path:
    """Make the small model that never ends in a folder, in a process of its own; return it."""
    return in_process(__name__, folder, '--endless')


def build_big(folder: Path) -> Path:
    """Make the big model in a folder, in a process of its own; return the folder."""
    return in_process(__name__, folder, '--big')


def in_process(module: str, folder: Path, *arguments: str) -> Path:
    """Run a module that makes a model in a folder; return the folder."""
    tests = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, [tests, os.environ.get('PYTHONPATH')]))
    subprocess.run(
        [sys.executable, '-m', module, str(folder), *arguments],
        check=True,
        timeout=BUILD_DEADLINE_S,
        env={**os.environ, 'PYTHONPATH': path},
    )
    return folder


def save_tokenizer(folder: Path) -> tuple[int, int]:
    """Train and save a tokenizer; return its vocabulary and the token that ends a message."""
    import tokenizers
    from transformers import PreTrainedTokenizerFast

    trained = tokenizers.Tokenizer(tokenizers.models.BPE())
    trained.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=['<|endoftext|>', '<|im_start|>', '<|im_end|>'],
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    trained.train_from_iterator(_CORPUS * 4, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=trained, eos_token='<|im_end|>', pad_token='<|endoftext|>'
    )
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    return len(tokenizer), int(tokenizer.eos_token_id)


def _save(folder: Path, *, big: bool, endless: bool) -> None:
    import torch
    import transformers

    transformers.utils.logging.disable_progress_bar()
    vocabulary, end = save_tokenizer(folder)
    common = {
        'vocab_size': vocabulary,
        'eos_token_id': end,
        'bos_token_id': None,
        'max_position_embeddings': CONTEXT_TOKENS,
        'tie_word_embeddings': False,
    }
    torch.manual_seed(SEED)
    model: transformers.PreTrainedModel
    if big:
        model = transformers.Qwen2ForCausalLM(
            transformers.Qwen2Config(
                hidden_size=768,
                intermediate_size=3072,
                num_hidden_layers=15,
                num_attention_heads=12,
                num_key_value_heads=4,
                initializer_range=0.1,
                **common,
            )
        )
    else:
        model = transformers.LlamaForCausalLM(
            transformers.LlamaConfig(
                hidden_size=64,
                intermediate_size=128,
                num_hidden_layers=2,
                num_attention_heads=4,
                num_key_value_heads=2,
                initializer_range=0.5,
                **common,
            )
        )
    if endless:
        # Its logit is 0 then, and the greatest of 600 random ones is not.
        with torch.no_grad():
            model.get_output_embeddings().weight[end] = 0.0
    model.save_pretrained(folder)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument('--big', action='store_true')
    kind.add_argument('--endless', action='store_true')
    chosen = parser.parse_args()
    _save(chosen.folder, big=chosen.big, endless=chosen.endless)
