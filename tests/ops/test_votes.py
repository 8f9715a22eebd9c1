"""`votes`: entropies and majorities by the published counts, what can't be read, and what weighs by it."""

from __future__ import annotations

import json

import pytest
from workbench import make_items, make_labels

import w2sdl
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.concat import concat
from w2sdl_runtime.ops.select import select
from w2sdl_runtime.ops.votes import votes
from w2sdl_runtime.ops.weigh import weigh
from w2sdl_runtime.variants.readings import Anything, Integer, OneOf, Options
from w2sdl_runtime.variants.selections import Entropy
from w2sdl_runtime.variants.weightings import Reliability

#: Guo & Yang 2024: counts of the answers to one question, their entropy, and the weight of each answer.
FIVE = [
    ([5], 0.0, [1.0]),
    ([4, 1], 0.5004, [0.9526, 0.0474]),
    ([3, 2], 0.6730, [0.7311, 0.2689]),
    ([3, 1, 1], 0.9503, [0.7870, 0.1065, 0.1065]),
    ([2, 2, 1], 1.0549, [0.4223, 0.4223, 0.1554]),
    ([2, 1, 1, 1], 1.3322, [0.4754, 0.1749, 0.1749, 0.1749]),
    ([1, 1, 1, 1, 1], 1.6094, [0.2] * 5),
]


def asked(bench, *answers, options="", **columns):
    """Labels of as many questions as each list has answers, asked in as many ways as there are lists."""
    rows = [
        {"prompt": str(at), "fields": json.dumps({"options": options}) if options else ""}
        for at in range(len(answers[0]))
    ]
    items = bench.keep(make_items(rows))
    none = [None] * len(rows)
    return [make_labels(bench, items, none, kind="text", text=one, **columns) for one in answers]


def meta(labels, name):
    return [json.loads(one)[name] for one in labels.table.column("meta").to_pylist()]


def texts(labels):
    return labels.table.column("text").to_pylist()


def kept(labels):
    return labels.table.column("keep").to_pylist()


@pytest.mark.parametrize(("counts", "entropy", "weights"), FIVE)
def test_the_published_entropies_and_weights(bench, counts, entropy, weights):
    given = [chr(97 + at) for at, count in enumerate(counts) for _ in range(count)]
    every = asked(bench, *[[answer] for answer in given])
    found = bench.run(votes, every)
    assert meta(found, "entropy") == pytest.approx([entropy], abs=5e-5)
    assert meta(found, "n") == [5]
    assert texts(found) == ["a"]
    by_row = bench.run(weigh, bench.run(concat, every), found, how=Reliability())
    expected = [w for count, w in zip(counts, weights, strict=True) for _ in range(count)]
    assert by_row.table.column("weight").to_pylist() == pytest.approx(expected, abs=5e-5)


def test_two_answers_with_temperature_1(bench):
    every = asked(bench, ["yes"], ["no"])
    found = bench.run(votes, every)
    assert meta(found, "entropy") == pytest.approx([0.6931], abs=5e-5)
    both = bench.run(weigh, bench.run(concat, every), found, how=Reliability(temperature=1))
    assert both.table.column("weight").to_pylist() == [0.5, 0.5]


def test_the_majority_wins_and_of_equals_the_first(bench):
    every = asked(bench, ["b", "x", " c d"], ["a", "x", "c  d"], ["a", "y", "e"], ["b", "y", "f"])
    found = bench.run(votes, every)
    assert texts(found) == ["b", "x", "c d"]
    assert meta(found, "votes") == [{"a": 2, "b": 2}, {"x": 2, "y": 2}, {"c d": 2, "e": 1, "f": 1}]
    assert kept(found) == [True] * 3
    assert found.items == every[0].items


def test_what_can_not_be_read_is_a_class_of_its_own(bench):
    cut = asked(bench, ["a", "a"], meta=['{"drop_reason":"cut short"}'] * 2, keep=[False] * 2)
    other = asked(bench, ["a", "a"], [None, "a"], ["  ", "b"])
    found = bench.run(votes, [*cut, *other])
    assert meta(found, "votes") == [{"": 3, "a": 1}, {"": 1, "a": 2, "b": 1}]
    assert kept(found) == [False, True]
    whole = bench.run(votes, [*cut, *other], unreadable="drop")
    assert kept(whole) == [False, False]
    assert (
        json.loads(whole.table["meta"][1].as_py())["drop_reason"] == "an answer could not be read"
    )


