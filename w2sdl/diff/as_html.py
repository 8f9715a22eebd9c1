"""A comparison as one HTML page that needs nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2sdl.diff.changes import Comparison
from w2sdl.diff.lines import MEANING, counts_text, reuse_text, sections, text_difference
from w2sdl.templates import page_templates

if TYPE_CHECKING:
    from markupsafe import Markup


def as_html(comparison: Comparison, results: Markup | str = "") -> str:
    """The page, readable on a phone, without scripts and without any reference to the network.

    ``results`` is markup of what came out of the two designs.
    """
    environment = page_templates("w2sdl.diff")
    environment.filters["difference"] = lambda line: text_difference(line.old, line.new)
    return environment.get_template("diff.html.j2").render(
        comparison=comparison,
        sections=list(sections(comparison)),
        meaning=MEANING,
        counts=counts_text(comparison.counts),
        reuse=reuse_text(comparison.reuse) if comparison.reuse else "",
        results=results,
    )
