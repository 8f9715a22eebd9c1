"""When an expectation was first seen, and which of its results were there: kept by the store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.runtime.tiny_graph import Builder, run
from w2sdl.graph import AxisInfo, Cell, Expectation, Graph, MeasureTable
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.cache.collecting import collect
from w2sdl_runtime.cache.copying import Copied, beside
from w2sdl_runtime.cache.first_sights import claims_of, pull_claims, push_claims
from w2sdl_runtime.cache.garbage import Keep
from w2sdl_runtime.files import read_json
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.runs.loaded_run import read_run
from w2sdl_runtime.storage.claims import Registered, _keep, identity
from w2sdl_runtime.storage.store import Store

SPEC = """experiment claims "when was it written?"
axis seed  = 0..1
axis width = [16, 32, 64]
data   qa = science_qa(parts: {supervise: 40, transfer: 40, test: 40})
weak   W  = pretrain(corpus(qa), layers: 1, width: 16, steps: 2)
strong S  = pretrain(corpus(qa), layers: 1, width: width, steps: 2)
W' = finetune(W, gold(qa.supervise), seed: seed)
S' = finetune(S, label(W', qa.transfer), seed: seed)
measure scores = accuracy(W', S') on qa.test
expect it: CLAIM
"""
HIGHER = "mean(scores[of: S', width: 64], over: seed) > mean(scores[of: W'], over: seed)"


def compiled(text: str) -> Graph:
    compilation = Compilation(Source("x.w2s", text), load_signatures())
    assert compilation.graph is not None, compilation.diagnostics
    return compilation.graph


def of(claim: str, **changes: str) -> str:
    """The identity of a claim in a spec in which some words are others."""
    text = SPEC.replace("CLAIM", claim)
    for old, new in changes.items():
        text = text.replace(old, new)
    graph = compiled(text)
    return identity(graph, graph.expectations[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"it:": "another:"},
        {"scores": "points"},
        {"width": "size"},
        {"seed": "draw"},
        {"W'": "V'"},
        {" > ": "\n  >   "},
    ],
)
def test_a_renamed_or_reformatted_claim_is_the_same(changes: Mapping[str, str]) -> None:
    if "width" in changes:  # the parameter keeps its name
        text = SPEC.replace("CLAIM", HIGHER).replace("axis width", "axis size")
        text = text.replace("width: width", "width: size").replace(
            "[of: S', width", "[of: S', size"
        )
        graph = compiled(text)
        assert identity(graph, graph.expectations[0]) == of(HIGHER)
    elif "seed" in changes:
        text = SPEC.replace("CLAIM", HIGHER).replace("axis seed ", "axis draw ")
        text = text.replace("seed: seed", "seed: draw").replace("over: seed", "over: draw")
        graph = compiled(text)
        assert identity(graph, graph.expectations[0]) == of(HIGHER)
    else:
        assert of(HIGHER, **changes) == of(HIGHER)


def test_a_claim_turned_round_is_the_same() -> None:
    left, _, right = HIGHER.partition(" > ")
    assert of(f"{right} < {left}") == of(HIGHER)


@pytest.mark.parametrize(
    "claim",
    [
        HIGHER.replace(">", "<"),
        HIGHER.replace(">", ">="),
        HIGHER.replace("width: 64", "width: 32"),
        HIGHER.replace("mean", "max"),
        f"{HIGHER} + 0.01",
        HIGHER.replace("of: W'", "of: S', width: 16"),
        "rises(mean(scores[of: S'], over: seed), along: width)",
        "falls(mean(scores[of: S'], over: seed), along: width)",
    ],
)
def test_a_changed_claim_is_another(claim: str) -> None:
    assert of(claim) != of(HIGHER)


def test_what_a_claim_is_about_is_part_of_it() -> None:
    assert of(HIGHER, **{"steps: 2": "steps: 3"}) != of(HIGHER)
    assert of(HIGHER, **{"it:": "it at 0.99:"}) != of(HIGHER)


@pytest.mark.parametrize(
    ("known", "brought", "state", "words"),
    [
        (0, 0, "before", "written before its results (2026-03-01 10:15 UTC)"),
        (2, 0, "after", "written after 2 of its 6 results were known (2026-03-01 10:15 UTC)"),
        (6, 0, "after", "written after its results were known (2026-03-01 10:15 UTC)"),
        (4, 2, "after", "written after its results were known (2026-03-01 10:15 UTC)"),
        (
            0,
            6,
            "unknown",
            "unknown whether before its results: 6 of 6 came from another store "
            "(first seen here 2026-03-01 10:15 UTC)",
        ),
    ],
)
def test_first_sights_in_words(known: int, brought: int, state: str, words: str) -> None:
    seen = Registered("2026-03-01T11:15:00+01:00", "run", 6, known, brought)
    assert (seen.state, seen.words) == (state, words)


# In a store


def tiny(*values: float, limit: float = 0.0) -> Graph:
    """A measure of some numbers, all of which are expected to be above a limit."""
    builder = Builder()
    ids = [builder.add("tiny_number", name=f"n[at={v:g}]", value=v) for v in values]
    cells = tuple(Cell("", {"at": f"{v:g}"}, id_) for v, id_ in zip(values, ids, strict=True))
    table = MeasureTable("scores", "tiny_number", "", ("at",), (), {}, cells)
    tree = {
        "compare": ">",
        "left": {"table": "scores", "select": {}},
        "right": {"number": limit},
    }
    above = Expectation("above", "scores > limit", tree, 1)
    points = tuple(f"{v:g}" for v in values)
    axes = (AxisInfo("at", points, points),)
    return replace(builder.graph(), axes=axes, measures=(table,), expectations=(above,))


def seen(graph: Graph, folder: Path) -> Registered:
    """What a run of a graph says of its expectation; the file says the same."""
    result = run(graph, folder)
    found = read_run(result.folder).info.claims["above"]
    name = identity(graph, graph.expectations[0])
    assert read_json(folder / "store" / "claims" / f"{name}.json")["run"] == found.run
    return found


def test_what_is_written_first_is_before_its_results_ever_after(tmp_path: Path) -> None:
    first = seen(tiny(1.0, 2.0), tmp_path)
    assert (first.state, first.numbers) == ("before", 2)
    assert seen(tiny(1.0, 2.0), tmp_path) == first


def test_a_claim_changed_after_the_run_is_after_its_results(tmp_path: Path) -> None:
    seen(tiny(1.0, 2.0), tmp_path)
    changed = seen(tiny(1.0, 2.0, limit=0.5), tmp_path)
    assert (changed.state, changed.known) == ("after", 2)


def test_results_that_were_there_are_counted(tmp_path: Path) -> None:
    run(replace(tiny(1.0, 2.0), expectations=()), tmp_path)
    found = seen(tiny(1.0, 2.0, 3.0), tmp_path)
    assert (found.known, found.brought, found.numbers) == (2, 0, 3)


def test_results_of_another_store_leave_it_unknown(tmp_path: Path) -> None:
    """Such as `cache pull` brings: who made them may have written the claim before."""
    result = run(replace(tiny(1.0), expectations=()), tmp_path)
    for path in result.folder.rglob("*"):
        if path.is_file():
            path.unlink()
    for path in sorted(result.folder.rglob("*"), reverse=True):
        path.rmdir()
    result.folder.rmdir()
    assert seen(tiny(1.0), tmp_path).state == "unknown"


def test_a_collection_keeps_first_sights(tmp_path: Path) -> None:
    first = seen(tiny(1.0), tmp_path)
    store = Store(tmp_path / "store")
    collect(store, Keep(runs=0, grace=0.0))
    assert not list(store.manifests())
    assert seen(tiny(1.0), tmp_path) == first


def test_a_torn_record_is_written_again(tmp_path: Path) -> None:
    graph = tiny(1.0)
    seen(graph, tmp_path)
    path = next((tmp_path / "store" / "claims").iterdir())
    path.write_text(path.read_text("utf-8")[:20])
    assert seen(graph, tmp_path).state == "after"  # what it said is lost, and the results are there
    assert json.loads(path.read_text("utf-8"))["numbers"] == 1


def test_two_that_see_it_first_agree(tmp_path: Path) -> None:
    """Breaks if the second overwrites what the first has told its users."""
    store = Store(tmp_path / "store")
    store.prepare()
    name = identity(tiny(1.0), tiny(1.0).expectations[0])
    one = _keep(store, name, Registered("2026-01-01T00:00:00+00:00", "one", 1, 0))
    other = _keep(store, name, Registered("2026-01-02T00:00:00+00:00", "other", 1, 1))
    assert one == other
    assert not list(store.tmp.iterdir())


# Between stores


def carried(
    source: Path, target: Path, way: str = "push", wanted: set[str] | None = None
) -> Copied:
    """First sights of one folder's store, copied to the store of another."""
    stores = [folder / "store" for folder in (source, target)]
    copied = Copied()
    if way == "push":
        push_claims(beside(Store(stores[0]), stores[1]), copied, wanted)
    else:
        here = Store(stores[1])
        here.prepare()
        pull_claims(beside(here, stores[0]), copied, wanted)
    return copied


