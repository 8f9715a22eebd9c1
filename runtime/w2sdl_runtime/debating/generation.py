"""A debater that writes: a causal language model behind a sandboxed prompt template."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.data.sandbox import sandbox
from w2sdl_runtime.debating.speech import Exchange, Quote, Said, Speaker, stands_in
from w2sdl_runtime.learning.numerics import array_digest, numerics, partial_label
from w2sdl_runtime.learning.shards import in_shards
from w2sdl_runtime.op import Context, PrerequisiteError

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from w2sdl_runtime.models import Network

#: What a template may use; anything else is an error.
VARIABLES = (
    "prompt",
    "candidate",
    "rival",
    "passage",
    "stance",
    "own",
    "debater",
    "turn",
    "turns",
    "quotes",
)

_QUOTED = re.compile(r"[\"“]([^\"“”]+)[\"”]")


class GeneratingSpeaker(Speaker):
    """Generates a turn from the rendered template. Draws depend on seed, turn and item only."""

    def __init__(
        self,
        network: Network,
        template: str,
        max_tokens: int,
        temperature: float,
        ctx: Context,
        *,
        rows: int = 32,
        whose: str = "",
    ) -> None:
        """Make a speaker; ``rows`` are generated at once, ``whose`` is the digest of the model."""
        self._network, self._ctx, self._rows, self._whose = network, ctx, rows, whose
        self._max_tokens, self._temperature = max_tokens, temperature
        self._template = compile_template(template)
        self.prompt_digest = hashlib.sha256(template.encode()).hexdigest()
        limit = getattr(network.module.config, "max_position_embeddings", None) or 2**20
        self._room = int(limit) - max_tokens
        if not network.causal or self._room < 1:
            raise PrerequisiteError(
                "generative() needs a causal language model with room for max_tokens"
                f" = {max_tokens} tokens",
                "use a causal model, a smaller max_tokens, or quoting()",
            )

    def speak(
        self, exchanges: Sequence[Exchange], debater: str, turn: int, quotes: int
    ) -> list[Said]:
        """One turn in every exchange; rows of like length share a batch."""
        prompts = [self._render(exchange, debater, turn, quotes) for exchange in exchanges]
        ids: list[list[int]] = self._network.tokenizer(prompts, verbose=False)["input_ids"]
        seeds = [self._ctx.row_stream(f"turn {turn}", e.case.item_id) for e in exchanges]
        said: dict[int, Said] = {}
        for at, written in self._written(ids, seeds):
            text, cut = self._decode(written)
            cut = cut or len(ids[at]) > self._room
            said[at] = self._said(text, cut, exchanges[at], quotes)
            self._ctx.report(len(said), len(ids), "turns")
        return [said[at] for at in range(len(ids))]

    def _written(self, ids: list[list[int]], seeds: list[int]) -> Iterator[tuple[int, list[int]]]:
        """What is generated after each prompt, as tokens; rows of like length share a batch."""
        import numpy as np

        def compute(part: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
            prompts = [ids[at][-self._room :] for at in part]
            return {"tokens": self._generate(prompts, [seeds[at] for at in part])}

        order = np.array(sorted(range(len(ids)), key=lambda at: (len(ids[at]), at)), np.int64)
        batches = [order[at : at + self._rows] for at in range(0, len(order), self._rows)]
        lengths = np.array([len(own) for own in ids], np.int64)
        tokens = np.fromiter((token for own in ids for token in own), np.int64, int(lengths.sum()))
        asked = array_digest(tokens, lengths, np.array(seeds, np.int64))
        settings = [self._max_tokens, self._temperature, self._room, self._rows]
        label = partial_label(self._ctx, "turn", model=self._whose, asked=asked, settings=settings)
        with numerics(self._ctx, "generation"):
            for part, found in in_shards(batches, compute, self._ctx, label):
                yield from zip(part.tolist(), found["tokens"].tolist(), strict=True)

    def _render(self, exchange: Exchange, debater: str, turn: int, quotes: int) -> str:
        from jinja2 import TemplateError

        case, correct = exchange.case, exchange.argues_correct(debater)
        try:
            text: str = self._template.render(
                prompt=case.prompt,
                candidate=case.candidate,
                rival=case.rival,
                passage=case.passage,
                stance="correct" if correct else "incorrect",
                own=case.answer(correct),
                debater=debater,
                turn=turn,
                turns=[spoken.to_json() for spoken in exchange.turns],
                quotes=quotes,
            )
        except TemplateError as error:
            raise PrerequisiteError(
                f"the debater's template can't be rendered: {error}",
                f"a template may use {', '.join(VARIABLES)}",
            ) from error
        return text

    def _said(self, text: str, cut: bool, exchange: Exchange, quotes: int) -> Said:
        found = [piece.strip() for piece in _QUOTED.findall(text)][:quotes]
        checked = tuple(Quote(q, stands_in(q, exchange.case.passage)) for q in found if q)
        return Said(text, checked, cut)

    def _generate(self, ids: list[list[int]], seeds: list[int]) -> np.ndarray[Any, Any]:
        """Continuations of left-padded prompts, ``[rows, max_tokens]``, filled up with the end."""
        import numpy as np
        import torch

        longest = max(len(row) for row in ids)
        end = self._network.tokenizer.eos_token_id
        padded = [[end or 0] * (longest - len(row)) + row for row in ids]
        mask = [[0] * (longest - len(row)) + [1] * len(row) for row in ids]
        device = self._ctx.device
        module = self._network.module
        with torch.inference_mode(), _plain_settings(module):
            result = module.generate(
                input_ids=torch.tensor(padded, device=device),
                attention_mask=torch.tensor(mask, device=device),
                generation_config=self._settings(end),
                logits_processor=[_Draw(seeds, self._max_tokens, self._temperature, longest)],
            )
        tokens = np.full((len(ids), self._max_tokens), end or 0, np.int64)
        written = result[:, longest:].cpu().numpy()
        tokens[:, : written.shape[1]] = written
        return tokens

    def _settings(self, end: int | None) -> Any:
        from transformers import GenerationConfig

        return GenerationConfig(
            max_new_tokens=self._max_tokens,
            do_sample=False,
            num_beams=1,
            eos_token_id=end,
            pad_token_id=end if end is not None else 0,
            use_cache=True,
        )

    def _decode(self, ids: list[int]) -> tuple[str, bool]:
        """The text, and whether it was cut short by max_tokens."""
        end = self._network.tokenizer.eos_token_id
        ended = end in ids
        kept = ids[: ids.index(end)] if ended and end is not None else ids
        text: str = self._network.tokenizer.decode(kept, skip_special_tokens=True)
        return text.strip(), not ended


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

    def __init__(self, seeds: list[int], steps: int, temperature: float, start: int) -> None:
        import numpy as np

        streams = [np.random.Generator(np.random.PCG64(seed)) for seed in seeds]
        self._uniform = np.stack([stream.random(steps) for stream in streams])
        self._temperature, self._start = temperature, start

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        import torch

        if self._temperature == 0:
            return scores
        step = input_ids.shape[1] - self._start
        total = torch.softmax(scores.double() / self._temperature, dim=-1).cumsum(-1)
        drawn = torch.as_tensor(self._uniform[:, step : step + 1], device=scores.device)
        token = torch.searchsorted(total, drawn * total[:, -1:], right=True)
        token = token.clamp(max=scores.shape[-1] - 1)
        return torch.full_like(scores, float("-inf")).scatter(1, token, 0.0)


def compile_template(text: str) -> Any:
    """Compile a prompt template in a sandbox: no attribute or call that could reach outside.

    Raises:
        PrerequisiteError: with the line of a mistake.
    """
    from jinja2 import TemplateSyntaxError

    try:
        return sandbox().from_string(text)
    except TemplateSyntaxError as error:
        raise PrerequisiteError(
            f"the debater's template has a mistake in line {error.lineno}: {error.message}",
            "correct the template",
        ) from error
