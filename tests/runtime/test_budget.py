"""Budgets: what counts, that nothing is begun past them, and that the next run goes on."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.runtime.tiny_graph import Builder, no_backend, ran, run
from tests.waiting import until
from w2sdl.budget import Budget, Spend, amount_text, parse_budget
from w2sdl.input_error import InputError
from w2sdl.needs import Needs, Retry
from w2sdl_runtime.backends.local_backend import LocalBackend
from w2sdl_runtime.console.console import RunConsole
from w2sdl_runtime.driver import events
from w2sdl_runtime.driver.execute import BackendFactory, RunResult
from w2sdl_runtime.driver.spending import Spending
from w2sdl_runtime.files import read_json
from w2sdl_runtime.runs.loaded_run import read_run
from w2sdl_runtime.runs.past import PastRuns
from w2sdl_runtime.runs.run_record import NodeEntry
from w2sdl_runtime.storage.leases import held
from w2sdl_runtime.worker.attempt import run_attempt
from w2sdl_runtime.worker.protocol import WITHDRAWN, Attempt


@pytest.mark.parametrize(
    ("text", "spend", "seconds"),
    [
        ("12gpuh", Spend.GPU, 43200),
        ("1.5 cpuh", Spend.CPU, 5400),
        ("30gpumin", Spend.GPU, 1800),
        ("90min", Spend.TIME, 5400),
        ("1_000h", Spend.TIME, 3_600_000),
    ],
)
def test_amounts(text: str, spend: Spend, seconds: float) -> None:
    found = parse_budget(text)
    assert (found.spend, found.seconds) == (spend, seconds)
    assert parse_budget(str(found)) == found


@pytest.mark.parametrize(
    ("text", "said", "help"),
    [
        ("12", "--budget is `12`: a number without a unit", "`12gpuh` are GPU-hours"),
        ("12GPU-hours", "`GPU-hours` is no unit of a budget", "did you mean `12gpuh`?"),
        ("3 cpus", "`cpus` is no unit of a budget", "did you mean `3cpuh`?"),
        ("8 core hours", "`core hours` is no unit of a budget", "did you mean `8cpuh`?"),
        ("2hours", "`hours` is no unit of a budget", "did you mean `2h`?"),
        ("8GiB", "`GiB` is no unit of a budget", "write `12gpuh` (GPU-hours)"),
        ("2h 30min", "`h 30min` is no unit of a budget", "write `12gpuh`"),
        ("much", "`much`, which is no amount", "`2h` (of this run, by the clock)"),
        ("-1h", "`-1h`, which is no amount", "write `12gpuh`"),
        ("0.0h", "`0.0h`: nothing could be begun", "`-n` only says"),
    ],
)
def test_what_is_no_amount(text: str, said: str, help: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_budget(text)
    assert said in caught.value.message
    assert help in caught.value.help


def test_amounts_in_words() -> None:
    shown = [amount_text(Spend.GPU, seconds) for seconds in (0, 1, 90, 3600, 45_000)]
    assert shown == [
        "0 GPU-seconds", "1 GPU-second", "1.5 GPU-minutes", "1 GPU-hour", "12.5 GPU-hours",
    ]  # fmt: skip
    assert amount_text(Spend.CPU, 7200) == "2 processor-hours"
    assert amount_text(Spend.TIME, 7500) == "2 h 5 min"


# -- the driver --------------------------------------------------------------------------------------

#: Reached by whatever runs: the first try begins, since nothing is spent by then, and is the last.
LEAST = parse_budget("0.0000001cpumin")


def chain(folder: Path, seconds: float = 0.3) -> Builder:
    """A number that is stored already, a slow node, and one that waits for it."""
    builder = Builder()
    number = builder.add("tiny_number", name="number", value=1.0)
    run(builder.graph(), folder)
    slow = builder.add("tiny_sleep", {"of": [number]}, name="slow", seconds=seconds)
    builder.add("tiny_sign", {"of": [slow]}, name="after")
    return builder


def actions(result: RunResult) -> dict[str, str]:
    return {entry.address: entry.action for entry in result.nodes.values()}


def entry_of(result: RunResult, address: str) -> NodeEntry:
    return next(entry for entry in result.nodes.values() if entry.address == address)


def test_a_run_ends_at_its_budget_and_the_next_goes_on(
    backend: BackendFactory, tmp_path: Path
) -> None:
    """What runs is finished and committed; what it leaves is not begun."""
    graph = chain(tmp_path).graph()
    first = run(graph, tmp_path, backend, budget=LEAST)
    assert first.status == "incomplete"
    assert actions(first) == {"number": "reused", "slow": "executed", "after": "skipped"}
    assert entry_of(first, "after").because == "the budget of 0.0000001cpumin was reached"
    assert not held(tmp_path / "store")
    second = run(graph, tmp_path, backend, budget=LEAST)
    assert second.status == "done"
    assert actions(second) == {"number": "reused", "slow": "reused", "after": "executed"}


def test_time_by_the_clock(tmp_path: Path) -> None:
    result = run(chain(tmp_path, 1.7).graph(), tmp_path, budget=parse_budget("1.5s"))
    assert actions(result) == {"number": "reused", "slow": "executed", "after": "skipped"}


def test_nothing_that_waits_for_room_is_begun(backend: BackendFactory, tmp_path: Path) -> None:
    """Breaks when what a backend already has in its queue can't be taken back."""
    builder = chain(tmp_path, 2.0)
    for place in range(5):
        of = {"of": [builder.id("number")]}
        builder.add("tiny_sleep", of, name=f"slow{place}", seconds=2.1 + place / 100)
    result = run(builder.graph(), tmp_path, backend, budget=LEAST)
    begun = ran(tmp_path, "sleep")
    assert 1 <= begun <= (1 if backend is LocalBackend else 2)
    assert result.status == "incomplete"
    assert result.counts == {"executed": begun, "reused": 1, "failed": 0, "skipped": 7 - begun}
    never = [entry for entry in result.nodes.values() if entry.action == "skipped"]
    assert {entry.attempts for entry in never} == {0}
    assert read_run(result.folder).info.spent["tries"] == begun


