"""The real caption model with methods that show what it does inside; for a worker process."""

from collections.abc import Mapping
from typing import Any

import torch
from PIL import Image

from bbia_sim_ros.vision.caption_model import CaptionModel


class CaptionProbe(CaptionModel):
    """See the module's docstring; requests as those of `CaptionModel`."""

    def load_error(self, _: object, *, options: Mapping[str, Any]) -> str:
        """Return the kind and the text of what another model's loading raises."""
        try:
            CaptionModel(lambda share, stage: None, **options)
        except Exception as error:  # noqa: BLE001 - it is the result
            return f'{type(error).__name__}: {error}'
        return ''

    def prompt(self, _: object, *, image: Any, question: str) -> str:
        """Return the text that the model is given to read."""
        return str(self._processor.decode(self._inputs(image, question)['input_ids'][0]))

    def described(self, _: object, *, image: Any, tokens: int) -> str:
        """Return what transformers says of a picture when it is used as its documentation does."""
        inputs = self._processor(images=Image.fromarray(image), return_tensors='pt')
        answer = self._model.generate(**inputs, max_new_tokens=tokens, do_sample=False)
        return str(self._processor.decode(answer[0], skip_special_tokens=True)).strip()

    def threads(self, _: object) -> int:
        """Return how many threads torch uses."""
        return torch.get_num_threads()
