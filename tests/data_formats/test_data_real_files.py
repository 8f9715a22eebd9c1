"""The formats on samples of public data sets, where a checkout has them beside it."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.ops.helpers_data import Bench
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.json_forms import from_json
from w2sdl_runtime.ops.corpus import corpus
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice
from w2sdl_runtime.variants.parts import Rest, Take

SAMPLES = Path(__file__).parents[2].parent / "shared" / "data"
GOLDEN = Path(__file__).parent / "golden_real_data.json"
samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples beside the repository")
SPEC = """
experiment real
sizes = {sizes}
data d = {declaration}
rows = items(d)
"""
#: Items of each part, where not every data set has enough.
FEW = {"zoo": (40, 30, 20), "legalbench_diversity_6": (40, 40, 20), "xstest": (80, 80, 40)}
FEW |= {"legalbench_cuad_audit_rights": (150, 150, 100), "hh_rlhf_helpful": (400, 300, 200)}


def page() -> str:
    return (Path(__file__).parents[2] / "docs" / "real_text.md").read_text("utf-8")


DECLARED = dict(re.findall(r"^\| `(\w+)` \| `(table\(.*\))` \| .* \|$", page(), re.MULTILINE))


def parts_of(name: str) -> dict[str, int]:
    return dict(zip(("supervise", "transfer", "test"), FEW.get(name, (400, 400, 200)), strict=True))


def declared(name: str) -> dict[str, Any]:
    """What the declaration of the page hands to `table`, as a worker would read it."""
    sizes = json.dumps(parts_of(name)).replace('"', "")
    text = SPEC.format(sizes=sizes, declaration=DECLARED[name].replace("data/", ""))
    signatures = load_signatures()
    compiled = Compilation(Source("real.w2s", text), signatures)
    assert compiled.graph is not None, compiled.diagnostics
    (node,) = (node for node in compiled.graph.order() if node.op == "table")
    types = {param.name: param.type for param in signatures.ops["table"].params}
    return {name: from_json(v, types[name], signatures, {}) for name, v in node.params.items()}


def test_the_page_names_data_sets() -> None:
    assert len(DECLARED) == 22
    for name in DECLARED:
        assert declared(name)["file"] == name


@pytest.mark.parametrize(
    "text", re.findall(r"```w2s\n(.*?)```", page(), re.DOTALL), ids=lambda text: text.split()[1]
)
def test_the_specs_of_the_page_compile(text: str) -> None:
    compiled = Compilation(Source("real_text.w2s", text), load_signatures())
    assert compiled.graph is not None, compiled.diagnostics


@samples
@pytest.mark.parametrize("name", DECLARED)
def test_samples(tmp_path: Path, name: str, bless: bool) -> None:
    """Disjoint parts of the right sizes, half of them right; and the rows that they always were."""
    if not (SAMPLES / name).is_dir():
        pytest.skip(f"no {name}")
    bench, given = Bench(tmp_path), declared(name)
    data = table(bench.context(base=SAMPLES), given.pop("file"), **given)
    seen: dict[str, str] = {}
    golden = hashlib.sha256()
    for part, size in parts_of(name).items():
        items, gold = bench.items(data, part), bench.gold(data, part)
        assert len(items) == size
        if gold.label_kind == "hard":
            assert sum(bench.golds(data, part)) == size / 2
        for prompt in items.column("prompt"):
            assert seen.setdefault(prompt, part) == part
        rows = [*items.table.to_pylist(), *gold.table.to_pylist()]
        golden.update(json.dumps(rows, sort_keys=True).encode())
    notes = data.notes
    assert notes["rows_kept"] + sum(notes["rows_dropped"].values()) == notes["rows_read"]
    assert notes["items_unused"] + sum(parts_of(name).values()) == notes["items"]
    made = {"digest": golden.hexdigest()[:16], "notes": _plain(notes)}
    _compare(name, made, bless=bless)


def _plain(notes: dict[str, Any]) -> dict[str, Any]:
    marks = {mark: round(value, 2) for mark, value in notes["guessability"].items()}
    return {**{name: notes[name] for name in ("rows_dropped", "rows_kept", "groups")}, **marks}


def _compare(name: str, made: dict[str, Any], *, bless: bool) -> None:
    known = json.loads(GOLDEN.read_text("utf-8")) if GOLDEN.exists() else {}
    if bless:
        known[name] = made
        GOLDEN.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")
    assert made == known[name]


@samples
def test_dialogues_of_the_files_are_split_where_they_differ(tmp_path: Path) -> None:
    bench, given = Bench(tmp_path), declared("hh_rlhf_helpful")
    data = table(bench.context(base=SAMPLES), given.pop("file"), **given)
    lines = (SAMPLES / "hh_rlhf_helpful" / "train.jsonl").read_text("utf-8").splitlines()
    known = {json.loads(line)["chosen"].strip() for line in lines}
    items, golds = bench.items(data, "supervise"), bench.golds(data, "supervise")
    found = 0
    for prompt, candidate, rival, gold in zip(
        *(items.column(name) for name in ("prompt", "candidate", "rival")), golds, strict=True
    ):
        chosen, rejected = (candidate, rival) if gold else (rival, candidate)
        found += f"{prompt} {chosen}" in known
        assert f"{prompt} {rejected}" not in known
    assert found > 150  # of 400; the others are rows of the other two files
    assert data.notes["rows_dropped"]["the two dialogues differ before the last turn"] == 4


@samples
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
