"""A whole experiment in miniature: graph, run record and stored objects, made without training."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from w2sdl.graph import (
    AxisInfo,
    BindingInfo,
    Cell,
    Expectation,
    Graph,
    MeasureTable,
    Node,
    graph_to_json,
)
from w2sdl.keys import structural_id, tagged_hash
from w2sdl.kinds import Kind
from w2sdl_runtime.op import Context
from w2sdl_runtime.ops.accuracy import accuracy
from w2sdl_runtime.ops.agreement import agreement
from w2sdl_runtime.ops.pgr import pgr
from w2sdl_runtime.values import Items, Labels, Metric, Transcripts, Value, load_value

EVIDENCE = ("none", "random_quotes", "consultancy", "debate")
EVIDENCE_TEXTS = (
    "none()",
    "random_quotes(n: 2)",
    "consultancy(quotes: 2)",
    "debate(turns: 3, quotes: 2)",
)

SPEC = """experiment debate_sciq
  "Does a debate between two strong models help a weak one supervise? (Lang, Huang & Li, 2025)"

axis seed     = 0..2
axis member   = 0..1
axis evidence = [none(), random_quotes(n: 2), consultancy(quotes: 2), debate(turns: 3, quotes: 2)]

data sciq = science_qa(parts: {supervise: 1_000, transfer: 1_000, validation: 300, test: 600})

weak   W = pretrain(corpus(sciq), layers: 1, width: 16, steps: 1_600, seed: seed)
strong S = pretrain(corpus(sciq), layers: 2, width: 64, steps: 1_500, seed: seed)

# D: two copies of the strong model argue; T holds the transcripts.
T = D(S, S, items(sciq), protocol: evidence, debater: quoting(), seed: [seed, member])

