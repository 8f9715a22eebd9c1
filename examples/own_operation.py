"""An operation of one's own, in one file: labels with a share of them flipped, as a control.

w2sdl ops flipped --module own_operation          (from this folder)
w2sdl run examples/own_operation.w2s --module own_operation
"""

from __future__ import annotations

from w2sdl_runtime.op import Context, Fraction, PrerequisiteError, Seed, op
from w2sdl_runtime.values import Labels


@op("flipped", version=1, control=True)
def flipped(ctx: Context, labels: Labels, *, share: Fraction = 0.1, seed: Seed = 0) -> Labels:
    """Flip a share of the labels, each row by a draw of its own.

    Whether a row is flipped depends on the seed and its item id alone: a larger share flips the
    same rows and more. Edges are read off the annotations (``labels: Labels``), parameters and their
    ranges too (``share: Fraction``); the docstring is the text of ``w2sdl ops flipped``.
    ``control=True`` says that it reads gold on purpose: the report marks it.

    Raises:
        PrerequisiteError: for text labels.
    """
    import pyarrow as pa

    if labels.label_kind == "text":
        raise PrerequisiteError("text labels have no other side", "use data with a binary format")
    ids = labels.table.column("item_id").to_pylist()
    values = labels.table.column("value").to_pylist()
    draws = [ctx.row_stream("flip", item) / 2**63 for item in ids]
    noisy = [
        1.0 - value if draw < share else value for value, draw in zip(values, draws, strict=True)
    ]
    column = labels.table.schema.get_field_index("value")
    table = labels.table.set_column(column, "value", pa.array(noisy, pa.float64()))
    ctx.log(f"flipped {sum(draw < share for draw in draws)} of {len(draws)} labels")
    return Labels(table, labels.items, labels.label_kind, "model")
