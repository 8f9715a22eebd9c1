from __future__ import annotations

import dataclasses
import json
import re
import xml.etree.ElementTree as ElementTree

import sample as sampling
import vl_convert

from w2sdl.draw.design import Flow, design_of
from w2sdl.draw.picture import Figure, Picture, picture_of
from w2sdl.draw.style import page_style
from w2sdl.draw.written import chart_of_design
from w2sdl.roles import find_roles
from w2sdl_runtime.report.plots import plot_ratio, plot_scores
from w2sdl_runtime.report.render import render_report


def drawn(sample: sampling.Sample) -> Picture:
    chart = chart_of_design(sample.graph, design_of(sample.graph), find_roles(sample.graph))
    return picture_of(chart)


def test_flows_say_what_reaches_whom(sample: sampling.Sample) -> None:
    flows = set(design_of(sample.graph).flows)
    assert {
        Flow("sciq", "floor", "gold labels"),
        Flow("sciq", "ceiling", "gold labels"),
        Flow("supervisor", "S'", "weak labels"),
        Flow("S", "S'", "weights"),
        Flow("T", "W'", "evidence"),
        Flow("sciq", "T", "text"),
    } <= flows
    assert Flow("sciq", "S'", "gold labels") not in flows
    assert not [flow for flow in flows if flow.target == "recovered"]


def test_boxes_stand_in_layers_and_never_touch(sample: sampling.Sample) -> None:
    picture = drawn(sample)
    x = {figure.box.name: figure.place.x for figure in picture.figures}
    assert x["sciq"] < x["S"] == x["W"] < x["T"] < x["W'"] < x["supervisor"] < x["S'"]
    for one in picture.figures:
        assert 0 <= one.place.x <= picture.width - one.place.width
        assert 0 <= one.place.y <= picture.height - one.place.height
        for other in picture.figures:
            if one is not other and one.place.x == other.place.x:
                apart = abs(
                    one.place.y + one.place.height / 2 - other.place.y - other.place.height / 2
                )
                assert apart > (one.place.height + other.place.height) / 2


def test_arrows_pass_between_boxes(sample: sampling.Sample) -> None:
    """Straight pieces of long arrows run where no box is."""
    picture = drawn(sample)
    passing = [
        (curve.title, float(x), float(y))
        for curve in picture.curves
        for x, y in re.findall(r"L([\d.]+) ([\d.]+)", curve.path)
    ]
    assert passing
    for title, x, y in passing:
        for figure in picture.figures:
            assert not _inside(figure, x, y), (title, figure.box.name)


def _inside(figure: Figure, x: float, y: float) -> bool:
    place = figure.place
    return place.x <= x <= place.x + place.width and place.y < y < place.y + place.height


def test_the_page_has_the_picture_and_the_colours_that_it_asks_for(sample: sampling.Sample) -> None:
    """The compiler draws; the page brings the colours as variables."""
    html = render_report(sampling.run_record(sample), sample.graph, sample.nodes, sample.store)
    assert '<svg class="dag"' in html
    assert re.search(r'<g class="box r-student"><title>S&#x27; = Ψ\(S, ', html)
    asked = set(re.findall(r"var\(--([\w-]+)\)", page_style()))
    given = set(re.findall(r"--([\w-]+):", html))
    assert asked - {"measure", "stored", "maybe"} <= given  # the design has no measures, no status


def test_figures_are_svg_in_the_colours_of_the_page(sample: sampling.Sample) -> None:
    tables, roles = sampling.tables_of(sample), find_roles(sample.graph)
    scores = plot_scores(tables["scores"].columns, roles, share=True, what="Accuracy")
    ratio = plot_ratio(tables["recovered"].columns, ["S'"], roles)
    assert scores is not None
    assert ratio is not None
    assert [key.text for key in scores.keys] == ["supervisor", "S'"]
    for svg in (scores.svg, ratio.svg):
        ElementTree.fromstring(svg)
        assert "var(--student)" in svg
        assert "#ab00" not in svg
        assert "font-family" not in svg
    words = " ".join(ElementTree.fromstring(scores.svg).itertext())
    for word in ("zero_shot(S)", "floor", "ceiling", "debate", "random_quotes", "%"):
        assert word in words


def test_a_figure_leaves_the_page_with_its_title_its_legend_and_colours_of_paper(
    sample: sampling.Sample,
) -> None:
    """Files have no page around them: what stands beside the SVG there is in the chart here."""
    tables, roles = sampling.tables_of(sample), find_roles(sample.graph)
    plot = plot_scores(tables["scores"].columns, roles, share=True, what="Accuracy")
    assert plot is not None
    alone = json.dumps(plot.spec)
    assert "#ab00" not in alone
    assert '"legend": null' not in alone
    assert plot.spec["title"]["text"] == "Accuracy by evidence"
    note = plot.spec["title"]["subtitle"]
    assert note.startswith("n = 60 rows. 95 % intervals: ")
    assert "t over 3 seeds and 60 rows" in note
    drawn = "".join(ElementTree.fromstring(vl_convert.vegalite_to_svg(plot.spec)).itertext())
    assert all(key.text in drawn for key in plot.keys)


def test_who_cannot_see_a_figure_is_told_its_main_fact(sample: sampling.Sample) -> None:
    tables, roles = sampling.tables_of(sample), find_roles(sample.graph)
    plot = plot_scores(tables["scores"].columns, roles, share=True, what="Accuracy")
    assert plot is not None
    svg = ElementTree.fromstring(plot.svg)
    assert (svg.get("role"), svg.get("aria-label")) == ("img", "Accuracy by evidence")
    told = svg.findtext("desc") or ""
    means = {p[0]: f.estimate.value for p, f in tables["scores"].columns[3].figures.items()}
    best, worst = max(means, key=means.get), min(means, key=means.get)
    assert f"S': {100 * means[worst]:.1f} % ({worst}) to {100 * means[best]:.1f} % ({best})" in told


def test_greek_letters_and_primes_reach_the_figure(sample: sampling.Sample) -> None:
    columns = sampling.tables_of(sample)["scores"].columns
    renamed = [dataclasses.replace(c, of="Φ''") if c.of == "floor" else c for c in columns]
    plot = plot_scores(renamed, find_roles(sample.graph), share=True, what="Accuracy")
    assert plot is not None
    assert "Φ''" in "".join(ElementTree.fromstring(plot.svg).itertext())


def test_nothing_to_draw_is_no_figure(sample: sampling.Sample) -> None:
    sample.nodes.clear()
    tables, roles = sampling.tables_of(sample), find_roles(sample.graph)
    assert plot_scores(tables["scores"].columns, roles, share=True, what="Accuracy") is None
    assert plot_ratio(tables["recovered"].columns, ["S'"], roles) is None