def test_a_row_that_was_selected_away_has_its_answer_still(bench):
    away = asked(bench, ["a"], meta=['{"drop_reason":"not drawn"}'], keep=[False])
    assert meta(bench.run(votes, [*away, *asked(bench, ["b"])]), "votes") == [{"a": 1, "b": 1}]


@pytest.mark.parametrize(
    ("readable", "expected"),
    [
        (Anything(), {"42": 1, "4 2": 1, "forty": 1}),
        (OneOf(words=["42", "4  2"]), {"42": 1, "4 2": 1, "": 1}),
        (Integer(), {"42": 1, "": 2}),
        (Options(), {"42": 1, "": 1, "forty": 1}),
    ],
)
def test_which_answers_can_be_read(bench, readable, expected):
    every = asked(bench, ["42"], ["4 2"], ["forty"], options=[42, "forty"])
    assert meta(bench.run(votes, every, readable=readable), "votes") == [expected]


def test_an_answer_that_can_not_be_read_weighs_as_all_of_these_do(bench):
    every = asked(bench, ["1"], ["x"], ["y"], ["1"])
    found = bench.run(votes, every, readable=Integer())
    both = bench.run(weigh, bench.run(concat, every), found, how=Reliability())
    assert both.table.column("weight").to_pylist() == [0.5] * 4
    nobody = asked(bench, ["z"])[0]  # nobody said it: share 0 beside two of one half each
    alone = bench.run(
        weigh, nobody, bench.run(votes, asked(bench, ["a"], ["b"])), how=Reliability()
    )
    e = 2.718281828459045**2.5
    assert alone.table.column("weight").to_pylist() == pytest.approx([1 / (1 + 2 * e)])


def test_probabilities_vote_for_a_class(bench):
    items = bench.keep(make_items([{"prompt": str(at)} for at in range(3)]))
    members = [[0.9, 0.5, 0.6], [0.6, 0.4, 0.1], [0.2, 0.9, None]]
    labels = [make_labels(bench, items, one) for one in members]
    found = bench.run(votes, labels)
    assert found.label_kind == "hard"
    assert found.table.column("value").to_pylist() == [1.0, 0.0, 1.0]
    assert meta(found, "votes") == [{"0": 1, "1": 2}, {"0": 2, "1": 1}, {"": 1, "0": 1, "1": 1}]
    mean = make_labels(bench, items, [0.57, 0.6, 0.35])
    by = bench.run(weigh, mean, found, how=Reliability(temperature=1))
    third = 2.718281828459045 ** (1 / 3)
    expected = [third / (third + 1), 1 / (third + 1), 1 / 3]
    assert by.table.column("weight").to_pylist() == pytest.approx(expected)
    assert by.table.column("value").to_pylist() == [0.57, 0.6, 0.35]


def test_pairs_stay_pairs(bench):
    items = bench.keep(make_items([{"prompt": "p"}]))
    labels = [make_labels(bench, items, [p], kind="pairwise") for p in (0.9, 0.8)]
    found = bench.run(votes, labels)
    assert (found.label_kind, found.table.column("value").to_pylist()) == ("pairwise", [1.0])


def test_answers_are_joined_by_item_id(bench):
    one = make_items([{"prompt": "a"}, {"prompt": "b"}])
    turned = make_items([{"prompt": "a"}, {"prompt": "b"}])
    turned.table = turned.table.take([1, 0])
    first = make_labels(bench, bench.keep(one), [1.0, 0.0])
    other = make_labels(bench, bench.keep(turned), [0.0, 1.0])
    assert meta(bench.run(votes, [first, other]), "entropy") == [0, 0]


