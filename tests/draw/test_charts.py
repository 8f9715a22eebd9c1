"""What a picture shows, whatever the format."""

from __future__ import annotations

import pytest

from specs import compiled, debate, some_status
from w2sdl.draw.chart import Box, Chart, status_text
from w2sdl.draw.resolved import MAX_ROWS, chart_resolved
from w2sdl.draw.written import chart_as_written
from w2sdl.planning.plan import Action
from w2sdl.planning.selection import UnknownSelection, select


def boxes(chart: Chart) -> dict[str, Box]:
    return {box.name: box for box in chart.boxes}


def arrows(chart: Chart) -> set[tuple[str, str, str]]:
    names = {box.id: box.name for box in chart.boxes}
    return {(names[a.source], names[a.target], a.what) for a in chart.arrows}


def test_as_written_there_is_a_box_for_each_binding_and_each_measure() -> None:
    found = boxes(chart_as_written(debate()))
    assert list(found) == [
        "sciq", "W", "S", "T", "W'", "supervisor", "S'", "ceiling", "floor",
        "scores", "recovered", "agree",
    ]  # fmt: skip
    assert {name: len(box.nodes) for name, box in found.items()} == {
        "sciq": 1, "W": 3, "S": 3, "T": 48, "W'": 48, "supervisor": 12, "S'": 12, "ceiling": 3,
        "floor": 3, "scores": 33, "recovered": 4, "agree": 12,
    }  # fmt: skip
    assert found["W'"].axes == ("seed", "member", "evidence")
    assert (
        found["scores"].text
        == "accuracy(floor, zero_shot(S), supervisor, S', ceiling) on sciq.test"
    )


def test_boxes_say_in_words_what_their_colour_says() -> None:
    notes = {box.name: box.note for box in chart_as_written(debate()).boxes}
    assert notes["sciq"] == "science_qa · data"
    assert notes["W"] == "pretrain · weak"
    assert notes["S"] == "pretrain · strong"
    assert notes["W'"] == "Φ · from weak"
    assert notes["S'"] == "Ψ · student"
    assert notes["ceiling"] == "Ψ · ceiling"
    assert notes["scores"] == "accuracy · measure"


def test_gold_labels_are_told_from_items_and_from_weak_labels() -> None:
    found = arrows(chart_as_written(debate()))
    assert {
        ("sciq", "W'", "gold labels"),
        ("sciq", "T", "text"),
        ("sciq", "S'", "text"),
        ("supervisor", "S'", "weak labels"),
        ("T", "W'", "evidence"),
        ("sciq", "scores", "gold labels"),
        ("S'", "scores", "measured"),
        ("floor", "recovered", "measured"),
    } <= found
    assert ("sciq", "S'", "gold labels") not in found
    assert not [arrow for arrow in found if arrow[0] == "sciq" and arrow[1] == "scores"][1:]


def test_node_by_node_every_node_is_in_one_box_and_arrows_name_their_ports() -> None:
    graph = debate()
    chart = chart_resolved(graph)
    shown = [node for box in chart.boxes for node in box.nodes]
    assert sorted(shown) == sorted(graph.nodes)
    found = boxes(chart)
    assert [row.label for row in found["T"].rows] == [
        "none",
        "random_quotes",
        "consultancy",
        "debate",
    ]
    assert {len(row.nodes) for row in found["T"].rows} == {12}  # seeds and members side by side
    assert [row.label for row in found["W"].rows] == [""]
    assert "S': debate" in [row.label for row in found["scores"].rows]
    assert not found["gold(sciq.transfer)"].is_named
    names = {box.id: box.name for box in chart.boxes}
    (arrow,) = [a for a in chart.arrows if (names[a.source], names[a.target]) == ("S", "T")]
    assert arrow.ports == ("first", "second")
    assert ("gold(sciq.transfer)", "ceiling", "gold labels") in arrows(chart)
    assert ("label(supervisor, sciq.transfer)", "S'", "weak labels") in arrows(chart)
    assert ("label(S', sciq.test)", "scores", "measured") in arrows(chart)


