"""A service that scores texts, as an instrument."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from w2sdl_runtime.answers import always
from w2sdl_runtime.endpoints.addresses import url_problem
from w2sdl_runtime.op import Changes, Context, Count, Positive, op
from w2sdl_runtime.values import Predictor


def _url(given: Mapping[str, Any]) -> tuple[str, str] | None:
    return url_problem(given["url"])


@op(
    "api_scorer",
    version=1,
    inline=True,
    network="remote",
    neutral=("parallel", "per_minute", "patience", "tries"),
    answers=always("soft"),
    check=_url,
)
def api_scorer(
    ctx: Context,
    url: Annotated[str, Changes("operational")] = "https://commentanalyzer.googleapis.com",
    *,
    attribute: str = "TOXICITY",
    languages: list[str] = ["en"],  # noqa: B006 (read off as a default in JSON form)
    parallel: Count = 1,
    per_minute: Positive | None = 60.0,
    patience: Positive = 60.0,
    tries: Count = 6,
) -> Predictor:
    """Scores of texts from 0 to 1, in the form of the Perspective API; an instrument for `rate`.

    Each text is sent to ``URL/v1alpha1/comments:analyze``:

        {"comment": {"text": "..."}, "requestedAttributes": {"TOXICITY": {}}, "doNotStore": true,
         "languages": ["en"]}

    and ``attributeScores.TOXICITY.summaryScore.value`` is its score: any service that answers so will
    do. The key goes in the header ``X-Goog-Api-Key``. Keys, tries and what is kept: as for `api`. What
    a service was trained on nobody here can know: that it saw no measured row is your word.

    Args:
        ctx: the context.
        url: what stands before ``/v1alpha1``.
        attribute: what is scored.
        languages: of the texts; [] lets the service guess.
        parallel: requests under way at once.
        per_minute: requests that are begun in a minute, at most.
        patience: seconds without a byte before a try has failed.
        tries: of each request.
    """
    return Predictor({"type": "api_scorer", "attribute": attribute, "languages": languages})
