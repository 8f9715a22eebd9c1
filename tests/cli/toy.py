"""A design of small operations in a folder of its own, driven through the command line."""

from __future__ import annotations

import importlib
import io
import json
import linecache
import os
import re
import shutil
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from w2sdl import discover
from w2sdl.cli import run_cli
from w2sdl_runtime.registry import load_signatures

ROOT = Path(__file__).parents[2]
CODE = '''"""Operations without a version: their code is in the key."""
from __future__ import annotations
from w2sdl_runtime.op import Context, FileSource, Seed, op
from w2sdl_runtime.values import Corpus

@op("toy_words")
def words(ctx: Context, text: str = "abc", times: int = 1, seed: Seed = 0) -> Corpus:
    """Words."""
    return Corpus([f"{text} {seed}"] * times)

@op("toy_first")
def first(ctx: Context, of: Corpus, letters: int = 1) -> Corpus:
    """Only the first letters survive: much that goes in comes out equal."""
    return Corpus([document[:letters] for document in of.documents])

@op("toy_join")
def join(ctx: Context, parts: list[Corpus], fail: bool = False) -> Corpus:
    """All documents."""
    if fail:
        raise RuntimeError("the soup is cold")
    return Corpus([document for part in parts for document in part.documents])

@op("toy_pick")
def pick(ctx: Context, of: Corpus, path: FileSource) -> Corpus:
    """The documents that a file lists."""
    wanted = (ctx.base / path).read_text().splitlines()
    return Corpus([document for document in of.documents if document in wanted])

@op("toy_file")
def file(ctx: Context, path: FileSource) -> Corpus:
    """The lines of a file."""
    return Corpus((ctx.base / path).read_text().splitlines())
'''
SPEC = """experiment toy "a small design"
axis seed = 0..1
a = toy_words(text: "abd", seed: seed)
s = toy_first(a)
f = toy_file("f.txt")
u = toy_join([a, s, f])
alone = toy_words(text: "xyz", times: 3)
"""


@dataclass(frozen=True)
class Toy:
    """A folder with a spec, a module and a store."""

    folder: Path

    @classmethod
    def fresh(cls, folder: Path) -> Toy:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "toy.w2s").write_text(SPEC, "utf-8")
        (folder / "toy_code.py").write_text(CODE, "utf-8")
        (folder / "f.txt").write_text("hello\n", "utf-8")
        return cls(folder)

    def copy(self, folder: Path) -> Toy:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Toy(folder)

    @property
    def store(self) -> Path:
        return self.folder / "store"

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
        shutil.rmtree(self.folder / "__pycache__", ignore_errors=True)  # as old as the edit

    def w2sdl(self, *arguments: str, code: int = 0, kill: str = "") -> str:
        """What a command prints, which must end with ``code``; its messages too, unless that is 0.

        In this process, unless something is to kill it.
        """
        found, out, err = (self.process if kill else self.here)(*arguments, kill=kill)
        assert found == code, (found, out, err)
        return out + (err if code else "")

    def w2sdl_bare(self, *arguments: str, code: int = 0) -> str:
        """The same without ``--store``."""
        found, out, err = self.here(*arguments, bare=True)
        assert found == code, (found, out, err)
        return out + (err if code else "")

    def here(self, *arguments: str, kill: str = "", bare: bool = False) -> tuple[int, str, str]:
        assert not kill
        store = () if bare or arguments[0] == "graph" else ("--store", str(self.store))
        out, err = io.StringIO(), io.StringIO()
        sys.modules.pop("toy_code", None)  # another toy's, or as it was before an edit
        load_signatures.cache_clear()
        discover._load.cache_clear()
        importlib.invalidate_caches()
        linecache.clearcache()
        path = list(sys.path)
        with chdir(self.folder), redirect_stdout(out), redirect_stderr(err):
            code = run_cli([*arguments, *store])
        sys.path[:] = path
        return code, out.getvalue(), err.getvalue()

    def process(self, *arguments: str, kill: str = "", bare: bool = False) -> tuple[int, str, str]:
        store = () if bare else ("--store", str(self.store))
        command = [sys.executable, "-m", "w2sdl", *arguments, *store]
        env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}", "W2SDL_TEST_KILL": kill}
        env |= {"PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            command, cwd=self.folder, env=env, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout, done.stderr

    def run(self, *more: str, code: int = 0, kill: str = "") -> str:
        arguments = ["run", "toy.w2s", *MODULE, "--executor", "local", *more]
        return self.w2sdl(*arguments, code=code, kill=kill)

    def plan(self, *more: str, code: int = 0) -> str:
        return self.w2sdl("plan", "toy.w2s", *MODULE, *more, code=code)

    def object_of(self, address: str) -> Path:
        """The object folder of a stored result."""
        rows = json.loads(self.w2sdl("cache", "ls", "--json"))
        (digest,) = {row["digest"] for row in rows if row["address"] == address}
        return self.store / "objects" / digest


MODULE = ("--module", "toy_code")


def flip(folder: Path) -> None:
    """Change one byte of an object."""
    path = next(path for path in sorted(folder.iterdir()) if path.suffix == ".parquet")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)


def plain(text: str) -> str:
    """Without what differs from one run to the next."""
    text = re.sub(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{12,16}\b", "#", text)
    text = re.sub(r"\b\d{8}-\d{6}-[a-z]+-[a-z]+\b", "RUN", text)
    text = re.sub(r"paths start at .*", "paths start at FOLDER", text)
    return re.sub(r"\(store: .*\)", "(store)", text)
