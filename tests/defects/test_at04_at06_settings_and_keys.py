"""AT-04 and AT-06: every setting is in the key of what it reaches, once, from one table of defaults."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import w2sdl
from tests.defects.study import Study, executed, graph_of
from w2sdl.graph import Graph
from w2sdl.program_json import program_to_json
from w2sdl.show import program_text

SPEC = """
experiment wide "settings of many sorts: records, variants, variants in variants, lists, words"
axis seed = 0..1
data d = science_qa(parts: {supervise: 40, transfer: 40, test: 40}, world: 3)
weak   W = pretrain(corpus(d), layers: 1, width: 8, steps: 30)
strong S = pretrain(corpus(d), layers: 1, width: 16, steps: 2)
debate = D(S, S, items(d), protocol: sequential(rounds: 2), debater: generative(), seed: seed)
teacher = Φ(
  W, gold(d.supervise), context: debate, train: {micro_batch: 8}, seed: seed,
  needs: {cpu: 1}, retry: {max: 3, timeout: 2x}, timeout: 4h,
)
y = label(teacher, d.transfer)
student = Ψ(
  S, y, seed: seed, loss: logconf(threshold: recent(), warmup: steps()), train: {warmup: 0.1},
)
ceiling = Ψ(S, gold(d.transfer), head: likelihood(), snapshots: [0.25, 0.5], seed: seed)
large = model("some/where", tune: lora(rank: 8))
tuned = Ψ(large, gold(d.transfer), seed: seed)
measure scores = accuracy(teacher, student, ceiling) on d.test
measure recovered = pgr(weak: teacher, student: student, ceiling: ceiling, over: seed) on d.test
"""
NEUTRAL = frozenset({"micro_batch", "gradient_checkpointing", "cpu", "max", "timeout"})
_LITERAL = re.compile(
    r'(\w+): (-?\d[\d_.]*(?:e-?\d+)?(?![\w.])|true|false|none|"(?:[^"\\\n]|\\.)*")'
)
_DECLARED = re.compile(r"^(?:(data|weak|strong|measure) )?([\w']+) = ")


@dataclass(frozen=True)
class Field:
    """One literal of the resolved spec: whose it is, what it is called, and where it stands."""

    owner: str
    name: str
    value: str
    start: int
    end: int


@cache
def resolved() -> str:
    """The text of the resolved spec: every default is written out."""
    compiled = w2sdl.compile_text(SPEC)
    assert compiled.graph is not None, compiled.diagnostics
    return program_text(compiled.program)


@cache
def graph() -> Graph:
    return graph_of(resolved())


@cache
def fields() -> tuple[Field, ...]:
    """All literals of named results and of measures."""
    found: list[Field] = []
    owner, at = "", 0
    for line in resolved().splitlines(keepends=True):
        if declared := _DECLARED.match(line):
            owner = declared[2] + ("." if declared[1] == "measure" else "")
        if owner and not line.startswith(("axis", "expect")):
            found += [
                Field(owner, m[1], m[2], at + m.start(2), at + m.end(2))
                for m in _LITERAL.finditer(line)
            ]
        at += len(line)
    return tuple(found)


def others(value: str) -> list[str]:
    """Values that a field might have instead; which of them it takes, the compiler says."""
    if value in ("true", "false"):
        return ["false" if value == "true" else "true"]
    if value == "none":
        return ["3", "0.5", '"other"']
    if value.startswith('"'):
        words = (
            "last", "none", "half", "auroc", "adam", "adamw", "gpt2", "bf16_mixed", "bfloat16", "fuzzy",
            "hard", "attention", "entity", "coin",
        )  # fmt: skip
        every = [f'{value[:-1]}x"', *(f'"{word}"' for word in words)]
        return [other for other in every if other != value]
    number = float(value.replace("_", ""))
    every = [
        str(int(number) + 1),
        str(number / 2 + 0.125),
        str(number / 2),
        "0.75",
        str(int(number) * 2),
    ]
    return [other for other in every if float(other) != number]


def with_value(field: Field, value: str) -> str:
    text = resolved()
    return text[: field.start] + value + text[field.end :]


def reached(owner: str) -> set[str]:
    """Addresses of an owner's nodes and of all that is made of them."""
    found: set[str] = set()
    for node in graph().order():
        own = node.name.startswith(owner) if owner.endswith(".") else node.name == owner
        if own or found & set(node.parents()):
            found.add(node.id)
    return {graph().nodes[id_].address for id_ in found}


def ids(of: Graph) -> dict[str, str]:
    return {node.address: node.id for node in of.nodes.values()}


