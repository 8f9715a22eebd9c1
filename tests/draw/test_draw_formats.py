"""Each format is valid whatever a spec says, shows what the chart has, and loads nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pydot
import pytest

from specs import compiled, debate, hostile, some_status
from w2sdl.draw.chart import Chart
from w2sdl.draw.dot import dot_text
from w2sdl.draw.mermaid import escape, mermaid_limit, mermaid_text
from w2sdl.draw.page import page_html
from w2sdl.draw.picture import picture_of
from w2sdl.draw.record import chart_record
from w2sdl.draw.resolved import chart_resolved
from w2sdl.draw.svg import svg_file
from w2sdl.draw.visible import plain
from w2sdl.draw.written import chart_as_written
from w2sdl.graph import Graph

SVG = "{http://www.w3.org/2000/svg}"
VIEWS = [chart_as_written, chart_resolved]
GRAPHS = [debate, hostile]


@pytest.fixture(
    params=[(graph, view) for graph in GRAPHS for view in VIEWS],
    ids=lambda pair: f"{pair[0].__name__}-{pair[1].__name__}",
)
def chart(request: pytest.FixtureRequest) -> Chart:
    make: Callable[[], Graph]
    make, view = request.param
    graph = make()
    drawn: Chart = view(graph, some_status(graph))
    return drawn


def test_svg_has_all_boxes_marks_and_arrows_and_refers_to_nothing(chart: Chart) -> None:
    text = svg_file(picture_of(chart), chart.graph.description)
    root = ElementTree.fromstring(text)
    titles = [
        "".join(group[0].itertext()).split("\n")[0]
        for group in root.iter(f"{SVG}g")
        if "box" in group.get("class", "").split() and group[0].tag == f"{SVG}title"
    ]
    expected = [f"{box.name} = {box.text}" if box.text else box.name for box in chart.boxes]
    assert titles == [plain(title, 600) for title in expected]
    assert len(re.findall(r'<path class="flow [^>]*marker-end[^>]*><title>', text)) == len(
        chart.arrows
    )
    assert not list(root.iter(f"{SVG}script"))
    assert not re.findall(r"(?:href|src)=|url\((?!#)|@import", text)


def test_every_node_has_a_mark_that_says_its_status_in_words() -> None:
    graph = debate()
    chart = chart_resolved(graph, some_status(graph))
    text = svg_file(picture_of(chart), "")
    marks = re.findall(r'<g><title>([^<]*: [^<]*)</title><rect class="mark ([\w-]+)"', text)
    assert len(marks) == len(graph.nodes)
    said = {address.rpartition(": ")[0]: address.rpartition(": ")[2] for address, _ in marks}
    assert set(said.values()) == {"stored", "to run", "maybe"}
    assert {kind for _, kind in marks} == {"stored", "to-run", "maybe"}
    assert "S&#x27;[seed=0, evidence=debate]" in said


def test_the_page_is_well_formed_and_runs_and_loads_nothing(chart: Chart) -> None:
    html = page_html(chart)
    assert "<script" not in html
    assert not re.findall(r"(?:src|href)=|url\((?!#)|@import", html)
    body = html.split("<body>")[1].split("</body>")[0]
    ElementTree.fromstring(f"<body>{_closed(body)}</body>")
    for box in chart.boxes:
        assert str(len(box.nodes)) in body


def _closed(html: str) -> str:
    """HTML's one empty element here, as XML writes it."""
    return re.sub(r"<input([^>]*)>", r"<input\1/>", html)


