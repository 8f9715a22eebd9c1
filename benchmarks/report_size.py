"""The report of a large run: seconds and bytes, for 2,000 nodes or more and 1,000,000 rows or more.

    python benchmarks/report_size.py [--arms N] [--seeds N] [--keep FOLDER] [--profile]

Data and measures are computed by their operations and stored as a run would; trainings are left out: models
are empty, and what they say of each item is drawn. What is timed is `w2sdl report`, as a whole process.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from w2sdl.graph import Graph, Node, graph_to_json
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.artifacts import Value
from w2sdl_runtime.json_forms import from_json
from w2sdl_runtime.op import Context
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.report.render import write_report
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.values import Items, Labels, Model, Predictor

ROOT = Path(__file__).parents[1]
RUNS = 3
ROWS = 1_000
MODELS = {"pretrain": Model, "finetune": Predictor}


def spec_of(arms: int, seeds: int) -> str:
    """A sweep of numbers: every student is measured on two parts, and its recovered gap is formed."""
    points = ", ".join(f"{arm / 1000:.3f}" for arm in range(arms))
    return f"""experiment large "a sweep"
axis seed = 0..{seeds - 1}
axis arm  = [{points}]
data d = science_qa(
  parts: {{supervise: {ROWS}, transfer: {ROWS}, validation: {ROWS}, test: {ROWS}}},
)
weak   W = pretrain(corpus(d), layers: 1, width: 8, steps: 5, seed: seed)
strong S = pretrain(corpus(d), layers: 1, width: 16, steps: 5, seed: seed)
floor   = finetune(W, gold(d.supervise), seed: seed)
S'      = finetune(S, label(floor, d.transfer), loss: logconf(alpha: arm), seed: seed)
ceiling = finetune(S, gold(d.transfer), seed: seed)
measure scores    = accuracy(floor, S', ceiling) on d.test
measure elsewhere = accuracy(S') on d.validation
measure recovered = pgr(weak: floor, student: S', ceiling: ceiling, over: seed) on d.test
expect arms_differ:
  mean(scores[of: S', arm: 0.001], over: seed) > mean(scores[of: S', arm: 0.000], over: seed)
"""


def build(folder: Path, arms: int, seeds: int) -> Path:
    """A finished run in a store; returns the folder of the run."""
    text = spec_of(arms, seeds)
    graph = Compilation(Source("sweep.w2s", text), load_signatures()).graph
    if graph is None:
        raise SystemExit("the spec has errors")
    store = Store(folder / "store", cached=10_000)
    store.prepare()
    digests: dict[str, str] = {}
    for node in graph.order():
        inputs = {port: [store.open(digests[i]) for i in ids] for port, ids in node.inputs.items()}
        digests[node.id] = store.put(_value(node, inputs, graph, store, folder))
    return _record(store, graph, digests, text)


def _value(
    node: Node, inputs: Mapping[str, list[Any]], graph: Graph, store: Store, folder: Path
) -> Value:
    if node.op in MODELS:
        return MODELS[node.op]({"type": "none", "node": node.id})
    if node.op == "label":
        return _labels(graph.nodes[node.inputs["predictor"][0]], inputs["items"][0], store, graph)
    signature = load_signatures().ops[node.op]
    many = {port.name: port.many for port in signature.ports}
    ports = {name: values if many[name] else values[0] for name, values in inputs.items()}
    types = {param.name: param.type for param in signature.params}
    params = {n: from_json(v, types[n], load_signatures(), {}) for n, v in node.params.items()}
    found: Value = signature.function(_context(node, store, folder), **ports, **params)
    return found


def _context(node: Node, store: Store, folder: Path) -> Context:
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return Context(
        op_name=node.op,
        key="0" * 64,
        address=node.address,
        work=work,
        base=work,
        threads=1,
        device="cpu",
        put=store.put,
        open=store.open,
        report=lambda *_, **__: None,
        log=lambda _: None,
        seed=0,
    )


def _labels(predictor: Node, items: Items, store: Store, graph: Graph) -> Labels:
    """What a model of a certain skill would say of items that are hard for all alike."""
    import pyarrow as pa

    skill = {"floor": 0.6, "ceiling": 2.0}.get(predictor.name, 1.2)
    ids = items.column("item_id")
    truth = np.array([int(i, 16) % 2 == 0 for i in ids])  # as good as gold: nobody will believe it
    hard = np.random.default_rng(1).normal(size=len(ids))
    own = np.random.default_rng(list(predictor.id.encode())).normal(size=len(ids))
    right = 1 / (1 + np.exp(-(skill + hard + own)))
    columns = {
        "item_id": ids,
        "value": np.where(truth, right, 1 - right),
        "weight": np.ones(len(ids)),
        "keep": [True] * len(ids),
        "text": pa.nulls(len(ids), pa.string()),
        "meta": pa.nulls(len(ids), pa.string()),
    }
    return Labels(pa.table(columns), items.digest, "soft", "model")


def _record(store: Store, graph: Graph, digests: Mapping[str, str], text: str) -> Path:
    """The folder of the run, as a run leaves it."""
    now = datetime.now(UTC).isoformat()
    nodes = {
        node.id: {"address": node.address, "action": "executed", "key": node.id, "seconds": 1.0}
        | {"digest": digests[node.id], "attempts": 1}
        for node in graph.order()
    }
    run = {"run": "20250101-000000-large-run", "name": "large-run", "experiment": graph.experiment}
    run |= {"description": graph.description, "spec_path": "sweep.w2s", "spec_text": text}
    run |= {
        "resolved_text": text,
        "profiles": [],
        "overrides": [],
        "command": "w2sdl run sweep.w2s",
    }
    run |= {"started": now, "ended": now, "status": "done", "counts": {"executed": len(nodes)}}
    run |= {"packages": {}, "python": "3", "host": "here", "pid": 0, "cpus": 2, "git": {}}
    run |= {"store": str(store.root), "version": "0", "seconds": 1.0}
    folder = store.root / "runs" / str(run["run"])
    folder.mkdir(parents=True)
    for name, record in {"run": run, "graph": graph_to_json(graph), "nodes": nodes}.items():
        (folder / f"{name}.json").write_text(json.dumps(record), "utf-8")
    return folder


def rows_of(folder: Path) -> int:
    """How many rows all measures of a run have together."""
    import pyarrow.parquet as pq

    objects = folder.parents[1] / "objects"
    return sum(pq.read_metadata(path).num_rows for path in objects.glob("*/rows.parquet"))


def timed(folder: Path, out: Path) -> tuple[float, float]:
    """Seconds of a whole process, and those of the processor."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "w2sdl", "report", folder.name, "--store"]
    subprocess.run(
        [*command, str(folder.parents[1]), "--out", str(out)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, processor


def profiled(folder: Path, out: Path) -> None:
    profile = cProfile.Profile()
    profile.runcall(write_report, folder, Store(folder.parents[1]), out)
    pstats.Stats(profile).sort_stats("cumtime").print_stats(60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arms", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--keep", type=Path, help="build here, or read what was built here before")
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = given.keep or Path(temporary)
        built = sorted((place / "store" / "runs").glob("*"))
        folder = built[0] if built else build(place, given.arms, given.seeds)
        out = Path(temporary) / "report.html"
        if given.profile:
            profiled(folder, out)
            return
        nodes = len(json.loads((folder / "nodes.json").read_text("utf-8")))
        taken = sorted(timed(folder, out) for _ in range(RUNS))[RUNS // 2]
        print(
            "| nodes | rows of measures | seconds | processor | MB |\n| --- | --- | --- | --- | --- |"
        )
        size = out.stat().st_size / 1e6
        print(f"| {nodes:,} | {rows_of(folder):,} | {taken[0]:.1f} | {taken[1]:.1f} | {size:.1f} |")


if __name__ == "__main__":
    main()
