"""Whisper models in the real formats with random weights: they prove plumbing, never accuracy.

Building needs torch and transformers, which no test process is to import, so it runs in one of its
own: python -m support.tiny_whisper FOLDER
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_STATE = 32
_HEADS = 2
_LAYERS = 1
_VOCABULARY = 51865
_MELS = 80
_POSITIONS = 1500
_CONTEXT = 448
_START = 50258
_END = 50257
_NO_TIMESTAMPS = 50363
_BUILD_DEADLINE_S = 300.0


@dataclass(frozen=True)
class Models:
    """A checkpoint of openai-whisper, and a folder for faster-whisper."""

    checkpoint: Path
    folder: Path


def build(
    folder: Path, *, state: int = _STATE, heads: int = _HEADS, layers: int = _LAYERS
) -> Models:
    """Make both models in another process."""
    command = [sys.executable, '-m', 'support.tiny_whisper', str(folder)]
    done = subprocess.run(
        [*command, str(state), str(heads), str(layers)],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=_BUILD_DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Models(folder / 'tiny.pt', folder / 'ctranslate')


def _checkpoint(path: Path, state: int, heads: int, layers: int) -> None:
    import torch
    from whisper.model import ModelDimensions
    from whisper.model import Whisper

    dims = ModelDimensions(
        n_mels=_MELS,
        n_audio_ctx=_POSITIONS,
        n_audio_state=state,
        n_audio_head=heads,
        n_audio_layer=layers,
        n_vocab=_VOCABULARY,
        n_text_ctx=_CONTEXT,
        n_text_state=state,
        n_text_head=heads,
        n_text_layer=layers,
    )
    torch.manual_seed(0)
    model = Whisper(dims)
    # It is made without values.
    torch.nn.init.normal_(model.decoder.positional_embedding, std=0.02)
    weights = {name: value.half() for name, value in model.state_dict().items()}
    torch.save({'dims': vars(dims), 'model_state_dict': weights}, path)


def _special_tokens() -> list[str]:
    from whisper.tokenizer import get_tokenizer

    special = get_tokenizer(multilingual=True, num_languages=99).special_tokens
    return sorted(special, key=special.__getitem__)


def _tokenizer(path: Path) -> None:
    import whisper
    from transformers.convert_slow_tokenizer import TikTokenConverter

    vocabulary = Path(whisper.__file__).parent / 'assets' / 'multilingual.tiktoken'
    converter: Any = TikTokenConverter(
        vocab_file=str(vocabulary),
        pattern=r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+""",
        extra_special_tokens=_special_tokens(),
    )
    converter.converted().save(str(path))


def _ctranslate(folder: Path, source: Path, state: int, heads: int, layers: int) -> None:
    import torch
    from ctranslate2.converters import TransformersConverter
    from transformers import GenerationConfig
    from transformers import WhisperConfig
    from transformers import WhisperFeatureExtractor
    from transformers import WhisperForConditionalGeneration

    torch.manual_seed(0)
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=_VOCABULARY,
            num_mel_bins=_MELS,
            max_source_positions=_POSITIONS,
            max_target_positions=_CONTEXT,
            d_model=state,
            encoder_layers=layers,
            decoder_layers=layers,
            encoder_attention_heads=heads,
            decoder_attention_heads=heads,
            encoder_ffn_dim=4 * state,
            decoder_ffn_dim=4 * state,
            decoder_start_token_id=_START,
            bos_token_id=_END,
            eos_token_id=_END,
            pad_token_id=_END,
        )
    )
    special = {text: _END + index for index, text in enumerate(_special_tokens())}
    model.generation_config = GenerationConfig(
        decoder_start_token_id=_START,
        bos_token_id=_END,
        eos_token_id=_END,
        pad_token_id=_END,
        no_timestamps_token_id=_NO_TIMESTAMPS,
        is_multilingual=True,
        lang_to_id={name: special[name] for name in list(special)[2:101]},
        alignment_heads=[[0, 0]],
        suppress_tokens=[],
        begin_suppress_tokens=[220, _END],
    )
    model.save_pretrained(source)
    _tokenizer(source / 'tokenizer.json')
    WhisperFeatureExtractor(feature_size=_MELS).save_pretrained(source)
    converter = TransformersConverter(
        str(source), copy_files=['tokenizer.json', 'preprocessor_config.json']
    )
    converter.convert(str(folder), quantization='int8')


def _main(target: Path, state: int, heads: int, layers: int) -> None:
    _checkpoint(target / 'tiny.pt', state, heads, layers)
    _ctranslate(target / 'ctranslate', target / 'source', state, heads, layers)


if __name__ == '__main__':
    _main(Path(sys.argv[1]), *(int(number) for number in sys.argv[2:5]))
