"""Runs a protocol over items, turn by turn, and writes the transcripts with their provenance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.debating.speech import (
    ORDERS,
    Case,
    Cue,
    Exchange,
    Quote,
    Said,
    Speaker,
    Turn,
    split_sentences,
)
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.values import Items
from w2sdl_runtime.variants.protocols import Protocol, TurnPlan
from w2sdl_runtime.variants.stances import Stance

if TYPE_CHECKING:
    import pyarrow as pa


def cases_of(items: Items) -> list[Case]:
    """The items as debaters see them."""
    names = ("item_id", "prompt", "candidate", "rival", "passage")
    columns = [items.column(name) for name in names]
    known: dict[str, tuple[str, ...]] = {}
    for passage in columns[-1]:
        if passage not in known:
            known[passage] = split_sentences(passage)
    return [Case(i, p, c, r, text, known[text]) for i, p, c, r, text in zip(*columns, strict=True)]


def hold(
    exchanges: Sequence[Exchange],
    script: Sequence[TurnPlan],
    speakers: dict[str, Speaker],
    ctx: Context,
) -> None:
    """Add all turns of a script to every exchange."""
    for number, plan in enumerate(script, 1):
        if plan.how in ("argue", "ask"):
            seen = [exchange.seen(plan.sees) for exchange in exchanges]
            said = speakers[plan.speaker].speak(seen, cue_of(script, number - 1))
        else:
            said = [_show(exchange, plan, ctx) for exchange in exchanges]
        for exchange, words in zip(exchanges, said, strict=True):
            stance = exchange.stance(plan.speaker)
            turn = Turn(number, plan.speaker, stance, words.text, words.quotes, words.truncated)
            exchange.turns.append(turn)
        ctx.report(number, len(script), "rounds")


def cue_of(script: Sequence[TurnPlan], at: int) -> Cue:
    """What the speaker of a turn is told of it: a round is a turn of each debater's."""
    plan = script[at]
    other = {"A": "B", "B": "A"}.get(plan.speaker, "")
    theirs = [n for n, one in enumerate(script) if one.how == "argue" and one.speaker == other]
    own = sum(one.how == "argue" and one.speaker == plan.speaker for one in script[:at])
    seen = at if plan.sees is None else plan.sees
    awaited = own < len(theirs) and theirs[own] >= seen
    return Cue(plan.speaker, at + 1, plan.quotes, other if theirs else "", awaited)


def opened(
    protocol: Protocol, stance: Stance, items: Items, cases: Sequence[Case], ctx: Context
) -> list[list[Exchange]]:
    """The debates before the first turn: one for every item, or in each of two orders."""
    given = protocol.sides(ctx, items)
    sides = [
        (given[at],) if given is not None else stance.sides(ctx, case.item_id)
        for at, case in enumerate(cases)
    ]
    if not cases:
        return [[]]
    orders = len(sides[0])
    return [
        [
            Exchange(case, own[order], ORDERS[own[order]] if orders > 1 else "")
            for case, own in zip(cases, sides, strict=True)
        ]
        for order in range(orders)
    ]


def _show(exchange: Exchange, plan: TurnPlan, ctx: Context) -> Said:
    """Sentences that nobody chose: some at random, or all."""
    import numpy as np

    sentences = exchange.case.sentences
    chosen = list(range(len(sentences)))
    if plan.how == "random":
        seed = ctx.row_stream("random quotes", exchange.case.item_id)
        order = np.random.Generator(np.random.PCG64(seed)).permutation(len(sentences))
        chosen = sorted(order[: plan.quotes].tolist())
    quotes = tuple(Quote(sentences[at], verified=True) for at in chosen)
    return Said(" ".join(f'"{quote.text}"' for quote in quotes), quotes)


def check_passages(cases: Sequence[Case], script: Sequence[TurnPlan], ctx: Context) -> None:
    """Refuse protocols that show sentences of passages that aren't there; log short ones.

    Raises:
        PrerequisiteError: when no item has a passage.
    """
    shows = any(plan.how in ("random", "all") for plan in script)
    if cases and shows and not any(case.sentences for case in cases):
        raise PrerequisiteError(
            "these items have no passage to show sentences of",
            "use data with a passage, or protocol: none()",
        )
    wanted = sum(plan.quotes for plan in script)
    short = sum(1 for case in cases if len(case.sentences) < wanted)
    if short:
        ctx.warn(
            f"{short} of {len(cases)} passages have fewer than {wanted} sentences: all are shown"
        )


def transcript_table(exchanges: Sequence[Exchange], provenance: dict[str, str]) -> pa.Table:
    """Transcripts as a table; ``provenance`` is the same for every row.

    Where items are debated in both orders there is a row for each, and the column ``order``.
    """
    import pyarrow as pa

    from w2sdl.keys import canonical_json

    columns: dict[str, list[Any]] = {
        "item_id": [exchange.case.item_id for exchange in exchanges],
        "turns": [[turn.to_json() for turn in exchange.turns] for exchange in exchanges],
        "stances": [canonical_json(_stances(exchange)) for exchange in exchanges],
        "truncated": [any(turn.truncated for turn in e.turns) for e in exchanges],
    }
    columns |= {name: [value] * len(exchanges) for name, value in provenance.items()}
    told = list(provenance)
    if any(exchange.order for exchange in exchanges):
        columns["order"] = [exchange.order for exchange in exchanges]
        told.append("order")
    return pa.table(columns, schema=_schema(told))


def told_table(
    item_ids: Sequence[str],
    turns: Sequence[Sequence[Turn]],
    provenance: dict[str, str],
    truncated: Sequence[bool] | None = None,
) -> pa.Table:
    """Transcripts that no protocol made, as a table."""
    import pyarrow as pa

    from w2sdl.keys import canonical_json

    stances = [{turn.debater: turn.stance for turn in own if turn.debater} for own in turns]
    columns: dict[str, list[Any]] = {
        "item_id": list(item_ids),
        "turns": [[turn.to_json() for turn in own] for own in turns],
        "stances": [canonical_json(sides) for sides in stances],
        "truncated": list(truncated or [False] * len(turns)),
    }
    columns |= {name: [value] * len(turns) for name, value in provenance.items()}
    return pa.table(columns, schema=_schema(list(provenance)))


def _stances(exchange: Exchange) -> dict[str, str]:
    return {turn.debater: turn.stance for turn in exchange.turns}


def _schema(provenance: list[str]) -> pa.Schema:
    import pyarrow as pa

    quote = pa.struct([("text", pa.string()), ("verified", pa.bool_())])
    turn = pa.struct(
        [
            ("turn", pa.int64()),
            ("debater", pa.string()),
            ("stance", pa.string()),
            ("text", pa.string()),
            ("quotes", pa.list_(quote)),
        ]
    )
    fixed = [
        ("item_id", pa.string()),
        ("turns", pa.list_(turn)),
        ("stances", pa.string()),
        ("truncated", pa.bool_()),
    ]
    return pa.schema([*fixed, *((name, pa.string()) for name in provenance)])
