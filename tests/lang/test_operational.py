"""How nodes are run: it moves no identity, travels with the graph, and joins where nodes do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_golden import signatures

from w2sdl.api import compile_file
from w2sdl.checking.run_defaults import RunDefaults, read_defaults
from w2sdl.diff import compare
from w2sdl.graph import Graph, graph_from_json, graph_to_json
from w2sdl.needs import Change, Needs, Request, Retry
from w2sdl.operational_text import needs_text, retry_text
from w2sdl.pipeline import Compilation
from w2sdl.project import InputError
from w2sdl.show import program_text
from w2sdl.source import Source
from w2sdl.syntax import quantities
from w2sdl_runtime.values import Labels, Metric

SPEC = """
experiment e "?"
axis seed = 0..1
data d = science_qa(parts: {supervise: 10, transfer: 20, test: 10}A)
weak   W = pretrain(corpus(d B), layers: 1, width: 8, steps: 5, seed: seed C)
W' = finetune(W, gold(d.supervise), train: {epochs: 3}, seed: seed D)
S' = Ψ(pretrain(corpus(d), layers: 2, width: 16, steps: 5 E), label(W', d.transfer F), seed: seed G)
measure a = accuracy(W', S' H) on d.test
"""
GIB = 2**30


def graph_of(text: str, *settings: str, defaults: RunDefaults | None = None) -> Graph:
    made = Compilation(
        Source("spec", text), signatures(), (), settings, defaults=defaults or RunDefaults()
    )
    assert made.graph is not None, made.diagnostics
    return made.graph


def written(**arguments: str) -> str:
    """The spec with operational arguments in some places."""
    text = SPEC
    for place in "ABCDEFGH":
        given = arguments.get(place, "")
        text = text.replace(f"}}{place})", f"}}, {given})" if given else "})")
        text = text.replace(f" {place})", f", {given})" if given else ")")
    return text


def bare(graph: Graph) -> list[tuple[object, ...]]:
    return [
        (n.id, n.address, n.name, n.aliases, n.params, n.key_params, n.inputs)
        for n in graph.nodes.values()
    ]


sizes = st.builds("{}{}".format, st.integers(1, 512), st.sampled_from([*quantities.SIZES]))
times = st.builds("{}{}".format, st.integers(1, 90), st.sampled_from([*quantities.DURATIONS]))
needs = st.fixed_dictionaries(
    {},
    optional={
        "cpu": st.integers(1, 64).map(str),
        "gpu": st.sampled_from(["1", "2", "0.25"]),
        "gpu_mem": sizes,
        "memory": sizes,
        "accelerator": st.just('"A100"'),
    },
)
retries = st.fixed_dictionaries(
    {"on": st.just("[oom, timeout, lost]")}, optional={"max": st.integers(0, 9).map(str)}
)


def record(fields: dict[str, str]) -> str:
    return f"{{{', '.join(f'{name}: {value}' for name, value in fields.items())}}}"


arguments = st.fixed_dictionaries(
    {}, optional={"needs": needs.map(record), "retry": retries.map(record), "timeout": times}
).map(lambda given: ", ".join(f"{name}: {value}" for name, value in given.items()))


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from("ABCDEFGH"), arguments))
def test_no_identity_key_or_address_moves(given: dict[str, str]) -> None:
    plain, asked = graph_of(written()), graph_of(written(**given))
    assert bare(asked) == bare(plain)
    found = compare(plain, asked, signatures())
    assert {change.kind.value for change in found.changes} <= {"operational"}
    assert graph_from_json(json.loads(json.dumps(graph_to_json(asked)))) == asked
    program = Compilation(Source("spec", written(**given)), signatures()).program
    again = graph_of(program_text(program))
    requests = {node.id: node.request for node in asked.nodes.values()}
    assert {node.id: node.request for node in again.nodes.values()} == requests


def test_a_change_of_how_it_is_run_is_operational() -> None:
    asked = graph_of(written(D="timeout: 4h, needs: {gpu_mem: 18GiB}"))
    found = compare(graph_of(written()), asked, signatures())
    shown = {(c.what, c.new) for c in found.changes}
    assert shown == {("timeout", "4h"), ("needs", "{cpu: 1, gpu_mem: 18GiB}")}
    assert not found.differs


def test_a_neutral_parameter_is_in_no_key() -> None:
    text = written().replace("epochs: 3", "epochs: 3, micro_batch: 8")
    assert text != written()
    assert set(graph_of(text).nodes) == set(graph_of(written()).nodes)


def test_nor_is_a_record_that_has_nothing_else_beside_defaults() -> None:
    """Breaks where `train: {micro_batch: 8}`, and nothing more, computes a training again."""
    defaults = re.sub(r", train: \{[^}]*\}", "", written())
    text = re.sub(r"train: \{[^}]*\}", "train: {micro_batch: 8}", written())
    assert len({defaults, text, written()}) == 3
    assert set(graph_of(text).nodes) == set(graph_of(defaults).nodes)


def node(graph: Graph, address: str) -> Request:
    return next(n.request for n in graph.nodes.values() if n.address == address)


def test_what_is_said_arrives() -> None:
    graph = graph_of(
        written(
            D='needs: {gpu: 1, gpu_mem: 18GiB, cpu: 2, memory: 0.5GB, accelerator: "A100"}, '
            "retry: {max: 4, on: [oom, lost], micro_batch: half}, timeout: 90min"
        )
    )
    change = Change("train.micro_batch", 0.5, "train.batch")
    assert node(graph, "W'[seed=1]") == Request(
        Needs(2, 1, 18 * GIB, 500_000_000, "A100"), Retry(4, ("lost", "oom"), (change,)), 5400
    )
    assert node(graph, "W[seed=1]") == Request(Needs(1))


def test_a_change_brings_the_cause_that_it_answers() -> None:
    graph = graph_of(written(D="retry: {micro_batch: half, timeout: double}, timeout: 1h"))
    retry = node(graph, "W'[seed=0]").retry
    assert retry is not None
    assert retry.on == ("lost", "preempted", "oom", "timeout")
    assert retry.max == 2


def test_settings_and_profiles_reach_them() -> None:
    text = written() + "profile big { W'.needs.memory = 8GiB }"
    made = Compilation(Source("s", text), signatures(), ("big",), ("W'.timeout=2h",))
    assert made.graph is not None, made.diagnostics
    assert node(made.graph, "W'[seed=0]") == Request(Needs(1, memory=8 * GIB), None, 7200)


def test_requests_of_merged_nodes_are_joined() -> None:
    twin = (
        "\ntwin = finetune(W, gold(d.supervise), train: {epochs: 3}, seed: seed, "
        "needs: {cpu: 4, memory: 1GiB}, timeout: 1h)"
    )
    graph = graph_of(written(D="needs: {memory: 2GiB, gpu: 1}, retry: {max: 5}") + twin)
    expected = Request(Needs(4, 1, memory=2 * GIB), Retry(5), 3600)
    assert node(graph, "W'[seed=0]") == expected


some_retries = st.builds(
    Retry,
    st.integers(0, 5),
    st.sets(st.sampled_from(["lost", "oom"])).map(lambda s: tuple(sorted(s))),
    st.lists(
        st.builds(
            Change, st.sampled_from(["timeout", "needs.memory"]), st.sampled_from([0.5, 2, 4])
        ),
        unique_by=lambda change: change.path,
    ).map(lambda found: tuple(sorted(found, key=lambda change: change.path))),
)
requests = st.builds(
    Request,
    st.builds(Needs, st.integers(1, 9), st.none() | st.floats(0, 4), st.none() | st.integers(1, 9)),
    st.none() | some_retries,
    st.none() | st.floats(1, 9),
)


@given(requests, requests, requests)
def test_joining_asks_for_no_less_and_knows_no_order(a: Request, b: Request, c: Request) -> None:
    assert a.joined(a) == a
    assert a.joined(b).needs == b.joined(a).needs
    assert a.joined(b).timeout == b.joined(a).timeout
    assert a.joined(b).joined(c).needs == a.joined(b.joined(c)).needs
    both = a.joined(b)
    for one in (a, b):
        assert both.needs.cpu >= one.needs.cpu
        assert (both.needs.gpu or 0) >= (one.needs.gpu or 0)
        assert (both.timeout or 0) >= (one.timeout or 0)
        assert both.retry is None or one.retry is None or both.retry.max >= one.retry.max


@given(st.integers(1, 2**60))
def test_sizes_are_written_exactly(count: int) -> None:
    found = quantities.parse_quantity(quantities.size_text(count))
    assert found is not None
    if count < 10**15:  # a size below a kilobyte's precision is written with a point
        assert quantities.amount(*found) == count


def test_quantities_are_written_in_their_largest_unit() -> None:
    assert quantities.size_text(18 * GIB) == "18GiB"
    assert quantities.size_text(1536 * 2**20) == "1536MiB"
    assert quantities.size_text(2 * 10**9) == "2GB"
    assert quantities.size_text(1) == "0.001KB"
    assert quantities.duration_text(5400) == "90min"
    assert quantities.duration_text(86400) == "1d"
    assert quantities.duration_text(0.5) == "0.5s"
    assert [quantities.factor_text(f) for f in (0.5, 2, 1.5)] == ["half", "double", "1.5x"]
    retry = Retry(1, ("oom",), (Change("needs.memory", 2), Change("train.micro_batch", 0.5)))
    assert retry_text(retry) == "{max: 1, on: [oom], memory: double, micro_batch: half}"
    assert (
        needs_text(Needs(2, 0.5, accelerator="A100")) == '{cpu: 2, gpu: 0.5, accelerator: "A100"}'
    )


def test_graphs_of_before_are_read() -> None:
    record = graph_to_json(graph_of(written()))
    for entry in record["nodes"].values():
        del entry["needs"], entry["retry"], entry["timeout"]
        entry["cpus"] = 3
    found = graph_from_json(json.loads(json.dumps(record)))
    assert {n.cpus for n in found.nodes.values()} == {3}
    assert {n.request for n in found.nodes.values()} == {Request(Needs(3))}


# -- w2sdl.toml ------------------------------------------------------------------------------------

TABLE = {
    "timeout": "6h",
    "needs": {"memory": "1GiB"},
    "retry": {"max": 1, "on": ["lost"]},
    "Φ": {"needs": {"gpu_mem": "18GiB"}, "retry": {"on": ["oom"], "micro_batch": "half"}},
}


def test_settings_fill_in_what_calls_leave_open() -> None:
    defaults = read_defaults(TABLE, signatures(), Path("w2sdl.toml"))
    graph = graph_of(written(D="needs: {memory: 3GiB}", F="timeout: 1h"), defaults=defaults)
    assert bare(graph) == bare(graph_of(written()))
    finetuned = node(graph, "W'[seed=0]")
    assert finetuned.needs == Needs(1, gpu_mem=18 * GIB, memory=3 * GIB)
    assert finetuned.timeout == 6 * 3600
    assert finetuned.retry == Retry(2, ("oom",), (Change("train.micro_batch", 0.5, "train.batch"),))
    labelled = node(graph, "label(W', d.transfer)[seed=0]")
    assert labelled == Request(Needs(1, memory=GIB), Retry(1, ("lost",)), 3600)


@pytest.mark.parametrize(
    ("table", "message", "help"),
    [
        ({"timout": "4h"}, "[run] has `timout`", "did you mean `timeout`?"),
        ({"finetun": {"timeout": "4h"}}, "[run] has `finetun`", "did you mean `finetune`?"),
        ({"timeout": 4}, "[run] timeout is 4", "a duration such as `4h`, in quotes"),
        ({"timeout": "4GiB"}, "[run] timeout is '4GiB'", "a duration"),
        ({"timeout": "0s"}, "[run] timeout is '0s'", "a duration"),
        ({"needs": {"cpus": 1}}, "unknown setting `cpus`", "did you mean `cpu`?"),
        ({"needs": {"cpu": 0}}, "[run] needs.cpu is 0", "an integer >= 1"),
        ({"retry": {"on": ["error"]}}, "retry.on is 'error'", "`lost` or"),
        ({"retry": {"micro_batch": "half"}}, "unknown setting `micro_batch`", ""),
        ({"label": {"retry": {"micro_batch": "half"}}}, "unknown setting `micro_batch`", ""),
        ({"label": {"needs": {"gpu": 0, "gpu_mem": "1GB"}}}, "`gpu: 0` asks for no GPU", "leave"),
        ({"label": {"timeouts": "4h"}}, "[run.label] has an unknown setting `timeouts`", ""),
    ],
)
def test_settings_with_mistakes_are_refused(
    table: dict[str, object], message: str, help: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_defaults(table, signatures(), Path("w2sdl.toml"))
    assert message in caught.value.message
    assert help in caught.value.help


def test_the_settings_file_is_read(tmp_path: Path) -> None:
    spec = tmp_path / "e.w2s"
    spec.write_text('experiment e "?"\ndata d = science_qa(parts: {test: 10})\n')
    (tmp_path / "w2sdl.toml").write_text(
        '[run]\ntimeout = "2h"\n[run.science_qa]\nneeds = {cpu = 2}\n'
    )
    graph = compile_file(spec).graph
    assert graph is not None
    (only,) = graph.nodes.values()
    assert only.request == Request(Needs(2), None, 7200)
    (tmp_path / "w2sdl.toml").write_text("run = 3\n")
    with pytest.raises(InputError, match="`run` is no table"):
        compile_file(spec)


# -- operations of one's own -----------------------------------------------------------------------


@pytest.mark.parametrize("taken", [int, Labels], ids=["parameter", "port"])
def test_no_operation_may_have_an_argument_of_these_names(taken: type) -> None:
    from types import ModuleType

    from w2sdl_runtime.op import Context, op
    from w2sdl_runtime.registry import read_signatures

    def slow(ctx: Context, timeout: Any) -> Metric: ...  # type: ignore[empty-body]

    module = ModuleType("slow_operations")
    slow.__module__ = module.__name__
    slow.__annotations__ = {"ctx": Context, "timeout": taken, "return": Metric}
    module.slow = op("slow", version=1)(slow)  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="`timeout` is an argument that every call has"):
        read_signatures([module])
