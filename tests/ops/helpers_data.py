"""A store in a folder and a `Context` over it, to run operations without the runtime."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from w2sdl.keys import folder_digest
from w2sdl_runtime.artifacts import Value, open_as
from w2sdl_runtime.op import Context
from w2sdl_runtime.values import Data, Items, Labels, load_value


@dataclass
class Bench:
    """Objects live in ``root/objects/<digest>``; ``said`` is what operations logged."""

    root: Path
    said: list[str] = field(default_factory=list)

    def put(self, value: Value) -> str:
        draft = self.root / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        value.save(draft)
        files = {
            path.relative_to(draft).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(draft.rglob("*"))
            if path.is_file()
        }
        digest = folder_digest(files)
        home = self.root / "objects" / digest
        if home.exists():
            shutil.rmtree(draft)
        else:
            home.parent.mkdir(exist_ok=True)
            draft.rename(home)
        return digest

    def open(self, digest: str) -> Value:
        value = load_value(self.root / "objects" / digest, self)
        value.digest = digest
        return value

    def context(self, op_name: str = "table", base: Path | None = None) -> Context:
        return Context(
            op_name=op_name,
            key="k",
            address="a",
            work=self.root / "work",
            base=base or self.root,
            threads=1,
            device="cpu",
            put=self.put,
            open=self.open,
            report=lambda done, total, unit, **facts: None,
            log=self.said.append,
        )

    def items(self, data: Data, part: str) -> Items:
        return open_as(self, data.parts[part].items, Items)

    def gold(self, data: Data, part: str) -> Labels:
        return open_as(self, data.parts[part].gold, Labels)

    def golds(self, data: Data, part: str) -> list[float]:
        values: list[float] = self.gold(data, part).table.column("value").to_pylist()
        return values


def write_jsonl(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def quiz(count: int, start: int = 0) -> list[dict[str, Any]]:
    """Rows in the columns of SciQ. Answers tell nothing but by number."""
    return [
        {
            "question": f"What follows {n}?",
            "correct_answer": f"w{n}",
            "distractor1": f"x{n}",
            "distractor2": f"y{n}",
            "distractor3": f"z{n}",
            "support": f"Some say that {n} is followed.",
            "topic": f"topic {n % 5}",
        }
        for n in range(start, start + count)
    ]


def reviews(count: int, share: float = 0.5) -> list[dict[str, Any]]:
    """Texts with a 0/1 label; the first ``share`` of them are positive."""
    return [
        {"text": f"review number {n}", "label": int(n < share * count), "source": f"s{n % 7}"}
        for n in range(count)
    ]
