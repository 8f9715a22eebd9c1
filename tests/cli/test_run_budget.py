"""`--budget` on the command line, in the settings, and in what the commands on runs say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.toy import MODULE, Toy
from w2sdl_runtime.running import run_file
from w2sdl_runtime.runs.results import Run

#: Spent by whatever runs: one node is begun.
LEAST = "0.0000001cpumin"


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    return Toy.fresh(tmp_path / "toy")


def test_the_same_command_goes_on_until_all_is_done(toy: Toy) -> None:
    out = toy.run("--budget", LEAST, code=3)
    assert re.search(r"budget 0.0000001cpumin: how much is needed is unknown", out)
    assert "budget 0.0000001cpumin reached: nothing more is begun" in out
    assert re.search(
        r"incomplete: the budget of 0.0000001cpumin was reached; spent: .* processor-seconds?, .* by"
        r" the clock\n  8 nodes: 1 done, 7 left\n"
        r"  go on with: w2sdl run toy.w2s --module toy_code .*--executor local --budget 0.0000001cpumin",
        out,
    )
    for done in range(2, 8):
        assert f"{done - 1} reused, {8 - done} skipped" in toy.run("--budget", LEAST, code=3)
    assert "done in" in toy.run("--budget", LEAST)
    assert "8 reused" in toy.run("--budget", LEAST)


def test_what_was_not_selected_is_not_left(toy: Toy) -> None:
    out = toy.run("--budget", LEAST, "--select", "a", "--select", "alone", code=3)
    assert "8 nodes: 1 done, 2 left" in out
    assert "skipped s ×2, u ×2, f: it was not selected" in out


def test_events_say_it_to_programs(toy: Toy) -> None:
    lines = toy.run("--budget", LEAST, "--json", code=3).splitlines()
    found = [json.loads(line) for line in lines if line.startswith("{")]
    names = [event["event"] for event in found]
    assert {"budget_compared", "budget_reached"} < set(names)
    assert (found[-1]["event"], found[-1]["status"], found[-1]["exit_code"]) == (
        "end", "incomplete", 3,
    )  # fmt: skip
    (ended,) = [event for event in found if event["event"] == "run_finished"]
    assert ended["spent"]["tries"] == 1


def test_commands_on_runs_show_it(toy: Toy) -> None:
    toy.run("--budget", LEAST, code=3)
    store = f"--store {toy.store}"
    again = f"w2sdl run toy.w2s --module toy_code {store} --executor local --budget {LEAST}"
    assert re.search(r"  incomplete  .* 1 computed, 7 skipped", toy.w2sdl("runs"))
    assert f"  go on with: {again}" in toy.w2sdl("status")
    shown = toy.w2sdl("show")
    assert re.search(
        r"spent +[\d.]+ processor-seconds?, .* by the clock \(budget 0.0000001cpumin\)", shown
    )
    assert f"go on    {again}" in shown
    record = json.loads(toy.w2sdl("show", "--json"))
    assert (record["status"], record["budget"]) == ("incomplete", LEAST)
    assert record["spent"]["cpu_seconds"] > 0
    assert "budget    0.0000001cpumin reached" in toy.w2sdl("logs", "last")
    (report,) = toy.store.glob("runs/*/report.html")
    assert f"incomplete: the budget of {LEAST} was reached" in report.read_text("utf-8")


def test_retry_keeps_the_budget(toy: Toy) -> None:
    toy.run("--budget", LEAST, "--fresh", code=3)
    words = json.loads(toy.w2sdl("retry", "-n", "--json"))["arguments"]
    assert words[words.index("--budget") + 1] == LEAST
    assert "--fresh" not in words


def test_settings_hold_for_every_run_and_none_lifts_them(toy: Toy) -> None:
    (toy.folder / "w2sdl.toml").write_text(f'budget = "{LEAST}"\n', "utf-8")
    toy.run(code=3)
    assert f"budget {LEAST}: " in toy.plan()
    assert "budget" not in toy.plan("--budget", "none")
    assert "budget" not in toy.run("--budget", "none")


@pytest.mark.parametrize(
    ("amount", "said"), [('"12"', "`12`: a number without"), ("3", "`3`: a n")]
)
def test_a_setting_that_is_no_amount(toy: Toy, amount: str, said: str) -> None:
    (toy.folder / "w2sdl.toml").write_text(f"budget = {amount}\n", "utf-8")
    out = toy.plan(code=1)
    assert f"w2sdl.toml: `budget` is {said}" in out
    assert "GPU-hours" in out


@pytest.mark.parametrize("command", ["run", "plan"])
def test_what_is_no_amount_is_said_before_anything_is_done(toy: Toy, command: str) -> None:
    out = toy.w2sdl(command, "toy.w2s", *MODULE, "--budget", "12 gpu hours", code=1)
    assert "error: --budget is `12 gpu hours`: `gpu hours` is no unit of a budget" in out
    assert "help: did you mean `12gpuh`?" in out
    assert not (toy.store / "runs").exists()


def test_a_saved_plan_runs_under_a_budget(toy: Toy) -> None:
    toy.plan("-o", "plan.json", "--select", "+s")
    command = ("run", "plan.json", "--executor", "local", "--budget", LEAST)
    out = toy.w2sdl_bare(*command, code=3)
    assert "8 nodes: 1 done, 3 left\n  go on with: the same command" in out
    toy.w2sdl_bare(*command, code=3)
    toy.w2sdl_bare(*command, code=3)
    assert "done in" in toy.w2sdl_bare(*command)


def test_plans_say_what_is_expected(toy: Toy) -> None:
    toy.run()
    local = ("--executor", "local")
    unknown = r"budget 2h: at least .* s is expected, from earlier runs of 8 of 8 nodes\n"
    assert re.search(unknown, toy.plan("--fresh", "--budget", "2h", *local))
    assert "it will not be enough" in toy.plan("--fresh", "--budget", "0.0000001cpumin", *local)
    assert "nothing is to be computed" in toy.plan("--budget", "2cpuh", *local)
    assert "it will not be enough" in toy.run("--fresh", "-n", "--budget", "0.0000001cpumin")
    record = json.loads(toy.plan("--fresh", "--budget", "2cpuh", "--json", *local))
    assert record["machines"]["budget"]["fits"] is True
    assert record["machines"]["budget"]["nodes"] == 8
    asked = toy.plan("--fresh", "--budget", "2cpuh", "--address", "10.0.0.1:6379")
    assert "budget 2cpuh: nobody was asked for the machines" in asked


def test_from_python(tmp_path: Path) -> None:
    spec = tmp_path / "tiny.w2s"
    text = 'experiment tiny "two"\nstart = quick(text: "x")\nwaits = slow(start, seconds: 0.05)\n'
    spec.write_text(text, "utf-8")

    def run(budget: str | None = None) -> Run:
        modules = ["tests.cli.run_ops"]
        return run_file(spec, executor="local", modules=modules, budget=budget)

    (tmp_path / "w2sdl.toml").write_text(f'budget = "{LEAST}"\n', "utf-8")
    first = run()
    assert (first.status, first.record.info.budget) == ("incomplete", LEAST)
    assert first.spent["tries"] == 1
    second = run("1h")
    assert (second.status, second.record.info.budget) == ("done", "1h")
    assert run("none").record.info.budget == ""
