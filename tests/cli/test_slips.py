"""Slips that a newcomer makes, each with the sentence that helps; found by making them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import w2sdl
from tests.cli.test_runs import OPTIONS
from w2sdl.cli.jobs import _line
from w2sdl_runtime.cluster.ray_jobs import Job, _failures
from w2sdl_runtime.errors import PrerequisiteError

SPEC = """
experiment tiny "nodes of all sorts"
axis arm = {a: "x", b: "y"}
start = quick(text: arm)
bad = broken(start)
"""
RUN = ("run", "tiny.w2s", *OPTIONS)


@pytest.fixture(autouse=True)
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "tiny.w2s"
    path.write_text(SPEC, "utf-8")
    return path


@pytest.mark.parametrize(
    ("arguments", "said", "helped"),
    [
        (("plan", "tiny.w2s"), "there is no operation `quick`", "--module loads those of your own"),
        (
            ("plan", "tiny.w2s", "--module", "./my_ops.py"),
            "`./my_ops.py` is the path of a file, and no module's name",
            "leave out folder and ending: my_ops",
        ),
        (
            (*RUN, "--select", "nothing_like_it"),
            "nothing in the graph is called `nothing_like_it`",
            "`w2sdl plan SPEC --all` lists all addresses",
        ),
        ((*RUN, "--store", "tiny.w2s"), "tiny.w2s is no folder", "name one with --store"),
        (("status", "none-such"), "holds no run called `none-such`", "`w2sdl runs` lists them"),
    ],
)
def test_a_slip_gets_the_fact_and_the_next_step(
    arguments: tuple[str, ...], said: str, helped: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = w2sdl(capsys, *arguments)
    assert code == 1
    assert said in err
    assert helped in err
    assert "Traceback" not in err


def test_a_saved_plan_in_place_of_a_spec(capsys: pytest.CaptureFixture[str]) -> None:
    assert w2sdl(capsys, "plan", "tiny.w2s", *OPTIONS[:2], "-o", "plan.json")[0] == 0
    code, _, err = w2sdl(capsys, "plan", "plan.json")
    assert code == 1
    assert "plan.json is no spec" in err
    assert "w2sdl run plan.json" in err


def test_a_run_by_a_part_of_its_name_or_a_node_that_it_has_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    w2sdl(capsys, *RUN)
    name = json.loads(w2sdl(capsys, "status", "--json")[1])["name"]
    run = json.loads(w2sdl(capsys, "status", "--json")[1])["run"]
    assert f"did you mean {run}?" in w2sdl(capsys, "show", name.split("-")[0])[2]
    assert "shows all addresses" in w2sdl(capsys, "logs", "last/zzzzzz")[2]
    err = w2sdl(capsys, "logs", "last/start")[2]
    assert "such as `start[arm=a]` or `start[arm=b]`" in err


def test_what_goes_on_with_a_run_names_its_store_and_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = w2sdl(capsys, *RUN, "--store", "elsewhere", "-k")
    command = "w2sdl run tiny.w2s --module tests.cli.run_ops --store elsewhere"
    assert code == 1
    assert f"go on   {command}" in out
    out = w2sdl(capsys, "status", "--store", "elsewhere")[1]
    assert f"go on with: {command}" in out
    assert "--keep-going" in out
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.chdir(other)
    out = w2sdl(capsys, "status", "--store", str(tmp_path / "elsewhere"))[1]
    assert f"go on with: cd {tmp_path} && {command}" in out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("store = 3", "`store` is no text"),
        ('executor = "loacl"', "there is no executor `loacl`"),
        ("modules = [1]", "`modules` is no list of texts"),
        ('store = "a', "is no TOML"),
        (b'store = "\xff"', "is not UTF-8 text"),
        (None, "can't be read: Is a directory"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_every_command(
    text: str | bytes | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "w2sdl.toml"
    if text is None:
        path.mkdir()
    else:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    for command in (("plan", "tiny.w2s", *OPTIONS[:2]), ("runs",)):
        code, _, err = w2sdl(capsys, *command)
        assert code == 1
        assert said in err
        assert "w2sdl.toml" in err


@pytest.mark.parametrize("torn", ["{", "[]", '{"run": 1}', None])
def test_a_record_that_is_damaged_is_said_to_be(
    torn: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    w2sdl(capsys, *RUN)
    folder = Path(json.loads(w2sdl(capsys, "status", "--json")[1])["folder"])
    if torn is None:
        (folder / "run.json").unlink()
    else:
        (folder / "run.json").write_text(torn)
    for command in (("show",), ("report",), ("export", "last", "start[arm=a]", "--out", "x.txt")):
        code, _, err = w2sdl(capsys, *command)
        assert code == 1
        assert f"the record of run {folder.name} can't be read" in err
        assert "delete that folder" in err
    assert f"the record of run {folder.name} can't be read" in w2sdl(capsys, "retry", "-n")[2]
    assert w2sdl(capsys, "status")[0] == 0
    assert "failed  bad" in w2sdl(capsys, *RUN)[1]


@pytest.mark.parametrize("torn", ["{", "[]", "{}"])
def test_files_beside_a_store_that_are_damaged(
    torn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    w2sdl(capsys, *RUN)
    for name in ("timings.json", "hashes.json"):  # what is only remembered is learnt again
        Path(".w2sdl", name).write_text(torn)
    assert w2sdl(capsys, "plan", "tiny.w2s", *OPTIONS[:2])[0] == 0
    assert "failed  bad" in w2sdl(capsys, *RUN)[1]
    Path(".w2sdl", "store.json").write_text(torn)
    code, _, err = w2sdl(capsys, "plan", "tiny.w2s", *OPTIONS[:2])
    assert code == 1
    assert "store.json is damaged" in err
    assert 'write {"layout": 1} into it' in err


def test_a_job_that_failed_says_where_to_read_why() -> None:
    """Ray's own message ends in "last available logs (truncated ...):", which is no reason."""
    said = "Job entrypoint command failed with exit code 1, last available logs (truncated):\nx"
    job = Job("slow one", "FAILED", said, None, None, 1, {"experiment": "tiny"})
    assert "(exit code 1: w2sdl logs 'slow one' says why)" in _line(job)
    lost = Job("other", "FAILED", "the node died\nmore", None, None, None, {})
    assert "(the node died)" in _line(lost)


