"""Declarations to lines: blank lines and comments between them, headers, blocks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from w2sdl.format.comments import Leading
from w2sdl.format.layout import heads, write_group, write_row
from w2sdl.format.page import INDENT, Page
from w2sdl.format.pieces import Block, Declaration, Header, Placed, Row, Sheet


def write_sheet(page: Page, sheet: Sheet) -> None:
    """A whole file."""
    first = True
    for is_row, group in groupby(sheet.declarations, lambda placed: isinstance(placed.piece, Row)):
        declarations = list(group)
        if is_row:
            _write_rows(page, _rows(declarations), 0, first)
        else:
            for number, placed in enumerate(declarations):
                _write_other(page, placed, first and not number)
        first = False
    _write_leading(page, sheet.closing, 0, first)


def _rows(declarations: Sequence[Placed[Declaration]]) -> list[Placed[Row]]:
    return [
        Placed(placed.piece, placed.leading, placed.trailing, placed.blank)
        for placed in declarations
        if isinstance(placed.piece, Row)
    ]


def _write_rows(page: Page, rows: Sequence[Placed[Row]], indent: int, first: bool) -> None:
    for placed, head in zip(rows, heads(rows, indent), strict=True):
        _begin(page, placed, indent, first)
        write_row(page, placed.piece, head)
        page.trail(placed.trailing)
        first = False


def _begin(page: Page, placed: Placed[Declaration], indent: int, first: bool) -> None:
    _write_leading(page, placed.leading, indent, first)
    if placed.blank and not (first and not placed.leading):
        page.blank()
    page.start(indent)


def _write_leading(page: Page, comments: Leading, indent: int, first: bool) -> None:
    """Comments, with the blank lines between them. ``first``: nothing stands above."""
    for comment in comments:
        if comment.blank_before and not first:
            page.blank()
        page.remark((comment,), indent)
        first = False


def _write_other(page: Page, placed: Placed[Declaration], first: bool) -> None:
    _begin(page, placed, 0, first)
    match placed.piece:
        case Header(words, gap, description):
            page.write(words)
            if description:
                page.break_after(gap, INDENT)
                page.write(description)
        case Block() as block:
            _write_block(page, block)
    page.trail(placed.trailing)


def _write_block(page: Page, block: Block) -> None:
    page.write(block.head)
    if block.inputs is not None:
        if block.inputs.flat is not None and page.fits(
            block.inputs.flat + block.outputs, len(" {")
        ):
            page.write(block.inputs.flat)
        else:
            write_group(page, block.inputs)
    page.write(f"{block.outputs} {{")
    if block.rows or block.opened or block.closing:
        page.trail(block.opened)
        _write_rows(page, block.rows, INDENT, first=True)
        _write_leading(page, block.closing, INDENT, first=not block.rows)
        page.start(0)
    page.write("}")
