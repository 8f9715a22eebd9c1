"""`w2sdl diff` as a user meets it: files, revisions, runs, and one spec twice."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.commands import SMALL, w2sdl
from tests.cli.repositories import git

ROOT = Path(__file__).parents[2]
FLAGSHIP = ROOT / "specs" / "debate_sciq.w2s"


# -- the flagship -----------------------------------------------------------------------------------


def test_one_factor_under_formatting_and_renames_is_exactly_that_factor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = FLAGSHIP.read_text("utf-8")
    head, profiles = text[: text.index("# Half a minute")], text[text.index("# Half a minute") :]
    for old, new in [
        ("W'", "judge"), ("supervisor", "panel"), ("T ", "talk "), ("context: T", "context: talk"),
        ("axis evidence", "axis shown"), ("protocol: evidence", "protocol: shown"),
        ("evidence:", "shown:"), ("measure agree", "measure same_answer"), ("  ", " "),
        ("Φ(W,", "facilitate(model: W, labels:"), ("# D:", "# Debates:"),
    ]:  # fmt: skip
        head = head.replace(old, new)
    for old, new in [("W'", "judge"), ("T.debater", "talk.debater")]:
        profiles = profiles.replace(old, new)
    blocks = re.split(r"\n(?=[^\s)}\]])", head)  # a line that is not indented begins one
    moved = [block for block in blocks if block.startswith(("measure", "expect"))]
    assert len(moved) == 12
    head = "\n".join([*[block for block in blocks if block not in moved], *reversed(moved), ""])
    assert "loss: xent()" in head
    other = tmp_path / "other.w2s"
    head = head.replace("loss: xent()", "loss: logconf(alpha: 0.25)", 1)  # of S', the first
    other.write_text(head + profiles, "utf-8")
    code, out, err = w2sdl(capsys, "diff", FLAGSHIP, other, "--json", "--store", tmp_path)
    assert (code, err) == (0, "")
    found = json.loads(out)
    changes = [change for change in found["changes"] if change["class"] != "cosmetic"]
    assert [(c["class"], c["where"], c["what"]) for c in changes] == [("factor", ["S'"], "loss")]
    assert changes[0]["old"] == "xent()"
    assert changes[0]["new"].startswith("logconf(alpha: 0.25")
    assert found["verdict"]["kind"] == "controlled"
    renamed = {c["new"] for c in found["changes"] if c["form"] == "renamed"}
    assert renamed == {"judge", "panel", "talk", "shown", "same_answer"}


def test_the_shipped_specs_differ_from_themselves_in_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for path in sorted((ROOT / "specs").glob("*.w2s")):
        code, out, _ = w2sdl(capsys, "diff", path, path, "--exit-code", "--store", tmp_path)
        assert code == 0
        assert "nothing differs: the same design" in out


# -- what A and B may be ----------------------------------------------------------------------------


def test_one_spec_twice(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = w2sdl(capsys, "diff", spec, "--b-set", "S.width=32")
    assert code == 0
    assert "one factor differs, S.width 16 → 32; all else equal: a controlled comparison" in out
    both = ("--set", "W.width=4", "--a-set", "S.width=32", "--b-set", "S.width=32")
    _, out, _ = w2sdl(capsys, "diff", spec, *both)
    assert "nothing differs: the same design" in out


def test_other_parts_of_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both read the file beside them, each by nodes of its own."""
    (tmp_path / "rows.csv").write_text("text,label\na,1\nb,0\n", "utf-8")
    text = 'experiment e\ndata d = table("rows.csv", parts: {a: 2})\nrows = items(d)\n'
    (tmp_path / "a.w2s").write_text(text, "utf-8")
    (tmp_path / "b.w2s").write_text(text.replace("a: 2", "a: 1"), "utf-8")
    _, out, err = w2sdl(capsys, "diff", tmp_path / "a.w2s", tmp_path / "b.w2s")
    assert err == ""
    assert "d.parts.a: 2 → 1" in out