# Φ: the weak model, facilitated.
W'         = Φ(W, gold(sciq.supervise), context: T, head: features(), seed: [seed, member])
supervisor = ensemble(W', over: member)

S'      = Ψ(S, label(supervisor, sciq.transfer), loss: xent(), seed: seed)
ceiling = Ψ(S, gold(sciq.transfer), seed: seed)
floor   = finetune(W, gold(sciq.supervise), seed: seed)

measure scores    = accuracy(floor, zero_shot(S), supervisor, S', ceiling) on sciq.test
measure recovered = pgr(weak: floor, student: S', ceiling: ceiling, over: seed) on sciq.test
measure agree     = agreement(S', supervisor) on sciq.test

expect debate_helps: mean(scores[of: S', evidence: debate], over: seed) > mean(scores[of: S', evidence: none], over: seed)
expect beats_consulting: recovered[evidence: debate] > recovered[evidence: consultancy]
"""


def digest(*parts: Any) -> str:
    return tagged_hash("sample", [str(part) for part in parts])


class FolderOpener:
    """Objects by digest, in folders of their own."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def open(self, digest: str) -> Value:
        return load_value(self.root / digest, self)

    def put(self, value: Value, name: str) -> str:
        own = digest("object", name)
        folder = self.root / own
        folder.mkdir(parents=True)
        value.save(folder)
        return own


@dataclass
class Sample:
    """Builds nodes one by one; ``nodes`` becomes the run's nodes.json."""

    opener: FolderOpener
    work: Path
    graph_nodes: dict[str, Node] = field(default_factory=dict)
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(
        self,
        name: str,
        op: str,
        kind: Kind,
        point: dict[str, str] | None = None,
        value: Value | None = None,
        params: dict[str, Any] | None = None,
        **inputs: Any,
    ) -> str:
        point = point or {}
        ports = {p: tuple([i] if isinstance(i, str) else i) for p, i in inputs.items()}
        node_params = {**(params or {}), **({"_": point} if point else {})}
        id_ = structural_id(op, 1, node_params | {"name": name}, ports)
        if id_ in self.graph_nodes:
            return id_
        at = ", ".join(f"{axis}={v}" for axis, v in point.items())
        address = f"{name}[{at}]" if at else name
        self.graph_nodes[id_] = Node(
            id_,
            op,
            1,
            params or {},
            {},
            ports,
            {},
            kind,
            False,
            1,
            False,
            name,
            point,
            address,
            written=op,
        )
        own = self.opener.put(value, id_) if value is not None else digest("weights", id_)
        reused = len(self.nodes) % 5 == 0
        self.nodes[id_] = {
            "address": address,
            "key": digest("key", id_),
            "digest": own,
            "action": "reused" if reused else "executed",
            "seconds": 0.0 if reused else round(0.4 + len(address) / 9, 2),
            "attempts": 0 if reused else 1,
            "log": "",
        }
        return id_

    def value(self, node: str) -> Any:
        return self.opener.open(self.nodes[node]["digest"])

    def context(self) -> Context:
        return Context(
            "pgr", "k" * 64, "address", self.work, self.work, 1, "cpu", lambda v: "", self.opener.open,
            lambda *a, **k: None, lambda text: None, 0,
        )  # fmt: skip


def item_table(rows: int) -> Items:
    rng = np.random.default_rng(7)
    subjects = [
        "Tungsten",
        "Osmium",
        "Gallium",
        "Helium",
        "Mercury",
        "Bromine",
        "Caesium",
        "Iridium",
    ]
    columns: dict[str, list[str]] = {name: [] for name in (
        "item_id", "group", "part", "prompt", "candidate", "rival", "passage", "domain", "fields")}  # fmt: skip
    for index in range(rows):
        subject = subjects[index % len(subjects)]
        melts, boils = rng.integers(200, 3500, size=2)
        passage = (
            f"{subject} is a chemical element. It melts at {melts} degrees and boils at {boils} degrees. "
            f"Its symbol was given long before its place in the periodic table was known. "
            f"In most of its compounds {subject.lower()} is found in one of two oxidation states."
        )
        right = index % 2 == 0
        columns["item_id"].append(digest("item", index)[:16])
        columns["group"].append(subject)
        columns["part"].append("test")
        columns["prompt"].append(f"At how many degrees does {subject.lower()} melt?")
        columns["candidate"].append(f"{melts if right else boils} degrees")
        columns["rival"].append(f"{boils if right else melts} degrees")
        columns["passage"].append(passage)
        columns["domain"].append("elements")
        columns["fields"].append(json.dumps({"subject": subject, "row": index}))
    return Items(pa.table(columns))


def labels(ids: list[str], values: Any, origin: str = "model") -> Labels:
    n = len(ids)
    table = pa.table(
        {
            "item_id": ids,
            "value": np.asarray(values, dtype=np.float64),
            "weight": np.ones(n),
            "keep": np.ones(n, dtype=bool),
            "text": pa.nulls(n, pa.string()),
            "meta": pa.nulls(n, pa.string()),
        }
    )
    return Labels(table, "i" * 64, "soft" if origin == "model" else "hard", origin)


def skilled(ids: list[str], skill: float, seed: int, name: str) -> Labels:
    """Probabilities that are right with a chance of ``skill``; items are hard for everyone alike."""
    hard = np.random.default_rng(1).normal(size=len(ids))
    stream = np.random.default_rng([seed, *name.encode()])
    logit = np.log(skill / (1 - skill)) * 1.6 + hard + stream.normal(scale=1.0, size=len(ids))
    truth = np.arange(len(ids)) % 2 == 0
    right = 1 / (1 + np.exp(-logit))
    return labels(ids, np.where(truth, right, 1 - right))


SKILLS = {"none": 0.62, "random_quotes": 0.64, "consultancy": 0.65, "debate": 0.74}


def transcripts(items: Items, protocol: str, rows: int) -> Transcripts:
    records: dict[str, list[Any]] = {"item_id": [], "turns": [], "stances": [], "truncated": []}
    everything = zip(items.column("item_id"), items.column("passage"), items.column("candidate"), items.column("rival"), strict=True)  # fmt: skip
    for item_id, passage, candidate, rival in itertools.islice(everything, rows):
        quote = passage.split(". ")[1] + "."
        stances = {"none": {}, "consultancy": {"A": "correct"}}.get(
            protocol, {"A": "correct", "B": "incorrect"}
        )
        turns = []
        if protocol == "random_quotes":
            turns = [{"turn": 0, "debater": "A", "stance": "correct", "text": quote, "quotes": [{"text": quote, "verified": True}]}]  # fmt: skip
            stances = {"A": "correct"}
        for turn in range({"debate": 3, "consultancy": 1}.get(protocol, 0)):
            for debater, stance in stances.items():
                claim = candidate if stance == "correct" else rival
                made_up = turn == 1 and debater == "B"
                text = f"The passage says: “{quote}” So the answer is {claim}."
                used = {"text": quote, "verified": True}
                if made_up:
                    invented = "melting was only ever estimated"
                    text = f"But we are also told that “{invented}”, which speaks for {claim}."
                    used = {"text": invented, "verified": False}
                turns.append({"turn": turn, "debater": debater, "stance": stance, "text": text, "quotes": [used]})  # fmt: skip
        records["item_id"].append(item_id)
        records["turns"].append(turns)
        records["stances"].append(json.dumps(stances))
        records["truncated"].append(False)
    quote_type = pa.struct([("text", pa.string()), ("verified", pa.bool_())])
    turn_type = pa.struct(
        [
            ("turn", pa.int64()),
            ("debater", pa.string()),
            ("stance", pa.string()),
            ("text", pa.string()),
            ("quotes", pa.list_(quote_type)),
        ]  # fmt: skip
    )
    n = len(records["item_id"])
    constant = {"protocol": protocol, "node": "n" * 64, "model": "m", "prompt": "", "seed": "0"}
    return Transcripts(
        pa.table(
            {
                "item_id": records["item_id"],
                "turns": pa.array(records["turns"], pa.list_(turn_type)),
                "stances": records["stances"],
                "truncated": records["truncated"],
                **{name: [text] * n for name, text in constant.items()},
            }
        )
    )


def build(root: Path, rows: int = 60, seeds: int = 3, ceiling_skill: float = 0.86) -> tuple[Graph, dict[str, Any], FolderOpener]:  # fmt: skip
    """The debate experiment; returns graph, nodes.json and the opener of its objects."""
    opener = FolderOpener(root / "objects")
    sample = Sample(opener, root)
    ctx = sample.context()
    items = item_table(rows)
    ids = items.column("item_id")
    truth = labels(ids, np.arange(rows) % 2 == 0, "gold")
    parts = {"supervise": 1000, "transfer": 1000, "validation": 300, "test": rows}
    data = sample.add("sciq", "science_qa", Kind.DATA, params={"parts": parts})
    corpus = sample.add("corpus(sciq)", "corpus", Kind.CORPUS, data=data)
    all_items = sample.add("items(sciq)", "items", Kind.ITEMS, value=items, data=data)
    test_items = sample.add("sciq.test", "part", Kind.ITEMS, value=items, data=data)
    gold = {part: sample.add(f"gold(sciq.{part})", "gold", Kind.LABELS, value=truth, data=data) for part in parts}  # fmt: skip
    cells: dict[str, list[Cell]] = {"scores": [], "recovered": [], "agree": []}
    said: dict[tuple[str, str, str], str] = {}

    def score(of: str, point: dict[str, str], model: str, skill: float) -> None:
        seed, evidence = point["seed"], point.get("evidence", "")
        own = skilled(ids, skill + 0.01 * int(seed), int(seed), f"{of}{evidence}")
        text = f"label({of}, sciq.test)"
        said[of, evidence, seed] = node = sample.add(text, "label", Kind.LABELS, point, own, model=model, items=test_items)  # fmt: skip
        metric = accuracy(ctx, own, truth)
        number = sample.add(f"scores.{of}", "accuracy", Kind.METRIC, point, metric, scored=node, gold=gold["test"])  # fmt: skip
        cells["scores"].append(Cell(of, point, number))

    for seed in map(str, range(seeds)):
        at = {"seed": seed}
        weak = sample.add("W", "pretrain", Kind.MODEL, at, params={"layers": 1, "width": 16, "steps": 1600}, corpus=corpus)  # fmt: skip
        strong = sample.add("S", "pretrain", Kind.MODEL, at, params={"layers": 2, "width": 64, "steps": 1500}, corpus=corpus)  # fmt: skip
        floor = sample.add("floor", "finetune", Kind.PREDICTOR, at, model=weak, labels=gold["supervise"])  # fmt: skip
        zero = sample.add("zero_shot(S)", "zero_shot", Kind.PREDICTOR, at, model=strong)
        ceiling = sample.add("ceiling", "finetune", Kind.PREDICTOR, at, model=strong, labels=gold["transfer"])  # fmt: skip
        score("floor", at, floor, 0.61)
        score("zero_shot(S)", at, zero, 0.57)
        for evidence in EVIDENCE:
            here = {"evidence": evidence, "seed": seed}
            members = []
            for member in ("0", "1"):
                place = {**here, "member": member}
                talk = sample.add("T", "D", Kind.TRANSCRIPTS, place, transcripts(items, evidence, min(rows, 40)), {"protocol": {"variant": evidence}}, a=strong, b=strong, items=all_items)  # fmt: skip
                members.append(sample.add("W'", "finetune", Kind.PREDICTOR, place, model=weak, labels=gold["supervise"], context=talk))  # fmt: skip
            boss = sample.add("supervisor", "ensemble", Kind.PREDICTOR, here, members=members)
            weak_labels = sample.add("label(supervisor, sciq.transfer)", "label", Kind.LABELS, here, labels(ids, np.full(rows, 0.7)), model=boss, items=test_items)  # fmt: skip
            student = sample.add("S'", "finetune", Kind.PREDICTOR, here, model=strong, labels=weak_labels)  # fmt: skip
            score("supervisor", here, boss, SKILLS[evidence])
            score("S'", here, student, SKILLS[evidence] + 0.04)
        score("ceiling", at, ceiling, ceiling_skill)
    for evidence in EVIDENCE:
        of = {
            "weak": [said["floor", "", str(s)] for s in range(seeds)],
            "student": [said["S'", evidence, str(s)] for s in range(seeds)],
            "ceiling": [said["ceiling", "", str(s)] for s in range(seeds)],
        }
        loaded = {role: [sample.value(node) for node in nodes] for role, nodes in of.items()}
        metric: Metric = pgr(ctx, loaded["weak"], loaded["student"], loaded["ceiling"], truth)
        node = sample.add("recovered", "pgr", Kind.METRIC, {"evidence": evidence}, metric, gold=gold["test"], **of)  # fmt: skip
        cells["recovered"].append(Cell("", {"evidence": evidence}, node))
        for seed in map(str, range(seeds)):
            point = {"evidence": evidence, "seed": seed}
            pair = [said[name, evidence, seed] for name in ("S'", "supervisor")]
            metric = agreement(ctx, *[sample.value(node) for node in pair], truth)
            node = sample.add("agree", "agreement", Kind.METRIC, point, metric, student=pair[0], supervisor=pair[1], gold=gold["test"])  # fmt: skip
            cells["agree"].append(Cell("", point, node))
    return _graph(sample, cells, seeds), sample.nodes, opener


def table_term(name: str, **select: str) -> dict[str, Any]:
    return {"table": name, "select": select}


def mean_over(value: dict[str, Any], *over: str) -> dict[str, Any]:
    return {"call": "mean", "value": value, "over": list(over)}


def compare(sign: str, left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    return {"compare": sign, "left": left, "right": right}


def _graph(sample: Sample, cells: dict[str, list[Cell]], seeds: int) -> Graph:
    helps = compare(
        ">",
        mean_over({"table": "scores", "select": {"of": "S'", "evidence": "debate"}}, "seed"),
        mean_over({"table": "scores", "select": {"of": "S'", "evidence": "none"}}, "seed"),
    )
    beats = compare(">", table_term("recovered", evidence="debate"), table_term("recovered", evidence="consultancy"))  # fmt: skip
    never = compare(
        "<", mean_over({"table": "scores", "select": {"of": "S'"}}, "seed"), {"number": 0.7}
    )
    on = "sciq.test"
    return Graph(
        experiment="debate_sciq",
        description="Does a debate between two strong models help a weak one supervise? (Lang, Huang & Li, 2025)",
        nodes=sample.graph_nodes,
        axes=(
            AxisInfo("seed", tuple(map(str, range(seeds))), tuple(map(str, range(seeds)))),
            AxisInfo("member", ("0", "1"), ("0", "1")),
            AxisInfo("evidence", EVIDENCE, EVIDENCE_TEXTS),
        ),
        bindings=(
            BindingInfo(
                "sciq",
                "Data",
                "data",
                "science_qa(parts: {supervise: 1_000, transfer: 1_000, validation: 300, test: 600})",
                (),
            ),
            BindingInfo(
                "W",
                "Model",
                "weak",
                "pretrain(corpus(sciq), layers: 1, width: 16, steps: 1_600, seed: seed)",
                ("seed",),
            ),
            BindingInfo(
                "S",
                "Model",
                "strong",
                "pretrain(corpus(sciq), layers: 2, width: 64, steps: 1_500, seed: seed)",
                ("seed",),
            ),
            BindingInfo(
                "T",
                "Transcripts",
                "",
                "D(S, S, items(sciq), protocol: evidence, debater: quoting(), seed: [seed, member])",
                ("evidence", "seed", "member"),
            ),
            BindingInfo(
                "W'",
                "Predictor",
                "",
                "Φ(W, gold(sciq.supervise), context: T, head: features(), seed: [seed, member])",
                ("evidence", "seed", "member"),
            ),
            BindingInfo(
                "supervisor", "Predictor", "", "ensemble(W', over: member)", ("evidence", "seed")
            ),
            BindingInfo(
                "S'",
                "Predictor",
                "",
                "Ψ(S, label(supervisor, sciq.transfer), loss: xent(), seed: seed)",
                ("evidence", "seed"),
            ),
            BindingInfo(
                "ceiling", "Predictor", "", "Ψ(S, gold(sciq.transfer), seed: seed)", ("seed",)
            ),
            BindingInfo(
                "floor", "Predictor", "", "finetune(W, gold(sciq.supervise), seed: seed)", ("seed",)
            ),
        ),  # fmt: skip
        measures=(
            MeasureTable(
                "scores",
                "accuracy",
                on,
                ("evidence", "seed"),
                (),
                {"scored": "floor, zero_shot(S), supervisor, S', ceiling"},
                tuple(cells["scores"]),
            ),
            MeasureTable(
                "recovered",
                "pgr",
                on,
                ("evidence",),
                ("seed",),
                {"weak": "floor", "student": "S'", "ceiling": "ceiling"},
                tuple(cells["recovered"]),
            ),
            MeasureTable(
                "agree",
                "agreement",
                on,
                ("evidence", "seed"),
                (),
                {"student": "S'", "supervisor": "supervisor"},
                tuple(cells["agree"]),
            ),
        ),  # fmt: skip
        expectations=(
            Expectation(
                "debate_helps",
                "mean(scores[of: S', evidence: debate], over: seed) > mean(scores[of: S', evidence: none], over: seed)",
                helps,
                31,
            ),
            Expectation(
                "beats_consulting",
                "recovered[evidence: debate] > recovered[evidence: consultancy]",
                beats,
                32,
            ),
            Expectation("always_low", "mean(scores[of: S'], over: seed) < 0.7", never, 33),
        ),  # fmt: skip
    )


def run_record(**changes: Any) -> dict[str, Any]:
    record: dict[str, Any] = {
        "run": "calm-otter-3f21",
        "name": "debate_sciq",
        "experiment": "debate_sciq",
        "description": "Does a debate between two strong models help a weak one supervise? (Lang, Huang & Li, 2025)",
        "spec_path": "specs/debate_sciq.w2s",
        "spec_text": SPEC,
        "resolved_text": SPEC.replace("xent()", "xent(smoothing: 0.0)"),
        "profiles": ["small"],
        "overrides": ["S'.train.epochs=2"],
        "command": "w2sdl run specs/debate_sciq.w2s --profile small --set S'.train.epochs=2",
        "started": "2025-11-21T09:14:03+00:00",
        "ended": "2025-11-21T09:26:47+00:00",
        "status": "complete",
        "counts": {"executed": 180, "reused": 44, "failed": 0, "skipped": 0},
        "seconds": 764.0,
        "packages": {"torch": "2.13.0", "transformers": "5.23.0", "ray": "2.60.0", "numpy": "2.4.6"},
        "python": "3.11.9",
        "host": "bench-2",
        "cpus": 16,
        "git": {"commit": "4f0c1d2e9a", "dirty": False},
        "store": "~/.w2sdl/store",
        "version": "0.1.0",
        "waivers": [{"rule": "unfair_ceiling", "reason": "the ceiling is trained on fewer rows", "where": "ceiling"}],
        "warnings": ["one test part of 600 rows sees differences of about 4 points"],
    }  # fmt: skip
    return record | changes


def write_run(folder: Path, graph: Graph, nodes: dict[str, Any], run: dict[str, Any]) -> None:
    folder.mkdir(parents=True)
    for name, record in (("run", run), ("graph", graph_to_json(graph)), ("nodes", nodes)):
        (folder / f"{name}.json").write_text(json.dumps(record), "utf-8")
