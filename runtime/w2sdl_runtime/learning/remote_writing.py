"""Texts from a model behind an endpoint in OpenAI's form: chat completions, or plain completions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from w2sdl_runtime.endpoints.addresses import endpoint_for
from w2sdl_runtime.endpoints.answers import Answers
from w2sdl_runtime.endpoints.client import Ask, Unusable
from w2sdl_runtime.learning.decoding import Sampling
from w2sdl_runtime.learning.tokens import Text
from w2sdl_runtime.learning.writing import Written
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.values import Model

_PATHS = {"chat": "/chat/completions", "completions": "/completions"}


class RemoteWriter:
    """Asks for each text; what was asked before is not asked again."""

    def __init__(self, model: Model, how: Sampling, ctx: Context) -> None:
        """Make a writer.

        Raises:
            PrerequisiteError: for settings that this form of request has no field for, or a model that
                this run names no endpoint of.
        """
        beyond = [name for name in ("top_k", "no_repeat") if getattr(how, name)]
        if beyond:
            raise PrerequisiteError(
                f"an OpenAI-compatible endpoint has no setting {beyond[0]}",
                f"leave out {beyond[0]}:",
            )
        self._facts, self._how, self._ctx = model.facts, how, ctx
        endpoint = endpoint_for(ctx, "api", model.facts["name"])
        self._answers = Answers(ctx, endpoint, "Authorization", read_choice)

    def write(self, prompts: Sequence[Text], seeds: Sequence[int], unit: str) -> list[Written]:
        """What the model writes after each prompt."""
        asks = [self._ask(p, seed) for p, seed in zip(prompts, seeds, strict=True)]
        name = self._facts["name"]
        self._ctx.warn(
            f"`{name}` is asked over a network: asked anew it may write other texts, whatever the seed"
        )
        found = self._answers.to(asks, unit)
        return [Written(text, ended, asked_whole=True) for text, ended in found]

    def _ask(self, prompt: Text, seed: int) -> Ask:
        text, form = "".join(prompt.pieces()), self._facts["form"]
        said: dict[str, Any] = (
            {"messages": [{"role": "user", "content": text}]}
            if form == "chat"
            else {"prompt": text}
        )
        body = {"model": self._facts["name"], **said, "max_tokens": self._how.max_tokens}
        body |= {"temperature": float(self._how.temperature)}
        if self._how.temperature:
            body["seed"] = seed >> 32  # many servers take 31 bits
        if self._how.top_p < 1:
            body["top_p"] = float(self._how.top_p)
        return Ask(_PATHS[form], body)


def read_choice(body: Any) -> tuple[str, bool]:
    """The text of a response, and whether the model ended it itself.

    Raises:
        Unusable: for a response without a text.
    """
    choices = body.get("choices") if isinstance(body, Mapping) else None
    if not isinstance(choices, Sequence) or not choices or not isinstance(choices[0], Mapping):
        raise Unusable("the response has no choices")
    first = choices[0]
    message = first.get("message")
    text = message.get("content") if isinstance(message, Mapping) else first.get("text")
    reason = first.get("finish_reason")
    if text is None and reason == "length":
        text = ""  # all tokens went into thinking
    if not isinstance(text, str):
        raise Unusable("the response has a choice without a text")
    return text.strip(), reason != "length"
