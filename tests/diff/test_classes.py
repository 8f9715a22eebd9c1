"""The class of a change: by where it is, unless the operation's file says otherwise."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from designs import SMALL, diff, diff_edited, edited, graph_of, signatures

from w2sdl.diff import ChangeClass, Comparison, compare
from w2sdl.diff.contents import Contents
from w2sdl.graph import Graph, Node
from w2sdl.needs import Needs
from w2sdl.pipeline import Compilation
from w2sdl.signature import Signatures
from w2sdl.source import Source
from w2sdl_runtime.op import Changes
from w2sdl_runtime.registry import load_signatures

TUNED = edited(
    (
        "student = Ψ(S, label(judge, qa.transfer), loss: xent(), seed: seed)",
        "student = tuned(S, label(judge, qa.transfer), seed: seed)",
    )
)


def classes(found: Comparison) -> dict[str, str]:
    return {f"{c.where[0]}.{c.what}".rstrip("."): c.kind.value for c in found.changes}


def tuned(arguments: str) -> dict[str, str]:
    changed = TUNED.replace("qa.transfer), seed", f"qa.transfer), {arguments}, seed", 1)
    return classes(diff(TUNED, changed))


@pytest.mark.parametrize(
    ("edit", "place", "kind"),
    [
        (("steps: 10", "steps: 20"), "W.steps", "factor"),
        (("width: 64", "width: 66"), "S.width", "factor"),
        (("turns: 3", "turns: 4"), "T.protocol.turns", "factor"),
        (("loss: xent()", "train: {epochs: 9}"), "student.train.epochs", "factor"),
        (("test: 90}", "test: 91}"), "qa.parts.test", "sampling"),
        (("validation: 40, ", ""), "qa.parts.validation", "sampling"),
        (("test: 90}", "test: 90}, world: 1"), "qa.world", "measurement"),
        (("0..2", "0..3"), "seed.points", "sampling"),
        (("debate(turns: 3, quotes: 2)]", "debate(), consultancy()]"), "evidence.points", "factor"),
        (("weak   W", "W"), "W.role", "factor"),
        (("data qa", "qa"), "qa.role", "cosmetic"),
        (("accuracy(floor", "f1(floor"), "scores", "measurement"),
        (("over: seed) >", "over: seed) <"), "helps", "claim"),
        (("experiment small", "experiment large"), "experiment.experiment", "cosmetic"),
    ],
)
def test_the_place_of_a_parameter_gives_its_class(
    edit: tuple[str, str], place: str, kind: str
) -> None:
    found = {c.where[0] + "." + c.what: c.kind for c in diff_edited(edit).changes}
    by_place = {name.rstrip("."): str(value) for name, value in found.items()}
    by_place["experiment.experiment"] = by_place.get("experiment", "")
    assert by_place[place] == kind


def test_marks_win_over_the_place() -> None:
    assert tuned("decoding: sampled(temperature: 0.1)") == {
        "student.decoding.temperature": "sampling"
    }
    assert tuned('decoding: sampled(prompt: "?")') == {"student.decoding.prompt": "measurement"}
    assert tuned("budget: {rows: 1}") == {"student.budget.rows": "sampling"}
    assert tuned("workers: 3") == {"student.workers": "operational"}


def test_unmarked_parameters_beside_them_are_what_their_place_says() -> None:
    assert tuned("decoding: sampled(beams: 2)") == {"student.decoding.beams": "factor"}
    assert tuned("budget: {rate: 0.5}") == {"student.budget.rate": "factor"}


def test_a_neutral_parameter_is_operational_and_moves_no_node() -> None:
    changed = TUNED.replace("qa.transfer), seed", "qa.transfer), chunk: 2, seed", 1)
    found = diff(TUNED, changed)
    assert classes(found) == {"student.chunk": "operational"}
    assert found.counts.shared == found.counts.a
    assert not found.differs


def test_a_mark_must_be_a_known_word() -> None:
    with pytest.raises(TypeError, match="a change is one of operational, sampling"):
        Changes("cosmetics")


def test_built_in_operations_carry_the_marks_that_their_places_get_wrong() -> None:
    known = load_signatures()
    generative = known.variants["Debater"]["generative"]
    marks = {param.name: param.change for param in generative.params}
    assert marks["temperature"] == marks["max_tokens"] == "sampling"
    assert marks["template"] == ""
    draws = {p.name: p.change for p in known.ops["science_qa"].params}
    assert draws["draw"] == "sampling"
    assert draws["world"] == ""


def test_resources_are_operational() -> None:
    graph = graph_of(SMALL)
    (id_,) = (node.id for node in graph.nodes.values() if node.address == "S[seed=0]")

    def with_node(**change: object) -> Graph:
        node = replace(graph.nodes[id_], **change)  # type: ignore[arg-type]
        nodes = {key: node if key == id_ else value for key, value in graph.nodes.items()}
        return replace(graph, nodes=nodes)

    more = compare(graph, with_node(needs=Needs(4)), signatures())
    assert classes(more) == {"S.needs": "operational"}
    assert not more.differs


@pytest.mark.parametrize(
    ("op", "place", "kind"),
    [
        ("pretrain", "W.version", "factor"),
        ("science_qa", "qa.version", "measurement"),
        ("accuracy", "scores.version", "measurement"),
    ],
)
def test_a_new_version_of_an_operation_is_a_change_of_its_class(
    op: str, place: str, kind: str
) -> None:
    known = signatures()
    later = replace(known, ops=known.ops | {op: replace(known.ops[op], version=2)})
    graphs = [Compilation(Source("s", SMALL), ops).graph for ops in (known, later)]
    assert graphs[0] is not None
    assert graphs[1] is not None
    found = classes(compare(graphs[0], graphs[1], known))
    assert found[place] == kind


def test_an_operation_that_is_not_installed_is_compared_by_form() -> None:
    a, b = graph_of(SMALL), graph_of(edited(("width: 64", "width: 66"), ("0..2", "1..3")))
    found = compare(a, b, Signatures({}, {}))
    assert "factor" in {c.kind for c in found.changes if c.what == "width"}
    assert {c.kind for c in found.changes if c.where == ("seed",)} == {ChangeClass.SAMPLING}


MODEL = edited(
    ("pretrain(corpus(qa), layers: 2, width: 64, steps: 12, seed: seed)", 'model("org/strong")')
)


def holding(content: str) -> Contents:
    def read(node: Node) -> dict[str, dict[str, str]]:
        return {name: {"sha256": content} for name in node.sources}

    return read


def test_a_file_that_holds_something_else_is_a_change() -> None:
    graph = graph_of(MODEL)
    found = compare(graph, graph, signatures(), contents=(holding("1" * 64), holding("2" * 64)))
    (change,) = found.changes
    assert (change.where, change.what, change.kind) == (("S",), "source", ChangeClass.FACTOR)
    assert found.verdict.kind == "controlled"
    assert found.counts.shared < found.counts.a


def test_a_file_that_moved_is_none() -> None:
    a, b = graph_of(MODEL), graph_of(MODEL.replace("org/strong", "org/elsewhere"))
    moved = compare(a, b, signatures(), contents=(holding("1" * 64), holding("1" * 64)))
    assert {c.kind for c in moved.changes} == {ChangeClass.COSMETIC}
    unknown = compare(a, b, signatures())
    assert {c.kind for c in unknown.changes} == {ChangeClass.FACTOR}
