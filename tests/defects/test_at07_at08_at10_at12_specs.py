"""AT-07, AT-08, AT-10 and AT-12: options that did nothing, protocols typed again, ceilings, templates."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import w2sdl
from tests.defects.study import SPEC, Study, changed, graph_of
from w2sdl.cli import run_cli
from w2sdl.messages.render import render_diagnostics
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.report.render import write_report
from w2sdl_runtime.report.settings import count_settings

#: Of soft labels. kl() differs from xent() by what the student can't change.
LOSSES = ("xent", "kl", "logconf", "entropy", "window", "product")
ALIKE = {("xent", "kl")}


def test_at07_every_loss_trains_at_its_defaults_and_none_trains_another(study: Study) -> None:
    """openai/weak-to-strong: `product` trained cross-entropy, and `logconf` crashed at its default
    warm-up. Broken by a variant that is accepted and not implemented, or whose defaults don't run."""
    soft = {
        name for name, v in load_signatures().variants["Loss"].items() if "soft" in v.cls.accepts
    }
    assert soft == set(LOSSES), "a new loss stands in this test too"
    axis = f"axis seed = 0..1\naxis loss = [{', '.join(f'{name}()' for name in LOSSES)}]"
    student = (
        "student = Ψ(S, y[seed: 0], loss: loss, train: {epochs: 3, learning_rate: 0.01}, seed: 0)"
    )
    run = study.run(
        ("axis seed = 0..1", axis), ("student = Ψ(S, y, seed: seed)", student), name="at07.w2s"
    )
    assert run.status == "done", [entry.error for entry in run.failures]
    said = {name: run.labels(f"label(student, d.test)[loss={name}]")["value"] for name in LOSSES}
    for one, other in combinations(LOSSES, 2):
        assert np.allclose(said[one], said[other], atol=1e-6) == ((one, other) in ALIKE), (
            one,
            other,
        )


