"""A debater that writes: a causal language model behind a sandboxed prompt template."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.data.sandbox import sandbox
from w2sdl_runtime.debating.speech import Exchange, Quote, Said, Speaker, stands_in
from w2sdl_runtime.learning.decoding import continuations, decoded
from w2sdl_runtime.learning.numerics import array_digest, numerics, partial_label
from w2sdl_runtime.learning.shards import in_shards
from w2sdl_runtime.op import Context, PrerequisiteError

if TYPE_CHECKING:
    import numpy as np

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
            text, cut = decoded(self._network, written)
            cut = cut or len(ids[at]) > self._room
            said[at] = self._said(text, cut, exchanges[at], quotes)
            self._ctx.report(len(said), len(ids), "turns")
        return [said[at] for at in range(len(ids))]

    def _written(self, ids: list[list[int]], seeds: list[int]) -> Iterator[tuple[int, list[int]]]:
        """What is generated after each prompt, as tokens; rows of like length share a batch."""
        import numpy as np

        def compute(part: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
            prompts = [ids[at][-self._room :] for at in part]
            own = [seeds[at] for at in part]
            how = (self._max_tokens, self._temperature, self._ctx.device)
            return {"tokens": continuations(self._network, prompts, own, *how)}

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
