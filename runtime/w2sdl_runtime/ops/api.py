"""Names a model that writes behind an OpenAI-compatible endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from w2sdl_runtime.endpoints.addresses import url_problem
from w2sdl_runtime.op import Changes, Context, Count, Positive, op
from w2sdl_runtime.values import Model


def _url(given: Mapping[str, Any]) -> tuple[str, str] | None:
    return url_problem(given["url"])


@op(
    "api",
    version=1,
    inline=True,
    network="remote",
    neutral=("parallel", "per_minute", "patience", "tries"),
    check=_url,
)
def api(
    ctx: Context,
    url: Annotated[str, Changes("operational")],
    *,
    model: str,
    form: Literal["chat", "completions"] = "chat",
    parallel: Count = 4,
    per_minute: Positive | None = None,
    patience: Positive = 120.0,
    tries: Count = 6,
) -> Model:
    """A model that is asked over HTTP, through any endpoint in OpenAI's form.

    It writes, and gives nothing but texts: debaters (``generative()``), judges (``how: text()`` or
    ``vote(n: 5)``), `sample`. What needs the numbers of a network (`finetune`, `embed`, ``logprob()``
    ...) is refused when the spec is checked.

    What a model writes goes by its name, the prompt, the settings and the seed, and not by the URL: the
    same model behind another address gives no other result, and nothing is asked anew. So give models
    that differ different names. Sampling is asked for with a seed, and no endpoint promises the same text
    twice; what was answered is kept, and found again, as long as the store is.

    Failed tries (no connection, no answer in time, half an answer, 408, 409, 425, 429, 5xx, what is no
    JSON or has no text) are made again after pauses that double, with jitter, and never before the
    server's ``Retry-After``. Every answer is kept as it comes: a kill or an error later loses none.

    A key is no part of a spec. Name the variable that holds it, for an origin, when you run:
    ``--api-key https://api.example.org=EXAMPLE_API_KEY``, or ``W2SDL_API_KEYS`` in the environment.

    Args:
        ctx: the context.
        url: what stands before ``/chat/completions``, such as "http://127.0.0.1:8000/v1".
        model: its name there.
        form: "chat" sends the prompt as the one message of a user, "completions" as it is.
        parallel: requests under way at once.
        per_minute: requests that are begun in a minute, at most; all that the endpoint takes without it.
        patience: seconds without a byte before a try has failed.
        tries: of each request.
    """
    return Model({"source": "api", "name": model, "form": form, "reader": "api"})
