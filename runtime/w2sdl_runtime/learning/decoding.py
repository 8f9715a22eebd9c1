"""Batches of prompts continued by a causal language model; every row draws by numbers of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from w2sdl_runtime.models import Network


def continuations(
    network: Network,
    prompts: Sequence[list[int]],
    seeds: Sequence[int],
    max_tokens: int,
    temperature: float,
    device: str,
) -> np.ndarray[Any, Any]:
    """What is written after each prompt, ``[rows, max_tokens]``, filled up with the end token.

    Prompts are padded on the left. ``temperature`` 0 takes the likeliest token; else a row's draws
    depend on its seed alone.
    """
    import numpy as np
    import torch

    longest = max(len(row) for row in prompts)
    end = network.tokenizer.eos_token_id
    padded = [[end or 0] * (longest - len(row)) + row for row in prompts]
    mask = [[0] * (longest - len(row)) + [1] * len(row) for row in prompts]
    draw = [_Draw(seeds, max_tokens, temperature, longest)] if temperature else []
    with torch.inference_mode(), _plain_settings(network.module):
        result = network.module.generate(
            input_ids=torch.tensor(padded, device=device),
            attention_mask=torch.tensor(mask, device=device),
            generation_config=_settings(max_tokens, end),
            logits_processor=draw,
        )
    tokens = np.full((len(prompts), max_tokens), end or 0, np.int64)
    written = result[:, longest:].cpu().numpy()
    tokens[:, : written.shape[1]] = written
    return tokens


def decoded(network: Network, ids: list[int]) -> tuple[str, bool]:
    """The text of what was written, and whether it was ended."""
    end = network.tokenizer.eos_token_id
    ended = end in ids
    kept = ids[: ids.index(end)] if ended and end is not None else ids
    text: str = network.tokenizer.decode(kept, skip_special_tokens=True)
    return text.strip(), ended


def _settings(max_tokens: int, end: int | None) -> Any:
    from transformers import GenerationConfig

    return GenerationConfig(
        max_new_tokens=max_tokens,
        do_sample=False,
        num_beams=1,
        eos_token_id=end,
        pad_token_id=end if end is not None else 0,
        use_cache=True,
    )


@contextmanager
def _plain_settings(module: Any) -> Iterator[None]:
    """Keep settings in the model's folder (a repetition penalty, say) out of what is generated."""
    from transformers import GenerationConfig

    hidden, module.generation_config = module.generation_config, GenerationConfig()
    try:
        yield
    finally:
        module.generation_config = hidden


class _Draw:
    """Draws the next token of every row by that row's own numbers, then leaves no other choice.

    The usual sampling takes its numbers from one stream for the whole batch, so that a row's text
    would depend on its neighbours.
    """

    def __init__(self, seeds: Sequence[int], steps: int, temperature: float, start: int) -> None:
        import numpy as np

        streams = [np.random.Generator(np.random.PCG64(seed)) for seed in seeds]
        self._uniform = np.stack([stream.random(steps) for stream in streams])
        self._temperature, self._start = temperature, start

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        import torch

        step = input_ids.shape[1] - self._start
        total = torch.softmax(scores.double() / self._temperature, dim=-1).cumsum(-1)
        drawn = torch.as_tensor(self._uniform[:, step : step + 1], device=scores.device)
        token = torch.searchsorted(total, drawn * total[:, -1:], right=True)
        token = token.clamp(max=scores.shape[-1] - 1)
        return torch.full_like(scores, float("-inf")).scatter(1, token, 0.0)
