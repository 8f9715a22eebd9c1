"""Hovers: what a name is, its axes, what it resolves to, and what its author says of it."""

from __future__ import annotations

import pytest
from marked import BASE, PLAIN, analyse, at

from w2sdl.docstrings import argument_docs, summary
from w2sdl.lsp.hover import hover
from w2sdl.show import program_text


def text_at(needle: str, inside: int = 0, text: str = BASE) -> str:
    found = hover(*at(text, needle, inside))
    assert found is not None
    return found.text


@pytest.mark.parametrize(
    ("needle", "inside", "pieces"),
    [
        ("S' = Ψ", 0, ["**S'**: Predictor, for each of seed (2) × evidence (3) × gap (2)",
                       "S' = Ψ(\n  model: S,\n  labels: label(", "head: "]),
        ("W, gold", 0, ["**W**: weak Model, for each of seed (2)", "weak W = pretrain("]),
        ("evidence =", 0, ["**axis evidence**: 3 points", "- `random_quotes`: `random_quotes(n: 2)`",
                           "varied by `T`, `W'`, `S'`", "How the weak one is helped."]),
        ("scores =", 0, ["**measure scores**: 36 numbers of `d.test`", "accuracy(W', S', one.next)"]),
        ("d.transfer)", 2, ["**part transfer** of `d`: 20"]),
        ("gap: near", 5, ["**point near** of axis `gap`", "32"]),
        ("one.next", 4, ["**one.next**: Predictor, for each of", "one.next = Ψ("]),
        ("hop(W'", 0, ["def hop(teacher, base) -> y, next"]),
        ("label(teacher", 6, ["**teacher**: input of `hop`"]),
        ("Φ(W", 0, ["Φ(\n  model: Model,\n  labels: Labels,", "also written `finetune`", "version"]),
        ("xent()", 0, ["xent()", "Loss variant", "Cross-entropy"]),
        ("layers:", 0, ["layers: integer", "parameter of `pretrain`: transformer blocks.", "required"]),
        ("loss:", 0, ["loss: Loss = xent()", "parameter of `finetune`", "- `logconf()`: "]),
        ("context:", 0, ["context: Transcripts?", "edge of `finetune`"]),
        ("tiny()", 0, ["preset: tiny()", "Train record with"]),
        ("epochs: 3", 0, ["epochs: integer = 2", "parameter of `Train record`"]),
        ("T.protocol", 2, ["protocol: Protocol", "parameter of `T`"]),
        ("helps:", 0, ["**expect helps**", "mean(scores[of: S'"]),
        ("small {", 0, ["--profile small"]),
        ("recipe = {", 0, ["recipe = {epochs: 3"]),
    ],
)  # fmt: skip
def test_a_hover_says_what_a_name_is(needle: str, inside: int, pieces: list[str]) -> None:
    shown = text_at(needle, inside)
    for piece in pieces:
        assert piece in shown


def test_the_resolved_line_is_the_one_that_compile_prints() -> None:
    analysis, offset = at(BASE, "T  = D")
    found = hover(analysis, offset)
    assert found is not None
    assert analysis.program is not None
    printed = program_text(analysis.program)
    start = printed.index("\nT = D(") + 1
    assert printed[start : printed.index("\n", start)] in found.text
    assert found.node == "T"


def test_there_is_nothing_to_say_of_a_number_or_a_comment() -> None:
    assert hover(*at(BASE, "0..1")) is None
    assert hover(*at(BASE, "How the weak")) is None


def test_a_name_whose_declaration_fails_shows_what_is_written() -> None:
    shown = text_at("T, train", 0, BASE.replace("D(S, S, items(d)", "D(S, items(d)"))
    assert "T  = D(S, items(d)" in shown


def test_a_waiver_is_told() -> None:
    text = BASE.replace("seed: seed)\ndef", 'seed: seed) allow(student_gold, "a control")\ndef')
    assert "waives the rule `student_gold`" in text_at("student_gold", 3, text)


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.name)
def test_every_name_of_a_spec_has_a_hover(path) -> None:  # type: ignore[no-untyped-def]
    analysis = analyse(path.read_text("utf-8"))
    for occurrence in analysis.index.occurrences:
        found = hover(analysis, occurrence.span.start)
        assert found is not None
        assert found.text.strip()


def test_docstrings_are_taken_apart() -> None:
    doc = "Do it.\n\nLong\ntext.\n\nArgs:\n    a: one\n        more.\n    b: two.\n\nRaises:\n    X: y."
    assert summary(doc) == "Do it.\n\nLong\ntext."
    assert argument_docs(doc) == {"a": "one more.", "b": "two."}
    assert argument_docs("Nothing.") == {}


def test_how_a_node_is_run_has_hovers() -> None:
    text = (
        BASE
        + "\nx = finetune(S, gold(d.test), retry: {on: [oom], micro_batch: half}, timeout: 4h)\n"
    )
    assert "how long one try may take" in text_at("timeout: 4h", 0, text)
    assert "it never changes the result" in text_at("timeout: 4h", 0, text)
    assert "by how much it changes after oom" in text_at("micro_batch: half", 0, text)
