"""Predictors that answer in words: the rows they learn from, and what they write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from w2sdl_runtime.learning.batching import Rows, pack
from w2sdl_runtime.learning.decoding import Sampling
from w2sdl_runtime.learning.made_of import context_of
from w2sdl_runtime.learning.opening import open_network
from w2sdl_runtime.learning.rows import texts_of
from w2sdl_runtime.learning.tokens import Text, encode
from w2sdl_runtime.learning.writing import Writer
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.values import Items, Model, Predictor, Transcripts

if TYPE_CHECKING:
    from w2sdl_runtime.models import Network
    from w2sdl_runtime.variants.heads import Fitting


def answer_rows(network: Network, task: Fitting, max_tokens: int) -> Rows:
    """Prompts, each followed by its label's words and the end token.

    Raises:
        PrerequisiteError: where answers can't be written in ``max_tokens`` tokens of this tokenizer,
            or nothing of a prompt could be read before so many.
    """
    _check_writable(network, task.texts, max_tokens)
    longest = network.longest(task.train.max_length)
    if longest <= max_tokens:
        raise PrerequisiteError(
            f"train.max_length leaves {longest:,} tokens to prompt and answer, and max_tokens ="
            f" {max_tokens:,} of them are the answer's: nothing of the prompt would be read",
            "raise train.max_length, or lower max_tokens: head: lm(max_tokens: ...)",
        )
    prompts = _prompts(task.items, task.context)
    texts = [
        Text(p.prompt, answer, p.before) for p, answer in zip(prompts, task.texts, strict=True)
    ]
    end = network.tokenizer.eos_token_id
    rows = encode(network.tokenizer, texts, longest - (end is not None))
    return rows if end is None else _ended(rows, end)


def _prompts(items: Items, context: Transcripts | None) -> list[Text]:
    """What stands before the answer: the item has no candidate."""
    return texts_of(items, context, "before")


def _ended(rows: Rows, end: int) -> Rows:
    """Every row with one more token, which belongs to its answer."""
    found = []
    for at in range(len(rows)):
        first, last = int(rows.first[at]), int(rows.last[at])
        found.append(([*rows.ids(at)[:last], end], first, last + 1))
    return pack(found, rows.cut.tolist())


def _check_writable(network: Network, texts: Sequence[str], max_tokens: int) -> None:
    """Refuse to learn answers that could never be given."""
    tokenizer = network.tokenizer
    distinct = list(dict.fromkeys(texts))
    ids = tokenizer(distinct, add_special_tokens=False, verbose=False)["input_ids"]
    back = [tokenizer.decode(own, skip_special_tokens=True) for own in ids]
    changed = [
        (text, found)
        for text, found in zip(distinct, back, strict=True)
        if found.split() != text.split()
    ]
    if changed:
        text, found = changed[0]
        raise PrerequisiteError(
            f"this model's tokenizer can't write {len(changed):,} of {len(distinct):,} answers"
            f" (first: {text!r} comes back as {found!r})",
            "write the answers in words that the tokenizer knows, or use another model",
        )
    long = sum(len(own) >= max_tokens for own in ids)
    if long:
        raise PrerequisiteError(
            f"{long:,} of {len(distinct):,} answers have {max_tokens} tokens or more: with their end"
            " they are never written in full",
            "raise max_tokens: head: lm(max_tokens: ...)",
        )


def prompts_for(model: Model, items: Items, ctx: Context) -> list[Text]:
    """What a model is asked to continue: the items, behind the transcripts that it reads, if any.

    Raises:
        PrerequisiteError: for a missing transcript.
    """
    return _prompts(items, context_of(model, ctx) if isinstance(model, Predictor) else None)


def write_answers(predictor: Predictor, items: Items, ctx: Context) -> list[tuple[str, bool]]:
    """What a predictor with ``head: lm()`` writes for every item, greedily, in the items' order.

    With each text, whether it was cut short: the model had not ended it within ``max_tokens``.

    Raises:
        PrerequisiteError: for a missing transcript.
    """
    network = open_network(predictor, ctx)
    longest, most = int(predictor.facts["max_length"]), int(predictor.facts["head"]["max_tokens"])
    writer = Writer(network, Sampling(most), ctx, longest=longest, whose=predictor.digest)
    prompts = _prompts(items, context_of(predictor, ctx))
    found = writer.write(prompts, [0] * len(prompts), "answers")
    return [(one.text, not one.ended) for one in found]