@pytest.mark.parametrize("way", ["push", "pull"])
def test_a_first_sight_goes_with_its_results(tmp_path: Path, way: str) -> None:
    """Breaks if who gets results of a claim that was written before them were told that it is unknown."""
    first = seen(tiny(1.0, 2.0), tmp_path / "one")
    assert carried(tmp_path / "one", tmp_path / "other", way).claims == 1
    assert carried(tmp_path / "one", tmp_path / "other", way).claims == 0
    assert seen(tiny(1.0, 2.0), tmp_path / "other") == first


@pytest.mark.parametrize("way", ["push", "pull"])
@pytest.mark.parametrize("day", [1, 3])
def test_of_two_first_sights_the_earlier_stands(tmp_path: Path, way: str, day: int) -> None:
    sights = {"one": f"2026-01-0{day}T00:00:00+00:00", "other": "2026-01-02T00:00:00+00:00"}
    name = identity(tiny(1.0), tiny(1.0).expectations[0])
    for place, first in sights.items():
        store = Store(tmp_path / place / "store")
        store.prepare()
        _keep(store, name, Registered(first, place, 1, 0))
    assert carried(tmp_path / "one", tmp_path / "other", way).claims == (day == 1)
    file = tmp_path / "other" / "store" / "claims" / f"{name}.json"
    assert read_json(file)["run"] == ("one" if day == 1 else "other")


