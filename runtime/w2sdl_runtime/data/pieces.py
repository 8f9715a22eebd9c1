"""Texts put together of several columns, and the templates that place these in a prompt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from w2sdl_runtime.data.rows import Row, require_columns
from w2sdl_runtime.data.sandbox import sandbox
from w2sdl_runtime.op import Context, PrerequisiteError, variant_class
from w2sdl_runtime.variants.formats import Format
from w2sdl_runtime.variants.texts import Text, text_of, written

F = TypeVar("F", bound=Format)

#: Roles of formats that no column can stand in for.
_OWN = ("passage", "options")


def put_together(
    ctx: Context, rows: Sequence[Row], form: F, template: str | Text | None
) -> tuple[Sequence[Row], F]:
    """Rows and format under a template of the data set, which may name columns of the source.

    Such columns become the item's text: what makes a row the row it is, whatever the template says
    around them.

    Raises:
        PrerequisiteError: for a template beside the format's own, or one that tells gold.
    """
    if template is not None:
        text = text_of(ctx, template)
        form = _with_prompt(form, text)
        rows = _with_columns(rows, form, names_in(text))
    named = set(names_in(written(getattr(form, "prompt", ""))))
    rows = _with_whole(rows, form, named)
    _check_pieces(rows, form, named)
    return rows, form


def template_tells_no_gold(given: Mapping[str, Any]) -> tuple[str, str] | None:
    """The rule of a data set's template in place: it names no column that tells gold."""
    text, told = given.get("template"), given["format"]
    if not isinstance(text, str):
        return None
    kind = variant_class(Format, told["variant"])
    form = kind.model_construct(**{n: value for n, value in told.items() if n != "variant"})
    shown = [name for name in names_in(text) if name not in (_role(form), *_OWN)]
    telling = [name for name in shown if name in form.gold_columns()]
    return (_tells(telling[0]), "name other columns") if telling else None


def _tells(column: str) -> str:
    return f"`{column}` tells the gold labels, so no text can be made of it"


def names_in(template: str) -> list[str]:
    """The names that a template uses, in the order in which it does; [] where it can't be read."""
    from jinja2 import TemplateSyntaxError, meta

    try:
        found = meta.find_undeclared_variables(sandbox().parse(template))
    except TemplateSyntaxError:
        return []  # whoever compiles it says what is wrong

    def place(name: str) -> int:
        match = re.search(rf"\b{re.escape(name)}\b", template)
        return match.start() if match else len(template)

    return sorted(found, key=lambda name: (place(name), name))


def _with_prompt(form: F, template: str) -> F:
    default = type(form).model_fields["prompt"].default if form.text_column else None
    if default is None:
        raise PrerequisiteError(
            f"{form.variant_name}() makes its texts itself, so it has no use for a template",
            "leave out template:, or use a format with a prompt",
        )
    if getattr(form, "prompt", default) != default:
        raise PrerequisiteError(
            f"both template: and {form.variant_name}(prompt: ...) say how an item reads",
            "leave out one of them",
        )
    return form.model_copy(update={"prompt": template})


def _with_columns(rows: Sequence[Row], form: Format, named: Sequence[str]) -> Sequence[Row]:
    """Rows whose text is made of the columns that a template names, unless it names roles only."""
    role = _role(form)
    known = {role, *_OWN, *(rows[0].pieces if rows else ())}
    if not rows or set(named) <= known:
        return rows
    columns = {n: form.text_column if n == role else n for n in named if n not in _OWN}
    require_columns(rows, columns.values())
    return [joined(row, form.text_column, columns) for row in rows]


def _role(form: Format) -> str:
    """What a format's prompt calls its text: ``text``, or ``question``."""
    return "text" if "text" in type(form).model_fields else "question"


def joined(row: Row, column: str, pieces: Mapping[str, str]) -> Row:
    """A row whose ``column`` holds several cells, a line each; ``pieces`` are {name: column}."""
    cells = {name: row.word(own) for name, own in pieces.items()}
    text = "\n".join(cell for cell in cells.values() if cell)
    return Row({**row.values, column: text}, row.place, row.split, {**row.pieces, **cells})


def _with_whole(rows: Sequence[Row], form: Format, named: set[str]) -> Sequence[Row]:
    """A prompt that names no other piece means the whole text, even where a piece has its name."""
    role, pieces = _role(form), set(rows[0].pieces) if rows else set()
    if role not in pieces or named & (pieces - {role}):
        return rows
    return [
        replace(row, pieces={n: cell for n, cell in row.pieces.items() if n != role})
        for row in rows
    ]


def _check_pieces(rows: Sequence[Row], form: Format, named: set[str]) -> None:
    """No piece tells gold, and a prompt that shows some shows them all."""
    pieces = tuple(rows[0].pieces) if rows else ()
    telling = [name for name in pieces if name in form.gold_columns()]
    if telling:
        raise PrerequisiteError(_tells(telling[0]), "name other columns")
    if not pieces or not form.text_column:
        return
    hidden = [name for name in pieces if name not in named]
    if hidden and named & set(pieces) and _role(form) not in named - set(pieces):
        raise PrerequisiteError(
            f"the prompt shows `{next(n for n in pieces if n in named)}` but not `{hidden[0]}`, "
            "which is part of the same text",
            "show every column that the text is made of, or make it of fewer",
        )