def test_many_points_are_folded_into_few_rows() -> None:
    graph = compiled("""
experiment e "?"
axis seed = 0..1
axis a = 0..5
axis b = 0..5
data d = science_qa(parts: {supervise: 10, transfer: 20, test: 10})
weak   W = pretrain(corpus(d), layers: 1, width: 8, steps: 5)
W' = finetune(W, gold(d.supervise), seed: [seed, a, b])
measure m = accuracy(W') on d.test
""")
    box = boxes(chart_resolved(graph))["W'"]
    assert len(box.rows) == 6 <= MAX_ROWS
    assert {len(row.nodes) for row in box.rows} == {12}


def test_status_is_one_word_where_all_nodes_agree() -> None:
    status = {"a": Action.REUSE, "b": Action.REUSE, "c": Action.RUN, "d": Action.MAYBE}
    assert status_text(("a", "b"), status) == "stored"
    assert status_text(("c",), status) == "to run"
    assert status_text(("a", "b", "c", "d"), status) == "2 stored, 1 to run, 1 maybe"
    assert status_text(("a",), {}) == ""


@pytest.mark.parametrize(
    ("selections", "names"),
    [
        (["W"], {"W"}),
        (["+W"], {"sciq", "W"}),
        (["S'+"], {"S'", "scores", "recovered", "agree"}),
        (["+supervisor"], {"sciq", "W", "S", "T", "W'", "supervisor"}),
        (["floor", "ceiling"], {"floor", "ceiling"}),
        (["agree"], {"agree"}),
        (["+agree"], {"sciq", "W", "S", "T", "W'", "supervisor", "S'", "agree"}),
        (["S'[seed=0, evidence=debate]"], {"S'"}),
    ],
)
def test_a_selection_is_a_part_of_the_picture(selections: list[str], names: set[str]) -> None:
    graph = debate()
    chart = chart_as_written(graph, some_status(graph)).only(select(graph, selections))
    assert set(boxes(chart)) == names
    assert {a.source for a in chart.arrows} | {a.target for a in chart.arrows} <= {
        box.id for box in chart.boxes
    }
    assert set(chart.graph.nodes) >= {node for box in chart.boxes for node in box.nodes}


def test_one_address_selects_one_node() -> None:
    kept = select(debate(), ["S'[seed=0, evidence=debate]"])
    assert [debate().nodes[id_].address for id_ in kept] == ["S'[seed=0, evidence=debate]"]


def test_an_unknown_selection_names_what_is_near() -> None:
    with pytest.raises(UnknownSelection) as caught:
        select(debate(), ["+supervisr"])
    assert caught.value.near == ("supervisor",)


def test_equal_nodes_are_drawn_once_and_say_so() -> None:
    graph = compiled("""
experiment e "?"
data d = science_qa(parts: {supervise: 10, transfer: 20, test: 10})
weak   W = pretrain(corpus(d), layers: 1, width: 8, steps: 5)
one = finetune(W, gold(d.supervise))
two = finetune(W, gold(d.supervise))
measure m = accuracy(one, two) on d.test
""")
    found = boxes(chart_as_written(graph))
    assert "two" not in found
    assert found["one"].also == ("two",)


def test_names_of_sub_graphs_keep_their_roles() -> None:
    graph = compiled("""
experiment e "?"
data d = science_qa(parts: {supervise: 10, transfer: 20, test: 10})
weak   W = pretrain(corpus(d), layers: 1, width: 8, steps: 5)
strong S = pretrain(corpus(d), layers: 1, width: 16, steps: 5)
def arm(rows, weak_model, strong_model) -> teacher, student, ceiling {
  teacher = finetune(weak_model, gold(rows.supervise))
  student = Ψ(strong_model, label(teacher, rows.transfer))
  ceiling = Ψ(strong_model, gold(rows.transfer))
}
one = arm(d, W, S)
measure r = pgr(weak: one.teacher, student: one.student, ceiling: one.ceiling) on d.test
""")
    notes = {box.name: box.note for box in chart_as_written(graph).boxes}
    assert notes["one.student"] == "Ψ · student"
    assert notes["one.ceiling"] == "Ψ · ceiling"
