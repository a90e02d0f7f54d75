"""Image-text models made on the spot; what they say is nonsense.

``blip`` describes (no chat template), ``idefics`` is asked; each is in a folder of that name. As a
program, so that a test's own process need not import torch:

    python -m support.tiny_caption_model FOLDER
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from support.tiny_chat_model import in_process
from support.tiny_chat_model import save_tokenizer

SEED = 21
KINDS = ('blip', 'idefics')
_SIDE_PX = 32
_IMAGE = '<image>'
_MARKUP = [_IMAGE, '<fake_token_around_image>', '<global-img>', '<end_of_utterance>']
_TEMPLATE = """\
{% for message in messages %}{{ message.role }}:
{% for part in message.content %}{% if part.type == 'image' %}<image>{% else %}{{ part.text }}\
{% endif %}{% endfor %}
{% endfor %}{% if add_generation_prompt %}assistant:
{% endif %}"""
_LAYERS = {
    'hidden_size': 32,
    'intermediate_size': 64,
    'num_hidden_layers': 2,
    'num_attention_heads': 2,
}
_VISION = {**_LAYERS, 'image_size': _SIDE_PX, 'patch_size': 8, 'initializer_range': 0.5}


def build(folder: Path) -> dict[str, Path]:
    """Make all models below a folder, in a process of its own; return where they are by kind."""
    in_process(__name__, folder)
    return {kind: folder / kind for kind in KINDS}


def save_blip(folder: Path) -> None:
    """Save a model that describes pictures."""
    import transformers

    vocabulary, end = save_tokenizer(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = None
    (folder / 'chat_template.jinja').unlink()
    text = {
        **_LAYERS,
        'encoder_hidden_size': 32,
        'vocab_size': vocabulary,
        'max_position_embeddings': 128,
        'initializer_range': 0.5,
        **dict.fromkeys(('bos_token_id', 'pad_token_id'), 0),
        **dict.fromkeys(('eos_token_id', 'sep_token_id'), end),
    }
    config = transformers.BlipConfig(text_config=text, vision_config=_VISION)
    pictures = transformers.BlipImageProcessorPil(size={'height': _SIDE_PX, 'width': _SIDE_PX})
    transformers.BlipForConditionalGeneration(config).save_pretrained(folder)
    transformers.BlipProcessor(pictures, tokenizer).save_pretrained(folder)


def save_idefics(folder: Path) -> None:
    """Save a model that is asked about pictures."""
    import transformers

    save_tokenizer(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({'additional_special_tokens': _MARKUP})
    text: dict[str, Any] = {
        **_LAYERS,
        'model_type': 'llama',
        'num_key_value_heads': 1,
        'vocab_size': len(tokenizer),
        'initializer_range': 0.5,
        'pad_token_id': 0,
        'bos_token_id': None,
        'eos_token_id': tokenizer.eos_token_id,
    }
    config = transformers.Idefics3Config(
        image_token_id=tokenizer.convert_tokens_to_ids(_IMAGE),
        scale_factor=2,
        vision_config=_VISION,
        text_config=text,
    )
    side = {'longest_edge': _SIDE_PX}
    pictures = transformers.Idefics3ImageProcessorPil(
        size=side, max_image_size=side, do_image_splitting=False
    )
    transformers.Idefics3ForConditionalGeneration(config).save_pretrained(folder)
    transformers.Idefics3Processor(
        pictures, tokenizer, image_seq_len=4, chat_template=_TEMPLATE
    ).save_pretrained(folder)


if __name__ == '__main__':
    import torch
    import transformers

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path)
    chosen = parser.parse_args()
    transformers.utils.logging.disable_progress_bar()
    for kind, save in zip(KINDS, (save_blip, save_idefics), strict=True):
        torch.manual_seed(SEED)
        (chosen.folder / kind).mkdir()
        save(chosen.folder / kind)
