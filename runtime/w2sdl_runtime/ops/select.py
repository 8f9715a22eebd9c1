"""Keeps the labels that may be trusted; the others stay as rows, and are counted."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import chosen_by
from w2sdl_runtime.op import Context, PortMark, op
from w2sdl_runtime.values import Labels
from w2sdl_runtime.variants.selections import Above, Selection


@op("select", version=2, answers=chosen_by(Selection))
def select(
    ctx: Context,
    labels: Annotated[Labels, PortMark(rows="joined")],
    by: Annotated[Labels | None, PortMark(channel="select", rows="joined")] = None,
    *,
    how: Selection = Above(),  # noqa: B008 (frozen)
) -> Labels:
    """The same labels, with ``keep`` false where they are not selected.

    Rows that are not selected stay, so that they can be counted, and ``meta`` says why:
    ``{"drop_reason": "not above(threshold: 0.7)"}``. Rows that the labels drop already stay dropped, and
    rows that ``by`` drops are not selected. Where none is selected the result says so; it can be
    measured, but nothing can be trained on it.

    Args:
        ctx: the context.
        labels: of any kind; a row may be there more than once (a question asked in several ways).
        by: labels of the same items, one each, joined by item id; without, the labels themselves.
        how: which rows are kept.

    Raises:
        PrerequisiteError: for labels of other rows, or a row that has nothing to be selected by.
    """
    from w2sdl_runtime.data.label_meta import in_brackets, why_dropped
    from w2sdl_runtime.refining import rows

    judged = rows.aligned(labels, by, "the labels to select by") if by is not None else labels
    labels = rows.dropped(labels, rows.kept(judged), "dropped by what it is selected by")
    considered = rows.kept(labels)
    if not considered.any():
        ctx.warn(f"the labels keep no row to select from{in_brackets(why_dropped(labels))}")
        return labels
    chosen = how.chosen(labels, judged, considered)
    told = _in_words(how)
    found = rows.dropped(labels, chosen, f"not {told}")
    selected = int(rows.kept(found).sum())
    (ctx.log if selected else ctx.warn)(
        f"{selected:,} of {int(considered.sum()):,} rows are {told}"
    )
    return found


def _in_words(how: Selection) -> str:
    """A selection as a spec writes it."""
    fields = {name: getattr(how, name) for name in type(how).model_fields}
    told = ", ".join(
        f'{name}: "{value}"' if isinstance(value, str) else f"{name}: {value:g}"
        for name, value in fields.items()
    )
    return f"{how.variant_name}({told})"
