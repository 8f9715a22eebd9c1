"""The driver: what it reuses, what it computes, in which order, and what it does about failures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.runtime.tiny_graph import Builder, no_backend, ran, run, value_of
from w2sdl.kinds import Kind
from w2sdl_runtime.backends.backend import Handle, Resources
from w2sdl_runtime.backends.local_backend import LocalBackend
from w2sdl_runtime.backends.pool_backend import PoolBackend
from w2sdl_runtime.driver import events
from w2sdl_runtime.driver.frontier import Frontier
from w2sdl_runtime.files import read_json
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.runs.loaded_run import load_run
from w2sdl_runtime.runs.timings import Timings
from w2sdl_runtime.storage.leases import held
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.worker import attempt
from w2sdl_runtime.worker.protocol import Outcome


def test_a_second_run_executes_nothing_and_needs_no_backend(tmp_path: Path) -> None:
    builder = Builder()
    numbers = [builder.add("tiny_number", value=float(i)) for i in range(3)]
    total = builder.add("tiny_sum", {"parts": numbers})
    first = run(builder.graph(), tmp_path)
    assert first.status == "done"
    assert value_of(first, total, tmp_path) == 3.0
    second = run(builder.graph(), tmp_path, no_backend)
    assert second.counts == {"executed": 0, "reused": 4, "failed": 0, "skipped": 0}
    assert {i: e.digest for i, e in second.nodes.items()} == {
        i: e.digest for i, e in first.nodes.items()
    }
    assert ran(tmp_path, "number") == 3


def test_names_and_order_of_nodes_change_no_key(tmp_path: Path) -> None:
    one, two = Builder(), Builder()
    one.add("tiny_number", name="A[seed=0]", value=1.0)
    one.add("tiny_number", name="B", value=2.0)
    two.add("tiny_number", name="elsewhere", value=2.0)
    two.add("tiny_number", name="A'", value=1.0)
    run(one.graph(), tmp_path)
    assert run(two.graph(), tmp_path, no_backend).counts["reused"] == 2


def test_defaults_stay_out_of_keys_and_reach_the_operation(tmp_path: Path) -> None:
    builder = Builder()
    node = builder.add("tiny_number", value=1.0)
    result = run(builder.graph(), tmp_path)
    store = Store(tmp_path / "store")
    preimage = store.preimage(result.nodes[node].key)
    assert preimage is not None
    assert preimage["params"] == {"value": 1.0}
    manifest = store.lookup(result.nodes[node].key)
    assert manifest is not None
    assert manifest.params == {"value": 1.0, "name": "x", "seed": 0}


def test_equal_bytes_of_a_parent_leave_its_children_reused(tmp_path: Path) -> None:
    """Early cut-off: children are keyed on what parents gave, not on how."""
    for value in (1.0, 2.0):
        builder = Builder()
        number = builder.add("tiny_number", value=value)
        sign = builder.add("tiny_sign", {"of": [number]})
        total = builder.add("tiny_sum", {"parts": [sign]})
        result = run(builder.graph(), tmp_path)
        assert value_of(result, total, tmp_path) == 1.0
    assert result.nodes[sign].action == "executed"
    assert result.nodes[total].action == "reused"
    assert ran(tmp_path, "sum") == 1


def test_force_computes_the_node_and_only_that(tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    builder.add("tiny_sign", {"of": [number]})
    run(builder.graph(), tmp_path)
    result = run(builder.graph(), tmp_path, force=frozenset([number]))
    assert result.counts["executed"] == 1
    assert result.counts["reused"] == 1
    assert (ran(tmp_path, "number"), ran(tmp_path, "sign")) == (2, 1)


def test_fresh_computes_everything(tmp_path: Path) -> None:
    builder = Builder()
    builder.add("tiny_sign", {"of": [builder.add("tiny_number", value=1.0)]})
    run(builder.graph(), tmp_path)
    assert run(builder.graph(), tmp_path, fresh=True).counts["executed"] == 2


def diamond(how: str = "error") -> tuple[Builder, dict[str, str]]:
    """A failing node with a child, beside a branch that is fine but shorter."""
    builder = Builder()
    ids = {"number": builder.add("tiny_number", value=1.0)}
    ids["bad"] = builder.add("tiny_fail", {"of": [ids["number"]]}, name="bad[arm=a]", how=how)
    ids["child"] = builder.add("tiny_sign", {"of": [ids["bad"]]}, name="child")
    ids["grandchild"] = builder.add("tiny_sum", {"parts": [ids["child"]]}, name="grandchild")
    ids["fine"] = builder.add("tiny_sign", {"of": [ids["number"]]}, name="fine")
    return builder, ids


def test_a_failure_stops_what_was_not_begun(tmp_path: Path) -> None:
    builder, ids = diamond()
    result = run(builder.graph(), tmp_path)
    assert result.status == "failed"
    assert [node.id for node, _ in result.failures] == [ids["bad"]]
    assert result.nodes[ids["child"]].because == "needs bad[arm=a], which failed"
    assert result.nodes[ids["grandchild"]].because == "needs bad[arm=a], which failed"
    assert result.nodes[ids["fine"]].because == "the run stopped after bad[arm=a] failed"
    assert result.counts == {"executed": 1, "reused": 0, "failed": 1, "skipped": 3}


def test_keep_going_stops_only_what_needs_the_failed_node(tmp_path: Path) -> None:
    builder, ids = diamond()
    result = run(builder.graph(), tmp_path, keep_going=True)
    assert result.status == "failed"
    assert result.nodes[ids["fine"]].action == "executed"
    assert result.nodes[ids["child"]].action == "skipped"


def test_a_log_that_can_not_be_written_loses_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the disk is full just after the result was stored."""
    monkeypatch.setenv("SOME_TOKEN", "a-secret-of-some-length")  # which is looked for in the log
    builder = Builder()
    node = builder.add("tiny_note", {"of": [builder.add("tiny_number", value=2.0)]})

    def fill(event: events.Event) -> None:
        if isinstance(event, events.NodeQueued) and event.node == node:
            (folder,) = (tmp_path / "store" / "runs").glob("*/nodes/tiny-note*/attempt-1")
            (folder / "log.txt").symlink_to("/dev/full")

    assert value_of(run(builder.graph(), tmp_path, sinks=[fill]), node, tmp_path) == 2.0