def test_failed_tries_count_and_a_retry_is_not_begun(
    backend: BackendFactory, tmp_path: Path
) -> None:
    builder = chain(tmp_path)
    of = {"of": [builder.id("number")]}
    retry = Retry(9, ("timeout",))
    late = builder.add("tiny_sleep", of, name="late", needs=Needs(2), retry=retry, timeout=0.5)
    result = run(builder.graph(), tmp_path, backend, only=frozenset([late]), budget=LEAST)
    assert result.status == "incomplete"
    assert result.nodes[late].attempts == 1
    assert result.nodes[late].because == "the budget of 0.0000001cpumin was reached"
    spent = read_run(result.folder).info.spent
    assert spent["tries"] == 1
    assert spent["cpu_seconds"] >= 2 * 0.5


def test_a_worker_that_dies_has_cost_something(workers: BackendFactory, tmp_path: Path) -> None:
    builder = chain(tmp_path)
    of = {"of": [builder.id("number")]}
    victim = builder.add("tiny_die", of, name="victim")
    result = run(builder.graph(), tmp_path, workers, only=frozenset([victim]))
    assert result.nodes[victim].attempts == 2
    assert read_run(result.folder).info.spent["tries"] == 2


def test_what_is_stored_is_found_past_the_budget(tmp_path: Path) -> None:
    builder = chain(tmp_path)
    run(builder.graph(), tmp_path)
    again = frozenset([builder.id("slow")])
    result = run(builder.graph(), tmp_path, force=again, budget=LEAST)
    assert result.status == "done"
    assert actions(result) == {"number": "reused", "slow": "executed", "after": "reused"}


def test_what_another_node_came_to_meanwhile_is_taken(
    backend: BackendFactory, tmp_path: Path
) -> None:
    """Two nodes with equal inputs: one result for both, whatever the budget."""
    builder = Builder()
    signs = [
        builder.add("tiny_sign", {"of": [builder.add("tiny_number", value=value)]})
        for value in (1.0, 2.0)
    ]
    run(builder.graph(), tmp_path)
    for place, sign in enumerate(signs):
        builder.add("tiny_sleep", {"of": [sign]}, name=f"twin{place}", seconds=1.0)
    result = run(builder.graph(), tmp_path, backend, budget=LEAST)
    assert result.status == "done"
    assert ran(tmp_path, "sleep") == 1


