"""One style for specs: `format_text`. Text in, text out; nothing is resolved or checked."""

from __future__ import annotations

from w2sdl.format.comments import gaps
from w2sdl.format.declarations import write_sheet
from w2sdl.format.page import Page
from w2sdl.format.reader import Reader
from w2sdl.messages.diagnostics import Diagnostic, has_errors
from w2sdl.source import Source
from w2sdl.syntax.parse import parse_module, read_tokens


def format_text(source: Source) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """A spec in the one style: same meaning, same comments.

    Returns:
        The text, and the parser's diagnostics. No text if there are errors: what can't be read is
        not touched.
    """
    _, diagnostics = parse_module(source)
    if has_errors(diagnostics):
        return None, diagnostics
    tokens = read_tokens(source)
    page = Page()
    write_sheet(page, Reader(tokens, gaps(source, tokens)).sheet())
    return page.text(), diagnostics
