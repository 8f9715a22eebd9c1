"""What is asked of items, who is compared on them, and who is said to have read what."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import sample as sampling

from w2sdl.graph import Graph, MeasureTable
from w2sdl.kinds import Kind
from w2sdl.replication import Replication, replication
from w2sdl.roles import Roles
from w2sdl_runtime.report.items.answers import Arm, Part, _Group, _names
from w2sdl_runtime.report.items.asking import CANDIDATE, CLASS, PAIR, WORDS
from w2sdl_runtime.report.items.choosing import pair_of
from w2sdl_runtime.report.items.examples import pick
from w2sdl_runtime.report.items.images import drawn, side_of
from w2sdl_runtime.report.items.record import embed
from w2sdl_runtime.report.items.speech import _named, first_talks
from w2sdl_runtime.report.results import Results

NEVER = Replication("", (), frozenset())
ROLES = Roles({"floor": "weak", "W'": "supervisor", "S'": "student"}, {})


def arm(of: str, point: dict[str, str] | None = None, rows: int = 2, rests_on: str = "") -> Arm:
    right, p = np.ones(rows, bool), np.full(rows, 0.9)
    on = frozenset({rests_on} - {""})
    role = ROLES.of(of)
    return Arm(of, role, role, point or {}, right, p, (), right.astype(int), 1, on)


def part(arms: list[Arm], **changes: object) -> Part:
    ids = ["a", "b"]
    made = Part("qa.test", ids, ["1", "0"], arms, {i: {"prompt": i} for i in ids}, "qa.test")
    return replace(made, **changes)


def graph(*measures: MeasureTable) -> Graph:
    return replace(Graph("x", "", {}, (), (), (), ()), measures=tuple(measures))


def measure(op: str, on: str = "qa.test", **arguments: str) -> MeasureTable:
    return MeasureTable("m", op, on, (), (), arguments, ())


GAP = {"weak": "W'", "student": "S'", "ceiling": "top"}


def test_the_pair_of_the_recovered_gap_is_compared_at_first() -> None:
    """Breaks where a role decides: the floor is the weak one, and the gap is that of W'."""
    found = pair_of(part([arm("floor"), arm("W'"), arm("S'")]), {}, graph(measure("pgr", **GAP)))
    assert found is not None
    assert (found.weak.of, found.student.of) == ("W'", "S'")
    elsewhere = graph(measure("pgr", on="other.test", **GAP))
    by_role = pair_of(part([arm("floor"), arm("W'"), arm("S'")]), {}, elsewhere)
    assert by_role is not None
    assert by_role.weak.of == "floor"


def test_a_student_at_a_point_is_compared_at_that_point() -> None:
    arms = [arm("W'"), *(arm("S'", {"setting": at}) for at in ("again", "calm"))]
    given = GAP | {"student": "S'[setting: calm]"}
    found = pair_of(part(arms), {}, graph(measure("pgr", **given)))
    assert found is not None
    assert found.student.point == {"setting": "calm"}


def test_what_p_is_of_depends_on_what_is_asked() -> None:
    """Breaks where a class or a pair is called a candidate that is right."""
    arms = [arm("S'")]
    texts = {"a": {"prompt": "q", "candidate": "c"}}
    assert part(arms, texts=texts).asked is CANDIDATE
    assert part(arms).asked is CLASS
    assert part(arms, texts=texts, pairs=True).asked is PAIR
    assert part(arms, texts=texts, against="right").asked.gold == ("right says 0", "right says 1")
    assert part([replace(arms[0], probability=None, words=("x", "y"))]).asked is WORDS


IMAGE = " ".join(str(at % 17) for at in range(64))


@pytest.mark.parametrize(
    ("text", "side"),
    [
        (IMAGE, 8),
        (IMAGE + " 1", 0),
        (IMAGE.replace("16", "1.5"), 0),
        (IMAGE.replace("16", "256"), 0),
        ("1 2 3 4", 0),
        ("", 0),
    ],
)
def test_grey_levels_of_a_square_are_an_image(text: str, side: int) -> None:
    assert side_of([{"prompt": text}]) == side
    assert bool(drawn(text, 8)) == bool(side)


def test_an_image_is_drawn_row_by_row() -> None:
    levels = ["0"] * 64
    levels[9] = "5"  # second row, second column
    svg = drawn(" ".join(levels), 8)
    assert svg.count("<path") == 1
    assert '<path fill-opacity="1.00" d="M1 1h1v1h-1z"/>' in svg
    assert side_of([{"prompt": IMAGE}, {"prompt": "words"}]) == 0


def test_a_transcript_names_only_those_whom_it_went_into(sample: sampling.Sample) -> None:
    """Breaks where who shares an axis with a transcript is said to have read it."""
    repeated = replication(sample.graph)
    results = Results(sample.graph, sample.nodes, sample.store)
    talks, _ = first_talks(sample.graph, results, repeated)
    talk = next(one for one in talks if one.node.point["evidence"] == "debate")
    point = {"evidence": "debate"}
    arms = [arm("S'", point, rests_on=talk.node.id), arm("other", point)]
    ids = list(talk.places)[:2]
    made = part(arms, ids=ids, texts={i: {"prompt": i} for i in ids})
    record = embed(sample.graph, [(made, None)], talks, repeated)
    assert record is not None
    by_title = {t["title"]: t["arms"] for t in json.loads(record.json)["parts"][0]["talks"]}
    assert by_title == {"none": [], "random_quotes": [], "consultancy": [], "debate": [0]}
    (first, *_) = pick(made, None, talks, [], "").items
    sides = {side.title: [one.of for one in side.answers] for side in first.sides}
    assert sides["debate"] == ["S'"]
    assert [one.of for one in first.shared] == ["other"]


def test_a_title_names_what_a_size_alone_does_not(sample: sampling.Sample) -> None:
    """Breaks where a transcript is called "large"; a protocol says enough of itself."""
    nodes = [n for n in sample.graph.order() if n.kind is Kind.TRANSCRIPTS]
    assert _named(nodes) == set()
    assert _named([n for n in nodes if n.point["evidence"] == "debate"]) == {"T"}
    assert _named([nodes[0], replace(nodes[1], name="U")]) == {"T", "U"}


def test_parts_of_other_rows_are_told_apart_by_where_they_are_in_the_design() -> None:
    """Breaks where three domains are three entries of one name."""

    def group(name: str, **point: str) -> _Group:
        return _Group(measure("accuracy") and replace(measure("accuracy"), name=name), "S'", point)

    parts = {
        ("task.test", ("a",), ("1",)): [group("scores", domain="nlp", size="small")],
        ("task.test", ("b",), ("1",)): [group("scores", domain="chess", size="small")],
        ("qa.test", ("a",), ("1",)): [group("scores")],
        ("qa.test", ("a",), ("x",)): [group("saliency")],
        ("alone.test", ("a",), ("1",)): [group("scores", domain="nlp")],
    }
    assert _names(parts) == [
        "task.test, domain nlp",
        "task.test, domain chess",
        "qa.test, scores",
        "qa.test, saliency",
        "alone.test",
    ]
