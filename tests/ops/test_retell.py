"""`retell`: other prompts, the same rows; distinct orders of options, drawn for each question."""

from __future__ import annotations

import json
from itertools import permutations

import pytest
from workbench import make_items

import w2sdl
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.retell import retell
from w2sdl_runtime.variants.retellings import Reordered, ShuffledOptions, Wording

OPTIONS = ["bee", "ant", "cow", "dog"]


def asked(bench, rows=6, options=OPTIONS):
    """Two items a question, as multiple-choice formats make them."""
    made = []
    for at in range(rows):
        fields = {"question": f"Who is {at}?", "rephrased": f"Tell {at}.", "options": options}
        row = {"prompt": f"Q{at}", "passage": "Once.", "fields": json.dumps(fields)}
        made += [row | {"candidate": candidate} for candidate in options[:2]]
    return bench.keep(make_items(made))


def test_a_wording_sees_the_prompt_the_passage_and_the_columns(bench):
    items = asked(bench, 1)
    how = Wording(template="{{ passage }} {{ prompt }} {{ rephrased }}")
    found = bench.run(retell, items, how=how)
    assert found.column("prompt") == ["Once. Q0 Tell 0."] * 2
    rest = [name for name in items.table.column_names if name != "prompt"]
    assert found.table.select(rest) == items.table.select(rest)


def orders(bench, items, count, seed=0):
    """Question by question, the options in each order."""
    how = [ShuffledOptions(order=at, template="{{ options | join(' ') }}") for at in range(count)]
    return [bench.run(retell, items, how=one, seed=seed).column("prompt") for one in how]


def test_orders_are_distinct_and_those_of_a_question_are_one(bench):
    items = asked(bench)
    found = orders(bench, items, 5)
    for question in zip(*[one[::2] for one in found], strict=True):
        assert len(set(question)) == 5
        assert all(sorted(one.split()) == sorted(OPTIONS) for one in question)
    assert all(one[::2] == one[1::2] for one in found)
    assert len(set(found[0])) > 1  # not the same order for all
    assert orders(bench, items, 5) == found
    assert orders(bench, items, 5, seed=1) != found


def test_all_orders_are_there_and_no_more(bench):
    items = asked(bench, 1, ["a", "b", "c"])
    every = {one[0] for one in orders(bench, items, 6)}
    assert every == {" ".join(order) for order in permutations("abc")}
    with pytest.raises(
        PrerequisiteError, match="order: 6 counts from 0, and 3 options have 6 orders"
    ):
        bench.run(retell, items, how=ShuffledOptions(order=6))


def test_the_rest_of_a_draw_changes_no_order(bench):
    """A question has its orders whatever stands beside it."""
    assert orders(bench, asked(bench, 6), 2)[1][:4] == orders(bench, asked(bench, 2), 2)[1]


def test_the_words_to_answer_by_are_swapped(bench):
    items = asked(bench, 1)
    template = "{{ prompt }}? {{ words | join(' or ') }}"
    both = [
        bench.run(retell, items, how=Reordered(words=["no", "yes"], order=at, template=template))
        for at in (0, 1)
    ]
    assert [one.column("prompt")[0] for one in both] == ["Q0? no or yes", "Q0? yes or no"]


def test_templates_that_do_not_fit_are_refused(bench):
    items = asked(bench, 1)
    with pytest.raises(PrerequisiteError, match="names `gold`, which it can't see"):
        bench.run(retell, items, how=Wording(template="{{ gold }}"))
    with pytest.raises(PrerequisiteError, match="leaves 2 of 2 prompts empty"):
        bench.run(retell, items, how=Wording(template=" "))
    with pytest.raises(PrerequisiteError, match="a row lists no options in `answers`"):
        bench.run(retell, items, how=ShuffledOptions(order=0, column="answers"))
    bare = bench.keep(make_items([{"prompt": "Q", "candidate": "x"}]))
    with pytest.raises(PrerequisiteError, match="a row lists no options"):
        bench.run(retell, bare, how=ShuffledOptions(order=0))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ('reordered(words: ["no", "yes"], order: 2, template: "x")', "2 words have 2 orders"),
        ('reordered(words: ["no", "no"], order: 0, template: "x")', "names a word twice"),
    ],
)
def test_what_can_be_known_before_is_said_before(how, words):
    text = f"""experiment asking
data qa = science_qa(parts: {{supervise: 20, transfer: 20, test: 20}})
asked = retell(items(qa.transfer), how: {how})
"""
    (found,) = w2sdl.compile_text(text).diagnostics
    assert words in found.title()
