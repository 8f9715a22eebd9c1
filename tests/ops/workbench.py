"""Runs single operations as a worker would: a real store, values reopened by digest."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from w2sdl_runtime.artifacts import Value
from w2sdl_runtime.op import Context
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.values import Items, Labels, Metric

V = TypeVar("V", bound=Value)


@dataclass
class Workbench:
    root: Path
    reports: list[tuple[int, int, str, dict[str, Any]]] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = Store(self.root / "store", cached=512)
        self.store.prepare()
        self._numbers = count()

    def context(self, name: str, seed: int | list[int] = 0) -> Context:
        work = self.root / f"work{next(self._numbers)}"
        work.mkdir()

        def report(done: int, total: int, unit: str, **facts: float | str) -> None:
            self.reports.append((done, total, unit, dict(facts)))

        return Context(
            op_name=name,
            key="0" * 64,
            address=name,
            work=work,
            base=self.root,
            threads=1,
            device="cpu",
            put=self.store.put,
            open=self.store.open,
            report=report,
            log=self.logs.append,
            seed=seed,
            folder=work,
        )

    def keep(self, value: V) -> V:
        """Store a value and open it again, as the next operation would find it."""
        opened = self.store.open(self.store.put(value))
        assert type(opened) is type(value)
        return opened

    def run(
        self, operation: Any, *inputs: Any, seed: int | list[int] | None = None, **named: Any
    ) -> Any:
        """One node: run, store, reopen."""
        context = self.context(operation.__w2sdl__.name, 0 if seed is None else seed)
        if seed is not None:
            named["seed"] = seed
        return self.keep(operation(context, *inputs, **named))


def forget() -> None:
    """Make this process as cold as a fresh worker: networks, rows and scores are read again."""
    from w2sdl_runtime import models
    from w2sdl_runtime.debating import quoting
    from w2sdl_runtime.learning import likelihood, rows

    for kept in (models._KEPT, rows._KEPT, likelihood._KEPT, quoting._KEPT):
        kept.clear()


def make_items(rows: list[dict[str, str]], part: str = "train") -> Items:
    """Items from rows; columns that a row leaves out are empty."""
    import pyarrow as pa

    from w2sdl_runtime.values import ITEM_COLUMNS

    filled = [
        {"item_id": f"{part}-{i}", "group": f"g{i}", "part": part, **row}
        for i, row in enumerate(rows)
    ]
    table = {
        name: pa.array([row.get(name, "") for row in filled], pa.string()) for name in ITEM_COLUMNS
    }
    return Items(pa.table(table))


def make_labels(bench: Workbench, items: Items, values: list[float], **columns: Any) -> Labels:
    """Labels of items, stored; any other column and ``kind`` may be given."""
    import pyarrow as pa

    rows = len(values)
    digest = items.digest or bench.store.put(items)
    table = pa.table(
        {
            "item_id": pa.array(items.column("item_id"), pa.string()),
            "value": pa.array(values, pa.float64()),
            "weight": pa.array(columns.get("weight", [1.0] * rows), pa.float64()),
            "keep": pa.array(columns.get("keep", [True] * rows), pa.bool_()),
            "text": pa.array(columns.get("text", [None] * rows), pa.string()),
            "meta": pa.array(columns.get("meta", [None] * rows), pa.string()),
        }
    )
    return bench.keep(Labels(table, digest, columns.get("kind", "soft"), "gold"))


def make_texts(bench: Workbench, items: Items, *said: str) -> Labels:
    """Labels that are texts, one a row."""
    return make_labels(bench, items, [None] * len(said), kind="text", text=list(said))


def parts_of(metric: Metric) -> dict[str, tuple[int, float | None]]:
    """How many rows each part of a metric has, and what came of them."""
    return {part["name"]: (part["n"], part["value"]) for part in metric.facts["parts"]}