@pytest.mark.parametrize(
    ("how", "type_", "message"),
    [
        ("error", "RuntimeError", "RuntimeError: the soup is cold"),
        ("kind", "TypeError", "returned Predictor, but its signature says Metric"),
        ("exit", "SystemExit", "SystemExit: 3"),
        ("in place", "ValueError", "changed an input in place"),
    ],
)
def test_an_operation_s_error_names_its_log(
    tmp_path: Path, how: str, type_: str, message: str
) -> None:
    builder, ids = diamond(how)
    result = run(builder.graph(), tmp_path)
    ((_, failure),) = result.failures
    assert failure.type == type_
    assert message in failure.message
    log = result.folder / result.nodes[ids["bad"]].log
    assert str(log) in failure.help
    assert "Traceback" in log.read_text()
    assert message.split(": ")[-1] in failure.tail


def test_what_a_user_can_mend_has_help_and_no_traceback(tmp_path: Path) -> None:
    builder, ids = diamond("prerequisite")
    result = run(builder.graph(), tmp_path)
    ((_, failure),) = result.failures
    assert (failure.message, failure.help) == ("there is no salt", "buy some")
    assert "Traceback" not in (result.folder / result.nodes[ids["bad"]].log).read_text()


def test_variants_and_their_edges_reach_the_operation(tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    other = builder.add("tiny_number", value=10.0)
    plus = builder.add("tiny_flavoured", {"of": [number]}, how={"variant": "plus", "amount": 0.5})
    against = builder.add(
        "tiny_flavoured", {"of": [number], "how.other": [other]}, how={"variant": "against"}
    )
    result = run(builder.graph(), tmp_path)
    assert value_of(result, plus, tmp_path) == 1.5
    assert value_of(result, against, tmp_path) == 11.0


def test_optional_ports_may_be_empty(tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    without = builder.add("tiny_sum", {"parts": [number]})
    having = builder.add("tiny_sum", {"parts": [number], "extra": [number]})
    result = run(builder.graph(), tmp_path)
    assert value_of(result, without, tmp_path) == 1.0
    assert value_of(result, having, tmp_path) == 2.0


def spoil(folder: Path, digest: str) -> None:
    """Flip one byte of an object, as the next process will find it."""
    attempt._store.cache_clear()
    path = Store(folder / "store").path(digest) / "artifact.json"
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[20] ^= 1
    path.write_bytes(content)


def test_a_corrupt_input_is_computed_again(tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=4.0)
    first = run(builder.graph(), tmp_path)
    spoil(tmp_path, first.nodes[number].digest)
    total = builder.add("tiny_sum", {"parts": [number]})
    result = run(builder.graph(), tmp_path, only=frozenset([total]))  # who reads it finds out
    assert result.status == "done"
    assert value_of(result, total, tmp_path) == 4.0
    assert result.nodes[number].action == "executed"
    assert result.nodes[number].digest == first.nodes[number].digest
    assert len(list((tmp_path / "store" / "aside").iterdir())) == 1


def nested(reader: str) -> tuple[Builder, dict[str, str]]:
    """A reader of an object that is no node's own output, but referred to by a data set."""
    builder = Builder()
    ids = {"data": builder.add("tiny_data", value=3.0)}
    if reader == "inline":
        ids["part"] = builder.add("tiny_part", {"data": [ids["data"]]}, part="train")
        ids["last"] = builder.add("tiny_sum", {"parts": [ids["part"]]})
    else:
        ids["first"] = builder.add("tiny_first", {"data": [ids["data"]]})
        ids["last"] = builder.add("tiny_sum", {"parts": [ids["first"]]})
    return builder, ids


@pytest.mark.parametrize("reader", ["inline", "by reference"])
def test_a_corrupt_object_inside_another_is_computed_again(tmp_path: Path, reader: str) -> None:
    builder, ids = nested(reader)
    clean = run(builder.graph(), tmp_path)
    (store := Store(tmp_path / "store")).forget(clean.nodes[ids["last"]].key)
    if reader != "inline":
        store.forget(clean.nodes[ids["first"]].key)
    data = store.open(clean.nodes[ids["data"]].digest)
    spoil(tmp_path, data.parts["train"].items)  # type: ignore[attr-defined]
    result = run(builder.graph(), tmp_path)
    assert result.status == "done"
    assert value_of(result, ids["last"], tmp_path) == 3.0
    assert ran(tmp_path, "data") == 2


def test_only_who_made_a_corrupt_object_makes_it_again(tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=6.0)
    wrapped = builder.add("tiny_wrap", {"of": [number]})
    first = run(builder.graph(), tmp_path)
    spoil(tmp_path, first.nodes[number].digest)
    last = builder.add("tiny_first", {"data": [wrapped]})
    result = run(builder.graph(), tmp_path, only=frozenset([last]))
    assert value_of(result, last, tmp_path) == 6.0
    assert (ran(tmp_path, "number"), ran(tmp_path, "wrap")) == (2, 1)


def test_a_request_that_nothing_can_meet_is_refused_before_anything_runs(tmp_path: Path) -> None:
    builder = Builder()
    builder.add("tiny_number", value=1.0)
    builder.add("tiny_number", name="huge", value=2.0, cpus=4096)
    with pytest.raises(PrerequisiteError, match=r"huge asks for 4096 processors"):
        run(builder.graph(), tmp_path)
    assert ran(tmp_path, "number") == 0
    found = load_run(Store(tmp_path / "store"), "last")
    assert found.status == "failed"


def test_a_gpu_that_is_not_there_is_refused_only_if_insisted_on(tmp_path: Path) -> None:
    builder = Builder()
    node = builder.add("tiny_pid", {"of": [builder.add("tiny_number", value=1.0)]}, name="p")
    with pytest.raises(PrerequisiteError, match="p asks for one GPU: no machine has a GPU"):
        run(builder.graph(), tmp_path, device="cuda")
    result = run(builder.graph(), tmp_path, device="cpu")
    value = Store(tmp_path / "store").open(result.nodes[node].digest)
    assert value.facts["device"] == "cpu"  # type: ignore[attr-defined]


def test_the_longest_remaining_path_goes_first(tmp_path: Path) -> None:
    builder = Builder()
    short = [builder.add("tiny_number", value=float(i)) for i in range(3)]
    long = [builder.add("tiny_number", value=9.0)]
    for name in "abc":
        long.append(builder.add("tiny_sum", {"parts": [long[-1], long[0]]}, name=name))
    seen: list[str] = []

    def look(event: events.Event) -> None:
        if isinstance(event, events.NodeStarted):
            seen.append(event.node)

    run(builder.graph(), tmp_path, sinks=[look])
    assert seen[:3] == long[:3]
    assert set(seen[3:]) == {long[3], *short}


def test_estimates_come_from_what_was_measured(tmp_path: Path) -> None:
    builder = Builder()
    slow = builder.add("tiny_number", value=1.0, seed=1)
    quick = builder.add("tiny_number", value=2.0)
    alike = builder.add("tiny_number", value=1.0, seed=2)
    other = builder.add("tiny_number", value=3.0)
    graph = builder.graph()
    timings = Timings(tmp_path / "timings.json")
    timings.learn(graph.nodes[slow], 100.0)
    timings.learn(graph.nodes[quick], 2.0)
    timings.save()
    again = Timings(tmp_path / "timings.json")
    assert again.estimate(graph.nodes[alike]) == 100.0
    assert again.estimate(graph.nodes[other]) == 51.0
    frontier = Frontier(graph, again.estimate)
    first, second = frontier.pop(), frontier.pop()
    assert first is not None
    assert second is not None
    assert {first.id, second.id} == {slow, alike}


def test_of_two_models_never_seen_the_larger_takes_longer(tmp_path: Path) -> None:
    builder = Builder()
    node = builder.nodes[builder.add("tiny_number", value=1.0)]
    sizes = {"steps": 1000, "layers": 1, "width": 16}
    small = replace(node, op="unseen", kind=Kind.MODEL, params=sizes)
    large = replace(small, params={**sizes, "layers": 2, "width": 64})
    timings = Timings(tmp_path / "none.json")
    assert timings.estimate(large) > timings.estimate(small) > 1.0
    assert timings.estimate(replace(large, inline=True)) < 0.1


def test_what_was_done_is_written_down(tmp_path: Path) -> None:
    builder, ids = diamond()
    result = run(builder.graph(), tmp_path, keep_going=True)
    nodes = read_json(result.folder / "nodes.json")
    assert set(nodes) == set(builder.nodes)
    assert nodes[ids["bad"]]["error"]["type"] == "RuntimeError"
    record = read_json(result.folder / "run.json")
    assert record["status"] == "failed"
    assert record["counts"] == dict(result.counts)
    names = [event["event"] for event in events.read_events(result.folder / "events.jsonl")]
    assert names[0] == "run_started"
    assert names[-1] == "run_finished"
    assert names.count("node_finished") == 2
    assert names.count("node_failed") == 1
    assert names.count("node_skipped") == 2


def test_an_interrupted_state_can_be_read_before_the_run_ends(tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    builder.add("tiny_sign", {"of": [number]})
    statuses: list[str] = []

    def look(event: events.Event) -> None:
        if isinstance(event, events.NodeFinished):
            statuses.append(load_run(Store(tmp_path / "store"), "last").status)

    run(builder.graph(), tmp_path, sinks=[look])
    assert statuses == ["running", "running"]


def test_nodes_that_come_to_the_same_key_are_computed_once(tmp_path: Path) -> None:
    builder = Builder()
    numbers = [builder.add("tiny_number", value=float(i + 1)) for i in range(2)]
    signs = [builder.add("tiny_sign", {"of": [number]}) for number in numbers]
    slow = [builder.add("tiny_sleep", {"of": [sign]}, seconds=1.0) for sign in signs]
    result = run(builder.graph(), tmp_path, lambda: PoolBackend(2, [Path.cwd()]))
    assert result.status == "done"
    assert ran(tmp_path, "sleep") == 1
    assert sorted(result.nodes[id_].action for id_ in slow) == ["executed", "reused"]


class _Shrinking(LocalBackend):
    """Loses its only large machine when something is computed."""

    def __init__(self) -> None:
        super().__init__()
        self._cpus = 2.0

    def machines(self) -> list[Resources]:
        return [Resources(self._cpus)]

    def wait(self, timeout: float) -> list[tuple[Handle, Outcome]]:
        self._cpus = 1.0
        return super().wait(timeout)


def test_what_fits_nowhere_any_more_fails_in_a_sentence(tmp_path: Path) -> None:
    builder = Builder()
    small = builder.add("tiny_number", name="small", value=1.0)
    large = builder.add("tiny_sign", {"of": [small]}, name="large", cpus=2)
    result = run(builder.graph(), tmp_path, _Shrinking)
    assert result.status == "failed"
    ((node, failure),) = result.failures
    assert node.id == large
    assert "large asks for 2 processors" in failure.message
    assert "meanwhile" in failure.help
    assert not held(tmp_path / "store")
