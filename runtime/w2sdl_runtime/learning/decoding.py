"""Batches of prompts continued by a causal language model; every row draws by numbers of its own.

Batches have fixed shapes, since the rounding of a matrix product goes by its shape: prompts are
padded to one of few lengths, and on a processor a batch has always as many rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from w2sdl_runtime.models import Network


#: Rows of a batch: of every batch on a processor, at most on a GPU.
ROWS = 32
#: (up to so many tokens, padded to multiples of so many).
_BUCKETS = ((128, 16), (1024, 64), (2**62, 256))


@dataclass(frozen=True, slots=True)
class Sampling:
    """How text is drawn: all of it, so that no setting in a checkpoint's folder has a say."""

    max_tokens: int
    temperature: float = 0.0  #: 0 takes the likeliest token
    top_p: float = 1.0  #: draws among the likeliest tokens that together have this probability
    top_k: int = 0  #: draws among so many of the likeliest; 0 among all
    no_repeat: int = 0  #: no run of so many tokens occurs twice, the prompt included; 0 allows any

    def settings(self) -> list[float]:
        """All of them, for labels of partial work."""
        return [self.max_tokens, self.temperature, self.top_p, self.top_k, self.no_repeat]


def bucket(length: int, most: int) -> int:
    """The length to which a prompt is padded, by its own length alone; ``most`` is never exceeded."""
    step = next(step for up_to, step in _BUCKETS if length <= up_to)
    return max(length, min(-(-length // step) * step, most))


def in_buckets(lengths: np.ndarray[Any, Any], rows: int, most: int) -> list[np.ndarray[Any, Any]]:
    """Rows by number, in batches of at most ``rows`` that are padded to the same length."""
    import numpy as np

    padded = np.array([bucket(int(length), most) for length in lengths], np.int64)
    batches = []
    for length in np.unique(padded):
        own = np.flatnonzero(padded == length)
        batches += [own[start : start + rows] for start in range(0, len(own), rows)]
    return batches


def continuations(
    network: Network,
    prompts: Sequence[list[int]],
    seeds: Sequence[int],
    how: Sampling,
    device: str,
    longest: int,
) -> np.ndarray[Any, Any]:
    """What is written after each prompt, ``[rows, max_tokens]``, filled up with the end token.

    Prompts are padded on the left to ``longest`` tokens. A row's draws depend on its seed alone.
    """
    import numpy as np
    import torch

    rows, max_tokens = len(prompts), how.max_tokens
    if device == "cpu" and rows < ROWS:  # the first row again, as often as it takes
        prompts = [*prompts, *[prompts[0]] * (ROWS - rows)]
        seeds = [*seeds, *[seeds[0]] * (ROWS - rows)]
    end = network.tokenizer.eos_token_id
    padded = [[end or 0] * (longest - len(row)) + row for row in prompts]
    mask = [[0] * (longest - len(row)) + [1] * len(row) for row in prompts]
    with torch.inference_mode(), _plain_settings(network.module):
        result = network.module.generate(
            input_ids=torch.tensor(padded, device=device),
            attention_mask=torch.tensor(mask, device=device),
            generation_config=_settings(max_tokens, end),
            logits_processor=_processors(how, seeds, longest),
        )
    tokens = np.full((rows, max_tokens), end or 0, np.int64)
    written = result[:rows, longest:].cpu().numpy()
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


def _processors(how: Sampling, seeds: Sequence[int], start: int) -> list[Any]:
    """What is done to the scores of each step, in the order of transformers."""
    from transformers import NoRepeatNGramLogitsProcessor, TopKLogitsWarper, TopPLogitsWarper

    found: list[Any] = [NoRepeatNGramLogitsProcessor(how.no_repeat)] if how.no_repeat else []
    if not how.temperature:
        return found
    found.append(lambda _, scores: scores.double() / how.temperature)
    if how.top_k:
        found.append(TopKLogitsWarper(how.top_k))
    if how.top_p < 1:
        found.append(TopPLogitsWarper(how.top_p))
    return [*found, _Draw(seeds, how.max_tokens, start)]


class _Draw:
    """Draws the next token of every row by that row's own numbers, then leaves no other choice.

    Scores come in double precision. The usual sampling takes its numbers from one stream for the
    whole batch, so that a row's text would depend on its neighbours.
    """

    def __init__(self, seeds: Sequence[int], steps: int, start: int) -> None:
        import numpy as np

        streams = [np.random.Generator(np.random.PCG64(seed)) for seed in seeds]
        self._uniform = np.stack([stream.random(steps) for stream in streams])
        self._start = start

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        import torch

        step = input_ids.shape[1] - self._start
        total = torch.softmax(scores, dim=-1).cumsum(-1)
        drawn = torch.as_tensor(self._uniform[:, step : step + 1], device=scores.device)
        token = torch.searchsorted(total, drawn * total[:, -1:], right=True)
        token = token.clamp(max=scores.shape[-1] - 1)
        return torch.full_like(scores, float("-inf")).scatter(1, token, 0.0)