def test_what_can_not_be_counted_is_refused(bench):
    (one,) = asked(bench, ["a"])
    with pytest.raises(PrerequisiteError, match="has 1 answer to each question"):
        bench.run(votes, [one])
    number = make_labels(bench, one.open_items(), [1.0])
    with pytest.raises(PrerequisiteError, match="texts and numbers don't answer one question"):
        bench.run(votes, [one, number])
    with pytest.raises(PrerequisiteError, match="list no options in `options`"):
        bench.run(votes, [one, one], readable=Options())
    with pytest.raises(PrerequisiteError, match="weighs by votes, and these labels hold none"):
        bench.run(weigh, number, number, how=Reliability())


START = """experiment voting
axis wording = 0..2
data qa = science_qa(parts: {supervise: 20, transfer: 20, test: 20})
weak W  = pretrain(corpus(qa), layers: 1, width: 16, steps: 10)
w       = finetune(W, gold(qa.supervise))
y       = label(w, retell(items(qa.transfer), how: shuffled_options(order: wording)))
t       = label_file(qa.transfer, file: "y.jsonl", kind: "text", origin: human())
v       = votes(y, over: wording)
"""


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("z = votes(y, t, over: wording)", "text labels don't answer one question"),
        ("z = votes(y, over: wording, readable: integer())", "integer() reads words"),
        ("z = weigh(t, by: v, how: reliability())", "can't be weighed by votes for hard labels"),
        ("z = weigh(t, by: v)", "margin()) needs probabilities"),
        ("z = Ψ(W, v, head: lm(), loss: lm())", "and these are hard labels"),
    ],
)
def test_what_does_not_fit_does_not_compile(more, words):
    (found,) = w2sdl.compile_text(START + more).diagnostics
    assert found.code == "W2S0405"
    assert words in found.title()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("z = votes(t)", "votes() has 1 answer to each question"),
        ("axis once = 0..0\nz = votes(label(w, retell(items(qa.transfer), "
         "how: shuffled_options(order: once))), over: once)", "has 1 answer"),
        ("z = weigh(y, by: label(w, qa.transfer), how: reliability())", "these labels hold none"),
        ("z = weigh(y, by: select(concat(y, y), by: v, how: entropy()), how: reliability())",
         "these labels hold none"),
        ("z = weigh(y, by: gold(qa.transfer), how: reliability())", "these labels hold none"),
    ],
)  # fmt: skip
def test_what_holds_no_votes_does_not_compile(more, words):
    """Breaks where it is said after all that was asked had been answered."""
    (found,) = w2sdl.compile_text(START + more).diagnostics
    assert found.code == "W2S0404"
    assert words in found.title()


@pytest.mark.parametrize(
    "by",
    ["v", "select(v, how: entropy())", "route(by: label(w, qa.transfer), then: v, otherwise: v)"],
)
def test_votes_behind_what_leaves_them_are_votes(by):
    assert (
        w2sdl.compile_text(f"{START}z = weigh(y, by: {by}, how: reliability())").diagnostics == ()
    )


def test_every_way_of_using_them_compiles():
    more = """every = concat(y, over: wording)
kept = select(every, by: v, how: entropy())
weighed = weigh(every, by: v, how: reliability())
drawn = subsample(weighed, replace: true)
student = Ψ(W, drawn)
"""
    assert w2sdl.compile_text(START + more).diagnostics == ()


def test_questions_that_are_dropped_are_neither_selected_nor_weighed(bench):
    """Breaks where a question that nobody answered readably counts as unanimous."""
    every = asked(bench, ["x", "1", "2"], ["y", "1", "x"])
    found = bench.run(votes, every, readable=Integer(), unreadable="drop")
    answer = every[0]
    assert kept(bench.run(select, answer, found, how=Entropy())) == [False, True, False]
    assert kept(bench.run(weigh, answer, found, how=Reliability())) == [False, True, False]


def test_a_readable_answer_that_nobody_gave_is_not_the_unreadable_one(bench):
    found = bench.run(votes, asked(bench, ["1"], ["1"], ["1"], ["x"], ["y"]), readable=Integer())
    weights = [
        bench.run(weigh, asked(bench, [one])[0], found, how=Reliability())
        .table["weight"][0]
        .as_py()
        for one in ("2", "x", "1")
    ]
    assert weights[0] < weights[1] < weights[2]
    assert weights[1] + weights[2] == pytest.approx(1)
