"""The formats on samples of public data sets, where a checkout has them beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.ops.helpers_data import Bench
from w2sdl_runtime.ops.corpus import corpus
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.variants.formats import Format
from w2sdl_runtime.variants.formats.binary import Binary
from w2sdl_runtime.variants.formats.choices import Choices
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice
from w2sdl_runtime.variants.parts import Rest, Take

SAMPLES = Path(__file__).parents[2].parent / "shared" / "data"
PARTS = {"supervise": 200, "transfer": 200, "test": 100}

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples beside the repository")

FORMATS: list[tuple[str, Format, dict[str, Any]]] = [
    ("sciq", MultipleChoice(), {}),
    ("sciq", MultipleChoice(show_passage=True, pairs=2), {"group": "support"}),
    ("sentiment_sentences", Binary(), {"columns": {"domain": ["source"]}}),
    ("openbookqa", Choices(question="question_stem", labels="choices.label"), {}),
    ("arc_challenge", Choices(labels="choices.label"), {}),
    ("commonsense_qa", Choices(), {}),
    ("mmlu_professional_law", Choices(options=["choices"], answer="answer"), {}),
    (
        "cosmos_qa",
        Choices(
            options=["answer0", "answer1", "answer2", "answer3"],
            answer="label",
            passage="context",
            show_passage=True,
        ),
        {},
    ),
    ("safetybench_zh", Choices(options=["options"], answer="answer"), {"group": "question"}),
    ("multi_nli", Binary(text="hypothesis", passage="premise", positive=0, negative=[1, 2]), {}),
    ("legalbench_overruling", Binary(label="answer", positive="Yes"), {}),
]


@pytest.mark.parametrize(("name", "form", "more"), FORMATS)
def test_samples(tmp_path: Path, name: str, form: Format, more: dict[str, Any]) -> None:
    if not (SAMPLES / name).is_dir():
        pytest.skip(f"no {name}")
    bench = Bench(tmp_path)
    data = table(bench.context(base=SAMPLES), name, format=form, parts=PARTS, **more)
    seen: dict[str, str] = {}
    for part, size in PARTS.items():
        items = bench.items(data, part)
        assert len(items) == size
        assert sum(bench.golds(data, part)) == size / 2
        for prompt in items.column("prompt"):
            assert seen.setdefault(prompt, part) == part
    notes = data.notes
    assert notes["rows_kept"] + sum(notes["rows_dropped"].values()) == notes["rows_read"]
    assert notes["items_unused"] + sum(PARTS.values()) == notes["items"]


def test_sciq_by_its_own_splits(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    data = table(
        bench.context(base=SAMPLES),
        "sciq",
        format=MultipleChoice(),
        parts={"supervise": Take(n=2000, of="train"), "test": Rest(of="test"), "rest": Rest()},
        corpus="support",
    )
    tests = [json.loads(line) for line in (SAMPLES / "sciq" / "test.jsonl").open(encoding="utf-8")]
    questions = {f"Question: {row['question'].strip()} Answer:" for row in tests}
    assert set(bench.items(data, "test").column("prompt")) <= questions
    assert 980 < data.parts["test"].rows <= 1000
    documents = corpus(bench.context("corpus"), data).documents
    assert 3000 < len(documents) == len(set(documents))