def test_dot_is_read_by_another_program(chart: Chart) -> None:
    (graph,) = pydot.graph_from_dot_data(dot_text(chart))
    names = [
        node.get_name() for node in graph.get_nodes() if node.get_name().startswith(("n", "m"))
    ]
    assert sorted(set(names) - {"node"}) == sorted(box.id for box in chart.boxes)
    assert len(graph.get_edges()) == len(chart.arrows)
    broad = [edge for edge in graph.get_edges() if edge.get("penwidth").strip('"') == "2.8"]
    assert len(broad) == sum(arrow.what == "gold labels" for arrow in chart.arrows)


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_draws_it(chart: Chart) -> None:
    done = subprocess.run(
        ["dot", "-Tsvg"], input=dot_text(chart), text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_mermaid_is_one_statement_a_line(chart: Chart) -> None:
    text = mermaid_text(chart)
    label = r'"[^"`\\<>&]*(?:<br/>[^"`\\<>&]*)*"'
    statement = re.compile(
        rf"  \w+(\[{label}\]|\[\({label}\)\]|\(\[{label}\]\))"
        rf"|  subgraph \w+\[{label}\]|    direction LR|    \w+\[{label}\]|  end"
        r"|  \w+ (-->|==>|-\.->)(\|[a-z ]+\|)? \w+"
        r"|  classDef \w+ [\w:#,.-]+( [\d.]+)?|  class [\w,]+ \w+|  linkStyle [\d,]+ [\w:#,.-]+"
    )
    lines = text.splitlines()
    assert lines[0] == "flowchart LR"
    for line in lines[1:]:
        assert statement.fullmatch(line), line
    arrows = [line for line in lines if re.match(r"  \w+ (-->|==>|-\.->)", line)]
    assert len(arrows) == len(chart.arrows)
    assert mermaid_limit(chart, text) == ""


def test_labels_say_after_decoding_what_the_spec_says() -> None:
    text = 'a "b" [c] `d` <e> #35; \\f end; |x|'
    decoded = re.sub(r"#(\d+);", lambda found: chr(int(found.group(1))), escape(text))
    assert decoded == text
    assert not set('"`<>\\&') & set(escape(text))


@pytest.mark.skipif(
    "W2SDL_NODE_MODULES" not in os.environ,
    reason="W2SDL_NODE_MODULES names no folder with the npm packages mermaid and jsdom",
)
def test_mermaid_itself_parses_it(chart: Chart, tmp_path: Path) -> None:
    path = tmp_path / "chart.mermaid"
    path.write_text(mermaid_text(chart), "utf-8")
    script = Path(__file__).with_name("parse_mermaid.mjs")
    command = ["node", str(script), os.environ["W2SDL_NODE_MODULES"], str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_github_would_not_draw_is_said() -> None:
    lines = "".join(f"S{n} = finetune(W, gold(d.supervise), seed: {n})\n" for n in range(300))
    graph = compiled(f"""
experiment e "?"
data d = science_qa(parts: {{supervise: 10, transfer: 20, test: 10}})
weak W = pretrain(corpus(d), layers: 1, width: 8, steps: 5)
{lines}
""")
    chart = chart_as_written(graph)
    assert (
        mermaid_limit(chart, mermaid_text(chart))
        == "GitHub draws at most 500 arrows, and this has 601"
    )


def test_json_names_boxes_nodes_and_edges_that_fit_together(chart: Chart) -> None:
    record = json.loads(json.dumps(chart_record(chart)))
    assert record["format"] == "w2sdl.graph/1"
    nodes = {node["id"] for node in record["nodes"]}
    boxes = {box["id"]: box for box in record["boxes"]}
    assert nodes == set(chart.graph.nodes)
    for edge in record["edges"]:
        assert {edge["source"], edge["target"]} <= nodes
        parents = chart.graph.nodes[edge["target"]].inputs[edge["port"]]
        assert parents[edge["position"]] == edge["source"]
    assert len(record["edges"]) == sum(1 for n in chart.graph.nodes.values() for _ in n.parents())
    for arrow in record["arrows"]:
        assert {arrow["source"], arrow["target"]} <= set(boxes)
    for node in record["nodes"]:
        if node["box"] is not None:
            rows = boxes[node["box"]]["rows"]
            assert node["id"] in [id_ for row in rows for id_ in row["nodes"]]
        assert node["status"] in ("stored", "to run", "maybe")
    assert all((node["box"] is not None) for node in record["nodes"]) == chart.is_resolved


def test_axes_that_repeat_are_told_from_those_that_vary_the_design() -> None:
    record = chart_record(chart_as_written(debate()))
    assert {axis["name"]: axis["repeats"] for axis in record["axes"]} == {
        "seed": True, "member": True, "evidence": False,
    }  # fmt: skip
    assert record["boxes"][0]["status"] is None
