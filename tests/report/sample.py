"""A whole experiment in miniature: real spec, graph, store and measures; models are made up.

Data and measures run for real. Trainings give empty predictors, and labels are drawn with a skill
that depends on who gives them, so that a report has something to tell without minutes of training.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.report.page import Page
from w2sdl.graph import Excused, ExtraGold, Graph, Node, Validity, graph_to_json
from w2sdl.keys import tagged_hash
from w2sdl.pipeline import Compilation
from w2sdl.replication import replication
from w2sdl.source import Source
from w2sdl_runtime.artifacts import Value
from w2sdl_runtime.json_forms import from_json
from w2sdl_runtime.op import Context
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.report.averaging import all_tables
from w2sdl_runtime.report.render import render_report
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.report.tables import Table
from w2sdl_runtime.stats.intervals import Interval
from w2sdl_runtime.stats.leave_out import LeftOut, jackknife
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.values import Items, Labels, Model, Predictor, Transcripts

SPEC = """experiment debate_sciq
  "Does a debate between two strong models help a weak one supervise? (Lang, Huang & Li, 2025)"

axis seed     = 0..2
axis member   = 0..1
axis evidence = [none(), random_quotes(n: 2), consultancy(quotes: 2), debate(turns: 3, quotes: 2)]

data sciq = science_qa(parts: {supervise: 40, transfer: 40, validation: 12, test: TEST_ROWS})

weak   W = pretrain(corpus(sciq), layers: 1, width: 16, steps: 1_600, seed: seed)
strong S = pretrain(corpus(sciq), layers: 2, width: 64, steps: 1_500, seed: seed)

# D: two copies of the strong model argue about each candidate answer; T holds the transcripts.
T = D(S, S, items(sciq), protocol: evidence, debater: quoting(), seed: [seed, member])

