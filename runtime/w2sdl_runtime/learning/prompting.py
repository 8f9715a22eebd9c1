"""Judging by prompt: labelled examples in the text, and which verdict the model would write next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.answers import JUDGEMENT
from w2sdl_runtime.learning.numerics import numerics
from w2sdl_runtime.learning.opening import open_network
from w2sdl_runtime.learning.reading import Wanted, check_readable, read_all
from w2sdl_runtime.learning.tokens import Text, encode
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.values import Items, Labels, Model, Predictor

if TYPE_CHECKING:
    import numpy as np

#: Longest prompt that is read; a longer one loses its start, and so its first examples.
MAX_LENGTH = 1024


def chosen_examples(labels: Labels, shots: int, ctx: Context) -> list[tuple[int, bool]]:
    """Rows to show, with their class: as many right as wrong (an odd one right), in a drawn order.

    Raises:
        PrerequisiteError: where the labels are no verdicts, or keep too few rows of a class.
    """
    if labels.label_kind not in JUDGEMENT:
        raise PrerequisiteError(
            f"few_shot() gives a verdict on one candidate, and these are {labels.label_kind} labels",
            "give it soft or hard labels",
        )
    table = labels.table
    columns = [table.column(name).to_pylist() for name in ("item_id", "value", "keep", "weight")]
    rows: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
    for at, (item, value, keep, weight) in enumerate(zip(*columns, strict=True)):
        if keep and weight > 0:
            rows[value > 0.5].append((ctx.row_stream("examples", item), at))
    wanted = {True: shots - shots // 2, False: shots // 2}
    found: list[tuple[int, int, bool]] = []
    for right, number in wanted.items():
        if len(rows[right]) < number:
            word = "right" if right else "wrong"
            raise PrerequisiteError(
                f"{shots} examples need {number} {word} ones, and the labels keep {len(rows[right])}",
                "ask for fewer shots, or label more rows",
            )
        found += [(draw, at, right) for draw, at in sorted(rows[right])[:number]]
    return [(at, right) for _, at, right in sorted(found)]


def asked(items: Items, template: str) -> list[str]:
    """What stands before the verdict on every item."""
    from w2sdl_runtime.data.templates import compile_prompt

    render = compile_prompt(template, ("prompt", "candidate"))
    pairs = zip(items.column("prompt"), items.column("candidate"), strict=True)
    return [render(prompt=prompt, candidate=candidate) for prompt, candidate in pairs]


def example_text(
    labels: Labels, shots: int, template: str, verdicts: Sequence[str], ctx: Context
) -> str:
    """The examples with their verdicts, a blank line after each; "" where none are asked for."""
    texts = asked(labels.open_items(), template) if shots else []
    chosen = chosen_examples(labels, shots, ctx) if shots else []
    return "".join(f"{texts[at]} {verdicts[right]}\n\n" for at, right in chosen)


def prompted_probability(
    predictor: Predictor, base: Model, items: Items, ctx: Context
) -> np.ndarray[Any, Any]:
    """P(right) of every item, float64, ``[rows]``: by the log-probabilities of the two verdicts.

    Raises:
        PrerequisiteError: for a model without an output over the vocabulary.
    """
    import numpy as np

    facts = predictor.facts
    texts = [facts["examples"] + text for text in asked(items, facts["template"])]
    wrong, right = (_log_chances(base, texts, word, ctx) for word in facts["verdicts"])
    margin = right - wrong
    if facts["calibrate"] == "median" and len(margin):
        margin = margin - np.median(margin)
    return np.asarray(1 / (1 + np.exp(-np.clip(margin, -500, 500))), dtype=np.float64)


def _log_chances(
    base: Model, texts: Sequence[str], verdict: str, ctx: Context
) -> np.ndarray[Any, Any]:
    """Log-probability of a verdict after each text, summed over its tokens."""
    import numpy as np

    if not texts:
        return np.zeros(0)
    network, wanted = open_network(base, ctx), Wanted("last", likelihood=False, words=True)
    longest = network.longest(MAX_LENGTH)
    rows = encode(network.tokenizer, [Text(text, verdict) for text in texts], longest)
    rows.warn_of_cuts(ctx)
    check_readable(network, rows, wanted)
    with numerics(ctx, "prompt"):
        told = read_all(network, rows, wanted, ctx, whose=base.digest).scores[:, 0]
    return np.asarray(told.numpy(), np.float64)
