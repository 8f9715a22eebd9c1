"""A model asked with labelled examples in its prompt: what it knows without any training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from w2sdl_runtime.answers import JUDGEMENT, Given, Params, every_answer
from w2sdl_runtime.arguments import needs_network, one_after_another
from w2sdl_runtime.op import Context, CountOrZero, Mismatch, PrerequisiteError, Seed, op
from w2sdl_runtime.templates import names_only
from w2sdl_runtime.values import Labels, Model, Predictor
from w2sdl_runtime.variants.texts import Text, text_of

QUESTION = "{{ prompt }} {{ candidate }}\nIs this right?"


def _two_verdicts(values: Mapping[str, Any]) -> tuple[str, str] | None:
    given = values["verdicts"]
    if len(given) == 2 and given[0] != given[1]:
        return None
    return (
        f"verdicts: names {len(set(given))} different words, and two are needed",
        'give one for wrong and one for right: verdicts: ["no", "yes"]',
    )


def _a_verdict(params: Params, given: Given) -> str | Mismatch:
    """A verdict is one of two."""
    if every_answer(given) - set(JUDGEMENT):
        return Mismatch(
            "few_shot() gives a verdict on one candidate, and these labels do not",
            "give it soft or hard labels",
        )
    return "soft"


@op(
    "few_shot",
    version=1,
    network="none",
    answers=_a_verdict,
    check=one_after_another(
        _two_verdicts,
        needs_network("model"),
        names_only("template", ("prompt", "candidate"), QUESTION),
    ),
)
def few_shot(
    ctx: Context,
    model: Model,
    labels: Labels,
    *,
    shots: CountOrZero = 4,
    template: str | Text = QUESTION,
    verdicts: list[str] = ["no", "yes"],  # noqa: B006 (read off as a default in JSON form)
    calibrate: Literal["median", "none"] = "median",
    seed: Seed = 0,
) -> Predictor:
    """Judge by in-context examples, with gold or with weak labels (Burns et al. 2023, prompting).

    The prompt holds the examples with their verdicts, then the item; P is the sigmoid of the log-odds
    of the second verdict against the first as what comes next. No weight moves. The paper gives no
    text of its prompts: template, verdicts, the balanced draw and the calibration are our design.

    Args:
        ctx: the context.
        model: a causal language model.
        labels: soft or hard; the examples are drawn from the rows that they keep, as many right as
            wrong, an odd one right. A label above 0.5 is right.
        shots: examples; 0 asks without any.
        template: Jinja text of one item, in a sandbox, before its verdict: ``prompt``, ``candidate``.
        verdicts: what stands for wrong, and for right.
        calibrate: "median" shifts the log-odds so that half of the rows that are asked together come
            out right, as ``zero_shot`` does: it supposes parts with as many right as wrong rows.
        seed: draws the examples and their order.

    Raises:
        PrerequisiteError: for an encoder or a combination of predictors, or too few labelled rows.
    """
    from w2sdl_runtime.learning.prompting import example_text

    if model.facts.get("reader") != "causal":
        raise PrerequisiteError(
            "few_shot needs one causal language model: an encoder or a combination of predictors has "
            "no output over the vocabulary to write a verdict",
            "use a causal model, or finetune with head: linear()",
        )
    text = text_of(ctx, template)
    facts = {
        "type": "few_shot",
        "base": model.digest,
        "reader": "causal",
        "tune": model.facts["tune"],
        "examples": example_text(labels, shots, text, verdicts, ctx),
        "template": text,
        "verdicts": list(verdicts),
        "calibrate": calibrate,
    }
    return Predictor(facts)