@pytest.mark.parametrize("way", ["push", "pull"])
@pytest.mark.parametrize(
    "content",
    [
        '{"first": "2026-01-',
        '{"first": "soon", "run": "x", "numbers": 1, "known": 0}',
        '{"first": "2026-01-01T00:00:00+00:00", "run": "x", "numbers": "1", "known": 0}',
        "[]",
    ],
)
def test_what_is_no_record_is_named_and_not_copied(tmp_path: Path, way: str, content: str) -> None:
    seen(tiny(1.0), tmp_path / "one")
    (path,) = (tmp_path / "one" / "store" / "claims").iterdir()
    path.write_text(content)
    copied = carried(tmp_path / "one", tmp_path / "other", way)
    assert copied.claims == 0
    assert [Path(file).name for file in copied.unreadable] == [path.name]
    assert not (tmp_path / "other" / "store" / "claims" / path.name).exists()


@pytest.mark.parametrize("way", ["push", "pull"])
def test_a_torn_record_gives_way_to_a_sound_one(tmp_path: Path, way: str) -> None:
    first = seen(tiny(1.0), tmp_path / "one")
    seen(tiny(1.0), tmp_path / "other")
    (path,) = (tmp_path / "other" / "store" / "claims").iterdir()
    path.write_text("")
    assert carried(tmp_path / "one", tmp_path / "other", way).claims == 1
    assert read_json(path)["run"] == first.run


@pytest.mark.parametrize("way", ["push", "pull"])
def test_only_wanted_claims_go_and_no_other_files(tmp_path: Path, way: str) -> None:
    seen(tiny(1.0), tmp_path / "one")
    seen(tiny(1.0, limit=0.5), tmp_path / "one")
    folder = tmp_path / "one" / "store" / "claims"
    (folder / "notes.json").write_text("{}")
    graph = tiny(1.0, limit=0.5)
    wanted = {identity(graph, graph.expectations[0])}
    assert claims_of(graph) == wanted
    assert carried(tmp_path / "one", tmp_path / "other", way, wanted).claims == 1
    copied = carried(tmp_path / "one", tmp_path / "other", way)
    assert (copied.claims, copied.unreadable) == (1, [])
    assert not (tmp_path / "other" / "store" / "claims" / "notes.json").exists()
