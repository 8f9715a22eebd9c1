"""``w2sdl ops NAME`` explains all that a spec can name: no section of a docstring, nothing left out."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest

from tests.cli.commands import w2sdl
from w2sdl.cli.explain_op import explain_op
from w2sdl.cli.ops import _explained
from w2sdl.cli.ops_list import ops_list
from w2sdl.cli.reference import Reference
from w2sdl.discover import load_signatures


@cache
def reference() -> Reference:
    return Reference(load_signatures())


def test_every_operation_reads_as_text_with_all_its_arguments() -> None:
    for op in reference().signatures.ops.values():
        text = explain_op(op, reference())
        assert not re.search(r"^(Args|Raises|Returns):|\bctx\b|``|PrerequisiteError", text, re.M), (
            text
        )
        for name in [port.name for port in op.ports] + [param.name for param in op.params]:
            assert f"\n  {name}: " in text, (op.name, name)


def test_every_argument_of_an_operation_says_what_it_is_for() -> None:
    """Beside it, or in the text above; ``over`` and ``seed`` mean the same everywhere."""
    silent = []
    for op in reference().signatures.ops.values():
        text = explain_op(op, reference())
        for param in op.params:
            beside = re.search(rf"\n  {param.name}: .*\n(      .*\n?)+", text)
            if not beside and f"`{param.name}" not in text and param.name not in ("over", "seed"):
                silent.append((op.name, param.name))
    assert silent == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("loss", ["Loss: loss of bootstrap, finetune", "  logconf()", "  xent()"]),
        ("Head", ["Head: head of bootstrap, finetune", "  lm()"]),
        ("stop", ["  agreeing()"]),
        ("protocol", ["  market_making()"]),
        ("format", ["  multiple_choice()"]),
        ("tune", ["Tune: tune of model", "  lora()"]),
        ("how", ["Verdict: how of judge", "Weighting: how of weigh"]),
        ("schedule", ["Schedule: schedule of train"]),
        ("train", ["a Train record: train of bootstrap, finetune", "peak rate of the body", "encoder():"]),
        ("retry", ["a retry record: retry of every operation"]),
        ("openai2024", ["openai2024() is a Format", "a preset of the Train record", 'optimizer: "adam"']),
        ("debate", ["debate, D → Transcripts", "debate() is a Protocol: protocol of debate"]),
    ],
)  # fmt: skip
def test_families_records_and_presets_go_by_their_names(name: str, said: list[str]) -> None:
    text = "\n\n".join(_explained(name, reference()))
    for part in said:
        assert part in text


def test_the_list_names_where_each_family_and_record_stands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, _ = w2sdl(capsys, "ops")
    assert code == 0
    assert "  Loss (loss of bootstrap, finetune)\n" in out
    assert "  train of bootstrap, finetune: epochs, batch," in out
    assert "``" not in out


def test_the_list_has_every_operation_once_under_what_it_gives(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Breaks when a kind has no group, or when labels that come of labels stand with those that don't."""
    _, out, _ = w2sdl(capsys, "ops")
    groups = {
        block.split("\n")[0].split(":")[0]: block.split("\n")[1:] for block in out.split("\n\n")
    }
    names = {title: [line.split()[0] for line in lines if line] for title, lines in groups.items()}
    signatures = reference().signatures
    listed = [name for title in names if title[0] in "DICMAPTL" for name in names[title]]
    assert sorted(listed) == sorted(signatures.ops)
    assert {"gold", "label", "sample"} <= {*names["Labels"]}
    assert {"select", "weigh", "clean"} <= {*names["Labels from other labels"]}
    assert names["Metrics"] == sorted(
        o.name for o in signatures.ops.values() if o.result == "Metric"
    )


@pytest.mark.parametrize("width", [64, 80, 118])
def test_the_list_keeps_to_the_width_of_a_terminal(width: int) -> None:
    wide, narrow = (list(ops_list(reference(), w)) for w in (None, width))
    assert max(map(len, narrow)) <= width
    assert " ".join(" ".join(narrow).split()) == " ".join(" ".join(wide).split())


def test_the_list_as_json_says_what_each_argument_takes(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = w2sdl(capsys, "ops", "--json")
    every = json.loads(out)
    assert {op["name"] for op in every["operations"]} == {*reference().signatures.ops}
    _, out, _ = w2sdl(capsys, "ops", "Φ", "--json")
    (finetune,) = json.loads(out)["operations"]
    assert finetune in every["operations"]
    by_name = {param["name"]: param for param in finetune["parameters"]}
    assert by_name["head"]["type"] == "a Head variant"
    assert "default" in by_name["loss"]
    assert [edge["kind"] for edge in finetune["edges"][:2]] == ["Model", "Labels"]


def test_a_name_that_nothing_has_gets_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = w2sdl(capsys, "ops", "protocl")
    assert code == 1
    assert "did you mean `Protocol`" in err or "did you mean `protocol`" in err
