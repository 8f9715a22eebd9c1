"""Stored objects that went bad: they are made again, by whom they came from, and the run says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.test_execute import spoil
from tests.runtime.tiny_graph import Builder, ran, run, value_of
from w2sdl_runtime.driver import events
from w2sdl_runtime.files import read_json
from w2sdl_runtime.running import run_file
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.worker.failures import Cause


def test_any_number_of_corrupt_inputs_is_made_again(tmp_path: Path) -> None:
    builder = Builder()
    numbers = [builder.add("tiny_number", value=float(i)) for i in range(6)]
    first = run(builder.graph(), tmp_path)
    for number in numbers:
        spoil(tmp_path, first.nodes[number].digest)
    total = builder.add("tiny_sum", {"parts": numbers})
    result = run(builder.graph(), tmp_path, only=frozenset([total]))  # who reads them finds out
    assert value_of(result, total, tmp_path) == 15.0
    assert ran(tmp_path, "number") == 12


def test_a_corrupt_measure_is_not_reused(tmp_path: Path) -> None:
    """No node reads it: it was found only when the results were shown, and by every run again."""
    builder = Builder()
    number = builder.add("tiny_number", value=4.0)
    first = run(builder.graph(), tmp_path)
    spoil(tmp_path, first.nodes[number].digest)
    result = run(builder.graph(), tmp_path)
    assert value_of(result, number, tmp_path) == 4.0
    assert result.nodes[number].action == "executed"


def test_a_disk_that_spoils_whatever_it_gets_ends_the_run(tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=4.0)
    total = builder.add("tiny_sum", {"parts": [number]})

    def spoil_again(event: events.Event) -> None:
        if isinstance(event, events.NodeFinished) and event.node == number:
            assert ran(tmp_path, "number") < 20
            spoil(tmp_path, event.digest)

    ((node, failure),) = run(builder.graph(), tmp_path, sinks=[spoil_again]).failures
    assert node.id == total
    assert failure.cause is Cause.CORRUPT
    assert ran(tmp_path, "number") == 4


def test_who_can_not_make_it_again_has_failed(tmp_path: Path) -> None:
    builder = Builder()
    moody = builder.add("tiny_moody", name="moody")
    first = run(builder.graph(), tmp_path)
    spoil(tmp_path, first.nodes[moody].digest)
    (tmp_path / "mood").touch()
    sign = builder.add("tiny_sign", {"of": [moody]})
    result = run(builder.graph(), tmp_path, keep_going=True, only=frozenset([sign]))
    assert result.status == "failed"
    assert result.counts == {"executed": 0, "reused": 0, "failed": 1, "skipped": 1}
    nodes = read_json(result.folder / "nodes.json")
    assert nodes[moody]["error"]["message"] == "RuntimeError: not today"
    assert nodes[sign]["because"] == "needs moody, which failed"


def test_what_was_not_selected_is_made_again_where_it_is_needed(tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=4.0)
    first = run(builder.graph(), tmp_path)
    spoil(tmp_path, first.nodes[number].digest)
    total = builder.add("tiny_sum", {"parts": [number]})
    result = run(builder.graph(), tmp_path, only=frozenset([total]))
    assert value_of(result, total, tmp_path) == 4.0


APART = """
experiment apart
data a = table("a.jsonl", format: binary(), parts: {supervise: 20})
data b = table("b.jsonl", format: binary(), parts: {test: 20})
words  = text_file("words.txt", origin: "words of our own")
weak   W = pretrain(words, layers: 1, width: 8, steps: 2)
floor  = finetune(W, gold(a.supervise), head: linear())
measure scores = accuracy(floor) on b.test
"""


def write_apart(folder: Path, words: tuple[str, str] = ("larger", "smaller")) -> Path:
    """A spec with two data sets, the rows of which are compared as soon as both are there."""
    for name, word in zip("ab", words, strict=True):
        rows = [
            {"text": f"is {n} a number that is {word} than {n % 7} or not", "label": n % 2}
            for n in range(40)
        ]
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    (folder / "words.txt").write_text("some words to read\n\nand some more of them\n", "utf-8")
    (folder / "spec.w2s").write_text(APART, "utf-8")
    return folder / "spec.w2s"


@pytest.mark.parametrize("what", ["a", "b", "rows of a"])
def test_data_that_the_driver_itself_reads_is_made_again(tmp_path: Path, what: str) -> None:
    spec = write_apart(tmp_path)
    first = run_file(spec, store=tmp_path / "store", executor="local")
    assert first.status == "done", first
    digests = {entry.address: entry.digest for entry in first.record.nodes.values()}
    digest = digests[what[-1]]
    if what.startswith("rows"):
        data: Any = Store(tmp_path / "store").open(digest)
        digest = data.parts["supervise"].items
    spoil(tmp_path, digest)
    again = run_file(spec, store=tmp_path / "store", executor="local")
    assert again.status == "done", again
    assert Store(tmp_path / "store").is_sound(digest)
    assert again.record.info.counts["executed"] == 1


def test_data_that_is_made_again_is_compared_again(tmp_path: Path) -> None:
    spec = write_apart(tmp_path, ("larger", "larger"))
    for _ in range(2):
        result = run_file(spec, store=tmp_path / "store", executor="local")
        (failed,) = [e for e in result.record.nodes.values() if e.action == "failed"]
        assert failed.error is not None
        assert failed.error["code"] == "W2S0608"
        digests = {entry.address: entry.digest for entry in result.record.nodes.values()}
        spoil(tmp_path, digests["a"] or digests["b"])
