"""`table`: texts of several columns, templates, strata and repeats, told in numbers."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.ops.helpers_data import Bench, quiz, reviews, write_jsonl
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.values import Data
from w2sdl_runtime.variants.duplicates import DropLater
from w2sdl_runtime.variants.formats.binary import Binary
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice
from w2sdl_runtime.variants.parts import Rest, Take
from w2sdl_runtime.variants.texts import TextOf

BOTH = {"text": ["question", "clause"]}
SEP = "{{ question }} [SEP] {{ clause }}"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def clauses(count: int = 40) -> list[dict[str, Any]]:
    """Each of ten questions has four clauses; half of them are relevant."""
    return [
        {
            "question": f"does policy number {n // 4} say that data is sold?",
            "clause": f"clause {n} of some policy about what is done with data",
            "label": n % 2,
            "row_number": n,
        }
        for n in range(count)
    ]


def make(bench: Bench, rows: list[dict[str, Any]], **more: Any) -> Data:
    write_jsonl(bench.root / "rows.jsonl", rows)
    asked = {"parts": {"a": 20, "b": 20}} | more
    return table(bench.context(), "rows.jsonl", **asked)


def refusal(bench: Bench, rows: list[dict[str, Any]], **more: Any) -> PrerequisiteError:
    with pytest.raises(PrerequisiteError) as caught:
        make(bench, rows, **more)
    assert caught.value.help
    return caught.value


def prompts(bench: Bench, data: Data) -> list[str]:
    return sorted(p for part in data.parts for p in bench.items(data, part).column("prompt"))


def ids(bench: Bench, data: Data) -> list[str]:
    return sorted(i for part in data.parts for i in bench.items(data, part).column("item_id"))


# Columns and templates


def test_a_text_of_two_columns(bench: Bench) -> None:
    data = make(bench, clauses(), columns=BOTH)
    rows = clauses()
    assert prompts(bench, data) == sorted(f"{r['question']}\n{r['clause']}" for r in rows)
    named = make(bench, clauses(), columns=BOTH, template=SEP)
    assert prompts(bench, named) == sorted(f"{r['question']} [SEP] {r['clause']}" for r in rows)
    # A template changes what is read, never which rows there are or where they lie.
    assert ids(bench, named) == ids(bench, data)
    for part in ("a", "b"):
        here, there = bench.items(named, part), bench.items(data, part)
        assert here.column("item_id") == there.column("item_id")


def test_a_template_may_name_columns_by_itself(bench: Bench) -> None:
    by_columns = make(bench, clauses(), columns=BOTH, template=SEP)
    assert make(bench, clauses(), template=SEP).parts == by_columns.parts
    (bench.root / "sep.j2").write_text(SEP + "\n")
    assert make(bench, clauses(), template=TextOf(path="sep.j2")).parts == by_columns.parts
    own = [{**row, "text": row["clause"]} for row in clauses()]
    mixed = make(bench, own, template="{{ text }} [SEP] {{ question }}")
    assert prompts(bench, mixed)[0].endswith("is sold?")


def test_a_template_of_roles_only_is_the_formats_prompt(bench: Bench) -> None:
    rows = reviews(40)
    data = make(bench, rows, template="Is it good? {{ text }}")
    form = Binary(prompt="Is it good? {{ text }}")
    assert data.parts == make(bench, rows, format=form).parts


def test_questions_of_several_columns(bench: Bench) -> None:
    rows = [{**row, "context": f"As of {n}:"} for n, row in enumerate(quiz(40))]
    asked: dict[str, Any] = {
        "format": MultipleChoice(),
        "columns": {"question": ["context", "question"]},
    }
    data = make(bench, rows, **asked, template="{{ context }} {{ question }} Answer:")
    assert prompts(bench, data)[0].startswith("As of ")
    assert prompts(bench, data)[0].endswith("? Answer:")
    plain = make(bench, rows, **asked)
    assert "\n" in prompts(bench, plain)[0]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"template": "{{ label }} {{ clause }}"}, "`label` tells the gold labels"),
        ({"columns": {"text": ["clause", "label"]}}, "`label` tells the gold labels"),
        ({"template": "{{ clausse }}"}, "there is no column `clausse`"),
        ({"columns": BOTH, "template": "{{ clause }}"}, "shows `clause` but not `question`"),
        ({"columns": BOTH, "template": "{{ clause"}, "can't be used"),
        (
            {"format": Binary(prompt="x {{ text }}"), "template": "{{ clause }}"},
            "both template: and binary(prompt: ...)",
        ),
    ],
)
def test_templates_that_are_refused(bench: Bench, asked: dict[str, Any], words: str) -> None:
    assert words in refusal(bench, clauses(), **asked).message


# What parts share


def test_a_key_that_is_no_content_lets_nothing_slip(bench: Bench) -> None:
    """R8: cut by row number, the questions fall on both sides."""
    problem = refusal(bench, clauses(), columns=BOTH, key=["row_number"])
    assert problem.code == "W2S0608"
    assert re.match(r"a\.a and a\.b share ([89]|10) questions: ", problem.message)
    assert 'group: "..." (the column of the question)' in problem.help
    grouped = make(bench, clauses(), columns=BOTH, key=["row_number"], group="question")
    assert grouped.notes["groups"] == 10


def test_a_key_of_content_is_the_users_word_and_only_warned_of(bench: Bench) -> None:
    make(bench, clauses(), columns=BOTH, key=["question", "clause"])
    assert any(re.search("share [0-9]+ different `question`: group: ", s) for s in bench.said)
    bench.said.clear()
    make(bench, clauses(), columns=BOTH, key=["question", "clause"], group="question")
    assert bench.said == []


def test_an_instruction_that_all_rows_share_is_no_content(bench: Bench) -> None:
    rows = [{**row, "question": "is this a clause about the sale of data?"} for row in clauses()]
    make(bench, rows, columns=BOTH)
    assert bench.said == []


def test_later_rows_can_be_dropped_and_are_counted(bench: Bench) -> None:
    asked: dict[str, Any] = {"columns": BOTH, "key": ["row_number"], "deduplicate": DropLater()}
    balanced = {"format": Binary(balance="as_is"), "parts": {"a": 5, "b": 5}}
    data = make(bench, clauses(), **asked, **balanced)
    assert data.notes["rows_dropped"] == {"shares content with an earlier row": 30}
    assert data.notes["rows_kept"] == 10
    firsts = {f"clause {n} " for n in range(0, 40, 4)}
    assert all(any(first in p for first in firsts) for p in prompts(bench, data))


# Strata


def shares(bench: Bench, data: Data, part: str) -> float:
    golds = bench.golds(data, part)
    return sum(golds) / len(golds)


def test_label_shares_are_kept(bench: Bench) -> None:
    rows = [{"prompt": r["text"], "is_safe": r["label"]} for r in reviews(200, share=0.3)]
    columns = {"text": ["prompt"], "label": ["is_safe"]}
    parts = {"a": 100, "b": 50, "c": Rest()}
    data = make(bench, rows, columns=columns, parts=parts, stratify="is_safe")
    assert [shares(bench, data, part) for part in "abc"] == [0.3] * 3
    assert data.notes["strata"]["a"] == {"0": 70, "1": 30}
    assert {name: part.rows for name, part in data.parts.items()} == {"a": 100, "b": 50, "c": 50}
    equal = make(bench, rows, columns=columns, parts={"a": 100})
    assert shares(bench, equal, "a") == 0.5


def test_strata_of_another_column_keep_the_balance(bench: Bench) -> None:
    rows = [{**row, "topic": "rare" if n % 4 == 0 else "common"} for n, row in enumerate(quiz(80))]
    form = MultipleChoice()
    data = make(bench, rows, format=form, parts={"a": 80, "b": 42}, stratify="topic")
    assert data.notes["strata"] == {
        "a": {"common": 60, "rare": 20},
        "b": {"common": 32, "rare": 10},
    }
    assert [shares(bench, data, part) for part in "ab"] == [0.5] * 2
    again = make(bench, rows, format=form, parts={"b": 42, "a": 80}, stratify="topic")
    assert again.parts == data.parts


def test_strata_within_splits_and_sizes_that_grow(bench: Bench) -> None:
    for split, start in (("train", 0), ("test", 200)):
        rows = [{**row, "topic": f"t{n % 3}"} for n, row in enumerate(quiz(60, start), start=start)]
        write_jsonl(bench.root / "d" / f"{split}.jsonl", rows)
    form, parts = MultipleChoice(), {"a": Take(n=60, of="train"), "t": Take(n=30, of="test")}
    data = table(bench.context(), "d", format=form, parts=parts, stratify="topic")
    assert data.notes["strata"] == {
        p: dict.fromkeys(("t0", "t1", "t2"), n) for p, n in (("a", 20), ("t", 10))
    }
    more = parts | {"t": Rest(of="test", at_most=60)}
    larger = table(bench.context(), "d", format=form, parts=more, stratify="topic")
    assert larger.parts["a"] == data.parts["a"]
    assert set(bench.items(data, "t").column("item_id")) <= set(
        bench.items(larger, "t").column("item_id")
    )


def test_groups_come_first_and_what_they_cost_is_said(bench: Bench) -> None:
    rows = [
        {**row, "owner": n // 20, "kind": "x" if n < 30 else "y"} for n, row in enumerate(quiz(80))
    ]
    data = make(
        bench, rows, format=MultipleChoice(), parts={"a": 80}, group="owner", stratify="kind"
    )
    homes = Counter(bench.items(data, "a").column("group"))
    assert all(len({homes[group]}) == 1 for group in homes)
    assert any("groups allow no better" in line for line in bench.said)


def test_strata_that_can_not_be(bench: Bench) -> None:
    rows = [{**row, "kind": "x" if n else "y"} for n, row in enumerate(quiz(40))]
    form = MultipleChoice()
    assert "no column `knd`" in refusal(bench, rows, format=form, stratify="knd").message
    problem = refusal(bench, rows, format=form, parts={"a": 60, "b": 60}, stratify="kind")
    assert re.match("in the stratum 'x': part `[ab]` asks for 58 items, but", problem.message)
    tiny = refusal(bench, [*rows, *quiz(1, 99)], format=form, parts={"a": 1}, stratify="kind")
    assert "part `a` is too small to hold a row of any stratum" in tiny.message


def test_specs_say_it_in_few_words() -> None:
    """A bare word where a list is wanted; the format of two classes where none is named."""
    text = """
