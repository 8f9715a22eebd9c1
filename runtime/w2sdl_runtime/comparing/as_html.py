"""Compared results as one HTML page that needs nothing else, or as a part of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from w2sdl.draw.visible import plain
from w2sdl.templates import page_templates
from w2sdl_runtime.comparing import figures
from w2sdl_runtime.comparing.as_markdown import summary
from w2sdl_runtime.comparing.plot import plot_measure
from w2sdl_runtime.comparing.several import ComparedResults, Row

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
    return environment.get_template(template).render(
        found=found,
        summary=summary(found),
        tables=[
            (figures.title(rows), plot_measure(rows, found.reference), rows)
            for rows in figures.by_measure(found)
        ],
        cautions=figures.cautions_of(found),
        flipped=_flipped(found.rows, flips),
        statement=figures.statement(found),
        flips_statement=figures.flips_statement(found),
        words=figures,
    )


def _flipped(rows: Sequence[Row], limit: int) -> list[tuple[str, str, list[dict[str, object]]]]:
    """For each comparison with flips: its name, how many there are and how counted, the surest ones."""
    found = []
    for row in rows:
        flips = row.difference.flips
        if limit and flips is not None and not row.difference.same and sum(flips.counts):
            total = sum(flips.counts)
            how = f"{min(limit, total)} of {total:,}, {flips.how}"
            found.append((figures.row_name(row), how, flips.rows(limit)))
    return found
