"""Scores of texts from a service in the form of the Perspective API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.endpoints.addresses import endpoint_for
from w2sdl_runtime.endpoints.answers import Answers
from w2sdl_runtime.endpoints.client import Ask, Unusable
from w2sdl_runtime.op import Context

if TYPE_CHECKING:
    import numpy as np

PATH = "/v1alpha1/comments:analyze"
KEY_HEADER = "X-Goog-Api-Key"


def scores(
    texts: Sequence[str], attribute: str, languages: Sequence[str], ctx: Context
) -> np.ndarray[Any, Any]:
    """The summary score of each text, float64, ``[texts]``, as the service gives it.

    Raises:
        PrerequisiteError: where the service gives none.
    """
    import numpy as np

    def read(body: Any) -> float:
        try:
            return float(body["attributeScores"][attribute]["summaryScore"]["value"])
        except (KeyError, TypeError, ValueError) as error:
            raise Unusable(f"the response has no summary score of {attribute}") from error

    endpoint = endpoint_for(ctx, "api_scorer", attribute)
    answers = Answers(ctx, endpoint, KEY_HEADER, read)
    asks = [Ask(PATH, request_for(text, attribute, languages)) for text in texts]
    return np.array(answers.to(asks, "texts"), np.float64)


def request_for(text: str, attribute: str, languages: Sequence[str]) -> dict[str, Any]:
    """What is sent for one text; the service is asked to keep nothing."""
    asked: dict[str, Any] = {
        "comment": {"text": text},
        "requestedAttributes": {attribute: {}},
        "doNotStore": True,
    }
    return asked | ({"languages": list(languages)} if languages else {})
