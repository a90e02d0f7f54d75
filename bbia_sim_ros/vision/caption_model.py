"""A model that says what is in a picture or answers a question about it. Only for a worker.

Contract
    `CaptionModel` is a factory of `models/worker_main.py` for any model that transformers loads as
    image-text-to-text: by a name on the hub or from a folder (`models/hub`), weights as safetensors
    alone, and never code that comes with them. Loading ends with one word about a grey picture, so
    whatever does not fit is said then. A picture is an array (h, w, 3) of uint8, red first.

    A model with a chat template is asked the question, or `DEFAULT_QUESTION`. One without, such as
    BLIP or GIT, describes the picture, and a question is the beginning of the text that it goes on
    with. The text is the model's, and may be wrong; it is the most probable one, so the same
    picture and question give the same text. Between two tokens the request is checked.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from typing import Final

import numpy as np
import torch
from transformers import AutoModelForImageTextToText
from transformers import AutoProcessor
from transformers import ProcessorMixin
from transformers.utils import logging

from bbia_sim_ros.models import hub
from bbia_sim_ros.models.context import Context
from bbia_sim_ros.models.errors import ModelLoadError
from bbia_sim_ros.models.weights import check_memory
from bbia_sim_ros.models.weights import device_of
from bbia_sim_ros.models.weights import dtype_of
from bbia_sim_ros.models.weights import in_short
from bbia_sim_ros.models.weights import load_weights
from bbia_sim_ros.vision.errors import DetectorError
from bbia_sim_ros.vision.picture import Picture
from bbia_sim_ros.vision.picture import rgb_picture

DEFAULT_QUESTION: Final = 'What is in this picture? Answer in one sentence.'
MAX_QUESTION: Final = 2000
MAX_TOKENS: Final = 1024
_DOWNLOAD_SHARE: Final = 0.8
_FIRST_PICTURE: Final = (64, 64, 3)
_SMALLER: Final = 'name a smaller caption_model, or unload others'


class CaptionModel:
    """See the module's docstring."""

    def __init__(
        self,
        progress: Callable[[float, str], None],
        *,
        model: str,
        revision: str = '',
        device: str = 'auto',
        threads: int = 0,
        dtype: str = 'auto',
    ) -> None:
        """Load, after a download where it is needed.

        ``device`` and ``dtype`` are those of `models.weights`; ``threads`` 0 takes all cores but
        one. Raises `ModelLoadError` or MemoryError, with what to do.
        """
        logging.disable_progress_bar()
        place, wanted = device_of(device), dtype_of(dtype)
        folder = hub.fetch(
            model, revision, lambda share, stage: progress(_DOWNLOAD_SHARE * share, stage)
        )
        torch.set_num_threads(threads or max(1, torch.get_num_threads() - 1))
        check_memory(folder, wanted, _SMALLER)
        progress(0.8, 'reading the processor')
        self._processor = _processor(folder)
        progress(0.85, 'reading the weights')
        self._model = load_weights(folder, AutoModelForImageTextToText, wanted).to(place).eval()
        self._place = place
        self.device = place.type
        self._is_asked = bool(getattr(self._processor, 'chat_template', None))
        progress(0.95, 'the first picture')
        try:
            self._answer(np.full(_FIRST_PICTURE, 128, np.uint8), '', 1, lambda: None)
        except DetectorError as error:
            raise ModelLoadError(f'{model} cannot be used: {error}') from error

    def caption(
        self, context: Context, *, image: Picture, question: str = '', max_tokens: int = 64
    ) -> str:
        """Return what the model says of a picture, without white space about it.

        ``question`` has at most `MAX_QUESTION` characters; ``max_tokens`` is 1 .. `MAX_TOKENS`.
        Raises `ImageError` for what is no picture, `DetectorError` for what the model refuses.
        """
        context.check()
        picture, asked = rgb_picture(image), question.strip()
        if len(asked) > MAX_QUESTION:
            raise DetectorError(
                f'the question has {len(asked)} characters, and may have {MAX_QUESTION}'
            )
        if not 1 <= max_tokens <= MAX_TOKENS:
            raise DetectorError(f'max_tokens is {max_tokens}, and may be 1..{MAX_TOKENS}')
        return self._answer(picture, asked, max_tokens, context.check)

    def _answer(
        self, picture: Picture, question: str, max_tokens: int, check: Callable[[], None]
    ) -> str:
        def go_on(tokens: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
            check()
            return torch.zeros(tokens.shape[0], dtype=torch.bool, device=tokens.device)

        try:
            inputs = self._inputs(picture, question).to(self._place, dtype=self._model.dtype)
            with torch.inference_mode():
                tokens = self._model.generate(
                    **inputs,
                    max_new_tokens=max_tokens,
                    do_sample=False,
                    stopping_criteria=[go_on],
                )[0].tolist()
        except torch.OutOfMemoryError as error:
            torch.cuda.empty_cache()
            raise DetectorError(
                "the GPU has no memory for the picture: use the device 'cpu', or a smaller model"
            ) from error
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            raise DetectorError(
                f'the model cannot take the picture and the question: {in_short(error)}'
            ) from error
        return str(self._processor.decode(_new(tokens, inputs), skip_special_tokens=True)).strip()

    def _inputs(self, picture: Picture, question: str) -> Any:
        if not self._is_asked:
            text = {'text': question} if question else {}
            return self._processor(images=picture, return_tensors='pt', **text)
        content = [
            {'type': 'image', 'image': picture},
            {'type': 'text', 'text': question or DEFAULT_QUESTION},
        ]
        return self._processor.apply_chat_template(
            [{'role': 'user', 'content': content}],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors='pt',
        )


def _processor(folder: Path) -> ProcessorMixin:
    try:
        made = AutoProcessor.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # tokenizers raises Exception itself
        raise ModelLoadError(
            f'the processor of {folder} cannot be read: {in_short(error)}'
        ) from error
    if getattr(made, 'image_processor', None) is None:
        raise ModelLoadError(
            f'{folder} is not for pictures, for its processor is a {type(made).__name__}: name an '
            'image-text-to-text model as caption_model'
        )
    return made


def _new(tokens: list[int], inputs: Any) -> list[int]:
    """Return the tokens without those of the prompt, with which most models begin."""
    prompt = inputs['input_ids'][0].tolist() if 'input_ids' in inputs else []
    return tokens[len(prompt) :] if tokens[: len(prompt)] == prompt else tokens
