"""The points of an axis: a range, a list, named points, and axes made of others (`zip`, `product`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod

from w2sdl.errors import names, types
from w2sdl.messages.diagnostics import Collector
from w2sdl.messages.suggest import nearest_names
from w2sdl.source import Span
from w2sdl.syntax import nodes
from w2sdl.syntax.text import describe, expression_text

MAX_POINTS = 10_000

#: Point name and its value, in order.
Points = list[tuple[str, nodes.Expr]]
Values = Mapping[str, nodes.Expr]


def axis_points(axis: nodes.Axis, values: Values, found: Collector) -> dict[str, nodes.Expr]:
    """The points of an axis by name. ``values`` are the bindings that a list may be named by."""
    named = _points(axis.points, axis.name, values, found)
    if named is not None and not named:
        found.add(types.EmptyAxis(span=axis.points.span, axis=axis.name))
    return _unique(axis, named or [], found)


def _points(expr: nodes.Expr, axis: str, values: Values, found: Collector) -> Points | None:
    """The points that an expression gives; None after a message."""
    match expr:
        case nodes.Range(first, last, span):
            if last - first + 1 > MAX_POINTS:
                found.add(_too_many(axis, last - first + 1, span))
                return None
            return [(str(n), nodes.Literal(n, span)) for n in range(first, last + 1)]
        case nodes.ListExpr(items):
            if len(items) > MAX_POINTS:
                found.add(_too_many(axis, len(items), expr.span))
                return None
            return [(point_name(item), item) for item in items]
        case nodes.Record(entries):
            return [(entry.name, entry.value) for entry in entries]
        case nodes.Call(nodes.Name("zip" | "product" as how)) if (
            not expr.positional and expr.entries
        ):
            return _combined(how, expr, axis, values, found)
        case nodes.Name(name) if isinstance(
            values.get(name), nodes.ListExpr | nodes.Range | nodes.Record
        ):
            return _points(values[name], axis, values, found)
        case other:
            return [(point_name(other), other)]


def _combined(
    how: str, call: nodes.Call, axis: str, values: Values, found: Collector
) -> Points | None:
    """``zip(a: ..., b: ...)`` varies them together; ``product(..., except: [...])`` leaves some out."""
    except_ = next((e for e in call.entries if e.name == "except"), None)
    columns = {
        e.name: _points(e.value, axis, values, found) for e in call.entries if e is not except_
    }
    if any(column is None for column in columns.values()) or not columns:
        return None
    known = {name: column for name, column in columns.items() if column is not None}
    if how == "zip":
        return _zipped(call, known, except_, found)
    size = prod(len(column) for column in known.values())
    if size > MAX_POINTS:
        found.add(_too_many(axis, size, call.span))
        return None
    skipped = _excluded(except_, known, found)
    rows = [row for row in product(*known.values()) if not _is_skipped(row, known, skipped)]
    return [_record(row, known, call.span) for row in rows]


def _zipped(
    call: nodes.Call,
    columns: Mapping[str, Points],
    except_: nodes.Entry | None,
    found: Collector,
) -> Points | None:
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"`{name}` has {length}" for name, length in lengths.items())
        found.add(types.UnevenZip(span=call.span, lengths=shown))
        return None
    if except_ is not None:
        found.add(types.ExceptNeedsProduct(span=except_.name_span))
    return [_record(row, columns, call.span) for row in zip(*columns.values(), strict=True)]


def _record(
    row: Sequence[tuple[str, nodes.Expr]], columns: Mapping[str, Points], span: Span
) -> tuple[str, nodes.Expr]:
    entries = [
        nodes.Entry(field, value, value.span)
        for field, (_, value) in zip(columns, row, strict=True)
    ]
    return "+".join(name for name, _ in row), nodes.Record(tuple(entries), span)


def _excluded(
    except_: nodes.Entry | None, columns: Mapping[str, Points], found: Collector
) -> list[dict[str, str]]:
    """Each exclusion as field -> name of the point that it leaves out."""
    if except_ is None:
        return []
    items = except_.value.items if isinstance(except_.value, nodes.ListExpr) else (except_.value,)
    skipped = []
    for item in items:
        if not isinstance(item, nodes.Record):
            reason = "not a record of fields"
            found.add(_bad_exclusion(item, reason))
            continue
        chosen: dict[str, str] = {}
        for entry in item.entries:
            points = columns.get(entry.name)
            text = expression_text(entry.value)
            if points is None:
                near = nearest_names(entry.name, columns)
                found.add(names.UnknownAxis(span=entry.name_span, name=entry.name, near=near))
                continue
            hits = [n for n, v in points if text in (expression_text(v), n, f"{n}()")]
            if not hits:
                shown = ", ".join(name for name, _ in points)
                found.add(
                    names.UnknownPoint(
                        span=entry.value.span, axis=entry.name, point=text, points=shown
                    )
                )
                continue
            chosen[entry.name] = hits[0]
        if len(chosen) == len(item.entries):
            skipped.append(chosen)
    return skipped


def _bad_exclusion(item: nodes.Expr, reason: str) -> types.BadValue:
    return types.BadValue(
        span=item.span,
        name="except",
        expected="a list of records, such as [{size: 16, loss: xent()}]",
        found=describe(item),
        reason=reason,
    )


def _is_skipped(
    row: Sequence[tuple[str, nodes.Expr]],
    columns: Mapping[str, Points],
    skipped: Sequence[Mapping[str, str]],
) -> bool:
    here = {field: name for field, (name, _) in zip(columns, row, strict=True)}
    return any(all(here[field] == name for field, name in one.items()) for one in skipped)


def _too_many(name: str, count: int, span: Span) -> types.TooManyPoints:
    return types.TooManyPoints(
        span=span, what=f"axis `{name}`", count=count, unit="points", limit=MAX_POINTS
    )


def _unique(axis: nodes.Axis, named: Points, found: Collector) -> dict[str, nodes.Expr]:
    points: dict[str, nodes.Expr] = {}
    for name, expr in named:
        if name in points:
            found.add(names.AmbiguousPoints(span=expr.span, axis=axis.name, point=name))
        points.setdefault(name, expr)
    return points


def point_name(expr: nodes.Expr) -> str:
    """What a point is called: a variant by its name, a value by its text."""
    match expr:
        case nodes.Call(callee):
            return expression_text(callee)
        case nodes.Literal(str() as value):
            return value
        case _:
            return expression_text(expr)
