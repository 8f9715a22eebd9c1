"""What `docs/graph.md` shows is what the command prints."""

from __future__ import annotations

import re

import pytest

from specs import ROOT, compiled, debate
from w2sdl.draw.chart import STATUS_WORDS
from w2sdl.draw.mermaid import mermaid_text
from w2sdl.draw.picture import picture_of
from w2sdl.draw.record import FORMAT, chart_record
from w2sdl.draw.style import STROKES
from w2sdl.draw.svg import svg_file
from w2sdl.draw.written import chart_as_written

PAGE = (ROOT / "docs" / "graph.md").read_text("utf-8")


def test_the_mermaid_shown_is_that_of_the_spec() -> None:
    (shown,) = re.findall(r"```mermaid\n(.*?)```", PAGE, re.DOTALL)
    graph = compiled((ROOT / "specs" / "burns_nlp.w2s").read_text("utf-8"))
    assert shown == mermaid_text(chart_as_written(graph))


def test_the_picture_shown_is_that_of_the_spec(bless: bool) -> None:
    chart = chart_as_written(debate())
    path = ROOT / "docs" / "images" / "graph.svg"
    text = svg_file(picture_of(chart), chart.graph.description)
    if bless:
        path.write_text(text, "utf-8")
    assert path.read_text("utf-8") == text


@pytest.mark.parametrize("what", ["boxes", "nodes", "edges", "axes", "arrows"])
def test_every_field_of_the_json_is_described(what: str) -> None:
    record = chart_record(chart_as_written(debate()))
    fields = {*record, *record[what][0]}
    described = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]*)`", PAGE))))
    assert fields <= described
    assert FORMAT in PAGE


def test_every_arrow_and_status_is_described() -> None:
    for what in STROKES:
        assert what.split()[0] in PAGE or what == "measured"
    for word in STATUS_WORDS.values():
        assert word in PAGE