@pytest.mark.parametrize(
    "asked",
    [
        "loss: prodcut()",
        "loss: product(gamma: 2)",
        "loss: logconf(warmup: none)",
        "loss: logconf(alpha: 1.5)",
        "loss: bce()",
        "loss: lm()",
        "train: {weigth_decay: 0.1}",
        'train: {optimizer: "adafactor"}',
        "head: lm()",
        "stop: agreeing()",
    ],
)
def test_at07_what_is_not_implemented_stops_before_anything_runs(
    tmp_path: Path, asked: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same, told in time: an error with its place, before a store or a machine is touched."""
    path = tmp_path / "e.w2s"
    path.write_text(changed(("student = Ψ(S, y,", f"student = Ψ(S, y, {asked},")), "utf-8")
    store = tmp_path / "store"
    assert run_cli(["run", str(path), "--store", str(store), "--executor", "local"]) == 1
    told = capsys.readouterr().err
    assert "error[W2S" in told
    assert f"{path}:9:" in told, "the line of the student"
    assert not list(store.glob("runs/*"))


def test_at08_one_spec_stands_for_what_was_typed_again(study: Study, tmp_path: Path) -> None:
    """One protocol stood 5 to 18 times in shell scripts, or 200 times in YAML (7,424 settings, 565 of
    them distinct). Broken where another seed or size takes more than a word, or the report doesn't say
    how much the spec stands for."""
    run = study.run()
    write_report(run.folder, run.store, tmp_path / "report.html")
    counts = count_settings(run.graph, SPEC)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert f"The spec writes {counts.written} settings." in page
    assert f"have {counts.expanded}, of which {counts.distinct} are distinct" in page
    assert 10 < counts.written < 25
    assert counts.distinct > 4 * counts.written
    wide = changed(("axis seed = 0..1", "axis seed = 0..19"))
    more = count_settings(graph_of(wide), wide)
    assert more.written == counts.written
    assert more.expanded > 6 * counts.expanded
    by_option = w2sdl.compile_text(SPEC, settings=["seed=0..19"]).graph
    assert by_option is not None
    assert set(by_option.nodes) == set(graph_of(wide).nodes)


def test_at10_a_ceiling_says_its_rows_and_unlike_ones_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Peers define the ceiling in four ways, and papers compare across them. Broken where the rows of a
    ceiling are not in the spec, where student and ceiling may differ in them unsaid, or where `diff`
    is silent about it."""
    other = (
        "ceiling = Ψ(S, gold(d.transfer), seed: seed)",
        "ceiling = Ψ(S, gold(d.supervise), seed: seed)",
    )
    refused = w2sdl.compile_text(changed(other))
    assert refused.graph is None
    told = render_diagnostics(refused.diagnostics)
    assert "W2S0605" in told
    assert "`student` is offered `d.transfer`, `ceiling` `d.supervise`" in told
    excused = (
        "over: seed) on d.test",
        'over: seed) on d.test allow(unfair_ceiling, "as in a paper")',
    )
    graph = graph_of(changed(other, excused))
    assert [(e.rule, e.reason) for e in graph.validity.excused] == [
        ("unfair_ceiling", "as in a paper")
    ]
    for name, text in (("a", SPEC), ("b", changed(other, excused))):
        (tmp_path / f"{name}.w2s").write_text(text, "utf-8")
    run_cli(["diff", str(tmp_path / "a.w2s"), str(tmp_path / "b.w2s")])
    shown = capsys.readouterr().out
    assert "ceiling" in shown
    assert "d.supervise" in shown
    assert "as in a paper" in shown


TWO_FORMATS = """
experiment e
data plain = table("r.jsonl", format: binary(text: "text"), parts: {supervise: 20, transfer: 20, test: 20})
data asked = table("r.jsonl", format: binary(text: "text"), template: "Is this good? {{ text }}",
                   parts: {supervise: 20, transfer: 20, test: 20})
weak   W = pretrain(text_file("c.txt", origin: "ours"), layers: 1, width: 8, steps: 2)
strong S = pretrain(text_file("c.txt", origin: "ours"), layers: 1, width: 16, steps: 2)
teacher = finetune(W, gold(plain.supervise))
student = Ψ(S, label(teacher, asked.transfer))
measure scores = accuracy(student) on asked.test
"""


def test_at12_a_teacher_labels_in_the_format_it_was_trained_in() -> None:
    """WTS: the template of the labelled rows was not that of the training rows. Broken where the two can
    differ unsaid; it is refused, and legal with its reason, which the report prints."""
    told = w2sdl.compile_text(TWO_FORMATS)
    assert [d.code for d in told.diagnostics] == ["W2S0604"]
    assert "`teacher` was trained on rows in one format" in render_diagnostics(told.diagnostics)
    assert graph_of(TWO_FORMATS.replace("plain.", "asked."))
    reason = 'gold(plain.supervise)) allow(two_yardsticks, "what a template costs")'
    excused = graph_of(TWO_FORMATS.replace("gold(plain.supervise))", reason)).validity.excused
    assert [one.rule for one in excused] == ["two_yardsticks"]


@pytest.mark.parametrize(
    "change",
    [
        ("gold(plain.supervise)", "concat(gold(plain.supervise), gold(asked.supervise))"),
        ('template: "Is this good? {{ text }}",', "draw: 1,"),
        ('table("r.jsonl", format: binary(text: "text"), parts', 'table("q.jsonl", parts'),
    ],
    ids=["trained in both", "other rows, one format", "another file"],
)
def test_at12_what_differs_for_a_reason_is_fine(change: tuple[str, str]) -> None:
    """No false alarm: a model that knows both formats, other rows, and transfer to other data."""
    assert change[0] in TWO_FORMATS
    told = w2sdl.compile_text(TWO_FORMATS.replace(*change))
    assert [d.code for d in told.diagnostics] == []


def test_also_sampling_is_written_out_in_what_is_stored() -> None:
    """S5: sampling flags were left to a library's defaults. The resolved spec names each."""
    from w2sdl.show import program_text

    text = changed(("y       =", "T = D(S, S, items(d.test), debater: generative())\ny       ="))
    resolved = program_text(w2sdl.compile_text(text).program)
    for flag in ("temperature: 0.8", "max_tokens: 200", "best_of: 1"):
        assert flag in resolved


def test_also_the_report_says_what_so_few_rows_can_show(study: Study, tmp_path: Path) -> None:
    """Test sets of 200 rows (±3.5 points) were compared to a tenth of a point."""
    run = study.run()
    write_report(run.folder, run.store, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "The 40 rows of d.test allow it a standard error of 7.9 points" in page


def test_also_rows_lie_in_one_part_by_content_not_by_number(tmp_path: Path) -> None:
    """Rows of weak model and student overlapped where a file repeats itself."""
    rows = [{"text": f"this is text number {n % 30}", "label": n % 2} for n in range(60)]
    (tmp_path / "r.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    (tmp_path / "e.w2s").write_text(
        'experiment e\ndata d = table("r.jsonl", parts: {supervise: 10, transfer: 10})\n'
        "a = items(d.supervise)\nb = items(d.transfer)\n", "utf-8"
    )  # fmt: skip
    from w2sdl_runtime.running import run_file

    run = run_file(tmp_path / "e.w2s", executor="local", store=tmp_path / "store")
    texts = [set(run.rows(name).column("prompt").to_pylist()) for name in "ab"]
    assert texts[0]
    assert not texts[0] & texts[1]
