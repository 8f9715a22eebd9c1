"""Completion in texts as they are while they are typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from marked import BASE, analyse, with_mark

from w2sdl.lsp.analysis import Analysis
from w2sdl.lsp.completion import Completion, complete


def completed(line: str, base: str = BASE) -> tuple[Completion, str]:
    """Candidates for a line added to the base, and the text that they replace."""
    text, offset = with_mark(f"{base}\n{line}")
    found = complete(analyse(text), offset)
    return found, text[found.start : offset]


def labels(line: str, base: str = BASE) -> list[str]:
    return [candidate.label for candidate in completed(line, base)[0].candidates]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x = d.‸", ["supervise", "test", "transfer"]),
        ("x = one.‸", ["next", "y"]),
        ("x = finetune(S, gold(d.tr‸", ["supervise", "test", "transfer"]),
        ("x = finetune(S, gold(d.test), loss: ‸", ["logconf()", "product()", "xent()"]),
        ("x = ensemble(W', over: ‸", ["evidence", "gap", "seed"]),
        ("measure m = ‸", ["accuracy", "agreement", "pgr"]),
        ("measure m = accuracy(S') on d.‸", ["supervise", "test", "transfer"]),
        ("expect a: mean(scores[‸", ["evidence", "gap", "of", "seed"]),
        ("expect a: mean(scores[of: ‸", ["one.next", "S'", "W'"]),
        ("expect a: mean(scores[of: S', evidence: ‸", ["debate", "none", "random_quotes"]),
        ("expect a: mean(scores[of: S', gap: ‸", ["far", "near"]),
        ("expect a: mean(scores[of: S'], over: ‸", ["evidence", "gap", "seed"]),
        ("expect a: rises(scores[of: S'], along: ‸", ["evidence", "gap", "seed"]),
        ("expect a: ‸", ["mean", "rises", "falls", "scores"]),
        ("expect a at 99%: 0.5 < ‸", ["mean", "scores"]),
        ("baseline ‸", ["evidence", "gap", "of", "seed"]),
        ("baseline ev‸", ["evidence", "of"]),
        ("baseline evidence: ‸", ["debate", "none", "random_quotes"]),
        ("baseline of: ‸", ["S'", "W'", "one.next"]),
        ("x = W'[‸", ["evidence", "seed"]),
        ("x = T[evidence: ‸", ["debate", "none", "random_quotes"]),
        ('x = science_qa(group: "‸', ["options", "fact", "entity", "passage", "domain"]),
        ('x = label(W\', d.test, kind: "‸', ["soft", "hard"]),
        ("x = hop(‸", ["base", "teacher"]),
        ("x = finetune(S, gold(d.test), train: {preset: ‸",
         ["eleuther2024()", "encoder()", "openai2024()", "probe2023()", "tiny()"]),
        ("profile p {\n  T.debater = ‸", ["generative()", "quoting()"]),
        ("profile p {\n  T.‸", ["debater", "first", "items", "protocol", "second", "seed", "stance"]),
        ("profile p {\n  recipe = {‸", ["batch", "epochs", "learning_rate", "preset"]),
        ("profile p {\n  ‸", ["d", "evidence", "gap", "one", "recipe", "S'", "T", "W'"]),
        ("x = S allow(‸", ["no_gap", "student_gold", "test_teaches"]),
        ("weak x = ‸", ["adapt", "model", "pretrain"]),
        ("data x = ‸", ["hub", "science_qa", "table"]),
        ("‸", ["axis", "data", "def", "expect", "measure", "profile", "strong", "weak"]),
        ("x = finetune(S‸, gold(d.test))", ["S", "S'", "W", "W'"]),
        ("x = finetune(S, ‸", ["gold", "label", "loss", "needs", "retry", "seed", "timeout"]),
        ("x = finetune(S, gold(d.test), needs: {‸", ["accelerator", "cpu", "gpu_mem", "memory"]),
        ("x = finetune(S, gold(d.test), retry: {‸", ["max", "micro_batch", "on", "timeout"]),
        ("x = finetune(S, gold(d.test), retry: {on: [‸", ["lost", "oom", "preempted", "timeout"]),
        ("x = finetune(S, gold(d.test), retry: {micro_batch: ‸", ["double", "half"]),
        ("profile p {\n  S'.‸", ["labels", "needs", "retry", "timeout", "train"]),
        ("profile p {\n  S'.needs.‸", ["cpu", "gpu", "memory"]),
        ("x = debate(S, S, ‸", ["d", "d.test", "items"]),
        ("measure m = accuracy(‸", ["S'", "W'", "one.next"]),
        ("measure m = accuracy(S') ‸", ["allow", "on"]),
        ("x = finetune(S, gold(d.test)) ‸", ["allow"]),
        ("def f(a, b) -> y {\n  ‸", ["data", "strong", "weak"]),
    ],
)  # fmt: skip
def test_what_fits_is_offered(line: str, expected: list[str]) -> None:
    assert set(expected) <= set(labels(line))


@pytest.mark.parametrize(
    ("line", "unwanted"),
    [
        ("x = finetune(S, gold(d.test), ‸", ["labels", "model", "S", "W'", "accuracy"]),
        ("x = finetune(S, gold(d.test), loss: xent(), ‸", ["loss"]),
        ("x = finetune(S, gold(d.test), ‸, loss: xent())", ["loss"]),
        ("x = finetune(S, gold(d.test), loss: ‸", ["S", "W'", "finetune", "quoting()"]),
        ("x = finetune(‸", ["d", "T", "gold", "accuracy"]),
        ("measure m = accuracy(S') on ‸", ["S'", "items"]),
        ("x = ‸", ["accuracy", "scores"]),
        ("expect a: ‸", ["S'", "finetune"]),
        ("x = W[‸", ["gap", "evidence", "of"]),
        ("x = finetune(S, gold(d.test), train: {epochs: 2, ‸", ["epochs"]),
    ],
)
def test_what_does_not_fit_is_not_offered(line: str, unwanted: list[str]) -> None:
    assert not set(unwanted) & set(labels(line))


@pytest.mark.parametrize(
    "line", ["# a comment ‸", 'x = text("a ‸', "weak ‸", "axis na‸", "expect n‸", 'x = """\nlong ‸\n"""']
)  # fmt: skip
def test_nothing_is_offered_where_everything_is_free(line: str) -> None:
    assert labels(line) == []


def test_the_word_that_is_typed_is_replaced_primes_too() -> None:
    assert completed("x = finetune(S'‸")[1] == "S'"
    assert completed("x = d.tr‸")[1] == "tr"
    assert completed('x = science_qa(group: "fa‸')[1] == "fa"
    assert completed("x = W‸")[1] == "W"


def test_a_call_leaves_the_cursor_between_its_brackets() -> None:
    found = {c.label: c for c in completed("x = finetune(S, ‸")[0].candidates}
    assert found["gold"].text == "gold($0)"
    assert found["loss"].text == "loss: "
    assert "```w2s\ngold(" in found["gold"].doc


def test_required_parameters_come_first() -> None:
    found = labels("x = pretrain(corpus(d), ‸")
    assert found[:3] == ["layers", "steps", "width"]


def test_inside_a_sub_graph_its_own_names_are_offered() -> None:
    text, offset = with_mark(BASE.replace("label(teacher, d", "label(‸teacher, d"))
    assert {"teacher", "base"} <= {c.label for c in complete(analyse(text), offset).candidates}


def test_a_broken_declaration_hides_no_name() -> None:
    base = BASE.replace("S' = Ψ(S, label", "S' = Ψ(S, (label")
    assert {"W'", "T", "d"} <= set(labels("x = ‸", base))


def test_files_that_can_be_imported_are_offered(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "burns.w2s").write_text("a = 1\n", "utf-8")
    (tmp_path / "spec.w2s").write_text("", "utf-8")
    text = 'import "'
    found = complete(Analysis(text, tmp_path / "spec.w2s"), len(text))
    assert [candidate.label for candidate in found.candidates] == ["lib/burns.w2s"]


def test_what_a_library_declares_is_offered_behind_its_name(tmp_path: Path) -> None:
    (tmp_path / "lib.w2s").write_text(
        "recipe = {epochs: 1}\ndef f(a) -> b {\n  b = a\n}\n", "utf-8"
    )
    text, offset = with_mark('import "lib.w2s" as lib\n' + BASE + "x = lib.‸")
    found = complete(Analysis(text, tmp_path / "spec.w2s"), offset)
    assert {candidate.label for candidate in found.candidates} == {"recipe", "f"}
