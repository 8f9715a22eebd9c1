"""Where lines break: a value on one line if it fits, else one item, or one operand, a line."""

from __future__ import annotations

from collections.abc import Sequence

from w2sdl.format.page import INDENT, WIDTH, Page
from w2sdl.format.pieces import Chain, Clause, Group, Placed, Row, Term, Value, make_value
from w2sdl.messages.columns import display_width

#: Operators that bind less tightly come first.
_LEVELS = (
    frozenset({">", "<", ">=", "<=", "==", "within"}),
    frozenset({"+", "-"}),
    frozenset({"*", "/"}),
)


def heads(rows: Sequence[Placed[Row]], indent: int, after: int = 0) -> list[str]:
    """What to write before each row's value: heads of neighbours padded to one width.

    Neighbours are rows of one kind on consecutive lines, each on one line. ``after`` columns follow.
    """
    padded = [placed.piece.head + placed.piece.joint for placed in rows]
    room = WIDTH - indent - after
    flat = [_flat_row(placed.piece) for placed in rows]
    for run in _runs(rows, [text is not None and display_width(text) <= room for text in flat]):
        widest = _widest(rows, run)
        # One that is too long with a padded head stands alone.
        short = [i for i in run if _padded_width(rows[i].piece, flat[i], widest) <= room]
        for part in _consecutive(short):
            widest = _widest(rows, part)
            for i in part:
                row = rows[i].piece
                padded[i] = row.head + " " * (widest - display_width(row.head)) + row.joint
    return padded


def _widest(rows: Sequence[Placed[Row]], run: Sequence[int]) -> int:
    return max(display_width(rows[i].piece.head) for i in run)


def _padded_width(row: Row, flat: str | None, widest: int) -> int:
    return display_width(flat or "") + widest - display_width(row.head)


def _runs(rows: Sequence[Placed[Row]], is_flat: Sequence[bool]) -> list[list[int]]:
    """Numbers of rows that are aligned with each other."""
    runs: list[list[int]] = []
    for number, placed in enumerate(rows):
        kind = placed.piece.kind
        if not kind or not is_flat[number]:
            continue
        apart = placed.blank or placed.leading or not runs or runs[-1][-1] != number - 1
        if apart or rows[number - 1].piece.kind != kind:
            runs.append([])
        runs[-1].append(number)
    return runs


def _consecutive(numbers: Sequence[int]) -> list[list[int]]:
    parts: list[list[int]] = []
    for number in numbers:
        if not parts or parts[-1][-1] != number - 1:
            parts.append([])
        parts[-1].append(number)
    return parts


def _flat_row(row: Row) -> str | None:
    """A row on one line, without what goes on lines of its own anyway (waivers)."""
    if row.gap or row.value.flat is None:
        return None
    text = row.head + row.joint + row.value.flat
    for clause in row.clauses:
        if clause.word == "on":
            if clause.comments or clause.value.flat is None:
                return None
            text += f" on {clause.value.flat}"
    return None if "\n" in text else text


def write_row(page: Page, row: Row, head: str, after: int = 0) -> None:
    """A row behind what is written; ``after`` columns are needed behind its value."""
    indent = page.indent
    page.write(head)
    on = _on(row)
    room = after if on is None else len(" on ") + display_width(on.value.flat or "")
    if row.gap:
        page.break_after(row.gap, indent + INDENT)
        write_value(page, row.value, room, hanging=True)
    elif row.head and len(row.value.terms) > 1 and not _fits(page, row.value, room):
        page.start(indent + INDENT)
        write_value(page, row.value, room, hanging=True)
    else:
        write_value(page, row.value, room)
    for clause in row.clauses:
        _write_clause(page, clause, indent + INDENT)


def _on(row: Row) -> Clause | None:
    return next((clause for clause in row.clauses if clause.word == "on"), None)


def _write_clause(page: Page, clause: Clause, indent: int) -> None:
    """``on ...`` on the same line if it fits there; a waiver on a line of its own."""
    fits = page.fits(f" on {clause.value.flat or ''}")
    if clause.word == "on" and fits and not clause.comments:
        page.write(" on ")
    else:
        page.break_after(clause.comments, indent)
        page.write("on " if clause.word == "on" else clause.word)
    write_value(page, clause.value, 0)


def _fits(page: Page, value: Value, after: int) -> bool:
    return value.flat is not None and page.fits(value.flat, after)