def moves_what_it_reaches(field: Field, value: str) -> bool:
    """Whether the field takes the value; if so, asserts what moves."""
    after = w2sdl.compile_text(with_value(field, value)).graph
    if after is None:
        return False
    before, now = ids(graph()), ids(after)
    moved = {address for address in before if before[address] != now.get(address)}
    assert moved == (set() if field.name in NEUTRAL else reached(field.owner)), (field, value)
    return True


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_at04_a_setting_moves_exactly_what_it_reaches(data: st.DataObject) -> None:
    """automated-w2s: keys listed some settings, and not LoRA's, weight decay, warm-up, optimizer,
    precision or context. Here one literal of the resolved spec is changed, whichever. Broken by any
    setting that is left out of its node's key, or gets into another's; and by a neutral one in a key."""
    field = data.draw(st.sampled_from(fields()), "field")
    value = data.draw(st.sampled_from(others(field.value)), "value")
    assume(moves_what_it_reaches(field, value))


@pytest.mark.slow
def test_at04_each_setting_moves_exactly_what_it_reaches() -> None:
    """The same for every literal in turn, and hardly one that takes no other value."""
    stuck = [
        field.name
        for field in fields()
        if not any(moves_what_it_reaches(field, value) for value in others(field.value))
    ]
    assert len(stuck) < 5, stuck


def test_at04_hardly_a_setting_is_out_of_reach() -> None:
    """That the test above can change what peers forgot, and is not let off by the compiler."""
    names = {(field.owner, field.name) for field in fields()}
    assert len(names) > 80
    wanted = {"weight_decay", "warmup", "optimizer", "precision", "max_length", "dropout", "beta2",
              "alpha", "rank", "template", "temperature", "rounds", "steps", "world", "resamples",
              "micro_batch"}  # fmt: skip
    assert wanted <= {name for _, name in names}


NAMES = st.from_regex(r"[a-z]{3,6}_[a-z]{2,5}", fullmatch=True)


@settings(max_examples=12, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["teacher", "student", "ceiling", "debate"]), NAMES, max_size=3
    ).filter(lambda new: len(set(new.values())) == len(new)),
    st.text("abc #=\"'é", max_size=12),
    st.integers(1, 64),
    st.integers(1, 16),
)
def test_at04_names_comments_and_machines_move_nothing(
    names: dict[str, str], comment: str, micro: int, cpus: int
) -> None:
    """The other half: what is not an argument of a computation is in no key."""
    text = SPEC
    for old, new in names.items():
        text = re.sub(rf"\b{old}\b(?!:)", new, text)
    text = text.replace("micro_batch: 8", f"micro_batch: {micro}").replace("cpu: 1", f"cpu: {cpus}")
    text = f"# {comment}\n{text}# {comment}"
    assert set(graph_of(text).nodes) == set(graph().nodes)


def test_at04_other_places_workers_and_file_names_compute_nothing(
    study: Study, tmp_path: Path
) -> None:
    """The same on a real store: results are found again from another folder, with worker processes."""
    from tests.defects.study import SPEC as STUDY
    from w2sdl.cli import run_cli

    copy = study.copy(tmp_path / "elsewhere")
    path = copy.folder / "renamed.w2s"
    path.write_text(re.sub(r"student\b(?!:)", "pupil", STUDY) + "# the same\n", "utf-8")
    more = ["--store", str(copy.store), "--executor", "local", "-j", "2"]
    assert run_cli(["run", str(path), *more]) == 0
    last = max((copy.store / "runs").glob("*/run.json"), key=lambda file: file.stat().st_mtime_ns)
    assert json.loads(last.read_text("utf-8"))["counts"]["executed"] == 0


def test_at06_the_resolved_spec_is_stored_and_is_the_whole_truth(study: Study) -> None:
    """Two tables of defaults disagreed (automated-w2s: weight decay 0.01 and 0). Broken by a default
    that is not in the resolved spec: it would say less than was computed, or something else."""
    run = study.run()
    record = json.loads((run.folder / "run.json").read_text("utf-8"))
    path = study.folder / "resolved.w2s"
    path.write_text(record["resolved_text"], "utf-8")
    again = w2sdl.compile_file(path)
    assert again.graph is not None
    assert set(again.graph.nodes) == set(run.graph.nodes)
    from w2sdl_runtime.running import run_file

    assert executed(run_file(path, executor="local", store=study.store)) == set()
    assert json.dumps(program_to_json(again.program)["bindings"])


@pytest.mark.parametrize("op", ["finetune", "pretrain", "debate", "pgr", "science_qa"])
def test_at06_what_computes_has_the_defaults_that_are_shown(op: str) -> None:
    """Broken by a default in a function's body, or in a class, beside the one that users see."""
    import inspect

    from w2sdl.signature import REQUIRED
    from w2sdl_runtime.json_forms import to_json
    from w2sdl_runtime.registry import load_signatures

    known = load_signatures().ops[op]
    taken = inspect.signature(known.function).parameters
    for param in known.params:
        if param.default is not REQUIRED:
            given = taken[param.name].default
            assert json.dumps(to_json(given)) == json.dumps(param.default), param.name
