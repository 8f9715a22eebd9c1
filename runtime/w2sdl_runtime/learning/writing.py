"""Text from a causal language model: after each prompt, in batches, drawn by each row's own numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.data.sandbox import sandbox
from w2sdl_runtime.learning.decoding import continuations, decoded
from w2sdl_runtime.learning.numerics import array_digest, numerics, partial_label
from w2sdl_runtime.learning.shards import in_shards
from w2sdl_runtime.op import Context, PrerequisiteError

if TYPE_CHECKING:
    import numpy as np

    from w2sdl_runtime.models import Network

#: Rows that are generated at once.
ROWS = 32


@dataclass(frozen=True, slots=True)
class Written:
    """What was written after one prompt."""

    text: str
    cut: bool  #: by max_tokens, or its prompt by the model's length


class Writer:
    """Writes after prompts. A row's text depends on its prompt and its seed, not on its neighbours."""

    def __init__(
        self,
        network: Network,
        max_tokens: int,
        temperature: float,
        ctx: Context,
        *,
        rows: int = ROWS,
        whose: str = "",
    ) -> None:
        """Make a writer; ``rows`` are generated at once, ``whose`` is the digest of the model.

        Raises:
            PrerequisiteError: for an encoder, or a model without room for so many tokens.
        """
        self._network, self._ctx, self._rows, self._whose = network, ctx, rows, whose
        self._max_tokens, self._temperature = max_tokens, temperature
        limit = getattr(network.module.config, "max_position_embeddings", None) or 2**20
        self._room = int(limit) - max_tokens
        if not network.causal or self._room < 1:
            raise PrerequisiteError(
                "writing needs a causal language model with room for max_tokens"
                f" = {max_tokens} tokens",
                "use a causal model, or a smaller max_tokens",
            )

    def write(self, prompts: Sequence[str], seeds: Sequence[int], unit: str) -> list[Written]:
        """What follows each prompt; rows of like length share a batch."""
        if not prompts:
            return []
        ids: list[list[int]] = self._network.tokenizer(list(prompts), verbose=False)["input_ids"]
        written: dict[int, Written] = {}
        for at, tokens in self._tokens(ids, list(seeds)):
            text, cut = decoded(self._network, tokens)
            written[at] = Written(text, cut or len(ids[at]) > self._room)
            self._ctx.report(len(written), len(ids), unit)
        return [written[at] for at in range(len(ids))]

    def _tokens(self, ids: list[list[int]], seeds: list[int]) -> Iterator[tuple[int, list[int]]]:
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


def compile_template(text: str, whose: str = "the debater's") -> Any:
    """Compile a prompt template in a sandbox: no attribute or call that could reach outside.

    Raises:
        PrerequisiteError: with the line of a mistake.
    """
    from jinja2 import TemplateSyntaxError

    try:
        return sandbox().from_string(text)
    except TemplateSyntaxError as error:
        raise PrerequisiteError(
            f"{whose} template has a mistake in line {error.lineno}: {error.message}",
            "correct the template",
        ) from error


def rendered(template: Any, whose: str, variables: Sequence[str], **values: Any) -> str:
    """A compiled template with these values.

    Raises:
        PrerequisiteError: for what the template can't do, with the names that it may use.
    """
    from jinja2 import TemplateError

    try:
        text: str = template.render(**values)
    except TemplateError as error:
        raise PrerequisiteError(
            f"{whose} template can't be rendered: {error}",
            f"a template may use {', '.join(variables)}",
        ) from error
    return text
