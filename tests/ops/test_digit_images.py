"""`digit_images`: the same for everybody, balanced, each writer in one part, and readable by a line."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from workbench import Workbench

from w2sdl_runtime.artifacts import open_as
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.digit_images import digit_images
from w2sdl_runtime.ops.gold import gold
from w2sdl_runtime.ops.items import items
from w2sdl_runtime.ops.label import label
from w2sdl_runtime.ops.probe import probe
from w2sdl_runtime.ops.read_numbers import read_numbers
from w2sdl_runtime.values import Data, Items, Labels
from w2sdl_runtime.variants.views import Coarse

PARTS = {"train": 300, "test": 100}


def part(data: Data, name: str) -> tuple[Items, Labels]:
    ref = data.parts[name]
    return open_as(data.opener, ref.items, Items), open_as(data.opener, ref.gold, Labels)


def read_off(bench: Workbench, data: Data, **view: object) -> float:
    """The share of test digits that a line through these numbers tells."""
    states = bench.run(read_numbers, bench.run(items, [data]), **view)
    train, test = (Data({name: data.parts[name]}, opener=data.opener) for name in PARTS)
    fitted = bench.run(probe, states, bench.run(gold, train), ridge=30.0)
    said = bench.run(label, fitted, bench.run(items, [test])).table.column("text").to_pylist()
    return float(np.mean(np.array(said) == bench.run(gold, test).table.column("text").to_pylist()))


def test_digits_are_told_apart_and_better_by_finer_eyes(bench: Workbench) -> None:
    data = bench.run(digit_images, parts=PARTS, writers=40)
    fine, coarse, blurred = (
        read_off(bench, data),
        read_off(bench, data, view=Coarse(block=2)),
        read_off(bench, data, view=Coarse(block=4)),
    )
    assert fine > 0.85
    assert fine > coarse > blurred > 0.3


def test_parts_are_balanced_and_share_no_writer(bench: Workbench) -> None:
    data = bench.run(digit_images, parts=PARTS, writers=40)
    writers = {}
    for name, size in PARTS.items():
        shown, truth = part(data, name)
        digits = Counter(truth.table.column("text").to_pylist())
        assert digits == {str(digit): size // 10 for digit in range(10)}
        writers[name] = {json.loads(fields)["writer"] for fields in shown.column("fields")}
        assert all(len(prompt.split()) == 64 for prompt in shown.column("prompt"))
        assert {int(word) for word in shown.column("prompt")[0].split()} <= set(range(17))
    assert not writers["train"] & writers["test"]


def test_more_writers_change_no_image_and_another_world_all(bench: Workbench) -> None:
    def shown(**more: int) -> set[str]:
        made = bench.run(digit_images, parts={"all": 160}, digits="hexadecimal", **more)
        return set(part(made, "all")[0].column("prompt"))

    first = shown(writers=10)
    assert len(first) == 160
    assert first == shown(writers=10, draw=3)
    assert not first & shown(writers=10, world=1)
    assert len(first & shown(writers=30)) > 10


def test_no_fields_tell_the_digit(bench: Workbench) -> None:
    shown, _ = part(bench.run(digit_images, parts={"all": 20}, writers=2), "all")
    assert {tuple(json.loads(fields)) for fields in shown.column("fields")} == {("writer",)}


def test_parts_beyond_the_world_are_refused(bench: Workbench) -> None:
    with pytest.raises(PrerequisiteError):
        bench.run(digit_images, parts={"all": 100}, writers=2)
