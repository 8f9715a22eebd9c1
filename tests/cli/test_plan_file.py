"""A saved plan is obeyed as it is, or refused with what has moved; parts of a design are selected."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.toy import MODULE, Toy, flip


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    return Toy.fresh(tmp_path / "toy")


def last_actions(toy: Toy) -> dict[str, str]:
    """Address -> what the last run made of it."""
    folder = max((toy.store / "runs").iterdir(), key=lambda f: (f / "run.json").stat().st_mtime_ns)
    nodes = json.loads((folder / "nodes.json").read_text("utf-8")).values()
    return {node["address"]: node["action"] for node in nodes}


def run_plan(toy: Toy, *more: str, code: int = 0) -> str:
    return toy.w2sdl_bare("run", "plan.json", "--executor", "local", *more, code=code)


def test_a_saved_plan_is_obeyed(toy: Toy) -> None:
    out = toy.plan("-o", "plan.json", "--select", "+s", "--force", "a")
    assert "w2sdl run plan.json" in out
    run_plan(toy)
    found = last_actions(toy)
    assert {a for a, what in found.items() if what == "executed"} == {
        "a[seed=0]", "a[seed=1]", "s[seed=0]", "s[seed=1]",
    }  # fmt: skip
    assert {found["u[seed=0]"], found["f"], found["alone"]} == {"skipped"}


def test_a_plan_of_nothing_runs_nothing_and_holds_until_something_moves(toy: Toy) -> None:
    toy.run()
    toy.plan("-o", "plan.json", "--detailed-exitcode")
    run_plan(toy)
    assert set(last_actions(toy).values()) == {"reused"}
    toy.w2sdl("cache", "invalidate", "toy.w2s", "alone", *MODULE)
    refused = run_plan(toy, code=1)
    assert (
        "plan.json does not hold any more: alone was planned as `reuse` and is `run` now" in refused
    )
    assert f"w2sdl plan {toy.folder / 'toy.w2s'} -o plan.json" in refused


def text_moved(toy: Toy) -> None:
    toy.edit("toy.w2s", "axis seed", "# a remark\naxis seed")


def file_moved(toy: Toy) -> None:
    (toy.folder / "f.txt").write_text("bye\n", "utf-8")


def code_moved(toy: Toy) -> None:
    toy.edit("toy_code.py", "document[:letters]", "document[0:letters]")


def file_below_moved(toy: Toy) -> None:
    """Of a node whose inputs were not known yet."""
    (toy.folder / "list.txt").write_text("z\n", "utf-8")


@pytest.mark.parametrize(
    ("move", "said"),
    [
        (text_moved, "the text of "),
        (file_moved, "f has another key"),
        (code_moved, "s[seed=0] is not in the spec any more"),  # its code is its identity
        (file_below_moved, "below[seed=0] has another key"),
    ],
)
def test_a_plan_is_refused_when_anything_has_moved(toy: Toy, move: object, said: str) -> None:
    (toy.folder / "list.txt").write_text("a\n", "utf-8")
    toy.edit("toy.w2s", "alone =", 'below = toy_pick(s, path: "list.txt")\nalone =')
    toy.plan("-o", "plan.json")
    assert callable(move)
    move(toy)
    assert said in run_plan(toy, code=1)


def test_an_interrupted_run_of_a_plan_goes_on(toy: Toy) -> None:
    toy.plan("-o", "plan.json")
    command = ("run", "plan.json", "--executor", "local")
    code, _, _ = toy.process(*command, kill="commit.journal:4", bare=True)
    assert code == -9
    run_plan(toy)
    found = list(last_actions(toy).values())
    assert found.count("reused") == 4
    assert found.count("executed") == 4
    run_plan(toy)
    assert set(last_actions(toy).values()) == {"reused"}


def test_a_damaged_result_that_was_to_be_reused_is_noticed(toy: Toy) -> None:
    toy.run()
    toy.plan("-o", "plan.json")
    flip(toy.object_of("f"))
    toy.w2sdl("cache", "verify", "f", code=1)
    assert "f was planned as `reuse` and is `run` now" in run_plan(toy, code=1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "plan.json is no plan: "),
        ("[]", "plan.json is no plan that this w2sdl reads"),
        ('{"format": "w2sdl.plan.9"}', "plan.json is no plan that this w2sdl reads"),
        ('{"format": "w2sdl.plan.1"}', "plan.json is no whole plan: `version`: field required"),
    ],
)
def test_what_is_no_plan_is_said_to_be_none(toy: Toy, text: str, said: str) -> None:
    (toy.folder / "plan.json").write_text(text, "utf-8")
    found = run_plan(toy, code=1)
    assert said in found
    assert "w2sdl plan SPEC -o plan.json" in found


@pytest.mark.parametrize(
    "option", [("--set", "a.times=2"), ("--force", "a"), ("--select", "a"), ("--fresh",)]
)
def test_options_that_would_change_a_plan_have_no_place_beside_it(
    toy: Toy, option: tuple[str, ...]
) -> None:
    toy.plan("-o", "plan.json")
    assert "has no place beside a plan" in run_plan(toy, *option, code=1)


def test_a_selection_runs_what_it_needs_and_says_so(toy: Toy) -> None:
    out = toy.run("--select", "s[seed=1]")
    assert "not selected, but needed and not stored: `a[seed=1]`" in out
    found = last_actions(toy)
    assert {a for a, what in found.items() if what == "executed"} == {"a[seed=1]", "s[seed=1]"}
    again = toy.plan("--select", "s[seed=1]")
    assert "needed" not in again
    assert "2 nodes: 2 to reuse, 0 to run" in again


def test_states_are_selected_by_what_the_plan_says(toy: Toy) -> None:
    toy.run()
    changed = ("--set", "a.times=2")
    assert "4 nodes" not in toy.plan(*changed)
    modified = json.loads(toy.plan(*changed, "--json", "--select", "state:modified"))
    assert [node["address"] for node in modified["nodes"]] == ["a[seed=0]", "a[seed=1]"]
    below = json.loads(toy.plan(*changed, "--json", "--select", "state:modified+"))
    assert {node["name"] for node in below["nodes"]} == {"a", "s", "u", "f"}  # f: u needs it
    assert "0 nodes" in toy.plan("--select", "state:new")


def test_what_was_excluded_and_is_needed_is_a_mistake(toy: Toy) -> None:
    out = toy.plan("--exclude", "a", code=1)
    assert "what is selected needs `a[seed=0]`, `a[seed=1]`, which --exclude leaves out" in out
    assert "5 nodes" not in toy.plan("--exclude", "a+")
    toy.run("--until", "a")
    toy.plan("--exclude", "a")


@pytest.mark.parametrize("command", ["plan", "graph"])
def test_unknown_names_get_near_ones(toy: Toy, command: str) -> None:
    out = toy.w2sdl(command, "toy.w2s", *MODULE, "--select", "+alon", code=1)
    assert "nothing in the graph is called `alon`" in out
    assert "did you mean `alone`?" in out
    out = toy.w2sdl(command, "toy.w2s", *MODULE, "--select", "state:modifed", code=1)
    assert "did you mean `state:modified`?" in out
