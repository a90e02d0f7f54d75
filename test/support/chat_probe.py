"""The real chat model with methods that show what it does inside; for a worker process."""

from collections.abc import Mapping
from typing import Any

import torch

from bbia_sim_ros.chat.transformers_model import ChatModel


class ChatProbe(ChatModel):
    """See the module's docstring; requests as those of `ChatModel`."""

    def load_error(self, _: object, *, options: Mapping[str, Any]) -> str:
        """Return the kind and the text of what another model's loading raises."""
        try:
            ChatModel(lambda share, stage: None, **options)
        except Exception as error:  # noqa: BLE001 - it is the result
            return f'{type(error).__name__}: {error}'
        return ''

    def prompt(self, _: object, *, messages: list[Any], tools: list[Any]) -> str:
        """Return what the model is given to read."""
        return self._decode(self._prompt(messages, tools))

    def reference(self, _: object, *, messages: list[Any], tokens: int) -> str:
        """Return the likeliest answer of transformers' own loop, without special tokens."""
        prompt = torch.tensor([self._prompt(messages, [])])
        read = self._model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            do_sample=False,
            max_new_tokens=tokens,
        )
        answer = read[0, prompt.shape[1] :].tolist()
        return self._decode([token for token in answer if token not in self._hidden])