def test_a_run_that_needs_nothing_fits_any_budget(tmp_path: Path) -> None:
    graph = chain(tmp_path).graph()
    run(graph, tmp_path)
    assert run(graph, tmp_path, no_backend, budget=parse_budget("0.001s")).status == "done"


def test_a_failure_is_a_failure_beside_a_budget(tmp_path: Path) -> None:
    builder = chain(tmp_path)
    last = builder.add("tiny_fail", {"of": [builder.id("number")]}, name="bad")
    for name in ("one", "two", "three"):  # so that it comes first
        last = builder.add("tiny_sign", {"of": [last]}, name=name)
    result = run(builder.graph(), tmp_path, keep_going=True, budget=LEAST)
    assert result.status == "failed"
    assert entry_of(result, "three").because == "needs bad, which failed"
    assert entry_of(result, "slow").because == "the budget of 0.0000001cpumin was reached"


@pytest.mark.ray
def test_gpu_hours_count_shares_of_a_gpu(ray_backends: BackendFactory, tmp_path: Path) -> None:
    builder = chain(tmp_path)
    of = {"of": [builder.id("number")]}
    half = builder.add("tiny_sleep", of, name="half", seconds=1.0, needs=Needs(gpu=0.5))
    builder.add("tiny_sign", {"of": [half]}, name="last", needs=Needs(gpu=1))
    budget = parse_budget("0.0000001gpumin")
    result = run(builder.graph(), tmp_path, ray_backends, budget=budget)
    assert result.status == "incomplete"
    assert (entry_of(result, "half").action, entry_of(result, "last").action) == (
        "executed", "skipped",
    )  # fmt: skip
    spent = read_run(result.folder).info.spent
    assert 0.5 <= spent["gpu_seconds"] <= spent["cpu_seconds"] / 2


def test_what_is_expected_is_said_before_the_start(tmp_path: Path) -> None:
    graph, seen = chain(tmp_path).graph(), list[events.Event]()
    how = {"sinks": [seen.append], "fresh": True}
    run(graph, tmp_path, **how, budget=parse_budget("1h"))
    run(graph, tmp_path, **how, budget=parse_budget("1h"))
    run(graph, tmp_path, **how, budget=LEAST)
    run(graph, tmp_path, **how, budget=parse_budget("1gpuh"), device="cpu")
    said = [event for event in seen if isinstance(event, events.BudgetCompared)]
    assert [(one.fits, one.nodes, one.unknown) for one in said] == [
        (None, 3, 2), (True, 3, 0), (False, 3, 0), (True, 3, 0),
    ]  # fmt: skip
    assert said[0].text.endswith("from earlier runs of 1 of 3 nodes; it may not be enough")
    assert said[1].text.startswith("budget 1h: at least 0.")
    assert said[1].text.endswith("s is expected, from earlier runs of 3 of 3 nodes")
    assert said[2].text.startswith("budget 0.0000001cpumin: 0.")
    assert said[2].text.endswith("; it will not be enough, and the run goes as far as it reaches")
    assert said[3].text == "budget 1gpuh: nothing counts against it: no node gets a GPU here"
    names = [type(event).__name__ for event in seen]
    assert names.index("BudgetCompared") < names.index("NodeQueued")
    assert [event for event in seen if isinstance(event, events.BudgetReached)] == [
        events.BudgetReached("0.0000001cpumin", 0)
    ]


def test_a_store_where_nothing_ran_knows_nothing(tmp_path: Path) -> None:
    builder, seen = Builder(), list[events.Event]()
    builder.add("tiny_number", name="number", value=1.0)
    run(builder.graph(), tmp_path, sinks=[seen.append], budget=parse_budget("2cpuh"))
    (said,) = [event for event in seen if isinstance(event, events.BudgetCompared)]
    assert said.text == (
        "budget 2cpuh: how much is needed is unknown, since nothing like it has run in this store"
    )


