"""Transcripts from a file: debates held elsewhere, or notes of people, with stated provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from w2sdl_runtime.data.joining import Extra, Join, Missing, read_joined
from w2sdl_runtime.data.rows import Row
from w2sdl_runtime.debating.speech import Quote, Turn, stands_in
from w2sdl_runtime.op import Context, FileSource, PortMark, PrerequisiteError, op
from w2sdl_runtime.values import Items, Labels, Transcripts
from w2sdl_runtime.variants.origins import Origin

_STANCES = ("correct", "incorrect", "none")


@op("transcript_file", version=2)
def transcript_file(
    ctx: Context,
    items: Items,
    *,
    file: FileSource,
    origin: Origin,
    key: list[str] = ["item_id"],  # noqa: B006  # read off as a default in JSON form
    columns: dict[str, list[str]] = {},  # noqa: B006
    missing: Missing = "refuse",
    extra: Extra = "refuse",
    saw: Annotated[Labels | None, PortMark(channel="saw")] = None,
) -> Transcripts:
    """What was said of items, from a JSON Lines, JSON, CSV, TSV or Parquet file.

    A row is a turn: ``text``, and if it likes ``debater``, ``stance`` (correct, incorrect, none) and
    ``quotes`` (a list of texts); rows of one item are its turns, in the order of the file. Or a row
    is an item, with a list of such ``turns``, as `w2sdl export` writes it. Quotes are checked anew
    against the item's passage.

    Args:
        ctx: the context.
        items: what is spoken of; data is read as its items.
        file: the file, relative to the spec.
        origin: who said it: ``human()``, ``model(name: "...")``.
        key: columns that the file shares with the items or with the rows they were made from.
        columns: {name as above: column of the file}.
        missing: items without a row: "refuse", or "drop" them (nothing can read them, then).
        extra: rows without an item: "refuse", or "leave_out" and count.
        saw: gold labels that whoever spoke knew, for the rules of validity alone.

    Raises:
        PrerequisiteError: with counts and the first line, for what doesn't fit or is no turn.
    """
    from w2sdl.keys import canonical_json
    from w2sdl_runtime.debating.transcribing import told_table

    read = ("debater", "stance", "quotes", "turns", "truncated")
    join = Join(file, key, columns, missing, extra, read)
    found = read_joined(ctx, items, join, several=True)
    passages = items.column("passage")
    told = [(at, rows) for at, rows in enumerate(found) if rows]
    ids = items.column("item_id")
    provenance = {
        "protocol": canonical_json({"file": {"origin": origin.text()}}),
        "node": ctx.key,
        "model": canonical_json([]),
        "prompt": canonical_json([]),
        "seed": canonical_json(ctx.seed),
    }
    turns = [_turns(rows, passages[at]) for at, rows in told]
    cut = [any(row.word("truncated").lower() in ("true", "1") for row in rows) for _, rows in told]
    return Transcripts(told_table([ids[at] for at, _ in told], turns, provenance, cut))


def _turns(rows: Sequence[Row], passage: str) -> list[Turn]:
    said: list[Row] = []
    for row in rows:
        listed = row.get("turns")
        said += [row] if listed is None else _listed(row, listed)
    return [_turn(number, row, passage) for number, row in enumerate(said, 1)]


def _listed(row: Row, turns: Any) -> list[Row]:
    if not isinstance(turns, list) or not all(isinstance(turn, Mapping) for turn in turns):
        raise PrerequisiteError(
            f"{row.place}: `turns` is not a list of objects",
            'write it like this: "turns": [{"debater": "A", "text": "..."}]',
        )
    return [Row(turn, f"{row.place}, turn {number}") for number, turn in enumerate(turns, 1)]


def _turn(number: int, row: Row, passage: str) -> Turn:
    text, stance = row.text("text"), row.word("stance") or "none"
    if row.get("text") is None:
        raise PrerequisiteError(
            f"{row.place}: there is no `text`", "name its column: columns: {text: ...}"
        )
    if stance not in _STANCES:
        raise PrerequisiteError(
            f"{row.place}: the stance {stance!r} is none of {', '.join(_STANCES)}",
            "say whether this turn argues that the candidate is right",
        )
    quotes = tuple(Quote(quote, stands_in(quote, passage)) for quote in _quotes(row))
    return Turn(number, row.word("debater"), stance, text, quotes)


def _quotes(row: Row) -> list[str]:
    given = row.get("quotes")
    if given is None:
        return []
    texts = (
        [q.get("text") if isinstance(q, Mapping) else q for q in given] if _is_list(given) else []
    )
    if not _is_list(given) or not all(isinstance(text, str) for text in texts):
        raise PrerequisiteError(
            f"{row.place}: `quotes` is not a list of texts", 'write it like this: ["...", "..."]'
        )
    return [text for text in texts if text]


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)