def write_value(page: Page, value: Value, after: int, hanging: bool = False) -> None:
    """A value behind what is written, with ``after`` columns free behind it.

    ``hanging``: it has lines of its own, so operators start where it starts; else further in.
    """
    if value.flat is not None and page.fits(value.flat, after):
        page.write(value.flat)
        return
    if len(value.terms) == 1:
        write_chain(page, value.terms[0].chain, after)
        return
    indent = page.indent + (0 if hanging else INDENT)
    operands = _operands(value)
    for number, (term, operand) in enumerate(operands):
        if number:
            page.break_after(term.comments, indent)
            page.write(f"{term.operator} ")
        write_value(page, operand, after if number == len(operands) - 1 else 0)


def _operands(value: Value) -> list[tuple[Term, Value]]:
    """A value cut at its least binding operators."""
    operators = {term.operator for term in value.terms[1:]}
    level = next(level for level in _LEVELS if level & operators)
    cuts = [i for i, term in enumerate(value.terms) if not i or term.operator in level]
    return [
        (value.terms[start], make_value(value.terms[start:end]))
        for start, end in zip(cuts, [*cuts[1:], len(value.terms)], strict=True)
    ]


def write_chain(page: Page, chain: Chain, after: int) -> None:
    """An operand, with as many of its brackets broken as it takes to fit, the widest first."""
    broken = {i for i, part in enumerate(chain.parts) if isinstance(part, Group) and not part.flat}
    closed = [
        i
        for i, part in enumerate(chain.parts)
        if isinstance(part, Group) and part.items and part.flat
    ]
    closed.sort(key=lambda i: display_width(_text(chain.parts[i])))
    while closed and not _chain_fits(page, chain, broken, after):
        broken.add(closed.pop())
    for i, part in enumerate(chain.parts):
        if isinstance(part, Group) and i in broken:
            write_group(page, part)
        else:
            page.write(_text(part))


def _text(part: str | Group) -> str:
    return part if isinstance(part, str) else part.flat or ""


def _chain_fits(page: Page, chain: Chain, broken: set[int], after: int) -> bool:
    column = page.column
    for i, part in enumerate(chain.parts):
        if i in broken:
            if column + 1 > WIDTH:
                return False
            column = page.indent + 1
        else:
            first, newline, _ = _text(part).partition("\n")
            column += display_width(first)
            if column > WIDTH:
                return False
            column = display_width(_text(part).rpartition("\n")[2]) if newline else column
    return column + after <= WIDTH


def write_group(page: Page, group: Group) -> None:
    """A bracket with one item a line."""
    indent = page.indent
    page.write(group.brackets[0])
    inner = _hugged(group)
    if inner is not None:
        page.write(group.items[0].piece.head + group.items[0].piece.joint)
        write_group(page, inner)
        page.write(group.brackets[1])
        return
    page.trail(group.opened)
    _write_items(page, group, indent + INDENT)
    page.remark(group.closing, indent + INDENT)
    page.start(indent)
    page.write(group.brackets[1])


def _write_items(page: Page, group: Group, indent: int) -> None:
    last = len(group.items) - 1
    padded = heads(group.items, indent, len(","))
    shared = _shared_lines(group, WIDTH - indent)
    for number, item in enumerate(group.items):
        comma = "," if group.comma or number < last else ""
        page.remark(item.leading, indent)
        if number in shared:
            page.write(" ")
        else:
            page.start(indent)
        write_row(page, item.piece, padded[number], len(comma))
        page.write(comma)
        page.trail(item.trailing)


def _shared_lines(group: Group, room: int) -> set[int]:
    """Items that stand on the line of the one before: a call's arguments by position, if all fit."""
    shared: set[int] = set()
    if group.brackets != "()":
        return shared
    runs: list[list[int]] = []
    for number, item in enumerate(group.items):
        flat = item.piece.value.flat
        if item.piece.head or flat is None or "\n" in flat:
            continue
        joins = runs and runs[-1][-1] == number - 1 and not item.leading
        if not joins or group.items[number - 1].trailing:
            runs.append([])
        runs[-1].append(number)
    for run in runs:
        width = (
            sum(display_width(group.items[i].piece.value.flat or "") + len(", ") for i in run) - 1
        )
        shared |= set(run[1:]) if width <= room else set()
    return shared


def _hugged(group: Group) -> Group | None:
    """The list or record that is all that a bracket holds: both break as one."""
    if len(group.items) != 1 or group.opened or group.closing:
        return None
    item = group.items[0]
    parts = item.piece.value.terms[0].chain.parts
    alone = len(item.piece.value.terms) == 1 and len(parts) == 1
    if item.leading or item.trailing or item.piece.gap or not alone:
        return None
    inner = parts[0]
    if isinstance(inner, Group) and inner.brackets != "()":
        return inner
    return None
