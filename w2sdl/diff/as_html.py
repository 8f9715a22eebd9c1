"""A comparison as one HTML page that needs nothing else."""

from __future__ import annotations

from w2sdl.diff.changes import Comparison
from w2sdl.diff.lines import MEANING, counts_text, reuse_text, sections, text_difference
from w2sdl.templates import page_templates


def as_html(comparison: Comparison) -> str:
    """The page, readable on a phone, without scripts and without any reference to the network."""
    environment = page_templates("w2sdl.diff")
    environment.filters["difference"] = lambda line: text_difference(line.old, line.new)
    return environment.get_template("diff.html.j2").render(
        comparison=comparison,
        sections=list(sections(comparison)),
        meaning=MEANING,
        counts=counts_text(comparison.counts),
        reuse=reuse_text(comparison.reuse) if comparison.reuse else "",
    )
