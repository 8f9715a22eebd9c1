"""One mistake of a researcher, over the real operations: one error, at its place, with the next step."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.golden import check_golden
from w2sdl.discover import load_signatures
from w2sdl.messages.diagnostics import Level
from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.signature import Signatures
from w2sdl.source import Source

GOOD = """experiment e "?"
axis seed = 0..1
data qa = science_qa(parts: {supervise: 80, transfer: 80, validation: 20, test: 60})
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 60, seed: seed)
strong S = pretrain(corpus(qa), layers: 1, width: 32, steps: 60, seed: seed)
teacher = finetune(W, gold(qa.supervise), seed: seed)
y = label(teacher, qa.transfer)
T = D(S, S, items(qa), seed: seed)
student = Ψ(S, y, loss: xent(), seed: seed)
ceiling = Ψ(S, gold(qa.transfer), seed: seed)
measure scores = accuracy(teacher, student, ceiling) on qa.test
measure gap = pgr(weak: teacher, student: student, ceiling: ceiling, over: seed) on qa.test
"""

#: What is changed, and into what; the messages are in next_steps.txt, to be read as prose.
SLIPS = [
    ("loss: xent()", "tune: lora()"),
    ("loss: xent()", "epochs: 3"),
    ("loss: xent()", "alpha: 0.5"),
    ("student, ceiling) on", "student, over: seed) on"),
    ("loss: xent()", "rows: 5"),
    ("loss: xent()", 'field: "domain"'),
    ("label(teacher, qa.transfer)", "label(teacher, qa.transfer, seed: seed)"),
    ("loss: xent()", "trian: 3"),
    ("loss: xent()", "contxt: y"),
    ("steps: 60, seed: seed)\nstrong", 'stepss: "60", seed: seed)\nstrong'),
    ("ceiling, over: seed", "ceiling, ovre: seed"),
    ("ceiling: ceiling,", "celing: ceiling,"),
    ("Ψ(S, y, ", "Ψ(S, weigh(y, by: label(teacher, qa.test)), "),
    ("xent()", '"logconf"'),
    ("xent()", '"logcnf"'),
    ("loss: xent()", 'head: "linear"'),
    ("test: 60})", 'test: 60}, format: "multiple_choice")'),
    ("items(qa), ", 'items(qa), protocol: "debate", '),
    ("xent()", "logconf(threshold: 0.5)"),
    ("xent()", "reward()"),
    ("loss: xent()", "train: openai2024()"),
    ("loss: xent()", "train: 3"),
    ("loss: xent()", 'train: {batch: "8"}'),
    ("loss: xent()", "snapshots: 0.5"),
    ("gold(qa.supervise)", "gold(qa.supervise, field: domain)"),
    ("parts: {supervise: 80, transfer: 80, validation: 20, test: 60}", "parts: [80]"),
    ("label(teacher", "label(W"),
    ("accuracy(teacher", "accuracy(W"),
    ("finetune(W, gold(qa.supervise)", "finetune(W, qa.supervise"),
    ("finetune(W,", 'finetune("gpt2",'),
    ("pretrain(corpus(qa), layers: 1, width: 16, steps: 60, seed: seed)", '"gpt2"'),
    ("D(S, S, items(qa), seed: seed)", "market_making(S)\nj = judge(S, T)"),
    ("= label(teacher,", "= xent(teacher,"),
    ("pgr(weak: teacher, student: student, ceiling: ceiling, over: seed)", "agreement(student)"),
    ("finetune(W, gold(qa.supervise)", "finetune(gold(qa.supervise), W"),
    ("D(S, S, items", "D(S, items"),
    ("\nmeasure gap", "\nexpect e: gap[of: student] > 0\nmeasure gap"),
    ("\nmeasure gap", "\nexpect e: mean(gap, over: seed) > 0\nmeasure gap"),
    ("\nmeasure gap", "\nexpect e: student > 0\nmeasure gap"),
    ("\nmeasure gap", "\nexpect e: accuracy(student) > 0\nmeasure gap"),
    ("teacher, qa.transfer)", 'teacher, qa.transfer) allow(R1, "x")'),
    ("teacher, qa.transfer)", "teacher, qa.transfer) allow(student_gold)"),
]

#: What is put behind the good spec, where one node has an error: the only message is about it.
FOLLOWED = {
    "a record of nodes": "start = {small: small, big: S}\n",
    "an axis of nodes": "axis start = {one: {small: small, big: S}, two: {small: S, big: S}}\n",
}
BROKEN = {
    "pretrian": "small = pretrian(corpus(qa))\n",
    '"1"': 'small = pretrain(corpus(qa), layers: "1", width: 16, steps: 10)\n',
    "nobody": "small = nobody\n",
}


@cache
def signatures() -> Signatures:
    return load_signatures()


def errors(text: str) -> list[tuple[str, str, str]]:
    """What is marked, the title, and all that follows, of each error."""
    compilation = Compilation(Source("slip.w2s", text), signatures())
    found = [d for d in compilation.diagnostics if d.level is Level.ERROR]
    marked = [text[d.span.start : d.span.end] if d.span else "" for d in found]
    notes = [" ".join(note for _, note in d.notes()) for d in found]
    return list(zip(marked, (d.title() for d in found), notes, strict=True))


def test_the_spec_without_a_slip_is_good() -> None:
    assert errors(GOOD) == []


def test_one_slip_is_one_error_with_the_next_step(bless: bool) -> None:
    shown = []
    for old, new in SLIPS:
        assert old in GOOD
        compilation = Compilation(Source("slip.w2s", GOOD.replace(old, new, 1)), signatures())
        message = render_diagnostics(compilation.diagnostics)
        assert message.count("error[") == 1, message
        assert "= help: " in message or "= note: " in message, message
        shown.append(f"### {old.strip()} => {new.strip()}\n\n{message}")
    check_golden(Path(__file__).with_name("next_steps.txt"), "\n".join(shown), bless)


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("shape", FOLLOWED)
def test_a_node_with_an_error_makes_no_second_one_where_it_is_used(shape: str, broken: str) -> None:
    use = "z = finetune(start.small, gold(qa.supervise))\n"
    text = GOOD + BROKEN[broken] + FOLLOWED[shape] + use
    assert [place for place, _, _ in errors(text)] == [broken]


def test_a_name_that_is_not_defined_is_told_at_the_point_of_the_axis() -> None:
    text = GOOD + "axis start = {one: {m: smal}, two: {m: S}}\nz = finetune(start.m, y)\n"
    ((place, title, _),) = errors(text)
    assert (place, title) == ("smal", "`smal` is not defined")


def test_a_field_that_one_point_lacks_is_told_at_that_point() -> None:
    axis = "axis gap_of = {near: {weak: W, strong: S}, far: {weak: W}}\n"
    text = f"{GOOD}{axis}z = finetune(gap_of.strong, y)\n"
    ((place, title, notes),) = errors(text)
    assert place == "{weak: W}"
    assert title == "point `far` of axis `gap_of` has no field `strong`"
    assert "did you mean" not in notes


PICKED = """data other = science_qa(parts: {supervise: 8, test: 8}, draw: 1)
axis domain = {one: {data: qa, rate: 1}, two: {data: other, rate: 2}}
task = domain.data
z = finetune(W, gold(task.supervise))
v = label(z, task[domain: one].transfer)
"""


@pytest.mark.parametrize(
    ("old", "new", "marked", "title"),
    [
        (
            "task.supervise",
            "task.supervis",
            "supervis",
            "`task` at point `one` of `domain` has no part",
        ),
        (
            "task.supervise",
            "task.transfer",
            "transfer",
            "`task` at point `two` of `domain` has no part",
        ),
        (
            "one].transfer",
            "two].transfer",
            "transfer",
            "`task[domain: two]` has no part `transfer`",
        ),
        ("domain.data", "domain.dat", "dat", "`domain` has no field `dat`"),
    ],
)
def test_a_part_of_what_an_axis_chooses_is_there_at_every_point(
    old: str, new: str, marked: str, title: str
) -> None:
    assert errors(GOOD + PICKED) == []
    ((place, said, _),) = errors(GOOD + PICKED.replace(old, new))
    assert place == marked
    assert said.startswith(title)


def test_a_model_of_the_wrong_kind_is_told_at_its_value_and_nowhere_else() -> None:
    strong = GOOD.splitlines()[4]
    ((place, title, _),) = errors(GOOD.replace(strong, "strong S = gold(qa.test)"))
    assert place == "gold(qa.test)"
    assert title == "`S` is declared `strong`, and is Labels"
