"""The results of a run over 1,000,000 measured rows: `Run.results`, `Run.result_rows`, SQL, the command.

Beside it what a user would do without: pandas over the Parquet files of the objects, by hand.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from w2sdl.api import compile_text
from w2sdl.graph import Graph, graph_to_json
from w2sdl_runtime.files import read_json
from w2sdl_runtime.runs.results import open_run, open_runs
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.values import Metric

ROWS = 20_000
SPEC = """experiment rows "many measured rows"
axis seed = 0..9
axis arm = 1..5
data d = science_qa(parts: {supervise: 40, transfer: 40, test: 40})
weak W = pretrain(corpus(d), layers: 1, width: 8, steps: 2, seed: seed)
student = finetune(W, gold(d.transfer), train: {epochs: arm}, seed: seed)
measure scores = accuracy(student) on d.test
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "store"
        make_run(root)
        print(f"{50 * ROWS:,} rows in 50 nodes")
        timed("results, first time", lambda: open_run("last", root).results())
        timed("result_rows, first time", lambda: open_run("last", root).result_rows())
        timed("results, kept", lambda: open_run("last", root).results())
        timed("result_rows, kept", lambda: open_run("last", root).result_rows())
        sql = "select arm, avg(score) from rows where measure = 'scores' group by arm"
        timed("SQL: the mean of each arm", lambda: open_runs(root).query(sql))
        timed("w2sdl results, whole process", lambda: command("results", root))
        forget(root)
        timed("w2sdl results, whole process, first time", lambda: command("results", root))
        forget(root)
        timed("pandas by hand: rows with their axes", lambda: by_hand(root))


def make_run(root: Path) -> Graph:
    """A run whose measured nodes have results; what they were made from is left out."""
    graph = compile_text(SPEC).graph
    assert graph is not None
    store = Store(root)
    store.prepare()
    generator = np.random.default_rng(0)
    ids = [f"{number:016x}" for number in range(ROWS)]
    gold = generator.random(ROWS) < 0.5
    nodes = {}
    for cell in graph.measures[0].cells:
        digest = store.put(metric(generator, ids, gold))
        node = graph.nodes[cell.node]
        nodes[node.id] = {"address": node.address, "action": "executed", "digest": digest}
    folder = root / "runs" / "20260101-000000-many-rows"
    folder.mkdir(parents=True)
    records = {"graph": graph_to_json(graph), "nodes": nodes, "run": run_record(graph)}
    for name, record in records.items():
        (folder / f"{name}.json").write_text(json.dumps(record))
    return graph


def metric(generator: np.random.Generator, ids: list[str], gold: Any) -> Metric:
    probability = generator.random(ROWS)
    label = probability > 0.5
    columns = {"item_id": ids, "probability": probability, "label": label, "gold": gold}
    rows = pa.table(columns | {"right": label == gold})
    value = float(np.mean(label == gold))
    facts = {"unit": "share", "score": "right", "interval": "wilson"}
    return Metric("accuracy", value, value - 0.01, value + 0.01, ROWS, "", facts, rows)


def run_record(graph: Graph) -> dict[str, Any]:
    run = "20260101-000000-many-rows"
    texts = dict.fromkeys(
        ("spec_text", "resolved_text", "command", "python", "host", "version"), ""
    )
    named = {"run": run, "name": "many-rows", "experiment": graph.experiment, "description": ""}
    rest = {"packages": {}, "pid": 0, "cpus": 1, "git": {}, "store": "", "status": "done"}
    when = {"started": "2026-01-01T00:00:00Z", "spec_path": "rows.w2s"}
    return {**texts, **named, **rest, **when, "profiles": [], "overrides": []}


def by_hand(root: Path) -> Any:
    """What a script would do: find the nodes, read each file, put the axes beside its rows."""
    import pandas as pd

    (folder,) = (root / "runs").iterdir()
    nodes, graph = read_json(folder / "nodes.json"), read_json(folder / "graph.json")
    frames = []
    for cell in graph["measures"][0]["cells"]:
        path = root / "objects" / nodes[cell["node"]]["digest"] / "rows.parquet"
        frame = pd.read_parquet(path)
        frames.append(frame.assign(of=cell["of"], **cell["point"]))
    return pd.concat(frames)


def command(name: str, root: Path) -> None:
    words = [sys.executable, "-m", "w2sdl", name, "last", "--store", str(root)]
    subprocess.run(words, check=True, capture_output=True)


def forget(root: Path) -> None:
    """Remove the kept tables."""
    for path in root.glob("runs/*/*.parquet"):
        path.unlink()


def timed(what: str, call: Callable[[], Any]) -> None:
    start, busy = time.perf_counter(), processor()
    call()
    wall, busy = time.perf_counter() - start, processor() - busy
    print(f"{what}: {wall:.2f} s, {busy:.2f} s of processor time")


def processor() -> float:
    """Seconds of this process and of those that it waited for."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    main()
