"""Items of a report: which are shown, in what order, in how much room; and what is drawn of their rows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from w2sdl.graph import Graph
from w2sdl.replication import Replication
from w2sdl.roles import Roles
from w2sdl_runtime.report.confidence import plot_confidence
from w2sdl_runtime.report.items.answers import Arm, Part
from w2sdl_runtime.report.items.choosing import Pair, order_of
from w2sdl_runtime.report.items.record import ITEMS_SHOWN, ROOM, embed, in_script
from w2sdl_runtime.report.parts import plot_parts
from w2sdl_runtime.report.tables import Column, Figure, Table
from w2sdl_runtime.report.training import plot_losses, read_losses
from w2sdl_runtime.stats.intervals import Interval

NO_GRAPH = Graph("x", "", {}, (), (), (), ())
NEVER = Replication("", (), frozenset())
ROLES = Roles({"floor": "weak", "S'": "student"}, {})


def arm(of: str, probability: np.ndarray, gold: np.ndarray) -> Arm:
    right = (probability > 0.5) == gold
    return Arm(of, ROLES.of(of), ROLES.of(of), {}, right, probability, (), right.astype(int), 1)


def part_of(rows: int, text: str = "") -> tuple[Part, Pair]:
    """Gold is 1 on even rows; the weak model is wrong on each 10th row, the student on each 15th."""
    at = np.arange(rows)
    gold = at % 2 == 0
    sure = np.where(gold, 0.85, 0.15)
    weak = arm("floor", np.where(at % 10 == 0, 1 - sure, sure), gold)
    student = arm("S'", np.where(at % 15 == 0, 1 - sure, sure), gold)
    ids = [f"{n:04x}" for n in at]
    texts = {i: {"prompt": f"{i} {text}", "candidate": "c"} for i in ids}
    part = Part("qa.test", ids, ["1" if g else "0" for g in gold], [weak, student], texts)
    return part, Pair(weak, student)


def test_all_flips_come_first_and_the_rest_is_drawn() -> None:
    part, pair = part_of(3_000)
    record = embed(NO_GRAPH, [(part, pair)], [], NEVER)
    assert record is not None
    (told,) = record.told
    items = json.loads(record.json)["parts"][0]["items"]
    flips = {i for i in range(3_000) if (i % 10 == 0) != (i % 15 == 0)}  # 300 + 200 - 2 * 100
    assert len(items) == ITEMS_SHOWN
    assert {int(item["id"], 16) for item in items[: len(flips)]} == flips
    assert told == (
        "400 of 3,000 items of qa.test: all 300 that only one of floor and S' gets right,"
        " then others drawn at random"
    )
    assert [int(i["id"], 16) for i in items] != sorted(int(i["id"], 16) for i in items)


def test_where_there_is_no_room_for_all_flips_they_are_drawn() -> None:
    part, pair = part_of(30_000)
    record = embed(NO_GRAPH, [(part, pair)], [], NEVER)
    assert record is not None
    assert record.told == (
        "400 of 30,000 items of qa.test, drawn from the 3,000 that only one of floor and S' gets right",
    )


def test_long_items_take_the_room_of_others_and_the_same_are_drawn_each_time() -> None:
    part, pair = part_of(1_000, "x" * 10_000)
    first, second = (embed(NO_GRAPH, [(part, pair), (part, pair)], [], NEVER) for _ in range(2))
    assert first is not None
    assert first == second
    assert len(first.json) < ROOM * 1.02
    shown = [len(one["items"]) for one in json.loads(first.json)["parts"]]
    assert shown[0] == pytest.approx(shown[1], abs=2)  # parts share the room
    assert 0 < shown[0] < ITEMS_SHOWN


def test_without_a_pair_items_are_drawn() -> None:
    part, _ = part_of(500)
    assert order_of(part, None).flips == 0
    assert sorted(order_of(part, None).places) == list(range(500))


def test_nothing_in_the_data_ends_its_element() -> None:
    text = "</script><!--<script>&\u2028\u2029"
    written = in_script(json.dumps({"x": text}, ensure_ascii=False))
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == {"x": text}


def test_calibration_has_the_bins_of_its_rows() -> None:
    """Rows of P 0.15 and 0.85; counted by hand."""
    part, pair = part_of(300)
    (found,) = plot_confidence([(part, pair)], "seed 0")
    bins = [row for row in _rows(found.calibration.chart) if row["panel"].startswith("S'")]
    low, high = sorted({row["p"]: row for row in bins}.values(), key=lambda row: row["p"])
    # 20 rows are the wrong way round, 10 of them of gold 1.
    assert (low["rows"], low["value"]) == (150, pytest.approx(10 / 150))
    assert (high["rows"], high["value"]) == (150, pytest.approx(140 / 150))
    assert found.place == "seed 0"
    assert "n = 300 rows" in found.calibration.note


def test_coverage_ends_at_the_accuracy_of_all_rows() -> None:
    part, pair = part_of(300)
    (found,) = plot_confidence([(part, pair)], "")
    ends = {row["of"]: row["value"] for row in _rows(found.coverage.chart) if row["x"] == 1}
    assert ends == {"floor": 0.9, "S'": pytest.approx(14 / 15)}


def _rows(chart: object) -> list[dict]:
    """All rows of data anywhere in a chart."""
    if isinstance(chart, dict):
        own = chart.get("values", []) if isinstance(chart.get("values"), list | tuple) else []
        own = [row for row in own if isinstance(row, dict)]
        return [*own, *(row for value in chart.values() for row in _rows(value))]
    if isinstance(chart, list | tuple):
        return [row for value in chart for row in _rows(value)]
    return []


def test_parts_stand_beside_the_whole() -> None:
    parts = [{"name": "supervisor right", "n": 7}, {"name": "supervisor wrong", "n": 3}]

    def column(part: str, value: float) -> Column:
        interval = Interval(value, value - 0.1, value + 0.1, "wilson")
        figure = Figure(interval, (), n=10, unit="share", facts={"parts": parts})
        return Column("", part, (), {(): figure})

    columns = (column("", 0.5), column(parts[0]["name"], 0.8), column(parts[1]["name"], 0.2))
    table = Table("agree", "agreement", "qa.test", {"student": "S'"}, (), columns)
    plot = plot_parts([table], ROLES)["agree"]
    assert [key.text for key in plot.keys] == ["all rows", "supervisor right", "supervisor wrong"]
    assert "supervisor wrong: 20.0 %" in plot.told


def test_losses_are_those_of_the_last_attempt_and_torn_lines_are_none(tmp_path: Path) -> None:
    def line(done: int, loss: float) -> str:
        event = {"event": "node_progress", "node": "n", "done": done, "facts": {"loss": loss}}
        return json.dumps(event)

    lines = [
        line(1, 9.0),
        line(5, 8.0),
        line(1, 7.0),
        line(6, 1.5),
        '{"event": "loss", "node": "n"}',
    ]
    lines += ['{"node": "n", "done": 7, "facts": {"loss": 1']
    (tmp_path / "events.jsonl").write_text("\n".join(lines), "utf-8")
    assert read_losses(tmp_path) == {"n": [(1.0, 7.0), (6.0, 1.5)]}
    assert read_losses(tmp_path / "nowhere") == {}
    assert plot_losses({}, NO_GRAPH, ROLES) is None