# Φ: the weak model, facilitated: gold labels on its own part, the transcript as evidence.
W'         = Φ(W, gold(sciq.supervise), context: T, head: features(), seed: [seed, member])
supervisor = ensemble(W', over: member)

# Ψ: the strong model, aligned to what the facilitated weak models say.
S'      = Ψ(S, label(supervisor, sciq.transfer), loss: xent(), seed: seed)
ceiling = Ψ(S, gold(sciq.transfer), seed: seed)
floor   = finetune(W, gold(sciq.supervise), seed: seed)

measure scores    = accuracy(floor, zero_shot(S), supervisor, S', ceiling) on sciq.test
measure recovered = pgr(weak: floor, student: S', ceiling: ceiling, over: seed) on sciq.test
measure agree     = agreement(S', supervisor) on sciq.test

expect debate_helps:
  mean(scores[of: S', evidence: debate], over: seed)
  > mean(scores[of: S', evidence: none], over: seed)
expect beats_consulting: recovered[evidence: debate] > recovered[evidence: consultancy]
expect always_low: mean(scores[of: S'], over: seed) < 0.6
"""

SKILLS = {"none": 0.58, "random_quotes": 0.66, "consultancy": 0.68, "debate": 0.78}
SKILLS |= {"floor": 0.61, "zero_shot(S)": 0.57, "ceiling": 0.86}
MEASURED = ("label", "accuracy", "pgr", "agreement")


#: As if the spec had said `allow(unfair_ceiling, "fewer rows")`.
VALIDITY = Validity(
    (Excused("unfair_ceiling", "fewer rows", "`recovered` compares unlike things", "ceiling"),),
    (ExtraGold("S'", "sciq.validation", "select", "gold(sciq.validation) → S'"),),
    ("flipped",),
    budgets=("train.epochs is 2 for S', 5 for ceiling",),
)


@dataclass
class Sample:
    """A finished run, as the runtime would leave it."""

    graph: Graph
    store: Store
    spec: str
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def value(self, node: str) -> Any:
        return self.store.open(self.nodes[node]["digest"])

    def right(self, of: str, **point: str) -> Any:
        """Whether a predictor is right: seeds x rows, straight from the stored rows."""
        measure = next(m for m in self.graph.measures if m.name == "scores")
        cells = [c for c in measure.cells if c.of == of and point.items() <= c.point.items()]
        rows = [self.value(cell.node).rows["right"].to_pylist() for cell in cells]
        return np.asarray(rows, dtype=np.float64)

    def node(self, address: str) -> str:
        return next(node.id for node in self.graph.order() if node.address == address)

    def fail(self, address: str, message: str) -> None:
        """Rewrite history: this node failed, and all that needs it was skipped."""
        gone = {self.node(address)}
        for node in self.graph.order():
            if gone & set(node.parents()):
                gone.add(node.id)
        for id_ in gone:
            self.nodes[id_] |= {"digest": "", "key": "", "action": "skipped", "seconds": 0.0}
        error = {"type": "MemoryError", "message": message, "help": "give it more memory"}
        log = "nodes/S/attempt-1/log.txt"
        self.nodes[self.node(address)] |= {"action": "failed", "error": error, "log": log}


def build(
    root: Path,
    rows: int = 60,
    skills: Mapping[str, float] | None = None,
    spec: str = SPEC,
    like: Sample | None = None,
) -> Sample:
    """Compile the spec and make a result for every node; ``like`` lends its data."""
    text = spec.replace("TEST_ROWS", str(rows))
    compilation = Compilation(Source("debate_sciq.w2s", text), load_signatures())
    assert compilation.graph is not None, compilation.diagnostics
    store = like.store if like else Store(root / "store", cached=512)
    store.prepare()
    shared = {id_: n["digest"] for id_, n in like.nodes.items()} if like else {}
    sample = Sample(replace(compilation.graph, validity=VALIDITY), store, text)
    known = SKILLS | dict(skills or {})
    for number, node in enumerate(sample.graph.order()):
        inputs = {port: [sample.value(id_) for id_ in ids] for port, ids in node.inputs.items()}
        digest = shared.get(node.id, "") if node.op not in MEASURED else ""
        digest = digest or store.put(_value(node, inputs, sample, known, root / "work"))
        reused = number % 5 == 0
        sample.nodes[node.id] = {
            "address": node.address,
            "action": "reused" if reused else "executed",
            "key": tagged_hash("sample", node.id),
            "digest": digest,
            "seconds": round(0.2 + (number % 7) / 3, 2),
            "attempts": 0 if reused else 1,
            "log": "",
            "because": "",
            "error": None,
        }
    return sample


def _value(
    node: Node,
    inputs: Mapping[str, list[Any]],
    sample: Sample,
    skills: Mapping[str, float],
    work: Path,
) -> Value:
    made_up: dict[str, Callable[[], Value]] = {
        "pretrain": lambda: Model({"type": "sample", "node": node.id}),
        "finetune": lambda: Predictor({"type": "sample", "node": node.id}),
        "zero_shot": lambda: Predictor({"type": "sample", "node": node.id}),
        "ensemble": lambda: Predictor({"type": "sample", "node": node.id}),
        "label": lambda: _labels(node, inputs["items"][0], sample, skills),
        "debate": lambda: transcripts(inputs["items"][0], node.point["evidence"]),
    }
    if node.op in made_up:
        return made_up[node.op]()
    signature = load_signatures().ops[node.op]
    many = {port.name: port.many for port in signature.ports}
    ports = {name: values if many[name] else values[0] for name, values in inputs.items()}
    types = {param.name: param.type for param in signature.params}
    params = {n: from_json(v, types[n], load_signatures(), {}) for n, v in node.params.items()}
    result: Value = signature.function(context(node.op, sample.store, work), **ports, **params)
    return result


def context(name: str, store: Store, work: Path) -> Context:
    work.mkdir(exist_ok=True)
    return Context(
        op_name=name,
        key="0" * 64,
        address=name,
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


def _labels(node: Node, items: Items, sample: Sample, skills: Mapping[str, float]) -> Labels:
    """Labels that are right as often as the predictor is skilled; items are hard for all alike."""
    of = sample.graph.nodes[node.inputs["predictor"][0]].name
    seed, evidence = int(node.point["seed"]), node.point.get("evidence", "")
    skill = skills.get(of, skills.get(evidence, 0.5)) + (0.04 if of == "S'" else 0) + 0.01 * seed
    truths = _truths(sample)
    ids = items.column("item_id")
    hard = np.random.default_rng(1).normal(size=len(ids))
    own = np.random.default_rng([seed, *f"{of}{evidence}".encode()]).normal(size=len(ids))
    right = 1 / (1 + np.exp(-(1.6 * np.log(skill / (1 - skill)) + hard + own)))
    truth = np.array([truths[item_id] == 1 for item_id in ids])
    return labels(ids, np.where(truth, right, 1 - right), items=items.digest)


def _truths(sample: Sample) -> dict[str, float]:
    """Gold of every row, by item id."""
    data = sample.value(next(iter(sample.graph.nodes)))
    tables = [sample.store.open(part.gold).table for part in data.parts.values()]
    return {
        item_id: value
        for table in tables
        for item_id, value in zip(
            table["item_id"].to_pylist(), table["value"].to_pylist(), strict=True
        )
    }


def labels(ids: list[str], values: Any, origin: str = "model", items: str = "i" * 64) -> Labels:
    import pyarrow as pa

    n = len(ids)
    columns = {
        "item_id": pa.array(ids, pa.string()),
        "value": pa.array(np.asarray(values, dtype=np.float64)),
        "weight": pa.array(np.ones(n)),
        "keep": pa.array([True] * n),
        "text": pa.nulls(n, pa.string()),
        "meta": pa.nulls(n, pa.string()),
    }
    return Labels(pa.table(columns), items, "hard" if origin == "gold" else "soft", origin)


def transcripts(items: Items, protocol: str) -> Transcripts:
    """Quotes of the passage by every protocol; in the second turn B makes one up."""
    names = ("item_id", "passage", "candidate", "rival")
    rows = [_talk(protocol, *row) for row in zip(*map(items.column, names), strict=True)]
    return transcript_table(rows)


def transcript_table(rows: list[dict[str, Any]]) -> Transcripts:
    import pyarrow as pa

    quote = pa.struct([("text", pa.string()), ("verified", pa.bool_())])
    texts = [("debater", pa.string()), ("stance", pa.string()), ("text", pa.string())]
    turn = pa.struct([("turn", pa.int64()), *texts, ("quotes", pa.list_(quote))])
    constant = {"protocol": "{}", "node": "n" * 64, "model": "[]", "prompt": "[]", "seed": "0"}
    return Transcripts(
        pa.table(
            {
                "item_id": [row["item_id"] for row in rows],
                "turns": pa.array([row["turns"] for row in rows], pa.list_(turn)),
                "stances": [json.dumps(row["stances"]) for row in rows],
                "truncated": [False] * len(rows),
                **{name: [text] * len(rows) for name, text in constant.items()},
            }
        )
    )


def _talk(protocol: str, item_id: str, passage: str, candidate: str, rival: str) -> dict[str, Any]:
    sentences = passage.split(". ")
    stances = {"A": "correct", "B": "incorrect"} if protocol == "debate" else {"A": "correct"}
    turns = []
    for number in range({"debate": 3, "none": 0}.get(protocol, 1)):
        for debater, stance in stances.items():
            quote = sentences[(number + len(debater + stance)) % len(sentences)]
            made_up = number == 1 and debater == "B"
            said = "nobody has ever measured this" if made_up else quote
            claim = candidate if stance == "correct" else rival
            text = f"“{said}” So the answer is {claim}."
            quotes = [{"text": said, "verified": not made_up}]
            turns.append(
                {
                    "turn": number + 1,
                    "debater": debater,
                    "stance": stance,
                    "text": text,
                    "quotes": quotes,
                }
            )
    return {"item_id": item_id, "turns": turns, "stances": stances if turns else {}}


def spoiled(sample: Sample, text: str) -> Sample:
    """The sample with ``text`` in every transcript and item."""
    for node in sample.graph.order():
        value = sample.value(node.id)
        if isinstance(value, Transcripts):
            ids = value.table["item_id"].to_pylist()
            rows = [saying(item_id, text) for item_id in ids]
            value = transcript_table(rows)
        elif isinstance(value, Items):
            value = _spoiled_items(value, text)
        elif isinstance(value, Labels):
            items = _spoiled_items(sample.store.open(value.items), text)
            value = replace(value, items=sample.store.put(items))
        else:
            continue
        sample.nodes[node.id]["digest"] = sample.store.put(value)
    return sample


def _spoiled_items(items: Any, text: str) -> Items:
    import pyarrow as pa

    table = items.table
    texts = pa.array([text] * table.num_rows, pa.string())
    for name in ("prompt", "candidate", "rival", "passage"):
        table = table.set_column(table.column_names.index(name), name, texts)
    return Items(table)


def saying(item_id: str, text: str) -> dict[str, Any]:
    """A transcript in which everything is ``text``."""
    quotes = [{"text": text, "verified": True}, {"text": text[::-1], "verified": False}]
    turn = {"turn": 0, "debater": text[:50], "stance": text[:50], "text": text, "quotes": quotes}
    return {"item_id": item_id, "turns": [turn] * 20, "stances": {text[:50]: text[:50]}}


def run_record(sample: Sample, **changes: Any) -> dict[str, Any]:
    """The run.json of a finished run."""
    actions = [node["action"] for node in sample.nodes.values()]
    counts = {name: actions.count(name) for name in ("executed", "reused", "failed", "skipped")}
    record: dict[str, Any] = {
        "run": "20251121-091403-calm-otter",
        "name": "calm-otter",
        "experiment": sample.graph.experiment,
        "description": sample.graph.description,
        "spec_path": "specs/debate_sciq.w2s",
        "spec_text": sample.spec,
        "resolved_text": sample.spec.replace("xent()", "xent(smoothing: 0.0)"),
        "profiles": ["small"],
        "overrides": ["S'.train.epochs=2"],
        "command": "w2sdl run specs/debate_sciq.w2s --profile small --set S'.train.epochs=2",
        "started": datetime(2025, 11, 21, 9, 14, 3, tzinfo=UTC).isoformat(),
        "ended": datetime(2025, 11, 21, 9, 26, 47, tzinfo=UTC).isoformat(),
        "status": "done",
        "counts": counts,
        "seconds": 764.2,
        "packages": {"torch": "2.13.0", "transformers": "5.23.0", "ray": "2.60.0"},
        "python": "3.11.9",
        "host": "bench-2",
        "pid": 4711,
        "cpus": 16,
        "git": {"commit": "4f0c1d2e9a", "dirty": False},
        "store": "~/.cache/w2sdl",
        "version": "0.1.0",
        "warnings": ["a test part of 600 rows sees differences of about 4 points"],
    }
    return record | changes


def write_run(folder: Path, sample: Sample, run: Mapping[str, Any]) -> None:
    """The run folder, as the runtime writes it."""
    folder.mkdir(parents=True)
    records = {"run": run, "graph": graph_to_json(sample.graph), "nodes": sample.nodes}
    for name, record in records.items():
        (folder / f"{name}.json").write_text(json.dumps(record), "utf-8")


def mean_interval(scores: NDArray[np.float64], *, share: bool = False) -> Interval:
    """Mean of scores (seeds x rows) with its 95 % interval over both: what reports should come to."""
    return jackknife(LeftOut.of_mean(scores), share=share)


def tables_of(sample: Sample) -> dict[str, Table]:
    """The tables of a report, by the names of measures."""
    results = Results(sample.graph, sample.nodes, sample.store)
    tables = all_tables(sample.graph, results, replication(sample.graph))
    return {table.name: table for table in tables}


def page_of(sample: Sample, **changes: Any) -> Page:
    """The report of a run, read as a page."""
    run = run_record(sample, **changes)
    return Page(render_report(run, sample.graph, sample.nodes, sample.store))