def test_two_profiles(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    sides = ("--a-profile", "test", "--b-profile", "files")
    _, out, _ = w2sdl(capsys, "diff", FLAGSHIP, *sides, "--json", "--store", tmp_path)
    found = json.loads(out)
    assert found["a"].endswith("--profile test")
    assert found["b"].endswith("--profile files")
    assert found["verdict"]["kind"] == "incomparable"


def test_a_revision_and_what_it_imports(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The spec is the same text at both revisions: only the file that it imports differs."""
    code, out, err = w2sdl(capsys, "diff", "small.w2s@HEAD~1", "small.w2s@main")
    assert (code, err) == (0, "")
    assert "one factor differs, top.model.train.epochs 2 → 3; all else equal" in out
    _, out, _ = w2sdl(capsys, "diff", "small.w2s@HEAD~1", "small.w2s")
    assert "top.model.train.epochs: 2 → 3" in out


def test_a_file_of_a_revision_that_is_gone_from_the_disk(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repo / "sub").mkdir()
    git(repo, "mv", "small.w2s", "sub/new.w2s")
    git(repo, "mv", "lib.w2s", "sub/lib.w2s")
    code, out, _ = w2sdl(capsys, "diff", "small.w2s@HEAD", "sub/new.w2s")
    assert code == 0
    assert "nothing differs" in out


@pytest.mark.parametrize(
    ("arguments", "message", "help"),
    [
        (["small.w2s@nope", "small.w2s"], "git knows no revision `nope` here", "git log --oneline"),
        (["small.w2s@--all", "small.w2s"], "git knows no revision `--all` here", "git log"),
        (["other.w2s@HEAD", "small.w2s"], "other.w2s is not in HEAD", "--follow -- other.w2s"),
        (["/other.w2s@HEAD", "small.w2s"], "lies in no git repository", "name two files"),
        (["small.w2s"], "small.w2s is compared with nothing", "--b-profile or --b-set"),
        ([], "none were named", "SPEC@REV"),
        (["small.w2s", "nothing.w2s"], "there is no file nothing.w2s", ""),
        (["small.w2s", "wise-owl"], "no run called `wise-owl`", "`w2sdl runs` lists them"),
        (["small.w2s", "."], "is a folder", "name a .w2s file"),
        (["small.w2s", "small.w2s", "-o", "."], "--out . is a folder", "name the file"),
    ],
)
def test_wrong_usage_is_one_message_and_exit_code_1(
    arguments: list[str], message: str, help: str, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = w2sdl(capsys, "diff", *arguments)
    assert code == 1
    assert out == ""
    assert message in err
    assert help in err
    assert "Traceback" not in err


def test_outside_a_repository(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if subprocess.run(["git", "rev-parse"], cwd=spec.parent, capture_output=True).returncode == 0:
        pytest.skip("the temporary folder lies in a repository")
    code, _, err = w2sdl(capsys, "diff", f"{spec}@HEAD", spec)
    assert code == 1
    assert "lies in no git repository" in err


def test_without_git(
    repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(repo))
    code, _, err = w2sdl(capsys, "diff", "small.w2s@HEAD", "small.w2s")
    assert code == 1
    assert "git is not installed" in err


def test_a_spec_that_does_not_compile(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.w2s"
    bad.write_text(SMALL.replace("likelihood()", "likelyhood()"), "utf-8")
    code, out, err = w2sdl(capsys, "diff", spec, bad)
    assert (code, out) == (1, "")
    assert "did you mean `likelihood`?" in err
    assert "bad.w2s: 3 errors; nothing was compared" in err
    code, _, err = w2sdl(capsys, "diff", spec, bad, "--error-format", "json")
    assert code == 1
    assert json.loads(err)


# -- what comes out ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (("W", "W"), 0),
        (("teacher", "judge"), 0),
        (("experiment", "# a comment\nexperiment"), 0),
        (("supervise), head:", "supervise), train: {micro_batch: 4}, head:"), 0),
        (("width: 16", "width: 32"), 2),
        (("0..1", "0..2"), 2),
        (("on d.test", "on d.test\nexpect so: mean(scores[of: student], over: seed) > 0.5"), 2),
    ],
)  # fmt: skip
def test_the_exit_code_says_whether_they_differ_in_meaning(
    edit: tuple[str, str], code: int, spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.w2s"
    other.write_text(SMALL.replace(*edit), "utf-8")
    assert w2sdl(capsys, "diff", spec, other, "--exit-code")[0] == code
    assert w2sdl(capsys, "diff", spec, other)[0] == 0


@pytest.mark.parametrize(
    ("form", "ending", "start"),
    [
        ("text", "txt", "a  "),
        ("md", "md", "**one factor"),
        ("json", "json", "{"),
        ("html", "html", "<!doctype html>"),
        ("json", "out", "{"),  # an ending that says nothing
    ],
)
def test_each_format_to_a_file(
    form: str,
    ending: str,
    start: str,
    spec: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = tmp_path / "new" / f"diff.{ending}"
    change = ("--b-set", "S.width=32", "--format", form)
    code, out, _ = w2sdl(capsys, "diff", spec, *change, "-o", target)
    assert (code, out.strip()) == (0, str(target))
    assert target.read_text("utf-8").startswith(start)


# -- runs and the store -----------------------------------------------------------------------------


def test_runs_and_what_the_store_has(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ("--store", tmp_path / "store")
    local = ("--executor", "local", "--quiet")
    assert w2sdl(capsys, "run", spec, *store, *local)[0] == 0
    assert w2sdl(capsys, "run", spec, *store, *local, "--set", "student.loss=logconf()")[0] == 0
    first, second = sorted(path.name for path in (tmp_path / "store" / "runs").iterdir())

    code, out, err = w2sdl(capsys, "diff", first, "last", *store, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["a"], found["b"]) == (f"run {first}", f"run {second}")
    assert [c["what"] for c in found["changes"]] == ["loss"]
    assert found["store"]["stored"] == found["nodes"]["b"]
    assert found["store"]["stored_seconds"] > 0
    assert found["store"]["to_run"] == found["store"]["maybe"] == 0

    _, out, _ = w2sdl(capsys, "diff", spec, "--b-set", "student.loss=product()", *store, "--json")
    planned = json.loads(out)["store"]
    assert planned["by_name"]["student"] == 2
    assert "teacher" not in planned["by_name"]
    assert planned["stored"] > 0
    assert planned["timed"] > 0
    assert planned["run_seconds"] > 0

    _, out, _ = w2sdl(capsys, "diff", first, spec, *store)
    assert "nothing differs: the same design" in out
    code, _, err = w2sdl(capsys, "diff", first, spec, "--a-set", "S.width=32", *store)
    assert code == 1
    assert "profiles and settings can't change what was run" in err


def test_a_store_that_was_never_used_knows_no_times(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = w2sdl(capsys, "diff", spec, spec, "--store", tmp_path / "none")
    assert "would run (for how long is unknown)" in out
    assert not (tmp_path / "none").exists()


def test_the_network_is_not_asked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    _, out, _ = w2sdl(capsys, "diff", FLAGSHIP, "--b-profile", "paper", "--store", tmp_path)
    assert "nothing here says which commit datasets/allenai/sciq stands for" in out


# -- contents ---------------------------------------------------------------------------------------


def test_a_file_that_changed_between_revisions_is_a_change(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = repo / "prompted.w2s"
    debate = 'T = D(S, S, items(d), debater: generative(template: file("say.j2")))\n'
    spec.write_text(SMALL.replace("teacher = ", debate + "teacher = ").replace(
        "gold(d.supervise), head", "gold(d.supervise), context: T, head"), "utf-8")  # fmt: skip
    prompt = repo / "say.j2"
    prompt.write_text("Argue: {{ prompt }} {{ candidate }}")
    git(repo, "add", ".")
    git(repo, "commit", "-q", "-m", "a prompt")
    prompt.write_text("Argue well: {{ prompt }} {{ candidate }}")
    _, out, _ = w2sdl(capsys, "diff", "prompted.w2s@HEAD", "prompted.w2s", "--json")
    (change,) = json.loads(out)["changes"]
    assert (change["where"], change["what"]) == (["T"], "debater.template.path")
    assert (change["class"], change["old"][:8]) == ("factor", "content ")
    _, out, _ = w2sdl(capsys, "diff", "prompted.w2s@HEAD", "prompted.w2s@HEAD", "--json")
    assert json.loads(out)["changes"] == []


def test_another_locked_commit_is_a_change(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec, lock = repo / "hub.w2s", repo / "hub.w2s.lock"
    spec.write_text(
        SMALL.replace("pretrain(corpus(d), layers: 1, width: 16, steps: 4)", 'model("org/strong")')
    )
    locked = '{"schema": "w2sdl.lock.1", "revisions": {"org/strong": "%s"}}'
    lock.write_text(locked % ("a" * 40))
    git(repo, "add", ".")
    git(repo, "commit", "-q", "-m", "locked")
    lock.write_text(locked % ("b" * 40))
    _, out, _ = w2sdl(capsys, "diff", "hub.w2s@HEAD", "hub.w2s")
    assert "S.source: commit aaaaaaaaaaaa → commit bbbbbbbbbbbb" in out
    assert "a controlled comparison" in out
    lock.write_text("{}")
    code, _, err = w2sdl(capsys, "diff", "hub.w2s@HEAD", "hub.w2s")
    assert code == 1
    assert "is not a lock file" in err
