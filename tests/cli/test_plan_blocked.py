"""Plans say which nodes fit on no machine, as far as the machines are known without starting any."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.toy import MODULE, ROOT, Toy
from tests.runtime.tiny_graph import Builder
from w2sdl.cli.foresight import Foresight, foresee
from w2sdl.needs import Needs
from w2sdl_runtime.backends.backend import Resources
from w2sdl_runtime.backends.choosing import Executor
from w2sdl_runtime.backends.gpus import listed_gpus
from w2sdl_runtime.backends.inventory import remember
from w2sdl_runtime.provenance import cpu_count

GIB = 2**30
LOCAL = ("--executor", "local")
NO_GPU = pytest.mark.skipif(bool(listed_gpus()), reason="this machine has a GPU")


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    """`alone` asks for more memory than there is, and all `a` for more processors."""
    toy = Toy.fresh(tmp_path / "toy")
    toy.edit("toy.w2s", "times: 3)", "times: 3, needs: {memory: 900TiB})")
    toy.edit("toy.w2s", '"abd", seed: seed)', '"abd", seed: seed, needs: {cpu: 5000})')
    return toy


def test_what_fits_nowhere_is_blocked_with_all_below_it(toy: Toy) -> None:
    out = toy.plan(*LOCAL, code=1)
    lines = [" ".join(line.split()) for line in out.splitlines()]
    there = f"the largest machine has {cpu_count()}"
    assert f"blocked asks for 5000 processors: {there} (+1) 2 × a" in lines
    assert "blocked needs `a` 2 × s" in lines
    assert "run never computed 1 × f" in lines
    assert "1 to run, 7 that can't run here; " in out
    assert f"  a (2 nodes) asks for 5000 processors: {there}\n" in out
    assert "  alone asks for 900TiB of memory: the largest machine has" in out


def test_a_run_refuses_in_the_same_words(toy: Toy) -> None:
    planned = toy.plan(*LOCAL, code=1)
    refused = toy.run(code=1)
    message = refused[refused.index("error: no machine has what is asked for") :]
    assert message in planned
    assert message in toy.run("-n", code=1)


def test_the_plan_as_data(toy: Toy) -> None:
    record = json.loads(toy.here("plan", "toy.w2s", *MODULE, *LOCAL, "--json")[1])
    nodes = {node["address"]: node for node in record["nodes"]}
    there = f"the largest machine has {cpu_count()}"
    asks = {"reason": "TOO_LARGE", "asked": "5000 processors", "there": there}
    assert nodes["a[seed=0]"]["action"] == "blocked"
    assert nodes["a[seed=0]"]["reasons"] == [asks, {"reason": "NEW"}]
    assert nodes["a[seed=0]"]["key"]
    assert [why["reason"] for why in nodes["s[seed=1]"]["reasons"]] == ["UPSTREAM_BLOCKED"]
    assert nodes["f"]["action"] == "run"
    machines = record["machines"]
    assert machines["executor"] == "local"
    assert (machines["asked"], machines["cpus"], machines["gpus"]) == (True, cpu_count(), None)
    assert machines["notes"] == []


def test_a_cluster_is_not_asked_and_that_is_said(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    note = "the cluster at 10.0.0.1:6379 was not asked: a run compares all requests"
    out = toy.plan("--address", "10.0.0.1:6379")
    assert note in out
    assert "blocked" not in out
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    assert note in toy.plan()
    record = json.loads(toy.plan("--json"))
    assert (record["machines"]["asked"], record["machines"]["cpus"]) == (False, None)
    assert note in record["machines"]["notes"][0]
    monkeypatch.delenv("RAY_ADDRESS")
    assert "asks for 5000 processors" in toy.plan(code=1)  # a Ray of our own has this machine


def test_a_cluster_that_was_looked_at_is_compared(toy: Toy) -> None:
    """With what it had then, and a line says when that was."""
    remember(toy.store, "10.0.0.1:6379", [Resources(64, 0, 512 * GIB)])
    out = toy.plan("--address", "10.0.0.1:6379", code=1)
    assert "asks for 5000 processors: the largest machine has 64" in out
    assert "the cluster at 10.0.0.1:6379 is taken to be as it was on 2" in out
    assert "w2sdl doctor --address 10.0.0.1:6379 looks again" in out
    assert "was not asked" in toy.plan("--address", "10.0.0.2:6379")


def test_a_cluster_is_not_named_where_nothing_is_asked_of_it(tmp_path: Path) -> None:
    toy = Toy.fresh(tmp_path / "toy")
    assert "not asked" not in toy.plan("--address", "10.0.0.1:6379")


def test_what_is_stored_needs_no_machine(toy: Toy) -> None:
    """Requests are in no key."""
    text = (toy.folder / "toy.w2s").read_text("utf-8")
    (toy.folder / "toy.w2s").write_text(
        text.replace("5000", "1").replace("900TiB", "1MiB"), "utf-8"
    )
    toy.run()
    (toy.folder / "toy.w2s").write_text(text, "utf-8")
    assert "8 to reuse, 0 to run  " in toy.plan(*LOCAL)


def test_what_is_not_selected_blocks_nothing(toy: Toy) -> None:
    """Breaks when a run compares what it will not compute."""
    leave = ("--exclude", "a+", "--exclude", "alone")
    assert "can't run here" not in toy.plan(*LOCAL, *leave)
    assert "1 computed, 7 skipped" in toy.run(*leave)


def test_processors_are_those_that_a_run_would_use(toy: Toy) -> None:
    toy.edit("toy.w2s", "cpu: 5000", "cpu: 3")
    leave = ("--exclude", "alone")
    out = toy.plan(*LOCAL, "-j", "2", *leave, code=1)
    assert "asks for 3 processors: the largest machine has 2" in out
    assert "can't run here" not in toy.plan(*LOCAL, "-j", "3", *leave)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--executor", "local", "--address", "a:1"), "--address needs the ray executor"),
        (("--address", "a:1", "-j", "2"), "--jobs says how many processors of this machine"),
    ],
)
@pytest.mark.parametrize("command", ["plan", "run"])
def test_options_that_contradict_each_other(
    toy: Toy, command: str, options: tuple[str, ...], said: str
) -> None:
    assert said in toy.w2sdl(command, "toy.w2s", *MODULE, *options, code=1)


def test_a_plan_with_blocked_nodes_can_be_run_where_there_is_room(toy: Toy) -> None:
    toy.edit("toy.w2s", "cpu: 5000", "cpu: 2")
    toy.edit("toy.w2s", "900TiB", "1MiB")
    out = toy.plan("--executor", "ray", "-j", "1", "-o", "plan.json", code=1)
    assert "asks for 2 processors: the largest machine has 1" in out
    saved = json.loads((toy.folder / "plan.json").read_text("utf-8"))
    assert {node["action"] for node in saved["nodes"]} == {"run", "blocked"}
    pool = ("--executor", "local", "-j", "2")
    assert "8 computed" in toy.w2sdl_bare("run", "plan.json", *pool)


def test_a_saved_plan_still_notices_what_moved_below_a_blocked_node(toy: Toy) -> None:
    toy.plan(*LOCAL, "-o", "plan.json", code=1)
    record = json.loads((toy.folder / "plan.json").read_text("utf-8"))
    blocked = next(node for node in record["nodes"] if node["address"] == "alone")
    blocked["key"] = "0" * 64
    (toy.folder / "plan.json").write_text(json.dumps(record), "utf-8")
    refused = toy.w2sdl_bare("run", "plan.json", *LOCAL, code=1)
    assert "alone has another key" in refused


def _node(needs: Needs, wants_gpu: bool = False):  # type: ignore[no-untyped-def]
    builder = Builder()
    id_ = builder.add("tiny_number", value=1.0, needs=needs)
    return replace(builder.nodes[id_], wants_gpu=wants_gpu)


def test_gpus_are_counted_only_where_one_is_demanded() -> None:
    def seen(needs: Needs, device: str = "auto", wants: bool = False) -> Foresight:
        node = _node(needs, wants)
        graph = replace(Builder().graph(), nodes={node.id: node})
        return foresee(graph, Executor("local"), device, None)

    assert not seen(Needs(4), wants=True).counts_gpus
    assert not seen(Needs(gpu=2), device="cpu").counts_gpus
    assert seen(Needs(gpu=2)).counts_gpus
    assert seen(Needs(gpu_mem=GIB)).counts_gpus
    assert seen(Needs(), device="cuda", wants=True).counts_gpus


def test_gpus_that_nobody_can_list_block_nothing() -> None:
    blind = Foresight("local", "auto", (Resources(4, 0, 16 * GIB),), counts_gpus=False)
    assert blind.lacks(_node(Needs(gpu=2))) is None
    assert blind.lacks(_node(Needs(8))) is not None


@NO_GPU
def test_gpus_that_are_not_there(toy: Toy) -> None:
    toy.edit("toy.w2s", "cpu: 5000", "gpu_mem: 20GiB")
    out = toy.plan(*LOCAL, code=1)
    assert "blocked asks for 20GiB of one GPU: no machine has a GPU (+1)     2 × a" in out
    assert "--device cpu runs everything without a GPU" in out
    assert "1 that can't run here" in toy.plan(*LOCAL, "--device", "cpu", code=1)


def test_planning_against_this_machine_loads_nothing_heavy(toy: Toy) -> None:
    toy.edit("toy.w2s", "cpu: 5000", "gpu: 64")
    code = (
        "import sys; from w2sdl.cli import run_cli; run_cli(sys.argv[1:]); "
        "print('HEAVY', sorted({'torch', 'ray', 'numpy', 'pyarrow', 'pandas'} & set(sys.modules)))"
    )
    words = ["plan", "toy.w2s", *MODULE, "--budget", "2gpuh", "--store", str(toy.store)]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=toy.folder, capture_output=True, text=True,
        env={**__import__("os").environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}"}, check=True,
    )  # fmt: skip
    assert "asks for 64 GPUs" in done.stdout
    assert done.stdout.splitlines()[-1] == "HEAVY []"
