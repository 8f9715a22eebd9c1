"""The nine systems compile; each invalid twin gets its rule, once, and is valid when mended.

First lines of a twin: ``# breaks: RULE`` and ``# mended: OLD => NEW``, the one change that makes it valid.
In valid/ are designs that a hasty checker would refuse, with the reason why they are fine.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))
import own_ops
import sketch_ops
from golden import check_golden

from w2sdl.errors.validity import RULES
from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.show import program_text
from w2sdl.signature import Signatures
from w2sdl.source import Source
from w2sdl.validity.facts import Channel
from w2sdl_runtime.op import CHANNELS, PortMark
from w2sdl_runtime.registry import read_signatures

HERE = Path(__file__).parent
SYSTEMS = sorted((HERE / "systems").glob("*.w2s"))
TWINS = sorted((HERE / "invalid").glob("*.w2s"))
VALID = sorted((HERE / "valid").glob("*.w2s"))


@cache
def signatures() -> Signatures:
    return read_signatures([sketch_ops, own_ops])


def compile_text(text: str, name: str, folder: Path = HERE / "systems") -> Compilation:
    def load(path: str) -> Source:
        return Source(path, (folder / path).read_text("utf-8"))

    return Compilation(Source(name, text), signatures(), load=load)


@pytest.mark.parametrize("path", SYSTEMS, ids=lambda path: path.stem)
def test_the_systems_of_the_literature_are_valid(path: Path) -> None:
    compilation = compile_text(path.read_text("utf-8"), path.name)
    assert render_diagnostics(compilation.diagnostics) == ""
    assert compilation.graph is not None


@pytest.mark.parametrize("path", SYSTEMS, ids=lambda path: path.stem)
def test_their_profiles_are_valid(path: Path) -> None:
    text = path.read_text("utf-8")
    for name in ("paper", "images"):
        if f"\nprofile {name} " in text:
            compilation = Compilation(
                Source(path.name, text), signatures(), [name],
                load=lambda p: Source(p, (HERE / "systems" / p).read_text("utf-8")),
            )  # fmt: skip
            assert render_diagnostics(compilation.diagnostics) == ""


@pytest.mark.parametrize("path", SYSTEMS, ids=lambda path: path.stem)
def test_the_resolved_program_means_the_same(path: Path) -> None:
    """Also with imports and sub-graphs written out: names keep their dots."""
    graph = compile_text(path.read_text("utf-8"), path.name).graph
    text = program_text(compile_text(path.read_text("utf-8"), path.name).program)
    again = compile_text(text, "again.w2s")
    assert render_diagnostics(again.diagnostics) == ""
    assert graph is not None
    assert again.graph is not None
    assert set(again.graph.nodes) == set(graph.nodes)
    ours = {node.address for node in graph.nodes.values() if node.name in again.program.bindings}
    assert ours <= {a for n in again.graph.nodes.values() for a in (n.address, *n.aliases)}


@pytest.mark.parametrize("path", TWINS, ids=lambda path: path.stem)
def test_invalid_twins_break_their_rule_once(path: Path, bless: bool) -> None:
    text = path.read_text("utf-8")
    rule = text.split("\n", 1)[0].removeprefix("# breaks: ")
    compilation = compile_text(text, path.name)
    assert [diagnostic.code for diagnostic in compilation.diagnostics] == [RULES[rule]]
    assert (compilation.graph is None) == (rule != "no_gap")
    check_golden(path.with_suffix(".err"), render_diagnostics(compilation.diagnostics), bless)


@pytest.mark.parametrize("path", TWINS, ids=lambda path: path.stem)
def test_mended_twins_are_valid(path: Path) -> None:
    text = path.read_text("utf-8")
    old, new = text.split("\n")[1].removeprefix("# mended: ").replace("\\n", "\n").split(" => ")
    body = text.split("\n", 2)[2]
    assert body.count(old) == 1
    compilation = compile_text(body.replace(old, new), path.name)
    assert render_diagnostics(compilation.diagnostics) == ""


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_what_only_looks_invalid_compiles(path: Path) -> None:
    compilation = compile_text(path.read_text("utf-8"), path.name)
    assert render_diagnostics(compilation.diagnostics) == ""
    assert compilation.graph is not None


def test_each_rule_is_broken_by_two_paths() -> None:
    broken = [
        path.read_text("utf-8").split("\n", 1)[0].removeprefix("# breaks: ") for path in TWINS
    ]
    at_compile_time = set(RULES) - {"shared_rows"}
    assert {rule for rule in at_compile_time if broken.count(rule) >= 2} == at_compile_time


def test_a_misspelled_role_or_channel_is_no_silent_hole() -> None:
    """No rule would look at such a port; and the channels are those that the compiler knows."""
    assert set(CHANNELS) == {channel.value for channel in Channel}
    for wrong in ({"role": "studnt"}, {"channel": "selects"}):
        with pytest.raises(TypeError, match="there is no"):
            PortMark(**wrong)


def test_another_training_budget_is_no_error_and_is_said() -> None:
    """Once for all points; what is trained alike is not mentioned."""
    text = (HERE / "systems" / "s4_selective.w2s").read_text("utf-8")
    longer = text.replace(
        "ceiling = Ψ(S, gold(sciq.transfer),",
        "ceiling = Ψ(S, gold(sciq.transfer), train: {epochs: 5},",
    )
    found = compile_text(longer, "longer.w2s")
    assert render_diagnostics(found.diagnostics) == ""
    assert found.graph is not None
    assert found.graph.validity.budgets == ("train.epochs is 2 for S', 5 for ceiling",)
    alike = compile_text(text, "alike.w2s").graph
    assert alike is not None
    assert alike.validity.budgets == ()


@pytest.mark.parametrize(
    ("role", "codes"),
    [("", ["W2S0618"]), ("weak ", []), ("strong ", [RULES["student_gold"]])],
    ids=["no role", "weak", "strong"],
)
@pytest.mark.parametrize(
    "lessons",
    ["concat(y, gold(qa.transfer))", "label(ceiling, qa.transfer)"],
    ids=["gold", "its own teacher"],
)
def test_a_student_whose_model_has_no_role_is_warned_of(
    role: str, codes: list[str], lessons: str
) -> None:
    """Breaks when a forgotten word turned the rules off without a sound."""
    text = f"""
experiment roles
data qa = science_qa(parts: {{supervise: 1_000, transfer: 1_000, test: 600}}, group: "entity")
weak W = pretrain(corpus(qa), layers: 1, width: 16, steps: 1_600)
{role}X = pretrain(corpus(qa), layers: 2, width: 64, steps: 1_500)
y = label(finetune(W, gold(qa.supervise)), qa.transfer)
ceiling = finetune(W, gold(qa.transfer))
x = finetune(X, {lessons})
measure scores = accuracy(x) on qa.test
"""
    found = [one.code for one in compile_text(text, "roles.w2s").diagnostics]
    told = codes if "concat" in lessons or role != "strong " else [RULES["self_marking"]]
    assert found == told
