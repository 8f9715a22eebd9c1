"""A plan predicts what a run does: on random graphs, after random changes and damage."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from tests.runtime.tiny_graph import Builder, run
from w2sdl.graph import Graph
from w2sdl.planning.deciding import plan_graph
from w2sdl.planning.plan import Action, Plan
from w2sdl_runtime.cache.index import store_index
from w2sdl_runtime.runs.run_record import NodeEntry
from w2sdl_runtime.storage.store import Store


@dataclass(frozen=True)
class Design:
    """Numbers, and what is computed of any two earlier nodes: a sum, or the sign of the first."""

    numbers: Sequence[int]
    steps: Sequence[tuple[bool, int, int]]

    def graph(self) -> Graph:
        builder = Builder()
        ids = [
            builder.add("tiny_number", name=f"n{i}", value=v) for i, v in enumerate(self.numbers)
        ]
        for position, (is_sum, first, second) in enumerate(self.steps):
            parents = [ids[first % len(ids)], ids[second % len(ids)]]
            if is_sum:
                ids.append(builder.add("tiny_sum", {"parts": parents}, name=f"c{position}"))
            else:
                ids.append(builder.add("tiny_sign", {"of": parents[:1]}, name=f"c{position}"))
        return builder.graph()


steps = st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.integers(0, 9)), max_size=6)
designs = st.builds(Design, st.lists(st.integers(-2, 2), min_size=1, max_size=3), steps)
damages = st.lists(
    st.tuples(st.sampled_from(["forget", "remove", "none"]), st.integers(0, 9)), max_size=3
)


def plan_of(graph: Graph, folder: Path, force: frozenset[str] = frozenset()) -> Plan:
    index = store_index(Store(folder / "store"), folder, {}, experiment="tiny")
    return plan_graph(graph, index, force)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=designs, second=designs, damage=damages, forced=st.sets(st.integers(0, 9), max_size=1))
def test_a_plan_predicts_what_a_run_does(
    first: Design, second: Design, damage: list[tuple[str, int]], forced: set[int]
) -> None:
    """Breaks when a plan reuses what a run computes, computes what it reuses, or misses a change."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(first.graph(), folder)
        harm(folder, damage)
        graph = second.graph()
        ids = list(graph.nodes)
        force = frozenset(ids[number % len(ids)] for number in forced)
        plan = plan_of(graph, folder, force)
        result = run(graph, folder, force=force)
        assert result.status == "done"
        compare(plan, result.nodes)
        assert set(plan_of(graph, folder).counts()) == {Action.REUSE}


def harm(folder: Path, damage: list[tuple[str, int]]) -> None:
    store = Store(folder / "store")
    for what, number in damage:
        keys = sorted(path.name for path in store.keys.iterdir())
        if what == "forget":
            store.forget(keys[number % len(keys)])
        elif what == "remove" and (objects := sorted(store.objects.iterdir())):
            shutil.rmtree(objects[number % len(objects)])


def compare(plan: Plan, nodes: Mapping[str, NodeEntry]) -> None:
    made = [entry for entry in nodes.values() if entry.action == "executed"]
    results = {entry.key for entry in made} | {entry.digest for entry in made}
    for id_, entry in plan.entries.items():
        node = nodes[id_]
        if entry.action is Action.REUSE:
            assert (node.action, node.key, node.digest) == ("reused", entry.key, entry.digest)
        elif entry.action is Action.RUN:
            # Where several nodes have one result, the first makes it and the others take it from there.
            assert {node.key, node.digest} & results, entry
            assert entry.key in ("", node.key)
        else:
            assert entry.action is Action.MAYBE
