"""``w2sdl cache``: what is stored, why it is or isn't reused, and the truth about damage."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.toy import MODULE, Toy, flip, plain
from tests.golden import check_golden

GOLDEN = Path(__file__).parent / "golden_plans"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    toy = Toy.fresh(tmp_path_factory.mktemp("toy") / "done")
    toy.run()
    return toy


@pytest.fixture
def toy(done: Toy, tmp_path: Path) -> Toy:
    return done.copy(tmp_path / "toy")


def cache(toy: Toy, command: str, *arguments: str, code: int = 0) -> str:
    return toy.w2sdl("cache", command, *arguments, code=code)


def of_spec(toy: Toy, command: str, *arguments: str, code: int = 0) -> str:
    return cache(toy, command, "toy.w2s", *arguments, *MODULE, code=code)


def actions(toy: Toy) -> dict[str, str]:
    nodes = json.loads(toy.plan("--json"))["nodes"]
    return {node["address"]: node["action"] for node in nodes}


# -- ls --------------------------------------------------------------------------------------------


def test_ls_lists_what_is_stored(done: Toy) -> None:
    rows = json.loads(cache(done, "ls", "--json"))
    assert {row["address"] for row in rows} == set(actions(done))
    for row in rows:
        folder = done.store / "objects" / row["digest"]
        assert row["bytes"] == sum(path.stat().st_size for path in folder.iterdir())
        assert row["problem"] is None
    joined = json.loads(cache(done, "ls", "--op", "toy_join", "--json"))
    assert {row["address"] for row in joined} == {"u[seed=0]", "u[seed=1]"}
    assert cache(done, "ls").splitlines()[-1].startswith("8 results, ")


def test_ls_of_a_spec_names_results_as_it_does(toy: Toy) -> None:
    toy.edit("toy.w2s", "alone =", "lonely =")
    toy.edit("toy.w2s", '"abd"', '"abe"')
    rows = json.loads(cache(toy, "ls", "toy.w2s", *MODULE, "--json"))
    assert {row["address"] for row in rows} == {"lonely", "f"}


def test_a_store_that_is_not_there_is_a_mistake(done: Toy) -> None:
    out = done.w2sdl_bare("cache", "ls", "--store", str(done.folder / "nowhere"), code=1)
    assert f"there is no store at {done.folder / 'nowhere'}" in out


# -- why -------------------------------------------------------------------------------------------


def test_why_follows_the_chain_to_what_caused_it(toy: Toy, bless: bool) -> None:
    (toy.folder / "f.txt").write_text("bye\n", "utf-8")
    toy.edit("toy.w2s", "toy_first(a)", "toy_first(a, letters: 2)")
    text = of_spec(toy, "why", "u[seed=0]")
    toy.run("--until", "f s")
    text += "\n" + of_spec(toy, "why", "u[seed=0]")
    check_golden(GOLDEN / "why.txt", plain(text), bless)


def test_why_as_json(toy: Toy) -> None:
    toy.edit("toy.w2s", '"abd"', '"abe"')
    (link,) = json.loads(of_spec(toy, "why", "s[seed=1]", "--json"))
    assert link["reasons"] == [{"reason": "UPSTREAM_MAYBE", "parent": "a[seed=1]"}]
    (cause,) = link["causes"]
    changed = {"reason": "PARAM_CHANGED", "path": "text", "old": "abd", "new": "abe"}
    assert (cause["address"], cause["reasons"]) == ("a[seed=1]", [changed])


# -- verify ----------------------------------------------------------------------------------------


def test_verify_finds_a_flipped_byte_and_the_run_mends_it(toy: Toy) -> None:
    assert "all sound" in cache(toy, "verify", "--all")
    folder = toy.object_of("alone")
    flip(folder)
    assert "all sound" in cache(toy, "verify", "f", "a")  # not of those
    out = cache(toy, "verify", "alone", code=1)
    assert "its bytes have changed  alone" in out
    assert not folder.exists()
    out = cache(toy, "verify", "--all", code=1)
    assert "its bytes had changed: its object was set aside  alone" in out
    assert actions(toy)["alone"] == "run"
    toy.run()
    assert folder.exists()
    assert set(actions(toy).values()) == {"reuse"}
    assert "all sound" in cache(toy, "verify", "--all")


def test_verify_finds_records_that_were_changed(toy: Toy) -> None:
    rows = json.loads(cache(toy, "ls", "--json"))
    keys = {row["address"]: row["key"] for row in rows}
    path = toy.store / "keys" / keys["alone"] / "manifest.json"
    other = toy.store / "keys" / keys["f"] / "manifest.json"
    path.write_bytes(other.read_bytes())
    out = cache(toy, "verify", "--all", "--json", code=1)
    (finding,) = json.loads(out)["findings"]
    assert finding["key"] == keys["alone"]
    assert "does not belong to its key" in finding["damage"]
    assert actions(toy)["alone"] == "run"
    toy.run()
    assert set(actions(toy).values()) == {"reuse"}


def test_verify_finds_an_object_that_was_deleted(toy: Toy) -> None:
    shutil.rmtree(toy.object_of("alone"))
    assert "its object is missing  alone" in cache(toy, "verify", "--all", code=1)


def test_verify_finds_a_record_that_cannot_be_read(toy: Toy) -> None:
    rows = json.loads(cache(toy, "ls", "--json"))
    keys = {row["address"]: row["key"] for row in rows}
    (toy.store / "keys" / keys["alone"] / "manifest.json").write_text('{"torn')
    out = cache(toy, "verify", "--all", code=1)
    assert "its record can't be read  alone" in out
    assert actions(toy)["alone"] == "run"
    toy.run()
    assert set(actions(toy).values()) == {"reuse"}
    assert "all sound" in cache(toy, "verify", "--all")


def test_ls_of_an_operation_that_nobody_knows_is_a_slip(done: Toy) -> None:
    assert "1 result," in cache(done, "ls", "--op", "toy_file")
    assert "0 results, 0 B" in cache(done, "ls", "--op", "finetune")
    assert "did you mean `toy_words`?" in cache(done, "ls", "--op", "toy_wrods", code=1)


def test_verify_says_what_to_name(done: Toy) -> None:
    assert "give addresses alone" in cache(done, "verify", "toy.w2s", "a", code=1)
    assert "say what to verify" in cache(done, "verify", code=1)
    assert "say what to verify" in cache(done, "verify", "a", "--all", code=1)
    assert "did you mean `alone`?" in cache(done, "verify", "alon", code=1)


# -- accept ----------------------------------------------------------------------------------------


def test_accept_keeps_a_result_of_other_code_and_says_so_for_ever(toy: Toy) -> None:
    toy.edit("toy_code.py", "document[:letters]", "document[0:letters]")
    assert actions(toy)["s[seed=0]"] == "run"
    out = of_spec(toy, "accept", "s", "--reason", "the same slice")
    assert "accepted  s[seed=0]" in out
    assert set(actions(toy).values()) == {"reuse"}
    (key,) = [
        n["key"] for n in json.loads(toy.plan("--json"))["nodes"] if n["address"] == "s[seed=0]"
    ]
    manifest = json.loads((toy.store / "keys" / key / "manifest.json").read_text("utf-8"))
    (accepted,) = manifest["accepted"]
    assert accepted["reason"] == "the same slice"
    assert accepted["changes"][0]["reason"] == "CODE_CHANGED"
    assert (toy.store / "keys" / accepted["key"] / "manifest.json").exists()
    assert "although its code has changed: the same slice" in toy.run()
    assert "all sound" in cache(toy, "verify", "--all")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"abd"', '"abe"', "`text` is abe in the spec, and the result was computed with abd"),
        ("axis seed = 0..1", "axis seed = 5..6", "has no stored result of an earlier run"),
    ],
)  # fmt: skip
def test_accept_refuses_another_computation(toy: Toy, old: str, new: str, said: str) -> None:
    toy.edit("toy.w2s", old, new)
    assert said in of_spec(toy, "accept", "a", "--reason", "no", code=1)


def test_accept_refuses_other_inputs_and_what_is_stored(toy: Toy) -> None:
    out = of_spec(toy, "accept", "f", "--reason", "no", code=1)
    assert "f is stored: there is nothing to accept" in out
    (toy.folder / "f.txt").write_text("bye\n", "utf-8")
    out = of_spec(toy, "accept", "f", "--reason", "no", code=1)
    assert "f can't be accepted: what it reads has changed" in out
    assert "waits for inputs" in of_spec(toy, "accept", "u", "--reason", "no", code=1)
    toy.run("--until", "f")
    out = of_spec(toy, "accept", "u", "--reason", "no", code=1)
    assert "u[seed=0] can't be accepted: its inputs differ" in out
    assert "--reason is empty" in of_spec(toy, "accept", "u", "--reason", " ", code=1)


def test_a_value_written_out_that_was_the_default_can_be_accepted(toy: Toy) -> None:
    """The default moves, and the spec writes the old one: the call is what it was."""
    toy.edit("toy_code.py", "times: int = 1", "times: int = 2")
    toy.edit("toy.w2s", "seed: seed)", "seed: seed, times: 1)")
    of_spec(toy, "accept", "a", "--reason", "the default moved, the value did not")
    toy.edit("toy.w2s", "times: 1", "times: 4")
    assert "`times` is 4 in the spec" in of_spec(toy, "accept", "a", "--reason", "no", code=1)


# -- invalidate ------------------------------------------------------------------------------------


def test_what_was_forgotten_is_computed_again_and_what_comes_out_equal_goes_no_further(
    toy: Toy,
) -> None:
    out = of_spec(toy, "invalidate", "a[seed=0]")
    assert "forgotten  " in out
    assert "2 stored results below: computed again unless these come out equal" in out
    found = actions(toy)
    assert (found["a[seed=0]"], found["a[seed=1]"], found["s[seed=0]"]) == ("run", "reuse", "maybe")
    assert "1 computed" in toy.run()
    assert set(actions(toy).values()) == {"reuse"}


def test_nothing_stored_is_nothing_to_forget(toy: Toy) -> None:
    of_spec(toy, "invalidate", "alone")
    assert "nothing is stored for alone" in of_spec(toy, "invalidate", "alone", code=1)


# -- gc --------------------------------------------------------------------------------------------


def test_gc_keeps_what_kept_runs_need(toy: Toy) -> None:
    assert "there is nothing to remove" in cache(toy, "gc", "--grace", "0s")
    toy.edit("toy.w2s", '"abd"', '"abe"')
    toy.run()
    assert len(json.loads(cache(toy, "ls", "--json"))) > 8
    before = cache(toy, "gc", "--keep-runs", "1", "--grace", "0s", "-n")
    assert before.startswith("would remove 1 run, ")
    assert cache(toy, "gc", "--keep-runs", "1", "--grace", "0s") == before.replace(
        "would remove", "removed"
    )
    assert set(actions(toy).values()) == {"reuse"}
    assert "all sound" in cache(toy, "verify", "--all")
    assert "there is nothing to remove" in cache(toy, "gc", "--keep-runs", "1", "--grace", "0s")
    out = cache(toy, "gc", "--older-than", "0s", "--grace", "0s")
    assert out.startswith("removed 1 run, ")
    assert json.loads(cache(toy, "ls", "--json")) == []
    assert list((toy.store / "objects").iterdir()) == []


def test_gc_leaves_what_is_young(toy: Toy) -> None:
    out = cache(toy, "gc", "--keep-runs", "0")
    assert out.startswith("removed 1 run: ")
    assert set(actions(toy).values()) == {"reuse"}
    assert "write 30d, 12h, 90min or 10s" in cache(toy, "gc", "--older-than", "soon", code=1)
