"""Compared results as one HTML page that needs nothing else, or as a part of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2sdl.draw.visible import plain
from w2sdl.templates import page_templates
from w2sdl_runtime.comparing import figures, flip_words
from w2sdl_runtime.comparing.as_markdown import summary
from w2sdl_runtime.comparing.columns import columns_of
from w2sdl_runtime.comparing.plot import plot_measure
from w2sdl_runtime.comparing.several import ComparedResults
from w2sdl_runtime.report.scripts import content_policy

if TYPE_CHECKING:
    from markupsafe import Markup

#: Characters of a row's text that are shown.
_TEXT = 2_000


def as_html(found: ComparedResults, flips: int = 10) -> str:
    """The page, readable on a phone, without scripts and without any reference to the network."""
    return _render("compare.html.j2", found, flips)


def as_part(found: ComparedResults, flips: int = 10) -> Markup:
    """The same as a part of another page, with its style."""
    from markupsafe import Markup

    return Markup(_render("part.html.j2", found, flips))  # noqa: S704 - escaped by the template


def _render(template: str, found: ComparedResults, flips: int) -> str:
    environment = page_templates("w2sdl_runtime.comparing")
    environment.filters["plain"] = lambda text: plain(text, _TEXT)
    statements = (
        figures.statement(found),
        flip_words.flips_statement(found),
        figures.points_statement(found),
    )
    return environment.get_template(template).render(
        found=found,
        policy=content_policy([]),
        summary=summary(found),
        tables=[
            (
                figures.title(rows),
                plot_measure(rows, found.reference),
                columns_of(rows, percent=True),
                [row.difference.verdict for row in rows],
            )
            for rows in figures.by_measure(found)
        ],
        cautions=figures.cautions_of(found),
        flipped=flip_words.told_flips(found, flips),
        statements=[*filter(None, statements)],
        row_name=figures.row_name,
    )
