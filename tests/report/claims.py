"""Trees of claims, as the compiler makes them, and the verdicts on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sample as sampling

from w2sdl.graph import Expectation
from w2sdl.replication import replication
from w2sdl_runtime.report.expect import Verdict, judge
from w2sdl_runtime.report.results import Results

Tree = dict[str, Any]


def table(name: str, **select: str) -> Tree:
    return {"table": name, "select": select}


def student(**select: str) -> Tree:
    return table("scores", of="S'", **select)


def over(call: str, value: Tree, *axes: str) -> Tree:
    return {"call": call, "value": value, "over": list(axes)}


def number(value: float) -> Tree:
    return {"number": value}


def compare(left: Tree, sign: str, right: Tree) -> Tree:
    return {"compare": sign, "left": left, "right": right}


def within(left: Tree, right: Tree, margin: float) -> Tree:
    return {**compare(left, "==", right), "within": margin}


def verdict(sample: sampling.Sample, tree: Mapping[str, Any]) -> Verdict:
    results = Results(sample.graph, sample.nodes, sample.store)
    expectation = Expectation("it", "as written", tree, 1)
    return judge(expectation, sample.graph, results, replication(sample.graph))
