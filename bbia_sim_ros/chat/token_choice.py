"""Which token comes next: sampling with transformers' own processors. Imports torch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import GenerationConfig
from transformers import LogitsProcessorList
from transformers import RepetitionPenaltyLogitsProcessor
from transformers import TemperatureLogitsWarper
from transformers import TopKLogitsWarper
from transformers import TopPLogitsWarper


class TokenChoice:
    """Draws the tokens of one answer.

    ``temperature`` 0 takes the likeliest. The repetition penalty and top_k are those that the
    model's own generation_config.json recommends. ``seed`` makes an answer repeatable.
    """

    def __init__(
        self,
        config: GenerationConfig,
        device: torch.device,
        temperature: float,
        top_p: float,
        seed: int | None,
    ) -> None:
        self._device = device
        self._greedy = temperature <= 0.0
        self._processors = LogitsProcessorList()
        penalty = config.repetition_penalty
        self._looks_back = bool(penalty) and penalty != 1.0
        if self._looks_back:
            self._processors.append(RepetitionPenaltyLogitsProcessor(float(penalty)))
        self._generator = torch.Generator(device)
        if seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed(seed)
        if self._greedy:
            return
        if temperature != 1.0:
            self._processors.append(TemperatureLogitsWarper(float(temperature)))
        if config.top_k:
            self._processors.append(TopKLogitsWarper(config.top_k))
        if top_p < 1.0:
            self._processors.append(TopPLogitsWarper(float(top_p)))

    def next(self, logits: torch.Tensor, before: Sequence[int]) -> int:
        """Return a token; ``logits`` has shape (1, vocabulary), ``before`` is all so far."""
        with torch.inference_mode():
            seen = torch.tensor([before if self._looks_back else ()], device=self._device)
            scores = self._processors(seen.long(), logits.float())
            if self._greedy:
                return int(scores.argmax(-1))
            shares = torch.softmax(scores, -1)
            return int(torch.multinomial(shares, 1, generator=self._generator))
