"""When each name was computed: read from the events of a run, and drawn."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.report import sample as sampling
from w2sdl.graph import Graph
from w2sdl.roles import find_roles
from w2sdl_runtime.report.drawing import Plot
from w2sdl_runtime.report.fitting import SIZE, to_vega_svg
from w2sdl_runtime.report.narrow import WIDTH, narrow_spec
from w2sdl_runtime.report.spans import Span, read_spans
from w2sdl_runtime.report.timeline import REST, ROWS, Timeline, plot_timeline

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def _line(name: str, at: float, node: str = "") -> str:
    time = (START + timedelta(seconds=at)).isoformat()
    return json.dumps({"event": name, "time": time, "node": node}) + "\n"


def _events(folder: Path, *lines: str) -> list[Span]:
    (folder / "events.jsonl").write_text("".join(lines), "utf-8")
    return read_spans(folder)


def test_tries_are_read_from_the_events(tmp_path: Path) -> None:
    """Breaks where a try that failed is lost, or one that a killed run left open has no end."""
    found = _events(
        tmp_path,
        _line("run_started", 0),
        _line("node_reused", 0.1, "stored"),
        _line("node_queued", 0.5, "a"),
        _line("node_started", 1, "a"),
        _line("node_started", 1.5, "b"),
        _line("node_progress", 2, "a"),
        _line("node_retried", 3, "a"),
        _line("node_started", 4, "a"),
        '["node_started"]\n',
        _line("node_finished", 6, "a"),
        _line("node_started", 7, "c"),
        _line("node_failed", 8, "c"),
        _line("node_progress", 9, "b"),
        '{"event": "node_finished", "ti',
    )
    assert found == [
        Span("a", 1, 3, True),
        Span("a", 4, 6),
        Span("c", 7, 8, True),
        Span("b", 1.5, 9),  # killed: to the last that is known
    ]


def test_a_try_that_was_stopped_is_no_whole_one(tmp_path: Path) -> None:
    """Breaks where an interrupted run shows its last training like one that ended."""
    found = _events(
        tmp_path, _line("run_started", 0), _line("node_started", 1, "a"), _line("run_finished", 5)
    )
    assert found == [Span("a", 1, 5, True)]


def test_a_run_without_events_has_no_tries(tmp_path: Path) -> None:
    assert read_spans(tmp_path) == []
    assert _events(tmp_path) == []


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    return sampling.build(tmp_path_factory.mktemp("timeline")).graph


def _drawn(graph: Graph, *spans: Span) -> Timeline:
    found = plot_timeline(spans, graph, find_roles(graph), {})
    assert found is not None
    return found


def _bars(plot: Plot) -> list[dict[str, object]]:
    return list(plot.chart["data"]["values"])


def _ids(graph: Graph, name: str) -> list[str]:
    return [node.id for node in graph.order() if node.name == name]


def test_what_runs_at_the_same_time_lies_beside_each_other(graph: Graph) -> None:
    """Breaks where a bar hides another, or what took most is not said."""
    one, two, *_ = _ids(graph, "T")
    weak = _ids(graph, "W")[0]
    drawn = _drawn(
        graph, Span(weak, 0, 2), Span(one, 2, 10), Span(two, 3, 9), Span(weak, 15, 20, True)
    )
    bars = [(b["row"], b["start"], b["end"], b["line"], b["ink"]) for b in _bars(drawn.plot)]
    assert bars == [
        ("W", 0, 2, 0, "weak"),
        ("W", 15, 20, 0, "text"),
        ("T", 2, 10, 0, "debate"),
        ("T", 3, 9, 1, "debate"),
    ]
    assert drawn.facts == (
        "T took most: its nodes ran for 8.0 s of 20 s.",
        "While any ran, 1.4 did at a time on average, 2 at most; for 5.0 s none did.",
    )
    assert [key.text for key in drawn.plot.keys] == ["failed or stopped"]


def test_names_that_took_least_share_a_row(graph: Graph) -> None:
    """Breaks where a large design makes a picture of any height, or loses what it leaves out."""
    names = list(dict.fromkeys(node.name for node in graph.order()))
    assert len(names) > ROWS + 1
    spans = [Span(_ids(graph, name)[0], at, at + 1 + at / 9) for at, name in enumerate(names)]
    rows = list(dict.fromkeys(bar["row"] for bar in _bars(_drawn(graph, *spans).plot)))
    assert len(rows) == ROWS + 1
    assert rows[-1] == REST


def test_many_short_tries_become_few_bars(graph: Graph) -> None:
    """Breaks where a run of many nodes makes a picture as large as its list of nodes."""
    some = _ids(graph, "T")[0]
    spans = [Span(some, at / 100, at / 100 + 0.009) for at in range(20_000)]
    assert len(_bars(_drawn(graph, *spans).plot)) == 1


def test_nothing_computed_is_nothing_drawn(graph: Graph) -> None:
    assert plot_timeline([], graph, find_roles(graph), {}) is None


def test_it_is_as_wide_as_a_phone(graph: Graph) -> None:
    drawn = _drawn(graph, *(Span(node.id, at, at + 2) for at, node in enumerate(graph.order())))
    size = SIZE.search(to_vega_svg(narrow_spec(drawn.plot.chart)))
    assert size is not None
    assert float(size[2]) == pytest.approx(WIDTH, abs=1)