def test_the_record_says_what_was_spent(tmp_path: Path) -> None:
    result = run(chain(tmp_path).graph(), tmp_path, budget=LEAST)
    info = read_json(result.folder / "run.json")
    assert (info["status"], info["budget"]) == ("incomplete", "0.0000001cpumin")
    assert info["spent"]["tries"] == 1
    assert info["spent"]["cpu_seconds"] >= 0.3
    assert info["spent"]["gpu_seconds"] == 0.0
    lines = [json.loads(line) for line in (result.folder / "events.jsonl").open(encoding="utf-8")]
    assert (lines[-1]["status"], lines[-1]["spent"]) == ("incomplete", info["spent"])
    with PastRuns(tmp_path / "store") as runs:
        assert runs.find("last").status == "incomplete"


# -- counting ----------------------------------------------------------------------------------------

ATTEMPT = Attempt(
    node="n", address="n", op="tiny_number", op_version=1, kind="metric", key="k", preimage={},
    params={}, inputs={}, number=1, folder="", store="", base="", modules=(), run="r", git={},
    cpus=3, gpus=0.5,
)  # fmt: skip


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_counting_begins_where_a_try_begins(tmp_path: Path) -> None:
    clock = Clock()
    spending = Spending(Budget(Spend.CPU, 30.0, "30"), clock)
    listen = spending.watching(replace(ATTEMPT, folder=str(tmp_path)), lambda progress: None)
    clock.now += 50  # it waits for room
    assert spending.spent(Spend.CPU) == 0.0
    listen({})
    clock.now += 4
    listen({"done": 1})
    assert (spending.spent(Spend.CPU), spending.spent(Spend.GPU)) == (12.0, 2.0)
    assert not spending.is_reached()
    clock.now += 6
    assert spending.is_reached()
    spending.ended("n", None)  # its worker died
    assert spending.spent(Spend.CPU) == 30.0
    assert spending.spent(Spend.TIME) == 60.0
    assert spending.to_json() == {"tries": 1, "cpu_seconds": 30.0, "gpu_seconds": 5.0}


def test_what_the_worker_measured_counts() -> None:
    clock = Clock()
    spending = Spending(None, clock)
    spending.watching(ATTEMPT, lambda progress: None)({})
    clock.now += 9
    spending.ended("n", 7.0)
    assert spending.spent(Spend.CPU) == 21.0
    assert not spending.is_reached()


def test_how_much_is_spent_is_said_now_and_then() -> None:
    clock, seen = Clock(), list[events.Event]()
    spending = Spending(Budget(Spend.GPU, 10.0, "10 of them"), clock)
    spending.watching(ATTEMPT, lambda progress: None)({})
    for _ in range(6):
        clock.now += 2
        spending.look(seen.append)
    assert seen == [
        events.BudgetSpent("10 of them", 3.0, "3 GPU-seconds of 10 of them spent"),
        events.BudgetSpent("10 of them", 6.0, "6 GPU-seconds of 10 of them spent"),
    ]
    clock.now += 8.1
    spending.look(seen.append)
    spending.look(seen.append)
    assert seen[3:] == [events.BudgetReached("10 of them", 1)]


def test_only_what_has_not_begun_is_taken_back(tmp_path: Path) -> None:
    spending = Spending(None)
    for name in ("waits", "runs"):
        (tmp_path / name).mkdir()
        attempt = replace(ATTEMPT, node=name, folder=str(tmp_path / name))
        listen = spending.watching(attempt, lambda progress: None)
    listen({})
    spending.withdraw()
    assert (tmp_path / "waits" / WITHDRAWN).exists()
    assert not (tmp_path / "runs" / WITHDRAWN).exists()
    attempt = replace(ATTEMPT, folder=str(tmp_path / "waits"))
    outcome = run_attempt(attempt.to_json())
    assert outcome["failure"]["cause"] == "withdrawn"
    spending.ended("waits", outcome["seconds"])
    assert spending.to_json()["tries"] == 1


def test_other_processes_can_read_how_much_is_spent(tmp_path: Path) -> None:
    """`w2sdl status` shows it."""
    with RunConsole(Builder().graph(), io.StringIO(), folder=tmp_path) as console:
        console(events.BudgetSpent("2cpuh", 60.0, "1 processor-minute of 2cpuh spent"))
        until((tmp_path / "progress.json").exists)
    found = read_json(tmp_path / "progress.json")
    assert found["budget"] == "1 processor-minute of 2cpuh spent"
