"""Which number of a run is meant by ``scores[of: S', evidence: debate]``, as people type it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from w2sdl.checking.axes import point_name
from w2sdl.messages.suggest import nearest_names
from w2sdl.replication import Replication
from w2sdl.source import Source
from w2sdl.syntax import nodes
from w2sdl.syntax.parse import parse_expression
from w2sdl.syntax.text import expression_text
from w2sdl.wording import first_of
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.report.selecting import PART, number_text
from w2sdl_runtime.report.tables import Column, Figure, Single, Table

OF = "of"
_SHOWN = 6  #: names in a message


@dataclass(frozen=True, slots=True)
class Asked:
    """A selection as typed: the measure, and entry -> value."""

    measure: str
    entries: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Chosen:
    """One number of a table: a figure, or one of its repetitions where ``single`` is given."""

    text: str  #: as `number_text` has it
    column: Column
    point: Mapping[str, str]
    figure: Figure
    single: Single | None = None


def parse_number(text: str) -> Asked | None:
    """A selection as typed; None for what is none, such as the address of a node."""
    found, mistakes = parse_expression(Source("number", text))
    if mistakes:
        return None
    match found:
        case nodes.Name(name):
            return Asked(name, {})
        case nodes.Select(nodes.Name(name), entries):
            of = {e.name: expression_text(e.value) for e in entries if e.name == OF}
            rest = {e.name: point_name(e.value) for e in entries if e.name != OF}
            return Asked(name, of | rest)
    return None


def choose(asked: Asked, table: Table, repeated: Replication) -> Chosen:
    """The number that a selection means.

    Raises:
        PrerequisiteError: where it means none, or several.
    """
    columns = _columns(asked, table)
    axes = {dim for column in columns for dim in column.dims} | set(table.dims)
    axes |= {a for c in columns for f in c.figures.values() for s in f.singles for a in s.point}
    entries = {name: value for name, value in asked.entries.items() if name != OF}
    parts = {name for name in entries if name not in axes}
    column = _part(asked, columns, {entries[name] for name in parts}, sorted(axes))
    point = {name: value for name, value in entries.items() if name not in parts}
    names, figure = _figure(asked, column, table, point)
    within = {axis: name for axis, name in point.items() if axis in repeated.axes}
    single = _single(asked, figure, within) if within else None
    at = dict(single.point) if single else names
    text = number_text(table.name, column.of, at, column.part)
    return Chosen(text, column, at, figure, single)


def _columns(asked: Asked, table: Table) -> list[Column]:
    """The columns of what is measured: the whole, and its parts."""
    known = list(dict.fromkeys(column.of for column in table.columns))
    of = asked.entries.get(OF, known[0] if len(known) == 1 else None)
    if of is None:
        every = first_of([f"`{table.name}[of: {name}]`" for name in known], _SHOWN)
        raise PrerequisiteError(
            f"`{table.name}` measures {len(known)} things", f"choose one: {every}"
        )
    found = [column for column in table.columns if column.of == of]
    if not found:
        if known == [""]:
            raise PrerequisiteError(f"`{table.name}` is of one thing", "leave out `of:`")
        raise _unknown(f"`{table.name}` does not measure `{of}`", of, known)
    return found


def _part(
    asked: Asked, columns: Sequence[Column], wanted: Iterable[str], axes: Sequence[str]
) -> Column:
    """The column of a part, by its name with or without underscores; else of the whole."""
    by_name = {column.part.replace(" ", "_"): column for column in columns}
    for name in wanted:
        plain = name.replace(" ", "_")
        if plain in by_name:
            return by_name[plain]
        known = [part for part in by_name if part]
        entry = next(e for e, value in asked.entries.items() if value == name and e not in axes)
        if known and entry in (PART, "among"):
            raise _unknown(f"`{asked.measure}` has no part `{name}`", name, known)
        what = f"`{asked.measure}` does not vary over `{entry}`"
        raise _unknown(what, entry, [*axes, *([PART] if known else [])])
    return by_name[""]


def _figure(
    asked: Asked, column: Column, table: Table, point: Mapping[str, str]
) -> tuple[dict[str, str], Figure]:
    for axis, name in point.items():
        known = _points(table, axis)
        if name not in known:
            raise _unknown(f"`{axis}` of `{table.name}` has no point `{name}`", name, known)
    fits = {
        names: figure
        for names, figure in column.figures.items()
        if all(point.get(d, n) == n for d, n in zip(column.dims, names, strict=True))
    }
    if len(fits) == 1:
        ((names, figure),) = fits.items()
        return dict(zip(column.dims, names, strict=True)), figure
    if not fits:
        shown = ", ".join(f"{axis}: {name}" for axis, name in point.items())
        raise PrerequisiteError(
            f"`{table.name}` has no number at {shown}", "the spec leaves out this combination"
        )
    open_ = [axis for axis in column.dims if axis not in point]
    first = dict(zip(column.dims, next(iter(fits)), strict=True))
    example = number_text(table.name, column.of, {**first, **point}, column.part)
    raise PrerequisiteError(
        f"`{asked.measure}` has {len(fits)} numbers here: it varies over {', '.join(open_)}",
        f"choose one, such as `{example}`",
    )


def _points(table: Table, axis: str) -> list[str]:
    every = [
        single.point[axis]
        for column in table.columns
        for figure in column.figures.values()
        for single in figure.singles
        if axis in single.point
    ]
    return list(dict.fromkeys(every))


def _single(asked: Asked, figure: Figure, within: Mapping[str, str]) -> Single:
    """The one repetition at these points."""
    found = [
        single
        for single in figure.singles
        if all(single.point.get(axis, name) == name for axis, name in within.items())
    ]
    if len(found) == 1:
        return found[0]
    open_ = sorted({axis for single in found for axis in single.point} - set(within))
    raise PrerequisiteError(
        f"`{asked.measure}` has {len(found) or 'no'} repetitions at these points",
        f"choose one of {', '.join(open_)} too" if open_ else "leave out the axis that repeats",
    )


def _unknown(fact: str, name: str, known: Sequence[str]) -> PrerequisiteError:
    near = nearest_names(name, known)
    every = f"it has {first_of([f'`{one}`' for one in known], _SHOWN)}" if known else ""
    return PrerequisiteError(fact, f"did you mean `{near[0]}`?" if near else every)
