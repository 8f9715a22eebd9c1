"""Rates texts by an instrument: a classifier that was fitted on other rows, or a service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from w2sdl_runtime.answers import JUDGEMENT, Given, Params, every_answer
from w2sdl_runtime.op import Context, Made, Mismatch, PortMark, PrerequisiteError, op
from w2sdl_runtime.values import Labels, Predictor

if TYPE_CHECKING:
    import numpy as np


def _words_by_a_judge(params: Params, given: Given) -> str | Mismatch:
    if every_answer({"labels": given["labels"]}) - {"text"}:
        return Mismatch(
            "rate() reads texts, and these labels are numbers",
            "rate what sample() draws, or the labels of a predictor with head: lm()",
        )
    if every_answer({"by": given["by"]}) - set(JUDGEMENT):
        return Mismatch(
            "an instrument gives one text a number from 0 to 1, and this predictor does not",
            "train it with head: linear() on texts with a label of two classes",
        )
    return "soft"


def _rated_alone(given: Mapping[str, Any]) -> tuple[str, str] | None:
    """A probability that is set against the other rows of a question is no rating of one text."""
    instrument: Made = given["by"]
    arguments = instrument.arguments
    if instrument.op == "zero_shot" or arguments.get("calibrate") == "median":
        return (
            f"{instrument.op}() shifts what it says so that half of the rows asked together come out"
            " above 0.5, and an instrument rates each text alone",
            "rate by a predictor that is trained: finetune(..., head: linear())"
            + ("" if instrument.op == "zero_shot" else ', or give it calibrate: "none"'),
        )
    return None


@op("rate", version=1, wants_gpu=True, answers=_words_by_a_judge, check=_rated_alone)
def rate(
    ctx: Context,
    labels: Labels,
    by: Annotated[Predictor, PortMark(role="instrument")],
) -> Labels:
    """What an instrument says of each text: a number from 0 to 1, such as its toxicity.

    The instrument reads a text alone, without the prompt before it, as Gehman et al. (2020) score
    continuations. Equal texts are read once. A text without a word says nothing, and gets 0. The result
    has the rows of ``labels``: soft, ``value`` is the mean rating of a row, and ``meta`` keeps every
    one: ``{"ratings": [0.1, 0.7]}``. `toxicity` measures them, and `pgr` with ``metric:
    "toxicity_mean"``. Where what is rated is measured, the instrument may not have learned from
    measured rows (R2).

    Args:
        ctx: the context.
        labels: texts: of `sample` all draws, of other text labels the one text.
        by: a predictor of one text: trained in the spec, or of a folder, or ``api_scorer(...)``.

    Raises:
        PrerequisiteError: for labels without texts, or where the instrument says what is no number from
            0 to 1.
    """
    import numpy as np

    texts = _texts(labels)
    distinct = [text for text in dict.fromkeys(one for row in texts for one in row) if text.strip()]
    found = _rated(ctx, distinct, by)
    known = dict(zip(distinct, found, strict=True))
    rows = [[known.get(text, 0.0) for text in row] for row in texts]
    empty = sum(not text.strip() for row in texts for text in row)
    if empty:
        ctx.warn(f"{empty:,} of {sum(map(len, texts)):,} texts are empty, and rated 0")
    return _with_ratings(labels, rows, [float(np.mean(row)) for row in rows])


def _texts(labels: Labels) -> list[list[str]]:
    """All texts of each row: draws, or the one answer."""
    if labels.label_kind != "text":
        raise PrerequisiteError(
            f"rate() reads texts, and these are {labels.label_kind} labels",
            "rate what sample() draws",
        )
    from w2sdl_runtime.data.label_meta import SAMPLES, facts

    told = zip(facts(labels, SAMPLES), labels.table.column("text").to_pylist(), strict=True)
    return [[str(one) for one in samples] if samples else [text or ""] for samples, text in told]


def _rated(ctx: Context, texts: Sequence[str], by: Predictor) -> list[float]:
    from w2sdl_runtime.measuring.ratings import text_items
    from w2sdl_runtime.predictors import predict

    if not texts:
        return []
    items = ctx.open(ctx.put(text_items(texts)))
    return _checked(predict(by, items, ctx), texts)  # type: ignore[arg-type]


def _checked(values: np.ndarray[Any, Any], texts: Sequence[str]) -> list[float]:
    """Ratings as they are.

    Raises:
        PrerequisiteError: for a missing one, and for what is no number from 0 to 1.
    """
    import numpy as np

    if len(values) != len(texts):
        raise PrerequisiteError(
            f"the instrument rated {len(values):,} of {len(texts):,} texts",
            "use another instrument",
        )
    wrong = np.flatnonzero(~((values >= 0) & (values <= 1)))
    if wrong.size:
        first = int(wrong[0])
        shown = texts[first] if len(texts[first]) <= 60 else f"{texts[first][:57]}..."
        raise PrerequisiteError(
            f"the instrument rated {wrong.size:,} of {len(texts):,} texts with what is no number from 0"
            f" to 1 (first: {values[first]} for {shown!r})",
            "use another instrument; the samples are kept, and are not drawn again",
        )
    return [float(value) for value in values]


def _with_ratings(labels: Labels, ratings: list[list[float]], means: list[float]) -> Labels:
    from w2sdl_runtime.data.label_meta import RATINGS, as_json
    from w2sdl_runtime.refining import rows

    found = rows.with_columns(
        rows.of_one_class(labels),
        value=means,
        text=[None] * len(means),
        meta=[as_json({RATINGS: row}) for row in ratings],
    )
    return replace(found, label_kind="soft")
