"""Text from a causal language model: after each prompt, in batches, drawn by each row's own numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from w2sdl_runtime.data.sandbox import sandbox
from w2sdl_runtime.learning.batching import Rows
from w2sdl_runtime.learning.decoding import (
    ROWS,
    Sampling,
    bucket,
    continuations,
    decoded,
    in_buckets,
)
from w2sdl_runtime.learning.numerics import array_digest, numerics, partial_label
from w2sdl_runtime.learning.shards import gathered, in_shards
from w2sdl_runtime.learning.tokens import Text, encode
from w2sdl_runtime.op import Context, PrerequisiteError

if TYPE_CHECKING:
    import numpy as np

    from w2sdl_runtime.models import Network

    Array = np.ndarray[Any, Any]

#: As long as the model reads.
NO_LIMIT = 2**20


@dataclass(frozen=True, slots=True)
class Written:
    """What was written after one prompt."""

    text: str
    ended: bool  #: the model ended it, before max_tokens did
    asked_whole: bool  #: nothing of the prompt was cut

    @property
    def truncated(self) -> bool:
        """Whether text or prompt is not whole."""
        return not (self.ended and self.asked_whole)


class Writes(Protocol):
    """Whatever writes after prompts: a network of ours, or one behind an endpoint."""

    def write(self, prompts: Sequence[Text], seeds: Sequence[int], unit: str) -> list[Written]:
        """What follows each prompt, drawn by its seed; ``unit`` says what is written."""
        ...


class Writer:
    """Writes after prompts. A row's text depends on its prompt and its seed, not on its neighbours."""

    def __init__(
        self,
        network: Network,
        how: Sampling,
        ctx: Context,
        *,
        longest: int = NO_LIMIT,
        rows: int = ROWS,
        whose: str = "",
    ) -> None:
        """Make a writer.

        Args:
            network: a causal language model.
            how: it draws.
            ctx: the context.
            longest: tokens that prompt and text have together.
            rows: that are generated at once, at most `ROWS`.
            whose: the digest of the model.

        Raises:
            PrerequisiteError: for an encoder, or a model without room for so many tokens.
        """
        self._network, self._ctx, self._rows, self._whose = network, ctx, rows, whose
        self._how = how
        self._room = network.longest(longest) - how.max_tokens
        if not network.causal or self._room < 1:
            raise PrerequisiteError(
                "writing needs a causal language model with room for max_tokens"
                f" = {how.max_tokens} tokens",
                "use a causal model, or a smaller max_tokens",
            )

    def write(self, prompts: Sequence[Text], seeds: Sequence[int], unit: str) -> list[Written]:
        """What follows each prompt; those that are too long are cut as in training, and counted."""
        if not prompts:
            return []
        rows = self._asked(prompts, unit)
        texts = [decoded(self._network, own) for own in self._tokens(rows, seeds, unit).tolist()]
        return [
            Written(text, ended, not cut)
            for (text, ended), cut in zip(texts, rows.cut.tolist(), strict=True)
        ]

    def _asked(self, prompts: Sequence[Text], unit: str) -> Rows:
        rows = encode(self._network.tokenizer, prompts, self._room)
        if rows.truncated:
            self._ctx.warn(
                f"{rows.truncated:,} of {len(rows):,} prompts of {unit} were cut to {self._room:,} "
                "tokens: they lost the end of their context, then their own start"
            )
        return rows

    def _tokens(self, rows: Rows, seeds: Sequence[int], unit: str) -> Array:
        """What is generated after each row, ``[rows, max_tokens]``; a batch has one padded length."""

        def compute(part: Array) -> dict[str, Array]:
            prompts, own = [self._open(rows.ids(at)) for at in part], [seeds[at] for at in part]
            longest = bucket(int(rows.lengths[part[0]]), self._room)
            how = (self._how, self._ctx.device, longest)
            return {"tokens": continuations(self._network, prompts, own, *how)}

        batches = in_buckets(rows.lengths, self._rows, self._room)
        parts = in_shards(batches, compute, self._ctx, self._label(rows, seeds))
        with numerics(self._ctx, "generation"):
            return gathered(parts, len(rows), self._ctx, unit)["tokens"]

    def _open(self, ids: list[int]) -> list[int]:
        """A prompt's tokens without an end: some tokenizers end every text, and nothing would follow."""
        return ids[:-1] if ids[1:] and ids[-1] == self._network.tokenizer.eos_token_id else ids

    def _label(self, rows: Rows, seeds: Sequence[int]) -> str:
        import numpy as np

        asked = [rows.digest(), array_digest(np.array(seeds, np.int64))]
        settings = [*self._how.settings(), self._rows]
        return partial_label(
            self._ctx, "writing", model=self._whose, asked=asked, settings=settings
        )


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
