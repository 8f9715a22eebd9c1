"""Nothing that a spec, a data file, a model or a store holds is executed, or leads to other files."""

from __future__ import annotations

import ast
import json
import os
import pickle
import shutil
from pathlib import Path

import pytest

import w2sdl
import w2sdl_runtime
from tests.runtime.tiny_graph import Builder, run
from w2sdl.cli import run_cli
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.hashes import is_hash, is_plain_path
from w2sdl_runtime.models import describe_folder
from w2sdl_runtime.runs.exporting import export_result
from w2sdl_runtime.runs.loaded_run import load_run
from w2sdl_runtime.storage.objects import CorruptObject
from w2sdl_runtime.storage.store import Store


class Bomb:
    """Unpickled, it writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return os.mkdir, (str(self.path),)


def bomb(target: Path) -> bytes:
    return pickle.dumps(Bomb(target))


# -- our own code ----------------------------------------------------------------------------------

SOURCES = [*Path(w2sdl.__path__[0]).rglob("*.py"), *Path(w2sdl_runtime.__path__[0]).rglob("*.py")]
EXECUTING = {
    "pickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "joblib",
    "yaml",
    "code",
    "codeop",
}


def called(node: ast.Call) -> str:
    """``torch.load`` of ``torch.load(path)``."""
    return ast.unparse(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else ""


def test_no_module_of_ours_turns_data_into_code() -> None:
    assert len(SOURCES) > 300
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                assert not EXECUTING & {name.name.partition(".")[0] for name in node.names}, path
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").partition(".")[0] not in EXECUTING, path
            if isinstance(node, ast.Call):
                name = called(node)
                assert name not in ("eval", "exec", "compile", "torch.load", "np.load"), path
                words = {word.arg: ast.unparse(word.value) for word in node.keywords}
                assert words.get("trust_remote_code", "False") == "False", path
                assert words.get("allow_pickle", "False") == "False", path
                assert words.get("shell", "False") == "False", path


# -- models ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `save_pretrained` writes it."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("model")
    words = Tokenizer(models.WordLevel({"<unk>": 0, "a": 1, "b": 2}, "<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=words, unk_token="<unk>").save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=3, hidden_size=8, intermediate_size=8, num_hidden_layers=1,
        num_attention_heads=1, max_position_embeddings=16,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture
def model(tiny_model: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "project" / "model"
    shutil.copytree(tiny_model, folder)
    (tmp_path / "project" / "w2sdl.toml").write_text('executor = "local"\n')
    return folder


SPEC = """
experiment opening
data d = science_qa(parts: {a: 8, b: 8})
M = model("model")
measure right = accuracy(zero_shot(M)) on d.b
"""


def opened(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Run a spec that reads the model of a project."""
    spec = folder.parent / "opening.w2s"
    spec.write_text(SPEC)
    code = run_cli(["run", str(spec), "--quiet"])
    done = capsys.readouterr()
    return code, done.out + done.err


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.ckpt"])
def test_pickled_weights_are_refused_with_the_way_to_convert_them(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (model / "model.safetensors").unlink()
    (model / name).write_bytes(bomb(tmp_path / "exploded"))
    code, said = opened(model, capsys)
    assert code == 1
    assert f"only {name}, and pickled weights are never loaded" in said
    assert "write it with save_pretrained" in said
    assert not (tmp_path / "exploded").exists()


def test_pickled_weights_beside_safetensors_are_not_read(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("pytorch_model.bin", "training_args.bin", "optimizer.pt", "scheduler.pkl"):
        (model / name).write_bytes(bomb(tmp_path / "exploded"))
    code, said = opened(model, capsys)
    assert code == 0, said
    assert not (tmp_path / "exploded").exists()
    assert set(describe_folder(model, "m")["files"]).isdisjoint({"pytorch_model.bin"})


def test_pickle_that_is_called_safetensors_is_damaged(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (model / "model.safetensors").write_bytes(bomb(tmp_path / "exploded"))
    code, said = opened(model, capsys)
    assert (code, "model.safetensors is damaged" in said) == (1, True)
    assert not (tmp_path / "exploded").exists()


CODE = "import os\nos.mkdir({path!r})\n"


EVIL = {"AutoModelForCausalLM": "evil.Evil", "AutoConfig": "evil.Evil"}


@pytest.mark.parametrize(
    ("file", "change", "is_built_in"),
    [
        ("config.json", {"auto_map": EVIL}, True),
        ("config.json", {"auto_map": EVIL, "model_type": "evil"}, False),
        ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": [None, "evil.Evil"]}}, True),
        (
            "tokenizer_config.json",
            {
                "auto_map": {"AutoTokenizer": ["evil.Evil", None]},
                "tokenizer_class": "EvilTokenizer",
            },
            False,
        ),
    ],
)
def test_code_that_comes_with_a_model_is_never_run(
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    file: str,
    change: dict[str, object],
    is_built_in: bool,
) -> None:
    (model / "evil.py").write_text(CODE.format(path=str(tmp_path / "exploded")))
    path = model / file
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    code, said = opened(model, capsys)
    assert code == int(not is_built_in), said
    if not is_built_in:
        assert 'model "model" wants code of its own to be run' in said
        assert "w2sdl never runs code" in said
    assert not (tmp_path / "exploded").exists()


# -- data ------------------------------------------------------------------------------------------


ROWS = """
experiment rows
data d = table("NAME", format: binary(text: "t", label: "y"), parts: {a: 1})
"""


@pytest.mark.parametrize("name", ["rows.pkl", "rows.npy", "rows.jsonl", "rows.parquet"])
def test_pickled_rows_are_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / name).write_bytes(bomb(tmp_path / "exploded"))
    spec = tmp_path / "rows.w2s"
    spec.write_text(ROWS.replace("NAME", name))
    code = run_cli(["run", str(spec), "--executor", "local", "--quiet"])
    said = capsys.readouterr()
    assert code == 1
    assert name in said.out + said.err
    assert "Traceback" not in said.err
    assert not (tmp_path / "exploded").exists()


# -- paths in specs --------------------------------------------------------------------------------


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A project, and a secret beside it."""
    (tmp_path / "secret.txt").write_text("the secret of the house\n")
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "w2sdl.toml").write_text('executor = "local"\n')
    return folder


def run_text(study: Path, path: str, *options: str) -> int:
    (study / "read.w2s").write_text(
        f'experiment read\np = "{path}"\nt = text_file(p, origin: "x")\n'
    )
    return run_cli(["run", str(study / "read.w2s"), "--quiet", *options])


@pytest.mark.parametrize(
    "path", ["../secret.txt", "ABSOLUTE", "link.txt", "linked/secret.txt", "~/secret.txt"]
)
def test_a_spec_reads_nothing_outside_its_project(
    study: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("HOME", str(study.parent))
    (study / "link.txt").symlink_to(study.parent / "secret.txt")
    (study / "linked").symlink_to(study.parent)
    named = path.replace("ABSOLUTE", str(study.parent / "secret.txt"))
    assert run_text(study, named) == 1
    said = capsys.readouterr()
    if path.startswith(("link", "~")):
        real = (study / named).resolve()
        where = "lies" if path.startswith("~") else f"is a link to {real}, which lies"
        assert f"`{named}` {where} outside the project {study}" in said.out + said.err
        assert "allow it in w2sdl.toml" in said.out + said.err
    else:
        assert f"the path `{named}` leaves the folder of the spec" in said.err
    files = [file for file in (study / ".w2sdl").rglob("*") if file.is_file()]
    assert not any(b"secret of the house" in file.read_bytes() for file in files)
    assert run_cli(["plan", str(study / "read.w2s")]) == 1
    assert named in capsys.readouterr().err


def test_a_folder_with_a_link_out_of_the_project_is_refused(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (study / "data").mkdir()
    (study / "data" / "train.jsonl").symlink_to(study.parent / "secret.txt")
    (study / "rows.w2s").write_text(ROWS.replace("NAME", "data"))
    assert run_cli(["run", str(study / "rows.w2s"), "--quiet"]) == 1
    said = capsys.readouterr()
    assert "`data/train.jsonl` is a link out of the project" in said.out + said.err


def test_what_the_user_names_may_be_read(
    study: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_text(study, "missing", "--set", f'p="{study.parent / "secret.txt"}"') == 0
    monkeypatch.chdir(study.parent)
    assert run_text(study, "missing", "--set", "p=secret.txt") == 0
    (study / "link.txt").symlink_to(study.parent / "secret.txt")
    assert run_text(study, "link.txt") == 1
    (study / "w2sdl.toml").write_text('executor = "local"\npaths = [".."]\n')
    assert run_text(study, "link.txt") == 0
    (study / "w2sdl.toml").write_text('paths = ".."\n')
    assert run_text(study, "link.txt") == 1
    assert "`paths` is no list" in capsys.readouterr().err


# -- stores from elsewhere -------------------------------------------------------------------------

HOSTILE = [
    "../../etc",
    "..",
    "",
    "/etc/passwd",
    "a" * 63,
    "A" * 64,
    "a" * 64 + "/..",
    "a" * 64 + "\n",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_digest_is_a_digest_before_it_is_a_path(tmp_path: Path, name: str) -> None:
    store = Store(tmp_path / "store")
    store.prepare()
    assert not is_hash(name)
    for ask in (store.path, store.open, store.verify, store.set_aside):
        with pytest.raises(CorruptObject, match="no digest"):
            ask(name)
    assert not store.is_sound(name)
    assert store.lookup(name) is None


@pytest.mark.parametrize(
    "name", ["../x", "/x", "a/../x", "a//x", "a\\x", "C:x", "c:/x", "", ".", "a/.", "x\0y"]
)
def test_names_that_leave_their_folder(name: str) -> None:
    assert not is_plain_path(name)
    assert is_plain_path("a/b.c")
    assert is_plain_path("..a/b")


def test_an_artifact_that_names_paths_leads_nowhere(tmp_path: Path) -> None:
    from w2sdl_runtime.files import digest_of_folder
    from w2sdl_runtime.values import Data

    store = Store(tmp_path / "store")
    store.prepare()
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "artifact.json").write_text('{"kind": "Metric", "format": 1}')
    made = tmp_path / "made"
    made.mkdir()
    part = {"items": "../../victim", "gold": "/etc", "rows": 1}
    record = {"kind": "Data", "format": 1, "parts": [["../a", part]], "corpus": "..", "notes": {}}
    (made / "artifact.json").write_text(json.dumps(record))
    digest = digest_of_folder(made)
    made.rename(store.path(digest))
    data = store.open(digest)
    assert isinstance(data, Data)
    for reference in (data.parts["../a"].items, data.parts["../a"].gold, data.corpus):
        with pytest.raises(CorruptObject, match="no digest"):
            store.open(reference)


@pytest.mark.parametrize("name", ["..", "../..", "/etc", "../secret", "*", "runs/../.."])
def test_a_run_is_named_and_no_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    builder = Builder()
    builder.add("tiny_number", value=1.0)
    for _ in range(2):
        run(builder.graph(), tmp_path)
    secret = tmp_path / "store" / "secret"
    secret.mkdir()
    (secret / "run.json").write_text("{}")
    with pytest.raises(PrerequisiteError, match="called"):
        load_run(Store(tmp_path / "store"), name)
    for command in ("report", "show", "status", "logs"):
        assert run_cli([command, name, "--store", str(tmp_path / "store")]) == 1
        assert "Traceback" not in capsys.readouterr().err


def test_an_address_is_no_path(tmp_path: Path) -> None:
    builder = Builder()
    builder.add("tiny_number", value=1.0, name="../../escaped")
    result = run(builder.graph(), tmp_path)
    store = Store(tmp_path / "store")
    runs = tmp_path / "store" / "runs"
    assert all(path.is_relative_to(runs) for path in tmp_path.rglob("*escaped*"))
    target = tmp_path / "out.parquet"
    with pytest.raises(PrerequisiteError):
        export_result(load_run(store, "last"), "../../secret", store, target)
    assert not target.exists()
    assert {entry.action for entry in result.nodes.values()} == {"executed"}


def test_hostile_names_in_a_report_are_text(tmp_path: Path) -> None:
    from w2sdl_runtime.report.render import write_report

    evil = "<script>alert(1)</script>"
    builder = Builder()
    builder.add("tiny_number", value=1.0, name=evil)
    result = run(builder.graph(), tmp_path)
    write_report(result.folder, Store(tmp_path / "store"), tmp_path / "report.html")
    assert evil not in (tmp_path / "report.html").read_text("utf-8")
