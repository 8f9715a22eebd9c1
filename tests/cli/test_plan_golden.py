"""Plans after one change each: what would run, why, and compared with what."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.toy import Toy, flip, plain
from tests.golden import check_golden

GOLDEN = Path(__file__).parent / "golden_plans"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """The design, run once."""
    toy = Toy.fresh(tmp_path_factory.mktemp("toy") / "done")
    toy.run()
    return toy


def comment(toy: Toy) -> None:
    toy.edit("toy.w2s", "axis seed", "# a remark\naxis  seed")
    toy.edit(
        "toy_code.py",
        "    return Corpus([document[:letters]",
        "    # why\n    return Corpus([document[ :letters ]",
    )


def code(toy: Toy) -> None:
    toy.edit("toy_code.py", "document[:letters]", "document[0:letters]")


def remove_object(toy: Toy) -> None:
    shutil.rmtree(toy.object_of("f"))


def damage(toy: Toy) -> None:
    flip(toy.object_of("alone"))
    toy.w2sdl("cache", "verify", "--all", code=1)


def input_changed(toy: Toy) -> None:
    (toy.folder / "f.txt").write_text("bye\n", "utf-8")
    toy.run("--until", "f")


def failed(toy: Toy) -> None:
    toy.edit("toy.w2s", "[a, s, f]", "[a, s, f], fail: true")
    toy.run(code=1)


def rename(toy: Toy) -> None:
    toy.edit("toy.w2s", "s = toy_first(a)", "short = toy_first(a)")
    toy.edit("toy.w2s", "[a, s, f]", "[a, short, f]")


def lost_journal(toy: Toy) -> None:
    for path in toy.store.glob("journal.db*"):
        path.unlink()


CASES: dict[str, Callable[[Toy], object]] = {
    "nothing": lambda toy: None,
    "comment": comment,
    "rename": rename,
    "parameter": lambda toy: toy.edit("toy.w2s", 'text: "abd"', 'text: "abe", times: 2'),
    "other_start": lambda toy: toy.edit("toy.w2s", 'text: "abd"', 'text: "xyz"'),
    "parameter_of_renamed": lambda toy: toy.edit(
        "toy.w2s", 'alone = toy_words(text: "xyz", times: 3)', 'single = toy_words(text: "xyz", times: 4)'
    ),
    "seed": lambda toy: toy.edit("toy.w2s", "0..1", "1..2"),
    "code": code,
    "file": lambda toy: (toy.folder / "f.txt").write_text("bye\n", "utf-8"),
    "missing_file": lambda toy: (toy.folder / "f.txt").unlink(),
    "input": input_changed,
    "object_removed": remove_object,
    "object_damaged": damage,
    "failed": failed,
    "invalidated": lambda toy: toy.w2sdl("cache", "invalidate", "toy.w2s", "a", "--module", "toy_code"),
    "journal_lost": lost_journal,
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_one_change_gives_the_plan_that_it_should(
    name: str, done: Toy, tmp_path: Path, bless: bool
) -> None:
    toy = done.copy(tmp_path / "toy")
    CASES[name](toy)
    text = toy.plan("--all", code=1 if name == "missing_file" else 0)
    check_golden(GOLDEN / f"{name}.txt", plain(timeless(text)), bless)


def timeless(text: str) -> str:
    return text.replace("  (under 1 s)", "").replace("; under 1 s of work", "; SECONDS of work")


@pytest.mark.parametrize("name", ["nothing", "comment", "rename", "journal_lost"])
def test_what_changes_nothing_runs_nothing(name: str, done: Toy, tmp_path: Path) -> None:
    toy = done.copy(tmp_path / "toy")
    CASES[name](toy)
    toy.plan("--detailed-exitcode", code=0)


def test_a_forced_node_runs_and_what_depends_on_it_may(done: Toy, bless: bool) -> None:
    text = done.plan("--all", "--force", "a", "--detailed-exitcode", code=2)
    check_golden(GOLDEN / "forced.txt", plain(timeless(text)), bless)


def test_a_result_of_another_spec_is_said_to_be_one(done: Toy, tmp_path: Path) -> None:
    """Breaks when readers took its parameters for those that their own spec had before."""
    toy = done.copy(tmp_path / "toy")
    toy.edit("toy.w2s", "experiment toy", "experiment another")
    toy.edit("toy.w2s", 'text: "xyz", times: 3', 'text: "xyz", times: 4')
    text = toy.plan("--all")
    assert "compared with `alone` of `toy`, the nearest there is" in text
    (last,) = [line for line in text.splitlines() if line.startswith("compared with run")]
    assert last.endswith(" of `toy`")
    nodes = json.loads(toy.plan("--json"))["nodes"]
    assert {n["compared"]["experiment"] for n in nodes if n["compared"]} == {"toy"}
    done_nodes = json.loads(done.plan("--json"))["nodes"]
    assert {n["compared"]["experiment"] for n in done_nodes if n["compared"]} <= {""}


def test_the_json_says_what_the_text_says(done: Toy) -> None:
    record = json.loads(done.plan("--json", "--force", "alone"))
    assert record["format"] == "w2sdl.plan.1"
    alone = next(node for node in record["nodes"] if node["address"] == "alone")
    assert alone["action"] == "run"
    assert alone["reasons"] == [{"reason": "FORCED", "who": "--force"}]
    assert alone["seconds"]["samples"] == 1
    others = [node for node in record["nodes"] if node["address"] != "alone"]
    assert {node["action"] for node in others} == {"reuse"}
    assert {node["reasons"][0]["reason"] for node in others} == {"CACHED"}
    dry = done.w2sdl("run", "toy.w2s", "--module", "toy_code", "-n", "--force", "alone")
    assert dry == done.plan("--force", "alone")
