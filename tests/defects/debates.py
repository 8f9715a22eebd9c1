"""A small world to debate about: twelve questions with two answers each, and a model that can read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.ops.workbench import Workbench, make_items
from w2sdl_runtime.ops.pretrain import pretrain
from w2sdl_runtime.values import Corpus, Items, Model

PLACES = ("forest", "desert", "river", "hills")


class Debates:
    """Items whose first candidate of each pair is right, and a model of a few steps."""

    def __init__(self, folder: Path) -> None:
        self.bench = Workbench(folder)
        rows = [row for number in range(12) for row in _asked(number)]
        self.items: Items = self.bench.keep(make_items(rows, "test"))
        self.truth = [1.0, 0.0] * 12
        told = self.bench.keep(Corpus([row["passage"] for row in rows], "test"))
        self.model: Model = self.bench.run(pretrain, told, seed=0, layers=1, width=16, steps=3)

    def hold(self, items: Items | None = None, **named: Any) -> list[dict[str, Any]]:
        """A debate about each item: its rows."""
        from w2sdl_runtime.ops.debate import debate

        named = {"seed": 0, **named}
        told = self.bench.run(debate, self.model, self.model, items or self.items, **named)
        rows: list[dict[str, Any]] = told.table.to_pylist()
        return rows


def _asked(number: int) -> list[dict[str, str]]:
    right, wrong = PLACES[number % 4], PLACES[(number + 1) % 4]
    passage = f"Animal {number} lives in the {right}. Some look in the {wrong}. It rains. It snows."
    asked = {"prompt": f"Where does animal {number} live?", "passage": passage}
    return [
        asked | {"candidate": right, "rival": wrong},
        asked | {"candidate": wrong, "rival": right},
    ]