experiment shapes
data safety = table("safety.csv", columns: {text: "prompt", label: "is_safe"}, key: "text",
                    parts: {supervise: 80, test: 60}, stratify: "is_safe")
data legal  = table("clauses.csv", columns: {text: ["question", "clause"], label: "relevant"},
                    key: ["question", "clause"], group: "question", deduplicate: drop_later(),
                    template: "{{ question }} [SEP] {{ clause }}", parts: {supervise: 40, test: 40})
rows = items([safety.test, legal.test])
"""
    compiled = Compilation(Source("shapes.w2s", text), load_signatures())
    assert compiled.graph is not None, compiled.diagnostics
    safety, legal = (n for n in compiled.graph.order() if n.op == "table")
    assert safety.params["columns"] == {"text": ["prompt"], "label": ["is_safe"]}
    assert safety.params["key"] == ["text"]
    assert legal.params["format"]["variant"] == "binary"


def test_a_group_lies_where_most_of_it_does(bench: Bench) -> None:
    """Ten groups hold three x and a y, ten hold y only: half of each kind is half of everything."""
    kinds = ["xxxy"] * 10 + ["yyyy"] * 10
    rows = [
        {**row, "owner": n // 4, "kind": kinds[n // 4][n % 4]} for n, row in enumerate(quiz(80))
    ]
    asked = {"format": MultipleChoice(), "group": "owner", "stratify": "kind"}
    for draw in range(3):
        data = make(bench, rows, parts={"a": 80}, draw=draw, **asked)
        assert data.notes["strata"]["a"] == {"x": 30, "y": 50}
