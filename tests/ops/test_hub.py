"""`hub`: rows at one commit, from a hub of our own; and one sentence where there is none."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.ops.helpers_data import Bench, quiz, write_jsonl
from w2sdl_runtime.data.hub import rows_of
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.hub import hub
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice
from w2sdl_runtime.variants.formats.openai2024 import OpenAI2024

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FORM = MultipleChoice()


def test_without_a_network(tmp_path: Path) -> None:
    ctx = Bench(tmp_path).context("hub")
    with pytest.raises(PrerequisiteError, match="can't be asked for dataset nobody") as caught:
        hub(ctx, "nobody/nothing", format=FORM, parts={"a": 2})
    assert "revision" in caught.value.help
    with pytest.raises(PrerequisiteError, match="hub can't be reached") as caught:
        hub(ctx, "nobody/nothing", revision=COMMIT, format=FORM, parts={"a": 2})
    assert "table(" in caught.value.help


def test_a_folder_is_no_hub_data_set(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "mine" / "train.jsonl", quiz(2))
    with pytest.raises(PrerequisiteError, match="is a folder"):
        hub(Bench(tmp_path).context("hub"), "mine", format=FORM, parts={"a": 2})


def test_rows_know_their_split() -> None:
    from datasets import Dataset, DatasetDict

    loaded = DatasetDict(
        {s: Dataset.from_list(quiz(2, n)) for n, s in enumerate(("train", "test"))}
    )
    rows = rows_of(loaded, "a/b")
    assert [(row.split, row.place) for row in rows[1:3]] == [
        ("train", "a/b, train row 2"),
        ("test", "a/b, test row 1"),
    ]
    assert dict(rows[0].values) == quiz(1)[0]
    assert {row.split for row in rows_of(loaded, "a/b", ["test"])} == {"test"}
    form = OpenAI2024(dataset="sciq", n_docs=1)
    few = rows_of(loaded, "a/b", first=form.first_rows())
    assert [row.place for row in few] == [
        "a/b, train row 1",
        "a/b, test row 1",
        "a/b, test row 2",
    ]
    with pytest.raises(PrerequisiteError, match="a/b has no split `dev`") as caught:
        rows_of(loaded, "a/b", ["dev"])
    assert "train, test" in caught.value.help


class TinyHub(BaseHTTPRequestHandler):
    """As much of the hub's protocol as `datasets` asks for; ``files`` by repository and name."""

    files: dict[str, dict[str, bytes]]

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        repo = "/".join(self.path.split("/")[3:5])
        found = [entry for entry in self._tree(repo) if entry["path"] in asked]
        self._send(json.dumps(found).encode())

    def _answer(self) -> None:
        path = self.path.partition("?")[0].strip("/").removeprefix("api/").split("/")
        repo, rest = "/".join(path[1:3]), path[3:]
        if repo not in self.files:
            self._send(b"", 404, {"X-Error-Code": "RepoNotFound"})
        elif rest in ([], ["revision", COMMIT]):
            siblings = [{"rfilename": name} for name in self.files[repo]]
            facts = {"id": repo, "sha": COMMIT, "private": False, "siblings": siblings}
            self._send(json.dumps(facts).encode())
        elif rest[:2] == ["tree", COMMIT]:
            self._send(json.dumps(self._tree(repo)).encode())
        elif rest[0] == "resolve" and rest[-1] in self.files[repo]:
            self._send(self.files[repo][rest[-1]])
        else:
            self._send(b"", 404, {"X-Error-Code": "EntryNotFound"})

    def _tree(self, repo: str) -> list[dict[str, Any]]:
        return [
            {"type": "file", "path": name, "oid": "0" * 40, "size": len(data)}
            for name, data in self.files[repo].items()
        ]

    def _send(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        tag = hashlib.sha256(body).hexdigest()
        for name, value in {"X-Repo-Commit": COMMIT, "ETag": tag, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    for split, start in (("train", 0), ("test", 100)):
        write_jsonl(tmp_path / "up" / f"{split}.jsonl", quiz(40, start))
    files = {path.name: path.read_bytes() for path in (tmp_path / "up").iterdir()}
    script = {"scripted.py": b"raise SystemExit('code from the hub was run')\n"}
    handler = type("Hub", (TinyHub,), {"files": {"me/quiz": files, "me/scripted": files | script}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


SCRIPT = """
import json, sys
from pathlib import Path
from tests.ops.helpers_data import Bench
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.hub import hub
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice
from w2sdl_runtime.variants.formats.openai2024 import OpenAI2024
from w2sdl_runtime.variants.parts import Rest, Take
bench = Bench(Path(sys.argv[1]))
parts = {"a": Take(n=20, of="train"), "t": Rest(of="test")}
data = hub(bench.context("hub"), "me/quiz", format=MultipleChoice(), parts=parts)
said = []
for repo in ("me/other", "me/scripted"):
    try:
        hub(bench.context("hub"), repo, format=MultipleChoice(), parts=parts)
    except PrerequisiteError as problem:
        said.append(problem.message)
print(json.dumps([data.notes["revision"], bench.items(data, "t").column("prompt")[:1],
                  {name: part.rows for name, part in data.parts.items()}, said]))
"""


def test_a_reachable_hub(endpoint: str, tmp_path: Path) -> None:
    """In a process of its own: the hub's address is read when its library is imported."""
    root = Path(__file__).parents[2]
    environment = {
        **os.environ,
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(tmp_path / "hf"),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "PYTHONPATH": f"{root}{os.pathsep}{root / 'runtime'}",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    revision, prompts, sizes, said = json.loads(done.stdout.splitlines()[-1])
    assert revision == COMMIT
    assert int(prompts[0].split()[3][:-1]) >= 100
    assert sizes == {"a": 20, "t": 80}
    assert "gives no dataset me/other" in said[0]
    assert "data set me/scripted at 0123456789ab can't be read" in said[1]