def test_a_port_that_is_not_the_dashboards_is_said_to_be() -> None:
    with pytest.raises(PrerequisiteError) as told, _failures("http://head:6379"):
        raise RuntimeError("Failed to connect to Ray at address: http://head:6379.")
    assert told.value.message == "what answers at http://head:6379 is no Jobs API"
    assert "8265" in told.value.help


def test_a_failed_run_of_a_plan_goes_on_with_the_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert w2sdl(capsys, "plan", "tiny.w2s", *OPTIONS[:2], "-o", "plan.json")[0] == 0
    code, out, _ = w2sdl(capsys, "run", "plan.json", "--executor", "local")
    assert code == 1
    assert "go on   the same command" in out


def test_a_column_of_reasons_is_as_wide_as_what_stands_in_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    w2sdl(capsys, *RUN)
    spec = Path("tiny.w2s")
    spec.write_text(SPEC.replace('"x"', '"a text that is rather long"'), "utf-8")
    out = w2sdl(capsys, "plan", "tiny.w2s", *OPTIONS[:2])[1]
    rows = [line for line in out.splitlines() if " × " in line]
    assert len({line.index(" × ") for line in rows}) == 1


OWN = """from __future__ import annotations
from w2sdl_runtime.op import Context, Count, op
from w2sdl_runtime.values import Labels

@op("own")
def own(SIGNATURE) -> Labels:
    \"\"\"Something.\"\"\"
    return of
"""


@pytest.mark.parametrize(
    ("signature", "said"),
    [
        ("ctx: Context, of: Labels, *, times=1", "`times` has no annotation"),
        ("ctx, of: Labels", "its first parameter must be `ctx: Context`"),
        ("of: Labels, *, times: Count = 1", "its first parameter must be `ctx: Context`"),
        ("", "its first parameter must be `ctx: Context`"),
        ("ctx: Context, *of: Labels", "has no place in a spec: name each parameter"),
    ],
)
def test_an_operation_that_does_not_say_what_it_takes(
    signature: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"own_{len(signature)}"
    (tmp_path / f"{name}.py").write_text(OWN.replace("SIGNATURE", signature), "utf-8")
    code, _, err = w2sdl(capsys, "plan", "tiny.w2s", "--module", name)
    assert code == 1
    assert f"operation `own` in module {name}: " in err
    assert said in err


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ('better="lower"', 'better="lower" is said of metrics, and it gives Labels'),
        ('better="more"', 'better="more": it is "higher", "lower" or ""'),
        ('network="mine"', 'network="mine": it is one of own, given, none, remote'),
    ],
)
def test_an_operation_that_says_of_itself_what_it_cannot_be(
    mark: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"marked_{mark.partition('=')[2].strip(chr(34))}"
    text = OWN.replace('@op("own")', f'@op("own", {mark})')
    text = text.replace("SIGNATURE", "ctx: Context, of: Labels")
    (tmp_path / f"{name}.py").write_text(text, "utf-8")
    code, _, err = w2sdl(capsys, "plan", "tiny.w2s", "--module", name)
    assert code == 1
    assert said in err
    assert "Traceback" not in err
